"""Files of activations: every shape and format gives the same numbers; what is wrong is said in a sentence."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from bnsim.activations import APP_LIMITS, Limits, activations_of, open_activations, report_of
from bnsim.activations import arrays as arrays_module
from bnsim.activations import texts as texts_module
from bnsim.activations.opening import guessed_axis
from bnsim.errors import DataError

ROUNDING = 1e-12


def npy(x):
    file = io.BytesIO()
    np.save(file, x)
    return file


def npz(pack=np.savez, **arrays):
    file = io.BytesIO()
    pack(file, **arrays)
    return file


def refused(file, name="x.npy", **asked):
    with pytest.raises(DataError) as error:
        report_of(activations_of(file, name, **asked))
    return str(error.value)


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).normal(1, 2, size=(30, 3, 4, 4)).astype(np.float32)


def joined(found):
    return np.concatenate(list(found.blocks()))


class TestShapes:
    @pytest.mark.parametrize("shape", [(40,), (40, 3), (40, 3, 5), (40, 3, 5, 2)])
    @pytest.mark.parametrize("order", "CF")
    @pytest.mark.parametrize("kind", ["npy", "npz", "packed"])
    def test_every_one_is_read_as_examples_channels_positions(self, shape, order, kind, monkeypatch):
        monkeypatch.setattr("bnsim.activations.opening.AT_ONCE", 50)
        x = np.asarray(np.random.default_rng(1).normal(size=shape), order=order)
        file = npy(x) if kind == "npy" else npz(np.savez_compressed if kind == "packed" else np.savez, x=x)
        rows = x.reshape(40, 1, 1) if x.ndim == 1 else x.reshape(40, 3, -1)

        np.testing.assert_array_equal(joined(activations_of(file, "x")), rows)

    @pytest.mark.parametrize("axis", [0, 1, 2, 3])
    @pytest.mark.parametrize("kind", ["npy", "packed"])
    def test_any_axis_may_count_channels(self, x, axis, kind):
        moved = np.ascontiguousarray(np.moveaxis(x, 1, axis))
        file = npy(moved) if kind == "npy" else npz(np.savez_compressed, x=moved)

        np.testing.assert_array_equal(joined(activations_of(file, "x", axis=axis)), x.reshape(30, 3, -1))

    @pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8", "u1", "<i4", ">i8"])
    def test_every_kind_of_real_number_is_taken(self, dtype):
        x = np.arange(24).reshape(6, 4).astype(dtype)

        np.testing.assert_array_equal(joined(activations_of(npy(x), "x"))[:, :, 0], x.astype(np.float64))

    def test_a_block_holds_whole_examples_and_at_least_one(self, monkeypatch):
        monkeypatch.setattr("bnsim.activations.opening.AT_ONCE", 7)
        found = activations_of(npy(np.zeros((5, 3, 1))), "x")

        assert [block.shape for block in found.blocks()] == [(2, 3, 1), (2, 3, 1), (1, 3, 1)]
        assert [len(block) for block in activations_of(npy(np.zeros((2, 3, 9))), "x").blocks()] == [1, 1]


class TestGuess:
    @pytest.mark.parametrize(
        ("shape", "axis"),
        [
            ((9,), 0), ((9, 3), 1), ((9, 3, 5), 1), ((9, 3, 5, 5), 1), ((9, 5, 5, 3), 3), ((9, 5, 5, 5), 1),
            ((9, 5, 4, 3), 1), ((9, 5, 5, 5, 3), 4), ((9, 3, 5, 5, 5), 1),
        ],
    )  # fmt: skip
    def test_is_the_second_axis_unless_the_last_one_alone_differs(self, shape, axis):
        assert guessed_axis(shape)[0] == axis

    def test_is_said(self, x):
        assert activations_of(npy(x), "x.npy").told == ("axis 1 of the shape (30, 3, 4, 4) counts channels",)
        assert activations_of(npy(np.moveaxis(x, 1, 3)), "x.npy").told == (
            "axis 3 of the shape (30, 4, 4, 3) counts channels, because two equal axes stand before it",
        )
        assert activations_of(npy(x), "x.npy", axis=1).told == ()
        assert activations_of(npy(np.zeros(3)), "x.npy").told == ()

    def test_an_axis_that_there_is_not(self, x):
        assert refused(npy(x), axis=4) == "axis must be from 0 to 3 for the shape (30, 3, 4, 4) of x.npy; got 4."
        assert refused(npy(x), axis=-1) == "axis must be from 0 to 3 for the shape (30, 3, 4, 4) of x.npy; got -1."


class TestTables:
    TEXT = b"step,unit a,unit b,note\n1,0.5,2,x\n2,1.5,3,y\n3,-1,4,z\n"

    def test_columns_are_channels(self):
        found = activations_of(io.BytesIO(self.TEXT), "acts.csv")

        assert found.labels == ("unit a", "unit b")
        np.testing.assert_array_equal(joined(found)[:, :, 0], [[0.5, 2], [1.5, 3], [-1, 4]])
        assert found.told == (
            "commas separate",
            "header line used as names",
            '"step" left out, because it only counts',
            '"note" left out, because it holds text',
            "2 columns of numbers are the channels, rows the examples",
        )

    @pytest.mark.parametrize("names", [True, False])
    @pytest.mark.parametrize("small", [0, 10_000])
    def test_a_large_one_is_read_in_pieces_as_often_as_somebody_asks(self, names, small, monkeypatch):
        monkeypatch.setattr(texts_module, "PIECE", 64)
        monkeypatch.setattr(texts_module, "SMALL", small)
        rows = np.random.default_rng(2).normal(size=(40, 2)).round(3)
        text = ("# made by hand\na,b\n" if names else "") + "".join(f"{a},{b}\n" for a, b in rows.tolist())
        found = activations_of(io.BytesIO(text.encode()), "x.csv")

        np.testing.assert_array_equal(joined(found)[:, :, 0], rows)
        np.testing.assert_array_equal(joined(found)[:, :, 0], rows)
        assert found.labels == (("a", "b") if names else ("column 1", "column 2"))
        assert sum(1 for _ in found.blocks()) > 5

    def test_a_piece_with_other_columns_is_refused(self, monkeypatch):
        monkeypatch.setattr(texts_module, "PIECE", 16)

        assert refused(io.BytesIO(b"1.5,2.5\n" * 4 + b"1.5\n" * 4), "x.csv") == (
            "x.csv must have the same columns from its first row to its last; it has not."
        )

    def test_a_missing_cell_is_named(self):
        assert refused(io.BytesIO(b"a,b\n1.5,2\n,3\n"), "x.csv") == (
            'column "a" of x.csv must hold finite numbers; line 3 is empty.'
        )

    def test_its_channels_are_columns(self):
        assert refused(io.BytesIO(self.TEXT), "x.csv", axis=0) == (
            "axis must be 1 in a table, whose columns are the channels; got 0. Turn the table."
        )

    def test_large_utf_16_is_refused(self, monkeypatch):
        monkeypatch.setattr(texts_module, "PIECE", 16)

        assert refused(io.BytesIO("1,2\n3,4\n5,6\n".encode("utf-16")), "x.csv") == (
            "x.csv must be UTF-8 if it is larger than 16 bytes; it is UTF-16. Save it as UTF-8."
        )


class TestNpz:
    def test_which_array_is_asked_for(self, x):
        file = npz(conv1=x, conv2=x[:, :2])

        assert refused(file, "x.npz") == ('x.npz must say which array is meant; it holds "conv1", "conv2". Choose one.')
        assert refused(file, "x.npz", array="conv3") == '"conv3" is not an array of x.npz. Did you mean "conv2"?'
        assert activations_of(file, "x.npz", array="conv2").shape == (30, 2, 4, 4)

    def test_a_packed_one_that_lies_across_is_only_read_if_it_is_small(self, x, monkeypatch):
        monkeypatch.setattr(arrays_module, "MOST_UNPACKED", 100)

        assert refused(npz(np.savez_compressed, x=np.asfortranarray(x)), "x.npz") == (
            "x.npz must hold its packed array row after row, with the examples first; it does not, and 5760 bytes are "
            "too many to turn it here. Save x with numpy.save, which does not pack it."
        )

    def test_what_is_cut_short_is_refused(self, x):
        whole = npz(np.savez_compressed, x=x).getvalue()
        for end in (30, len(whole) // 2, len(whole) - 1):
            assert refused(io.BytesIO(whole[:end]), "x.npz") == "x.npz must be an NPZ file; it is damaged or locked."

    def test_a_changed_byte_is_found(self, x):
        whole = bytearray(npz(np.savez_compressed, x=x).getvalue())
        whole[len(whole) // 2] ^= 255

        assert refused(io.BytesIO(bytes(whole)), "x.npz") == "x.npz must be an NPZ file; it is damaged or locked."

    def test_one_that_unpacks_to_much_is_refused_in_the_app_and_never_held_at_once(self):
        file = io.BytesIO()
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": (20_000, 1_000)})
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as member:
            member.write(head.getvalue())
            for _ in range(80):
                member.write(bytes(1_000_000))

        assert refused(file, "x.npz", limits=APP_LIMITS) == (
            "x.npz must hold at most 100 arrays and 64000000 bytes when unpacked; it holds more. Save one array."
        )
        tracemalloc.start()
        assert sum(len(block) for block in activations_of(file, "x.npz", limits=Limits()).blocks()) == 20_000
        # A block is a million numbers: 4 MB as they are, 8 MB in float64, and one before.
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
        tracemalloc.stop()


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "x.npy must hold at least one number; it is empty."),
            (npy(np.zeros((2, 0))).getvalue(), "x.npy must hold at least one number; it is empty."),
            (npy(np.zeros(9)).getvalue()[:-1],
             "x.npy must hold as many numbers as its header says; it is cut short or damaged."),
            (npy(np.zeros(3, bool)).getvalue(),
             "x.npy must hold real numbers; it holds true and false. Save x.astype(float)."),
            (npy(np.zeros((1,) * 6)).getvalue(),
             "x.npy must have from 1 to 5 axes, such as (N, C, H, W); got shape (1, 1, 1, 1, 1, 1). "
             "Save x.reshape(…)."),
            (b"a picture\x00\x01\x02",
             "x.npy must be a CSV file (UTF-8) or an NPY file; it is neither. Export it as CSV."),
        ],
    )  # fmt: skip
    def test_with_a_sentence(self, content, sentence):
        assert refused(io.BytesIO(content)) == sentence

    def test_what_is_too_large_here(self):
        few = Limits(file_bytes=2_000_000, values=1000, channels=10)

        assert refused(npy(np.zeros(300_000)), limits=few) == (
            "x.npy must have at most 2 MB here; it has 2.4 MB. The command bnsim activations reads files of any size."
        )
        assert refused(npy(np.zeros(1001)), limits=few) == (
            "x.npy must hold at most 1000 numbers here; got 1001. The command bnsim activations reads files of any "
            "size."
        )
        assert refused(npy(np.zeros((1, 11))), limits=few) == (
            "x.npy must have at most 10 channels; got 11. Name another axis."
        )

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(DataError) as error, open_activations(tmp_path / "none.npy"):
            pass

        assert str(error.value) == "none.npy does not exist; name a CSV, NPY or NPZ file."


class TestLarge:
    def test_a_file_is_mapped_and_not_read(self, tmp_path):
        path = tmp_path / "x.npy"
        mapped = np.lib.format.open_memmap(path, "w+", np.float32, (20_000, 1_000))
        mapped[:, 3] = 1
        mapped.flush()
        del mapped

        tracemalloc.start()
        with open_activations(path) as found:
            first = next(iter(found.blocks()))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        tracemalloc.stop()
        assert first.shape == (1048, 1000, 1)
        assert first[0, 3] == 1

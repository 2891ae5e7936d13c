"""NPZ files: arrays by their name, unpacked no further than they may grow."""

import io
import zipfile

import numpy as np
import pytest

from bnsim.data.own import read_table
from bnsim.errors import DataError

DAMAGED = "x.npz must be an NPZ file; it is damaged or locked."


def saved(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def refusal(raw):
    with pytest.raises(DataError) as error:
        read_table(raw, "x.npz")
    return str(error.value)


class TestArrays:
    def test_one_is_read_like_an_npy_file(self):
        reading = read_table(saved(act=np.array([1.0, 2.0, 6.0])), "x.npz").reading()

        assert reading.values.tolist() == [1, 2, 6]
        assert reading.line() == 'x.npz: array "act" of an NPZ file; values 1, 2, 6.'

    def test_several_are_called_by_their_names(self):
        table = read_table(saved(a=np.arange(3.0), b=np.array([[1.0, 2.0], [3.0, 4.0]])), "x.npz")

        assert table.columns == ("a", "b column 1", "b column 2")
        assert table.column("b column 2").tolist() == [2, 4]

    def test_a_pickle_is_left_out(self):
        table = read_table(saved(a=np.arange(3.0), b=np.array([{}], dtype=object)), "x.npz")

        assert (table.columns, table.skipped) == (("a",), ("b",))


class TestRefusals:
    def test_a_bomb_is_not_unpacked(self):
        assert refusal(zipped(a__npy=b"\0" * 20_000_001)) == (
            "x.npz must hold at most 100 arrays and 20000000 bytes when unpacked; it holds more. Save one array."
        )

    def test_a_lie_about_the_size_is_not_believed(self):
        raw = saved(a=np.zeros(100_000))
        size = (8 * 100_000 + 128).to_bytes(4, "little")
        assert size in raw

        assert refusal(raw.replace(size, (200).to_bytes(4, "little"))) == DAMAGED

    def test_many_arrays(self):
        assert refusal(saved(**{f"a{number}": np.zeros(1) for number in range(101)})).endswith("Save one array.")

    def test_a_workbook_is_to_be_saved_as_csv(self):
        assert refusal(zipped(**{"[Content_Types]__xml": "x"})) == (
            "x.npz must be CSV, NPY or NPZ; it is a workbook of a spreadsheet. Save its sheet as CSV."
        )

    def test_a_zip_of_other_files(self):
        assert refusal(zipped(a__csv="1")) == (
            "x.npz must be an NPZ file; it is a zip of other files. Unpack it, and load one file."
        )

    def test_no_cut_gets_through_and_none_ends_otherwise(self):
        whole = saved(a=np.arange(50.0))

        assert {refusal(whole[:length]) for length in range(4, len(whole), 5)} == {DAMAGED}

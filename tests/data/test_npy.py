import io
import struct
import timeit
import tracemalloc

import numpy as np
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnsim.data.own import Choices, read_table
from bnsim.errors import DataError

LEAVE_OUT = " To leave out what is missing, say leave-out."
DAMAGED = "x.npy must be an NPY file; its header is damaged."
CUT_SHORT = "x.npy must hold as many numbers as its header says; it is cut short or damaged."


def saved(array, version=None):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), version=version)
    return stream.getvalue()


def with_header(text, data=b"", version=(1, 0)):
    header = text.encode("latin-1")
    length = struct.pack("<H" if version == (1, 0) else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header + data


def described(descr="'<f8'", order="False", shape="(1,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def table(raw):
    return read_table(raw, "x.npy")


def refusal(raw):
    with pytest.raises(DataError) as error:
        table(raw)
    return str(error.value)


class TestShape:
    def test_one_axis_is_one_column(self):
        found = table(saved([1.5, 2.5]))

        assert found.columns == ("values",)
        assert found.column("values").tolist() == [1.5, 2.5]

    def test_no_axis_is_one_value(self):
        assert table(saved(7.0)).column(0).tolist() == [7]

    @pytest.mark.parametrize("order", ["C", "F"])
    def test_two_axes_are_columns_whatever_their_order_in_memory(self, order):
        found = table(saved(np.asarray([[1, 2, 3], [4, 5, 6]], order=order)))

        assert found.columns == ("column 1", "column 2", "column 3")
        assert [found.column(place).tolist() for place in range(3)] == [[1, 4], [2, 5], [3, 6]]

    def test_of_more_axes_a_channel_is_a_column_as_in_batch_norm(self):
        array = np.arange(24.0).reshape(2, 3, 4)
        found = table(saved(array))

        assert found.columns == ("channel 1", "channel 2", "channel 3")
        np.testing.assert_array_equal(found.column(2), array[:, 2].ravel())
        assert found.told == ("array of shape (2, 3, 4): axis 1 counts channels; one holds all other axes",)

    def test_all_numbers_together_are_taken_on_request(self):
        array = np.arange(24.0).reshape(2, 3, 4)
        found = read_table(saved(array), "x.npy", Choices(flat=True))

        np.testing.assert_array_equal(found.column(0), array.ravel())
        assert found.told == ("all numbers of the array (2, 3, 4) taken",)

    def test_too_many_axes_are_refused(self):
        assert refusal(saved(np.ones((1,) * 9))) == "x.npy must have at most 8 axes; got 9. Save x.ravel()."

    @pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
    def test_no_numbers_are_refused(self, shape):
        assert refusal(saved(np.ones(shape))) == "x.npy must hold at least one number; it is empty."

    def test_a_million_rows_and_no_more(self):
        assert table(saved(np.ones(1_000_000, np.int8))).column(0).shape == (1_000_000,)
        assert (
            refusal(saved(np.ones(1_000_001, np.int8)))
            == "x.npy must have at most 1000000 rows; got more. Keep fewer rows."
        )

    def test_a_thousand_columns_and_no_more(self):
        assert len(table(saved(np.ones((2, 1000)))).columns) == 1000
        assert (
            refusal(saved(np.ones((2, 1001)))) == "x.npy must have at most 1000 columns; got 1001. "
            "Keep the ones you need; or say flat, if all its numbers are one batch."
        )


class TestNumbers:
    @settings(max_examples=100, deadline=None)
    @given(
        hnp.arrays(
            st.one_of(
                hnp.integer_dtypes(endianness="?"),
                hnp.unsigned_integer_dtypes(),
                hnp.floating_dtypes(sizes=(16, 32, 64)),
            ),
            hnp.array_shapes(max_dims=2, max_side=5),
        ),
        st.sampled_from([(1, 0), (2, 0), (3, 0)]),
    )
    def test_of_every_real_type_and_version_are_read_as_numpy_does(self, array, version):
        expected = array.reshape(len(array), -1).astype(np.float64).T
        if not np.isfinite(expected).all(axis=1).any():
            return

        found = table(saved(array, version))

        assert len(found.found) == len(expected)
        for place, values in enumerate(expected):
            if np.isfinite(values).all():
                np.testing.assert_array_equal(found.column(place), values)

    def test_that_are_missing_are_refused_or_left_out(self):
        raw = saved([1.0, np.nan, 3.0])

        assert refusal(raw) == (
            'column "values" of x.npy must hold finite numbers; row 2 is nan. '
            "To leave out what is missing, say leave-out."
        )
        reading = read_table(raw, "x.npy", Choices(leave_out=True)).reading()
        assert reading.values.tolist() == [1, 3]
        assert reading.told == ("1 NaN left out",)

    def test_true_and_false_are_refused_with_a_way_out(self):
        assert refusal(saved([True])) == "x.npy must hold real numbers; it holds true and false. Save x.astype(float)."

    @pytest.mark.parametrize("bad", ["inf", "-inf"])
    def test_that_are_not_finite_are_refused_with_their_row(self, bad):
        message = refusal(saved([1.0, float(bad), float(bad)]))

        assert message == f'column "values" of x.npy must hold finite numbers; row 2 is {bad}.'

    def test_a_good_column_beside_a_bad_one_can_be_used(self):
        found = table(saved([[1.0, np.nan], [2.0, 3.0]]))

        assert found.column("column 1").tolist() == [1, 2]
        with pytest.raises(DataError) as error:
            found.column("column 2")
        assert str(error.value) == "column 2 of x.npy must hold finite numbers; row 1 is nan." + LEAVE_OUT

    @pytest.mark.parametrize("array", [[1j], ["text"], [b"x"], np.array([1], "m8[s]"), np.longdouble([1])])
    def test_other_types_are_refused(self, array):
        array = np.asarray(array)

        sentence = "x.npy must hold real numbers (int or float, up to 64 bits); got"
        assert refusal(saved(array)) == f"{sentence} {array.dtype.str!r}."

    def test_pickles_are_refused(self):
        stream = io.BytesIO()
        np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)

        sentence = "x.npy must hold real numbers (int or float, up to 64 bits); got '|O'."
        assert refusal(stream.getvalue()) == sentence

    def test_records_are_refused(self):
        records = np.zeros(2, dtype=[("a", "f8"), ("b", "i4")])

        assert refusal(saved(records)) == "x.npy must hold plain numbers; it holds records with fields. Save one field."


class TestHeader:
    def test_may_come_from_another_writer(self):
        text = """{"shape":(2L,),"descr":'<f8',"fortran_order":False}"""

        assert table(with_header(text, struct.pack("<2d", 1, 2))).column(0).tolist() == [1, 2]

    @pytest.mark.parametrize("extra", [b"", b"\1" * 7, b"\1" * 9, b"\1" * 16])
    def test_claims_the_size_that_is_there(self, extra):
        assert refusal(with_header(described(), extra)) == CUT_SHORT

    @pytest.mark.parametrize(
        "shape", ["(10000000000000,)", "(99999999999999999999, 99999999999999999999)", f"({'9' * 300},)"]
    )
    def test_a_huge_claim_allocates_nothing(self, shape):
        raw = with_header(described(shape=shape), b"\1" * 64)
        tracemalloc.start()

        message = refusal(raw)

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert message == CUT_SHORT
        assert peak < 1_000_000

    @together(
        "text",
        [
            "",
            "{",
            "{}",
            "[]",
            "((((",
            "(" * 9000,
            "[" * 9000 + "]" * 900,
            "{'descr': " * 900,
            "-" * 1900 + "1",
            "(" * 1900,
            "1" + "+1j" * 600,
            described(descr="[" + "('a', " * 900),
            "\\",
            "'''",
            "{'descr': '<f8', 'fortran_order': False}",
            "__import__('os').getpid()",
            described(shape="(-1,)"),
            described(shape="(-1, -8)"),
            described(shape="[1]"),
            described(shape="1"),
            described(shape="(1.0,)"),
            described(shape=f"({'9' * 5000},)"),
            described(order="1"),
            described(order="'False'"),
            described(descr="8"),
            described(descr="None"),
            described(descr="'" + "f" * 4000 + "'"),
            described() + "}",
            described().replace("shape", "sh\0pe"),
            described().replace("'shape'", "b'shape'"),
            described().replace("'shape'", "'extra': 1, 'shape'"),
            described() + "x" * 20_000,
        ],
    )
    @together("version", [(1, 0), (2, 0), (3, 0)])
    def test_that_is_damaged_is_refused(self, text, version):
        assert refusal(with_header(text, b"\0" * 8, version)) == DAMAGED

    @pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
    def test_that_numpy_reads_may_still_hold_no_numbers(self, version):
        axes = with_header(described(shape="(" + "1," * 600 + ")"), b"\0" * 8, version)
        pairs = with_header(described(descr="('<f8', (2,))"), b"\0" * 16, version)

        assert refusal(axes) == "x.npy must have at most 8 axes; got 600. Save x.ravel()."
        assert refusal(pairs) == "x.npy must hold real numbers (int or float, up to 64 bits); got '|V16'."

    @pytest.mark.parametrize(
        "text", ["(" * 9000, "(" * 1900, "L " * 900, "{'descr': " * 200, described(shape=f"({'1L,' * 600})")]
    )
    def test_is_refused_in_milliseconds(self, text):
        raw = with_header(text, b"\0" * 8)

        assert min(timeit.repeat(lambda: refusal(raw), number=1, repeat=3)) < 0.02

    def test_of_an_unknown_version_is_refused(self):
        message = refusal(with_header(described(), b"\0" * 8, (4, 2)))

        assert message == "x.npy must be an NPY file of version 1.0, 2.0 or 3.0; got 4.2."

    def test_longer_than_any_array_needs_is_not_looked_at(self):
        assert refusal(with_header(described(shape="(" + "1," * 1000 + ")"), b"\0" * 8)) == DAMAGED

    def test_longer_than_the_file_is_refused(self):
        assert refusal(b"\x93NUMPY\2\0\xff\xff\xff\xff{") == DAMAGED


class TestFuzz:
    def test_no_cut_gets_through(self):
        whole = saved(np.arange(6.0))
        for length in range(6, len(whole)):
            refusal(whole[:length])

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_changed_bytes_give_numbers_or_a_sentence(self, data):
        raw = bytearray(saved(np.arange(6.0).reshape(2, 3)))
        for _ in range(data.draw(st.integers(1, 4))):
            raw[data.draw(st.integers(6, len(raw) - 1))] = data.draw(st.integers(0, 255))

        self._read(bytes(raw))

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                ["{", "}", "(", ")", "'descr'", "'shape'", "'fortran_order'", ":", ",", "'<f8'", "False", "1", " ", "["]
            )
            | st.text(max_size=3),
            max_size=20,
        )
    )
    def test_any_header_gives_numbers_or_a_sentence(self, parts):
        self._read(with_header("".join(parts).encode("latin-1", "replace").decode("latin-1"), b"\0" * 8))

    @staticmethod
    def _read(raw):
        try:
            found = table(raw)
        except DataError:
            return
        assert found.columns

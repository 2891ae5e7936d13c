import io
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnsim.data.own import MAX_BYTES, read_table
from bnsim.errors import DataError


def refusal(raw, name="x.csv"):
    with pytest.raises(DataError) as error:
        read_table(raw, name)
    return str(error.value)


def tables(raw):
    """Return the table in junk, or nothing if it is refused in sentences."""
    try:
        return [read_table(raw, "junk")]
    except DataError as error:
        refused = error
    assert all(problem.endswith(".") for problem in refused.problems)
    assert len(str(refused)) < 20_000
    return []


def never_fails_otherwise(raw):
    for table in tables(raw):
        assert len(set(table.columns)) == len(table.columns)
        assert all(name.isprintable() for name in table.columns + table.skipped)
        usable = [column.name for column in table.found if not column.problem]
        assert usable
        assert all(table.column(name).size and np.isfinite(table.column(name)).all() for name in usable)


class TestFile:
    def test_may_be_five_million_bytes_and_no_more(self):
        raw = b"1\n" + b" " * (MAX_BYTES - 2)

        assert read_table(raw, "x.csv").column(0).tolist() == [1]
        assert refusal(raw + b" ") == "x.csv must be at most 5000000 bytes; got 5000001. Keep fewer rows or columns."

    def test_content_and_not_the_name_decides_its_kind(self):
        stream = io.BytesIO()
        np.save(stream, np.array([1.0, 2.0]))

        assert read_table(stream.getvalue(), "x.csv").column(0).tolist() == [1, 2]
        assert read_table(b"1\n2\n", "x.npy").column(0).tolist() == [1, 2]

    @pytest.mark.parametrize("raw", [b"\0PK\3\4\0\0", b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfe1\0\n", b"1\0\0\0" * 300])
    def test_of_another_kind_is_refused(self, raw):
        assert refusal(raw) == "x.csv must be a CSV file (UTF-8) or an NPY file; it is neither. Export it as CSV."

    def test_a_hostile_name_is_shown_on_one_short_line(self):
        message = refusal(b"", "\x1b[31m evil\n" + "x" * 500)

        assert message == "[31m evil " + "x" * 49 + "… must hold at least one number; it is empty."

    def test_without_a_name_is_called_the_file(self):
        assert refusal(b"", "\n") == "the file must hold at least one number; it is empty."

    @pytest.mark.parametrize("cells", [1, 8, 400])
    def test_of_five_megabytes_takes_about_a_second(self, cells):
        row = ",".join(["0.123"] * cells).encode() + b"\n"
        start = time.process_time()

        table = read_table(row * (MAX_BYTES // len(row)), "x.csv")

        assert len(table.columns) == cells
        # About 0.4 s where it was written; the rest is for slower and busier machines.
        assert time.process_time() - start < 4


class TestFuzz:
    @settings(max_examples=120, deadline=None)
    @given(st.binary(max_size=300))
    def test_any_bytes(self, raw):
        never_fails_otherwise(raw)

    @settings(max_examples=250, deadline=None)
    @given(st.text("0123456789.,;\t\n\r\"'eE+-_− naifx\x1c\x85\u2028\ufeff", max_size=60))
    def test_any_text_that_looks_like_a_table(self, text):
        never_fails_otherwise(text.encode())

    @settings(max_examples=120, deadline=None)
    @given(st.text(max_size=200), st.sampled_from(["utf-8", "latin-1", "utf-16"]))
    def test_any_text(self, text, encoding):
        never_fails_otherwise(text.encode(encoding, errors="replace"))

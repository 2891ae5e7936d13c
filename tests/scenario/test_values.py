"""Values: the user's own numbers."""

import copy
import hashlib
import pickle
import struct

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bnsim.errors import DataError
from bnsim.scenario.values import Values

NUMBERS = st.lists(st.floats(-1e12, 1e12), max_size=30)


def refusal(numbers: object) -> str:
    with pytest.raises(DataError) as error:
        Values(numbers)
    return str(error.value)


class TestContent:
    def test_none_by_default(self):
        assert len(Values()) == 0
        assert Values() == Values(()) == Values("")

    def test_holds_doubles_in_the_order_given(self):
        values = Values([3, 1.5, np.float32(0.5), np.int8(-2)])

        assert values.tolist() == [3.0, 1.5, 0.5, -2.0]
        assert values.array.dtype == np.float64
        assert len(values) == 4

    @pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "i1", "u8", "longdouble", "O"])
    def test_reads_arrays_of_any_real_type(self, dtype):
        assert Values(np.array([1, 2, 3], dtype=dtype)) == Values([1, 2, 3])

    def test_reads_any_iterable_once(self):
        assert Values(number / 2 for number in range(3)) == Values([0, 0.5, 1])

    def test_does_not_see_later_changes_of_its_source(self):
        source = np.array([1.0, 2.0])
        values = Values(source)
        source[0] = 9

        assert values.tolist() == [1.0, 2.0]

    def test_array_is_read_only(self):
        with pytest.raises(ValueError, match="read-only"):
            Values([1.0]).array[0] = 2

    def test_content_decides_equality_and_hash(self):
        assert Values([1, 2]) == Values((1.0, 2.0))
        assert hash(Values([1, 2])) == hash(Values((1.0, 2.0)))
        assert Values([1, 2]) != Values([2, 1])
        assert Values([1]) != [1.0]

    def test_negative_zero_is_zero(self):
        assert Values([-0.0]).digest == Values([0.0]).digest

    def test_digest_is_the_sha256_of_little_endian_doubles(self):
        assert Values([1.5, -2]).digest == hashlib.sha256(struct.pack("<2d", 1.5, -2)).hexdigest()[:12]

    def test_repr_is_short(self):
        assert repr(Values([1, 0.5])) == "Values([1, 0.5])"
        assert repr(Values(range(1000))) == "Values([0, 1, 2, 3, 4, 5, … 1000 numbers])"

    def test_survives_pickling_and_copying(self):
        values = Values([1.0, 2.5])
        pickled = pickle.loads(pickle.dumps(values))

        assert pickled == values
        assert not pickled.array.flags.writeable
        assert copy.deepcopy(values) is values
        assert copy.copy(values) is values

    def test_a_million_numbers_are_allowed(self):
        assert len(Values(np.zeros(1_000_000))) == 1_000_000


class TestRefusals:
    def test_more_than_a_million(self):
        sentence = "values must be at most 1000000 numbers; got more."

        assert refusal(np.zeros(1_000_001)) == sentence
        assert refusal(iter(int, 1)) == sentence
        assert refusal("1 " * 1_000_001) == sentence

    def test_not_finite(self):
        assert refusal([1, np.nan, np.inf]) == "values must be finite numbers; entry 2 is nan, entry 3 is inf."

    def test_out_of_range(self):
        assert (
            refusal([1e12, -2e12]) == "values must be from -1000000000000 to 1000000000000; entry 2 is -2000000000000."
        )

    def test_whole_numbers_no_double_can_hold(self):
        assert refusal([1, 10**5000]) == (
            "values must be from -1000000000000 to 1000000000000; entry 2 is a whole number of 39 digits or more."
        )

    def test_entries_that_are_no_numbers(self):
        assert refusal([1, True, "2", None, [3]]) == (
            "values must be numbers; entry 2 is true, entry 3 is '2', entry 4 is nothing, and more."
        )
        assert refusal(np.array([False])) == "values must be numbers; entry 1 is false."
        assert refusal([1j]) == "values must be numbers; entry 1 is a value of type complex."

    def test_masked_ones_are_not_taken_for_numbers(self):
        assert refusal(np.ma.array([1.0, 2.0, 99.0], mask=[0, 0, 1])) == (
            "values must be numbers without a mask; got 1 of 3 masked. Leave them out with .compressed()."
        )
        assert refusal(list(np.ma.array([1.0, 99.0], mask=[0, 1]))) == (
            "values must be numbers; entry 2 is a value of type MaskedConstant. Leave what is masked out with "
            ".compressed()."
        )
        assert Values(np.ma.array([1.0, 2.0], mask=[0, 0])).tolist() == [1, 2]

    def test_missing_ones_of_pandas_are_refused_with_a_way_out(self):
        assert refusal(pd.Series([1, None], dtype="Int64")) == (
            "values must be numbers; entry 2 is a value of type NAType. Leave what is missing out with .dropna()."
        )
        assert Values(pd.Series([1, 2], dtype="Int64")).tolist() == [1, 2]

    def test_a_frame_is_no_column(self):
        assert refusal(pd.DataFrame({"a": [1.0]})) == (
            'values must be one column of numbers; got a table of them. Pass one column: frame["name"].'
        )

    def test_tensors_are_refused_with_a_way_out(self):
        class Tensor:  # PyTorch itself is not needed for the tests
            def detach(self) -> None: ...

            def numpy(self) -> None: ...

        assert refusal(Tensor()) == "values must be a list of numbers; got a tensor. Pass x.detach().cpu().numpy()."
        assert refusal([Tensor()]) == (
            "values must be numbers; entry 1 is a value of type Tensor. Pass x.detach().cpu().numpy()."
        )

    @pytest.mark.parametrize("dtype", ["complex128", "datetime64[s]", "timedelta64[s]"])
    def test_arrays_that_are_not_real(self, dtype):
        assert refusal(np.zeros(2, dtype)) == f"values must be numbers; got an array of {dtype}."

    def test_arrays_that_are_no_column(self):
        assert refusal(np.zeros((2, 3))) == "values must be one column of numbers; got an array of shape (2, 3)."
        assert refusal(np.array(1.0)) == "values must be one column of numbers; got an array of shape ()."

    @pytest.mark.parametrize(
        ("source", "shown"),
        [
            (3, "3"),
            ({"a": 1}, "a table"),
            (None, "nothing"),
            (b"1", "a value of type bytes"),
            ({1}, "a value of type set"),
        ],
    )
    def test_what_is_no_list(self, source, shown):
        assert refusal(source) == f"values must be a list of numbers; got {shown}."


class TestText:
    def test_commas_semicolons_and_white_space_separate(self):
        assert Values.from_text("  1, 2.5 3;4e-1\n5\t6 ;\r\n .5 ").tolist() == [1, 2.5, 3, 0.4, 5, 6, 0.5]

    def test_one_separator_may_end_it(self):
        assert Values.from_text("1, 2,\n") == Values([1, 2])

    def test_reads_the_minus_of_typeset_text(self):
        assert Values.from_text("−2 1e−3") == Values([-2, 1e-3])

    def test_no_text_is_no_numbers(self):
        assert Values.from_text(" \n") == Values()

    @pytest.mark.parametrize("entry", ["abc", "nan", "inf", "1_0", "0x1", "١", "1e", "--1", "1.2.3"])
    def test_entries_that_are_no_numbers_are_named_by_position(self, entry):
        assert refusal(f"1 2 {entry}") == f"values must be numbers; entry 3 is {entry!r}."

    def test_an_empty_entry_is_not_skipped(self):
        assert refusal("1,,2, ;3") == "values must be numbers; entry 2 is empty, entry 4 is empty."

    def test_only_the_first_three_bad_entries_are_shown(self):
        assert (
            refusal("a b c d e") == "values must be numbers; entry 1 is 'a', entry 2 is 'b', entry 3 is 'c', and more."
        )

    def test_numbers_beyond_the_largest_double_are_not_finite(self):
        assert refusal("1e999") == "values must be finite numbers; entry 1 is inf."

    @given(NUMBERS)
    def test_reads_back_what_was_written(self, numbers):
        assert Values.from_text(", ".join(map(repr, numbers))) == Values(numbers)

    @settings(max_examples=200)
    @given(st.text(alphabet="0123456789.,;-+eE \n−ax٣\x00\ud800", max_size=60) | st.text(max_size=60))
    def test_any_other_text_is_refused_in_one_sentence(self, text):
        try:
            values = Values.from_text(text)
        except DataError as error:
            problem = str(error)
        else:
            problem = "values must be read."
            assert np.isfinite(values.array).all()
        assert problem.startswith("values must ")
        assert problem.isprintable()


class TestAsPydanticField:
    class Model(BaseModel):
        numbers: Values = Values()

    @pytest.mark.parametrize("source", [[1, 2], (1, 2), np.array([1, 2]), "1, 2", Values([1, 2])])
    def test_reads_what_the_constructor_reads(self, source):
        assert self.Model(numbers=source).numbers == Values([1, 2])

    def test_keeps_the_very_object(self):
        values = Values([1])

        assert self.Model(numbers=values).numbers is values

    def test_is_written_as_a_list_of_floats(self):
        model = self.Model(numbers=[1, 2.5])

        assert model.model_dump() == {"numbers": [1.0, 2.5]}
        assert self.Model.model_validate_json(model.model_dump_json()) == model

    def test_json_schema_is_an_array_of_numbers(self):
        schema = self.Model.model_json_schema()["properties"]["numbers"]

        assert (schema["type"], schema["items"], schema["maxItems"]) == ("array", {"type": "number"}, 1_000_000)

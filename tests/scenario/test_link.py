"""Links: exact when written, read as far as they go."""

from enum import Enum
from typing import Annotated, Literal
from urllib.parse import parse_qs

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from bnsim.scenario.link import decode, encode, holds_everything, url
from bnsim.scenario.params import Params
from bnsim.scenario.values import Values


def query_of(address: str) -> dict[str, list[str]]:
    """Return what the browser hands on."""
    return parse_qs(address.partition("?")[2], keep_blank_values=True)


class Colour(Enum):
    RED = "red"
    BLUE = "blue & green"


class Lab(Params):
    mean: Annotated[float, Field(ge=-1e6, le=1e6)] = 3.0
    count: Annotated[int, Field(ge=1, le=1000)] = 32
    source: Literal["exact", "own"] = "exact"
    colour: Colour = Colour.RED
    affine: bool = True
    values: Values = Values()
    label: str = ""


LABS = st.builds(
    Lab,
    mean=st.floats(-1e6, 1e6),
    count=st.integers(1, 1000),
    source=st.sampled_from(["exact", "own"]),
    colour=st.sampled_from(Colour),
    affine=st.booleans(),
    values=st.lists(st.floats(-1e12, 1e12), max_size=30).map(Values),
    label=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
KEYS = st.sampled_from([*Lab.model_fields, "men", "utm_source", "__init__", ""]) | st.text(max_size=6)
TEXTS = st.text(max_size=12) | st.floats().map(str) | st.integers().map(str) | st.sampled_from(["own", "true", "1,2"])


class TestEncode:
    def test_holds_every_field_in_declaration_order(self):
        assert encode(Lab(values=[1, 2.5], mean=0.1)) == {
            "mean": "0.1",
            "count": "32",
            "source": "exact",
            "colour": "red",
            "affine": "true",
            "values": "1.0,2.5",
        }

    def test_no_numbers_are_left_out(self):
        assert "values" not in encode(Lab())

    def test_no_numbers_are_written_where_some_are_the_default(self):
        class Filled(Params):
            values: Values = Values([1, 2])

        assert encode(Filled(values=[])) == {"values": ""}
        assert decode(Filled, {"values": ""}) == (Filled(values=[]), ())

    def test_numbers_are_left_out_beyond_4000_characters(self):
        fits, is_too_long = Lab(values=[0.5] * 1000), Lab(values=[0.5] * 1001)

        assert len(encode(fits)["values"]) == 3999
        assert holds_everything(fits)
        assert "values" not in encode(is_too_long)
        assert not holds_everything(is_too_long)

    def test_a_million_numbers_cost_nothing(self):
        assert not holds_everything(Lab(values=np.zeros(1_000_000)))


class TestRoundTrip:
    @given(LABS)
    def test_a_link_gives_exactly_the_parameters_again(self, params):
        link = url("https://example.org/transform", params)

        assert holds_everything(params)
        assert decode(Lab, query_of(link)) == (params, ())

    def test_a_link_is_plain_ascii(self):
        assert url("http://x/", Lab(label="γ & β")).endswith("&affine=true&label=%CE%B3+%26+%CE%B2")


class TestDecode:
    def test_an_empty_link_is_the_default(self):
        assert decode(Lab, {}) == (Lab(), ())

    def test_what_is_good_is_kept(self):
        assert decode(Lab, {"mean": "1", "count": "x", "colour": "blue & green"}) == (
            Lab(mean=1, colour=Colour.BLUE),
            ("count must be a whole number from 1 to 1000; got 'x'.",),
        )

    def test_unknown_keys_are_told(self):
        assert decode(Lab, {"meen": "1", "<b>": "2"})[1] == (
            "meen is not a parameter of this experiment. Did you mean mean?",
            "'<b>' is not a parameter of this experiment. "
            "Its parameters are mean, count, source, colour, affine, values, label.",
        )

    @pytest.mark.parametrize("key", ["utm_source", "utm_x", "fbclid", "gclid", "embed", "embed_options"])
    def test_what_others_add_is_passed_over(self, key):
        assert decode(Lab, {key: "1", "mean": ["2"]}) == (Lab(mean=2), ())

    def test_of_a_repeated_key_the_last_counts(self):
        assert decode(Lab, {"mean": ["1", "2"], "count": []}) == (
            Lab(mean=2),
            ("mean is given 2 times; the last one counts.",),
        )

    def test_long_values_are_told(self):
        assert decode(Lab, {"values": "1," * 4000})[1] == ()
        assert decode(Lab, {"values": "1," * 4000 + "1"}) == (
            Lab(),
            ("values must be at most 8000 characters; got 8001.",),
        )

    def test_at_most_64_keys_are_looked_at(self):
        query = {f"k{number}": "1" for number in range(100)} | {"mean": "1"}
        params, reports = decode(Lab, query)

        assert params == Lab()
        assert reports[0] == "a link must hold at most 64 parameters; 37 are ignored."
        assert reports[-1] == "and 44 more problems."

    def test_long_keys_are_cut(self):
        assert decode(Lab, {"k" * 9000: "1"})[1] == (
            f"{'k' * 63}… is not a parameter of this experiment. "
            "Its parameters are mean, count, source, colour, affine, values, label.",
        )

    @settings(max_examples=250, deadline=None)
    @given(st.dictionaries(KEYS, TEXTS | st.lists(TEXTS, max_size=3), max_size=10))
    def test_never_raises(self, query):
        params, reports = decode(Lab, query)

        assert Lab.of(params.__dict__) == params
        assert all(report.isprintable() for report in reports)


class TestAnyText:
    @settings(max_examples=250, deadline=None)
    @given(st.text(max_size=60) | st.text(alphabet="?&=%#+;[]:/aé\x00\ud800mean0", max_size=60))
    def test_never_raises(self, text):
        params, reports = decode(Lab, query_of(f"?{text}"))

        assert isinstance(params, Lab)
        assert all(report.isprintable() for report in reports)

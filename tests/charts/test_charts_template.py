"""Templates: a constant specification, filled with frames."""

import json
import math

import altair as alt
import numpy as np
import pandas as pd
import pytest

from bnsim.charts.template import (
    MIME_TYPE,
    VEGA_LITE,
    Figure,
    Template,
    anchor,
    by,
    first_record,
    freeze,
    jsonable,
    records,
)

SPEC = {
    "params": [{"name": "live", "bind": {"element": "body"}}, {"name": "k", "expr": "1"}],
    "data": {"name": "points"},
    "mark": "point",
}
TEMPLATE = Template(SPEC, {"points": ("x", "y")})
POINTS = pd.DataFrame({"x": [1.0, math.nan], "y": [math.inf, 2.0]})


def figure(frame: pd.DataFrame = POINTS) -> Figure:
    return Figure("points", "Points", "Two points.", "A picture.", "Two points now.", TEMPLATE, {"points": frame})


class TestFigure:
    def test_refuses_data_without_the_columns_of_its_template(self):
        with pytest.raises(ValueError, match=r"^figure points: data 'points' lacks the columns \['x', 'y'\]$"):
            figure(pd.DataFrame({"z": [1.0]}))

    def test_takes_columns_beyond_those(self):
        assert figure(POINTS.assign(z=1.0)).data["points"].shape == (2, 3)

    def test_for_a_file_it_is_complete(self):
        found = figure().to_dict()

        assert found["$schema"] == VEGA_LITE
        assert found["description"] == "Two points now."
        assert found["datasets"] == {"points": [{"x": 1.0, "y": None}, {"x": None, "y": 2.0}]}
        assert found["mark"] == "point"

    def test_for_a_file_it_is_bound_to_no_page(self):
        assert figure().to_dict()["params"] == [{"name": "live"}, {"name": "k", "expr": "1"}]
        assert "bind" in SPEC["params"][0]

    def test_a_notebook_gets_the_picture_and_words(self):
        bundle = figure()._repr_mimebundle_()

        assert bundle["text/plain"] == "Points: Two points now."
        assert bundle[MIME_TYPE] == figure().to_dict()


class TestRecords:
    def test_are_json_whatever_the_columns(self):
        frame = pd.DataFrame(
            {
                "f": np.array([1.5], np.float32),
                "i": np.array([2], np.int64),
                "t": ["x̂"],
                "b": np.array([True]),
            }
        )

        assert json.dumps(records(frame), ensure_ascii=False) == '[{"f": 1.5, "i": 2, "t": "x̂", "b": true}]'
        assert json.dumps(first_record(frame)) == json.dumps(records(frame)[0])

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
    def test_what_json_has_no_number_for_is_none(self, value):
        assert jsonable(value) is None

    def test_an_empty_frame_is_an_empty_list(self):
        assert records(POINTS[:0]) == []


class TestFreeze:
    def test_leaves_the_specification_only(self):
        chart = alt.Chart(pd.DataFrame({"x": [1]})).mark_point().encode(x="x:Q")

        assert not {"$schema", "config", "datasets"} & set(freeze(chart))

    def test_keeps_the_name_of_its_data(self):
        assert freeze(alt.Chart(alt.NamedData("state")).mark_point())["data"] == {"name": "state"}


class TestParts:
    def test_an_expression_is_marked_as_one(self):
        assert by("datum.k") == {"expr": "datum.k"}

    def test_the_anchor_is_invisible_and_reads_the_state(self):
        spec = anchor("u", "h").to_dict()

        assert spec["data"] == {"name": "state"}
        assert spec["mark"] == {"type": "point", "opacity": 0, "size": 0}
        assert [step["as"] for step in spec["transform"]] == ["u", "h"]

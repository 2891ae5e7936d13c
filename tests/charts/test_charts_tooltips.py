"""Tooltips: every mark that carries data says what it is in words, and none says the names of fields."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pytest

from bnsim.charts.overlay import letter_of, overlaid, overlay_template
from bnsim.charts.template import marks_of
from bnsim.experiment import Result
from bnsim.experiments import all_experiments, find

EXPERIMENTS = sorted(all_experiments())
PATHS = ("line", "area")
DECORATIONS = {
    # Guides, what is marked on the axes, and layers that only hold an axis open.
    "batch-size": {("rule", "points"), ("rule", "factors"), ("rule", "chosen")},
    "depth": {("point", "frame"), ("rule", "guide")},
    "folding": {("tick", "rows"), ("point", "reach")},
    "landscape": {("rule", "said")},
    "train-eval": {("rule", "frozen"), ("rule", "shares")},
    "training": {("rule", "guides"), ("point", "axis"), ("rule", "drift"), ("line", "middles")},
    "transfer": {("rect", "pixels"), ("rect", "frames"), ("rule", "means"), ("rule", "mark")},
    "transform": {("point", "state")},
}
"""What carries no tooltip of its own: its numbers are those of the points on it, or words beside it."""


def templates(slug: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    experiment = find(slug)
    params = experiment.params()
    work = experiment.work
    result = Result(experiment, params) if work is None else Result.of(experiment, params, work.nothing(params))
    for figure in result.figures:
        yield figure.key, figure.template.spec
    for series in experiment.overlay.labels:
        yield f"overlay of {series}", overlay_template(*experiment.overlay.titles(series)).spec


def kind(mark: Mapping[str, Any]) -> str:
    return str(mark["mark"]["type"])


def source(mark: Mapping[str, Any]) -> str:
    return str(mark.get("data", {}).get("name", ""))


def lines(mark: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mark.get("encoding", {}).get("tooltip", [])
    return found


@pytest.mark.parametrize("slug", EXPERIMENTS)
class TestEveryPicture:
    def test_says_its_data_where_one_points_at_it(self, slug):
        for key, spec in templates(slug):
            shared = spec.get("data", {}).get("name", "")
            marks = list(marks_of(spec))
            told = {source(mark) or shared for mark in marks if lines(mark)}
            for mark in marks:
                name = source(mark) or shared
                silent = kind(mark) == "text" or (kind(mark), name) in DECORATIONS.get(slug, set()) or not name
                assert silent or name in told, (key, kind(mark), name)
                assert silent or kind(mark) in PATHS or lines(mark), (key, kind(mark), name)

    def test_names_quantities_in_words(self, slug):
        for key, spec in templates(slug):
            for line in (line for mark in marks_of(spec) for line in lines(mark)):
                title = line.get("title") or ""
                assert re.fullmatch(r"[^_{}\[\]]*[^\W\d_].*", title.replace("_B", "")), (key, line)
                assert len(title) >= 2, (key, line)

    def test_writes_numbers_with_a_format(self, slug):
        for key, spec in templates(slug):
            for line in (line for mark in marks_of(spec) for line in lines(mark)):
                assert line["type"] == "nominal" or line.get("format"), (key, line)

    def test_a_mark_without_one_makes_none_up(self, slug):
        for key, spec in templates(slug):
            for mark in marks_of(spec):
                assert lines(mark) or mark["mark"].get("tooltip", "missing") is None, (key, kind(mark))

    def test_a_line_has_none_for_it_would_say_its_first_point(self, slug):
        for key, spec in templates(slug):
            assert not [mark for mark in marks_of(spec) if kind(mark) in PATHS and lines(mark)], key

    def test_every_decoration_is_there(self, slug):
        there = {(kind(mark), source(mark)) for _, spec in templates(slug) for mark in marks_of(spec)}

        assert DECORATIONS.get(slug, set()) <= there


class TestLetters:
    def test_go_on_after_z(self):
        assert [letter_of(at) for at in (0, 25, 26, 52)] == ["A", "Z", "A2", "A3"]

    def test_each_curve_has_one_and_the_legend_says_whose(self):
        curves = pd.DataFrame({"scenario": ["a"] * 4 + ["b"] * 4, "x": range(8), "y": 0.0})
        found = overlaid(curves, {"a": "first", "b": "second"})

        assert list(found["letter"]) == ["", "A", "", "", "", "", "B", ""]
        assert list(found["scenario"].unique()) == ["A · first", "B · second"]

    def test_a_curve_of_one_point_has_its_letter_there(self):
        found = overlaid(pd.DataFrame({"scenario": ["a", "b"], "x": 0.0, "y": 0.0}), {"a": "a", "b": "b"})

        assert list(found["letter"]) == ["A", "B"]

    def test_needles_at_one_place_have_theirs_at_different_heights(self):
        curves = pd.DataFrame({"scenario": ["a", "a", "b", "b"], "x": 0.0, "y": [0.0, 1.0, 0.0, 1.0]})
        found = overlaid(curves, {"a": "a", "b": "b"})

        assert list(found.loc[found["letter"] != "", "y"]) == pytest.approx([1 / 3, 2 / 3], rel=1e-15)

    @pytest.mark.parametrize("count", [8, 15, 16, 64])
    def test_no_two_lines_share_colour_and_dash(self, count):
        encoding = next(marks_of(overlay_template("x", "y").spec))["encoding"]
        colours = encoding["color"]["scale"]["range"]
        dashes = [tuple(dash) for dash in encoding["strokeDash"]["scale"]["range"]]
        looks = {(colours[at % len(colours)], dashes[at % len(dashes)]) for at in range(count)}

        assert len(looks) == count

"""Tooltips: every mark that carries data says what it is in words, and none says the names of fields."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, ClassVar

import pandas as pd
import pytest
from shipped import at_small

from bnsim.charts.against import against_template
from bnsim.charts.overlay import (
    HEIGHT,
    LABEL_HEIGHT,
    LONGEST_LABEL,
    MARGIN,
    MOST_LABELS,
    MOST_SPOTS,
    letter_of,
    levels,
    look_of,
    overlaid,
    overlay_template,
)
from bnsim.charts.template import marks_of
from bnsim.charts.theme import QUIET
from bnsim.experiments import all_experiments, find

EXPERIMENTS = sorted(all_experiments())
PATHS = ("line", "area")
DECORATIONS = {
    # Guides, what is marked on the axes, and layers that only hold an axis open.
    "batch-size": {("rule", "points"), ("rule", "factors"), ("rule", "chosen"), ("point", "state")},
    "depth": {("point", "frame"), ("rule", "guide"), ("point", "state")},
    "folding": {("tick", "rows"), ("rule", "state")},
    "landscape": {("rule", "said")},
    "micro-batches": {("point", "state")},
    "norm-family": {("point", "state")},
    "train-eval": {("rule", "frozen"), ("rule", "shares"), ("point", "state")},
    "training": {("rule", "guides"), ("point", "axis"), ("rule", "drift"), ("line", "middles")},
    "transfer": {("rect", "pixels"), ("rect", "frames"), ("rule", "means"), ("rule", "mark")},
    "transform": {("point", "state")},
}
"""What carries no tooltip of its own: its numbers are those of the points on it, or words beside it."""


@cache
def templates(slug: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return every picture of an experiment, and of Compare, by what it is called."""
    return list(every_template(slug))


def every_template(slug: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    experiment = find(slug)
    for figure in at_small(slug).figures:
        yield figure.key, figure.template.spec
    for series in experiment.overlay.labels:
        yield f"overlay of {series}", overlay_template(*experiment.overlay.titles(series)).spec
    yield "a readout against a parameter", against_template("a parameter", "a readout", steps="log").spec


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

    def test_each_curve_has_one_and_its_title_says_whose(self):
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
        assert {look_of(at)[:2] for at in range(count)} == looks

    def test_a_scenario_without_a_curve_keeps_its_letter_and_its_look(self):
        curves = pd.DataFrame({"scenario": ["a", "a", "c", "c"], "x": [0, 1, 0, 1], "y": [0.0, 1.0, 1.0, 2.0]})
        found = overlaid(curves, {"a": "first", "b": "second", "c": "third"})

        assert list(found["scenario"].unique()) == ["A · first", "C · third"]
        assert list(found["look"].unique()) == [0, 2]

    def test_no_curve_at_all_is_no_row(self):
        assert len(overlaid(pd.DataFrame({"scenario": [], "x": [], "y": []}), {"a": "a"})) == 0

    def test_a_line_to_and_fro_on_one_spot_is_a_needle(self):
        wide = pd.DataFrame({"scenario": "a", "x": [0.0, 10.0], "y": 0.0})
        needle = pd.DataFrame({"scenario": "b", "x": [5.0, 5.001, 5.0], "y": [0.0, 1.0, 0.5]})
        found = overlaid(pd.concat([wide, needle], ignore_index=True), {"a": "a", "b": "b"})

        assert list(found.loc[found["scenario"] == "B · b", "y"]) == pytest.approx([0.0, 2 / 3, 1.0], rel=1e-15)

    def test_the_first_of_all_is_the_baseline(self):
        curves = pd.DataFrame({"scenario": ["b", "a"], "x": 0.0, "y": 0.0})
        found = overlaid(curves, {"a": "first", "b": "second"})

        assert dict(zip(found["scenario"], found["base"], strict=True)) == {"A · first": True, "B · second": False}


class TestOneOfMany:
    CURVES = pd.DataFrame({"scenario": [*"aabbcc"], "x": [0, 1] * 3, "y": [0.0, 1.0, 1.0, 2.0, 2.0, 3.0]})
    TITLES: ClassVar = {"a": "first", "b": "second", "c": "third"}

    def test_is_quiet_lies_below_and_has_neither_letter_nor_title(self):
        found = overlaid(self.CURVES, self.TITLES, {"a", "c"})

        assert list(found["scenario"].unique()) == ["B · second", "A · first", "C · third"]
        assert list(found.loc[found["quiet"], "scenario"].unique()) == ["B · second"]
        assert set(found.loc[found["quiet"], "letter"] + found.loc[found["quiet"], "label"]) == {""}

    def test_is_thin_grey_and_solid(self):
        encoding = next(marks_of(overlay_template("x", "y").spec))["encoding"]

        assert encoding["color"]["condition"] == {"test": "datum.quiet", "value": QUIET}
        assert encoding["strokeDash"]["condition"] == {"test": "datum.quiet", "value": [1, 0]}

    def test_leaves_the_looks_of_the_others_as_they_are(self):
        found = overlaid(self.CURVES, self.TITLES, {"a", "c"})

        assert list(found.loc[~found["quiet"], "look"].unique()) == [0, 2]


class TestTitles:
    @pytest.mark.parametrize("ends", [[0.0] * MOST_LABELS, [1.0] * MOST_LABELS, [0.5, 0.51, 0.52, 0.2], [3.0]])
    def test_do_not_lie_on_each_other_nor_outside(self, ends):
        found = sorted(levels(ends, 0.0, 1.0))
        # Sums and differences of a dozen numbers under 1 are right to 1e-14.
        gaps = [above - below for below, above in pairwise(found)]

        assert all(gap >= LABEL_HEIGHT / HEIGHT - 1e-14 for gap in gaps)
        assert found[0] >= LABEL_HEIGHT / HEIGHT / 2 - 1e-14
        assert found[-1] <= 1 - LABEL_HEIGHT / HEIGHT / 2 + 1e-14

    def test_stand_at_the_ends_of_their_lines_where_there_is_room(self):
        assert levels([-2.0, 2.0], -4.0, 4.0) == [
            pytest.approx((MARGIN + share * (HEIGHT - 2 * MARGIN)) / HEIGHT, rel=1e-15) for share in (0.25, 0.75)
        ]

    def test_of_flat_lines_stand_in_the_middle(self):
        assert levels([1.0], 1.0, 1.0) == [0.5]
        assert levels([float("nan")], 0.0, 1.0) == [0.5]

    def test_stand_on_the_last_point_and_are_cut_there_alone(self):
        title = "t" * 100
        found = overlaid(pd.DataFrame({"scenario": "a", "x": [0, 1, 2], "y": 0.0}), {"a": title})

        assert list(found["label"]) == ["", "", f"A · {'t' * (LONGEST_LABEL - 5)}…"]
        assert set(found["scenario"]) == {f"A · {title}"}

    def test_points_that_say_what_they_are_are_not_too_many(self):
        found = overlaid(pd.DataFrame({"scenario": "a", "x": range(5000), "y": 0.0}), {"a": "a"})

        assert MOST_SPOTS // 2 <= found["spot"].sum() <= MOST_SPOTS
        assert found["spot"].iloc[[0, -1]].all()


class TestIsolation:
    def test_the_line_nearest_to_the_pointer_stays_and_the_others_fade(self):
        spec = overlay_template("x", "y").spec
        (param,) = spec["params"]

        assert param["select"] | {"toggle": False} == {
            "type": "point", "fields": ["scenario"], "on": "pointerover", "nearest": True, "clear": "pointerout",
            "toggle": False,
        }  # fmt: skip
        opacity = next(marks_of(spec))["encoding"]["opacity"]
        assert opacity["condition"] == {"param": "isolated", "value": 1}
        assert opacity["value"] < 0.2

    def test_the_baseline_is_thicker(self):
        width = next(marks_of(overlay_template("x", "y").spec))["encoding"]["strokeWidth"]

        base, quiet = width["condition"]
        assert (base["test"], quiet["test"]) == ("datum.base", "datum.quiet")
        assert base["value"] >= 2 * width["value"] >= 4 * quiet["value"]

    def test_words_are_at_least_12_pixels_high_and_the_picture_300(self):
        spec = overlay_template("x", "y").spec
        axes = [mark["encoding"][axis]["axis"] for mark in marks_of(spec) for axis in "xy"
                if "axis" in mark["encoding"].get(axis, {})]  # fmt: skip

        assert spec["height"] >= 300
        assert all(min(axis["labelFontSize"], axis["titleFontSize"]) >= 12 for axis in axes)
        assert all(mark["mark"]["fontSize"] >= 12 for mark in marks_of(spec) if kind(mark) == "text")

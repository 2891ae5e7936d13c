"""The pictures themselves, drawn by Vega and read back: every number they show is the engine's."""

import html
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st

import bnsim
from bnsim.charts.against import against_template
from bnsim.charts.overlay import BASE_WIDTH, WIDTH, overlaid, overlay_template
from bnsim.charts.template import Figure
from bnsim.charts.theme import SCENARIO_COLOURS, SCENARIO_DASHES, STAGE_COLOURS, STAGES

vl_convert = pytest.importorskip("vl_convert")

SOME = settings(max_examples=15, deadline=None)
MINUS = "\N{MINUS SIGN}"
THIRTEEN_DIGITS = 5e-13  # half a unit of the thirteenth digit
NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:e[+−-]?\d+)?")

SLIDERS = st.fixed_dictionaries(
    {
        "mean": st.integers(-100, 100).map(lambda k: k / 20),
        "std": st.integers(0, 60).map(lambda k: k / 20),
        "gamma": st.integers(-60, 60).map(lambda k: k / 20),
        "beta": st.integers(-100, 100).map(lambda k: k / 20),
        "x": st.integers(-300, 300).map(lambda k: k / 20),
        "source": st.sampled_from(["exact", "sample"]),
    }
)
CORNERS = [
    {},
    {"std": 0},
    {"std": 0.05},
    {"gamma": 0},
    {"gamma": -3, "beta": -5},
    {"mean": -5, "std": 3, "x": -15},
    {"mean": 1e6, "std": 1e6, "gamma": -1e6, "beta": 1e6, "x": 1e9},
    {"mean": 1e-6, "std": 1e-6, "gamma": 1e-6, "beta": 1e-6, "x": 1e-6},
    {"std": 0, "x": -1e9, "gamma": 1e6, "eps": 1e-12},
    {"batch_size": 1},
    {"batch_size": 2},
    {"source": "sample", "batch_size": 300},
    {"source": "digits"},
    {"source": "own", "values": [5.0]},
    {"source": "own", "values": [-1e12, 0.0, 1e12]},
    {"source": "own", "values": [1e6, 1e6 + 1e-6]},
]


DRAWN: dict[tuple[int, str], str] = {}
"""Pictures by place and parameters: drawn once for all tests that look at them."""


def drawn(figure: int, **params: Any) -> str:
    key = figure, repr(sorted(params.items()))
    if key not in DRAWN:
        DRAWN[key] = str(vl_convert.vegalite_to_svg(bnsim.run("transform", **params).figures[figure].to_dict()))
    return DRAWN[key]


def texts(svg: str) -> list[str]:
    found = re.findall(r"<t(?:span|ext)\b[^<>]*>([^<>]+)</t(?:span|ext)>", svg)
    return [html.unescape(text) for text in found]


def strip(svg: str) -> tuple[str, str]:
    """Return the two lines of the formula strip."""
    normalize, scale = (text for text in texts(svg) if text.startswith(("x̂ = (", "y = ")) and " = " in text[4:])
    return normalize, scale


def last_number(text: str) -> float:
    return float(NUMBER.findall(text)[-1].replace(MINUS, "-"))


def marks(svg: str, kind: str) -> list[str]:
    """Return the paths and lines of all marks of a kind, such as "area"."""
    groups = re.findall(rf'<g class="mark-{kind} role-mark[^"]*"[^>]*(?<!/)>(.*?)</g>', svg, re.DOTALL)
    return [found for group in groups for found in re.findall(r"<(?:path|line) [^>]*>", group)]


def stages(svg: str) -> list[tuple[float, float]]:
    """Return mean and std as each stage's title tells them."""
    titles = [text for text in texts(svg) if "mean" in text and "std" in text]
    pairs = [re.search(r"mean (\S+), std (\S+)", title) for title in titles]
    return [tuple(float(part.replace(MINUS, "-")) for part in pair.groups()) for pair in pairs if pair]  # type: ignore[misc]


class TestFormulaStrip:
    def test_of_the_default_is_whole(self):
        assert strip(drawn(0)) == (
            "x̂ = (6.00 − 3.00) / √(2.50² + 1e-5) = 1.199999040001",
            "y = 1.00 · x̂ + 0.00 = 1.199999040001",
        )

    def test_negative_numbers_stand_in_brackets(self):
        assert strip(drawn(0, mean=-3, x=-6, gamma=-2, beta=-0.55)) == (
            "x̂ = ((−6.00) − (−3.00)) / √(2.50² + 1e-5) = −1.199999040001",
            "y = (−2.00) · x̂ + (−0.55) = 1.849998080002",
        )

    @pytest.mark.parametrize(("eps", "text"), [(1e-3, "0.001"), (1e-12, "1e-12"), (1.0, "1"), (2.5e-4, "2.5e-4")])
    def test_eps_is_written_as_it_is_known(self, eps, text):
        assert f" + {text}) = " in strip(drawn(0, eps=eps))[0]

    def test_a_probe_of_a_batch_without_spread_is_divided_by_the_root_of_eps(self):
        assert strip(drawn(0, std=0))[0] == "x̂ = (6.00 − 3.00) / √(0.00² + 1e-5) = 948.6832980505"

    @pytest.mark.parametrize("seed", range(4))
    def test_a_mean_of_0_is_0(self, seed):
        assert strip(drawn(0, mean=0, seed=seed))[0] == "x̂ = (6.00 − 0.00) / √(2.50² + 1e-5) = 2.399998080002"

    @given(SLIDERS)
    @SOME
    def test_its_results_are_the_engines(self, sliders):
        found = bnsim.run("transform", **sliders).readouts
        normalize, scale = strip(drawn(0, **sliders))
        # Where x is the mean, the difference is what rounding leaves of it.
        room = 1e-15 * (abs(sliders["x"]) + 5) / max(sliders["std"], 1e-3)

        assert last_number(normalize) == pytest.approx(found["x_hat"], rel=THIRTEEN_DIGITS, abs=room)
        assert last_number(scale) == pytest.approx(found["y"], rel=THIRTEEN_DIGITS, abs=3 * room + 1e-14)


class TestStageFigure:
    @pytest.mark.parametrize("params", CORNERS, ids=str)
    def test_is_drawn_whatever_the_values(self, params):
        svg = drawn(0, **params)

        assert not re.search("NaN|Infinity|undefined", svg)
        assert len(stages(svg)) == 3
        assert len(marks(svg, "symbol")) >= 3  # the tracked sample at each stage

    @together("params", CORNERS)
    def test_the_tracked_sample_never_leaves_the_frame(self, params):
        svg = drawn(0, **params)
        width = float(re.search(r'class="background"[^>]* d="M0,0h([\d.]+)v', svg)[1])  # type: ignore[index]
        places = [float(place) for place in re.findall(r'translate\(([\d.e-]+),[\d.]+\)" d="M(?:5\.|4\.|-4)', svg)]

        assert len(places) == 3
        assert all(-1e-6 <= place <= width + 1e-6 for place in places)

    def test_no_mark_is_read_out_without_a_name(self):
        found = bnsim.run("transform").figures

        assert len(found) == 2
        for figure in found:
            svg = str(vl_convert.vegalite_to_svg(figure.to_dict()))
            spoken = [tag for tag in re.findall(r"<[^>]*>", svg) if "graphics-symbol" in tag]
            assert all("aria-label" in tag for tag in spoken)

    @pytest.mark.parametrize(
        ("x", "gamma", "aligned"),
        [
            (6, 0.0, ["left", "right", "right"]),  # the way comes from the right
            (8, 0.0, ["left", "right", "right"]),
            (-6, 0.0, ["left", "left", "left"]),
            (1e9, 0.0, ["right", "right", "right"]),  # and no room on the right
            (-1e9, -1.0, ["left", "left", "right"]),
        ],
    )
    def test_a_value_stands_where_the_way_to_its_dot_does_not_pass(self, x, gamma, aligned):
        svg = drawn(0, x=x, gamma=gamma)
        words = re.findall(r'<text[^>]* text-anchor="(\w+)"[^>]*font-weight="bold"[^>]*>(?:x|x̂|y) = ', svg)

        assert [{"start": "left", "end": "right"}[word] for word in words] == aligned

    def test_far_from_0_and_narrow_the_number_line_tells_distances_from_the_mean(self):
        found = texts(drawn(0, mean=1e6, std=1e-6, gamma=1e-6, beta=-1e6))

        assert found[:3] == ["μ − 0.001", "μ", "μ + 0.001"]
        assert [text for text in found if "β" in text] == ["β − 0.001", "β", "β + 0.001"]

    @pytest.mark.parametrize(
        ("params", "title"),
        [
            ({"mean": 3}, "x  raw batch: mean 3, std 2.5"),
            ({"mean": 20}, "x  raw batch: mean 20, std 2.5 (axis of its own)"),
            ({"mean": -123456.789, "std": 1.23456789e-6}, "x: mean −123456.789, std 1.23456652e−6"),
        ],
    )
    def test_a_title_is_whole_where_it_fits_and_brief_where_not(self, params, title):
        assert title.replace("e−", "e-") in [text.replace("e−", "e-") for text in texts(drawn(0, **params))]

    def test_each_stage_tells_its_moments(self):
        result = bnsim.run("transform", source="sample", gamma=-1.5, beta=0.2)
        table = result.tables["stages"]

        for told, (mean, std) in zip(
            stages(drawn(0, source="sample", gamma=-1.5, beta=0.2)),
            table[["mean", "std"]].itertuples(index=False),
            strict=True,
        ):
            assert told == (pytest.approx(mean, rel=5e-9, abs=1e-14), pytest.approx(std, rel=5e-9))

    @pytest.mark.parametrize("params", [{}, {"std": 0.05, "gamma": -2, "beta": 3}, {"mean": -5, "std": 3}], ids=str)
    def test_each_curve_spans_four_stds_to_either_side_of_its_mean(self, params):
        svg = drawn(0, **params)
        width = float(re.search(r'class="background"[^>]* d="M0,0h([\d.]+)v', svg)[1])  # type: ignore[index]
        table = bnsim.run("transform", **params).tables["stages"]

        paths = re.findall(r' d="M([^"]*?)Z?"', "".join(marks(svg, "area")))
        for path, mean, std in zip(paths, table["mean"], table["std"], strict=True):
            across = [float(point.split(",")[0]) for point in re.findall(r"-?[\d.]+,-?[\d.]+", path)]
            ends = [(end / width * 2 - 1) * 15 for end in (min(across), max(across))]
            # A path is rounded to a thousandth of a pixel.
            assert ends == pytest.approx([mean - 4 * std, mean + 4 * std], abs=0.001)

    def test_an_exact_batch_has_a_curve_and_ticks_and_no_histogram(self):
        svg = drawn(0)

        assert len(marks(svg, "area")) == 3
        assert marks(svg, "rect") == []
        assert len(marks(svg, "rule")) == 3 * 7 + 3 * 32  # the grid, and the members

    def test_a_random_sample_has_a_histogram_ticks_and_the_population(self):
        svg = drawn(0, source="sample")
        dashed = [mark for mark in marks(svg, "line") if 'stroke-dasharray="5,4"' in mark]

        assert marks(svg, "area") == []
        assert len(marks(svg, "rect")) == 3 * len(bnsim.run("transform", source="sample").tables["bars"])
        assert len(dashed) == 3

    def test_real_activations_have_no_population(self):
        svg = drawn(0, source="digits")

        assert marks(svg, "rect")
        assert not [mark for mark in marks(svg, "line") if 'stroke-dasharray="5,4"' in mark]

    def test_of_a_large_batch_the_histogram_says_it_better_than_ticks(self):
        assert len(marks(drawn(0, source="sample", batch_size=300), "rule")) == 3 * 7

    @pytest.mark.parametrize("params", [{"std": 0}, {"batch_size": 1}, {"gamma": 0}], ids=str)
    def test_no_spread_is_a_needle_of_full_height(self, params):
        heights = []
        for path in re.findall(r' d="(M[^"]*)"', "".join(marks(drawn(0, **params), "area"))):
            points = [tuple(map(float, point.split(","))) for point in re.findall(r"[\d.]+,[\d.]+", path)]
            across = {x for x, _ in points}
            down = [y for _, y in points]
            heights.append((len(across) == 1, max(down) - min(down)))

        assert [height for _, height in heights] == pytest.approx([54.9] * 3, abs=0.5)
        assert heights[-1][0]  # the output, in all three cases

    def test_a_value_beyond_the_axis_is_a_triangle_and_is_told(self):
        svg = drawn(0, x=900)

        assert "x = 900" in texts(svg)
        assert sum("M4.937,0L" in mark for mark in marks(svg, "symbol")) == 3


class TestMap:
    @pytest.mark.parametrize("params", CORNERS, ids=str)
    def test_is_drawn_whatever_the_values(self, params):
        assert not re.search("NaN|Infinity|undefined", drawn(1, **params))

    @pytest.mark.parametrize("params", [{}, {"gamma": -1.5, "beta": 2}, {"std": 0.5, "mean": -4}], ids=str)
    def test_its_slope_is_gamma_over_the_root(self, params):
        result = bnsim.run("transform", **params)
        told = next(text for text in texts(drawn(1, **params)) if text.startswith("slope"))

        assert last_number(told) == pytest.approx(result.params.gamma / result.outcome.root, rel=5e-6)

    def test_the_tracked_sample_and_the_batch_mean_lie_on_the_line(self):
        params = {"gamma": -1.5, "beta": 2, "x": 4.0}
        svg = drawn(1, **params)
        solid = next(mark for mark in marks(svg, "line") if "dasharray" not in mark)
        (x0, y0), (x1, y1) = (map(float, p.split(",")) for p in re.findall(r"-?[\d.]+,-?[\d.]+", solid))
        places = re.findall(r"translate\(([\d.]+),([\d.]+)\)", "".join(marks(svg, "symbol")))[-2:]

        for x, y in places:
            # The path is rounded to a thousandth of a pixel, and the line is as wide as two.
            assert float(y) == pytest.approx(y0 + (y1 - y0) * (float(x) - x0) / (x1 - x0), abs=0.01)

    def test_the_identity_is_the_dashed_line(self):
        identity = bnsim.run("transform").readouts
        svg = drawn(1, gamma=identity["identity_gamma"], beta=identity["identity_beta"])
        dashed, solid = (re.findall(r' d="([^"]*)"', mark)[0] for mark in marks(svg, "line"))

        assert dashed == solid


class TestOverlay:
    def figure(self, curves: Mapping[str, list[float]]) -> str:
        rows = [
            {"scenario": name, "x": value, "y": at % 2}
            for name, values in curves.items()
            for at, value in enumerate(values)
        ]
        template = overlay_template("value", "relative density")
        data = overlaid(pd.DataFrame(rows), {name: name for name in curves})
        figure = Figure("overlay", "t", "c", "a", "d", template, {"curves": data})
        return str(vl_convert.vegalite_to_svg(figure.to_dict()))

    def test_every_scenario_has_a_line_a_letter_and_a_title(self):
        svg = self.figure({"one": [0.0, 1.0], "two": [1.0, 3.0], "a needle": [2.0, 2.0]})

        assert len(marks(svg, "line")) >= 3
        assert {"A", "A · one", "B", "B · two", "C", "C · a needle"} <= set(texts(svg))

    def test_the_baseline_is_drawn_thicker_than_the_others(self):
        svg = self.figure({"one": [0.0, 1.0], "two": [1.0, 3.0]})
        widths = [float(re.findall(r'stroke-width="([\d.]+)"', line)[0]) for line in marks(svg, "line")]

        assert widths == [BASE_WIDTH, WIDTH]

    def test_two_scenarios_differ_in_colour_and_in_dash(self):
        assert len(SCENARIO_COLOURS) == len(SCENARIO_DASHES) == len(set(SCENARIO_COLOURS)) == len(set(SCENARIO_DASHES))

    def test_a_title_is_text_and_never_markup(self):
        svg = self.figure({"<b>bold</b> & $x$": [0.0, 1.0]})

        assert "<b>bold" not in svg
        assert "A · <b>bold</b> & $x$" in [html.unescape(text) for text in texts(svg)]

    def test_is_made_once(self):
        assert overlay_template("value", "density") is overlay_template("value", "density")


class TestAgainst:
    def test_the_baseline_is_marked_by_shape_and_word(self):
        rows = [
            {"scenario": f"s{at}", "x": at, "y": at**2, "label": "", "base": False, "reference": 1} for at in range(3)
        ]
        rows[1] |= {"label": "baseline", "base": True}
        template = against_template("Scale γ", "Output y")
        figure = Figure("against", "t", "c", "a", "d", template, {"points": pd.DataFrame(rows)})
        svg = str(vl_convert.vegalite_to_svg(figure.to_dict()))
        places = re.findall(r'aria-roledescription="point"[^>]* d="([^"]*)"', svg)

        assert ">baseline<" in svg
        # What is invisible and only says its numbers comes after the marks. Circles are arcs, the diamond has none.
        assert ["A" in place for place in places[:3]] == [True, False, True]


class TestTheme:
    @together("colour", sorted({*STAGE_COLOURS.values(), *SCENARIO_COLOURS}))
    @together("background", ["#ffffff", "#0f1319"])
    def test_every_colour_stands_out_3_to_1_on_both_backgrounds(self, colour, background):
        light, dark = sorted((luminance(colour), luminance(background)), reverse=True)

        assert (light + 0.05) / (dark + 0.05) >= 3  # WCAG 2.2, 1.4.11

    def test_every_stage_has_a_colour_of_its_own(self):
        assert tuple(STAGE_COLOURS) == STAGES
        assert len(set(STAGE_COLOURS.values())) == 3


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

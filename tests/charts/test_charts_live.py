"""The charts' own arithmetic, evaluated by Vega itself, against the engine."""

import html
import json
import math
import re
from typing import Any

import pytest
from cases import together
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import bnsim
from bnsim.charts.live import (
    CONTROLS,
    LETTER_WIDTH,
    STATE_COLUMNS,
    STRIP_SIZES,
    formula_strip,
    live_parameters,
    operand,
)
from bnsim.charts.template import VEGA_LITE, records
from bnsim.experiment import Result

vl_convert = pytest.importorskip("vl_convert")

EPOCH = -1.0  # that of a result that no page has drawn
SOME = settings(max_examples=12, deadline=None)
TWELVE_DIGITS = 1e-12

SLIDERS = st.fixed_dictionaries(
    {
        "mean": st.integers(-100, 100).map(lambda k: k / 20),
        "std": st.integers(0, 60).map(lambda k: k / 20),
        "gamma": st.integers(-60, 60).map(lambda k: k / 20),
        "beta": st.integers(-100, 100).map(lambda k: k / 20),
        "x": st.integers(-300, 300).map(lambda k: k / 20),
    }
)
TYPED = st.fixed_dictionaries(
    {
        "mean": st.floats(-1e6, 1e6),
        "std": st.floats(1e-3, 1e6),
        "gamma": st.floats(-1e6, 1e6),
        "beta": st.floats(-1e6, 1e6),
        "x": st.floats(-1e9, 1e9),
        "eps": st.sampled_from([1e-12, 1e-5, 1e-3, 1.0]),
    }
)
GIVEN_BATCHES = st.sampled_from(
    [
        {"source": "digits", "unit": 3},
        {"source": "digits", "unit": 20, "digit": "7", "batch_size": 5},
        {"source": "own", "values": [1.0, 2.0, 4.0, 8.0]},
        {"source": "own", "values": [7.0]},
    ]
)
EXPERIMENT = bnsim.run("transform").experiment


def result_of(**params: Any) -> Result:
    return Result(EXPERIMENT, EXPERIMENT.params.of(params))


def evaluate(result: Result, *expressions: str, live: dict[str, float] | None = None) -> list[Any]:
    """Return what Vega makes of expressions, given the state of a result and what the page's sliders say."""
    bound, *computed = live_parameters()
    assert set(bound) == {"name", "bind"}
    text = ", ".join(f"toString({expression})" for expression in expressions)
    spec = {
        "$schema": VEGA_LITE,
        "params": [{"name": bound["name"], "value": live}, *computed],
        "title": {"text": {"expr": f"[{text}]"}},
        "data": {"name": "state"},
        "datasets": {"state": records(result.tables["state"])},
        "mark": "point",
        "encoding": {},
    }
    texts = re.findall(r"<t(?:span|ext)\b[^<>]*>([^<>]+)</t(?:span|ext)>", vl_convert.vegalite_to_svg(spec))
    return [html.unescape(text) for text in texts]


def numbers(result: Result, *expressions: str, live: dict[str, float] | None = None) -> list[float]:
    return [float(text) for text in evaluate(result, *expressions, live=live)]


def dragged(sliders: dict[str, float], epoch: float = EPOCH) -> dict[str, float]:
    return {**sliders, "epoch": epoch, "batch_size": 32.0}


def assert_tracked(found: list[float], result: Result) -> None:
    """Compare x_hat and y; what is subtracted from each other cannot be better than a rounding of the larger."""
    o = result.outcome
    room = 4 * 2.0**-52 * (abs(o.params.x) + abs(o.mean)) / o.root
    assert found[0] == pytest.approx(o.x_hat, rel=TWELVE_DIGITS, abs=room)
    assert found[1] == pytest.approx(
        o.y, rel=TWELVE_DIGITS, abs=room * abs(o.params.gamma) + 1e-15 * abs(o.params.beta)
    )


class TestAtRest:
    @given(TYPED, st.sampled_from(["exact", "sample"]), st.sampled_from([1, 2, 32]))
    @SOME
    def test_the_tracked_sample_is_the_engines(self, typed, source, batch_size):
        result = result_of(source=source, batch_size=batch_size, **typed)

        assert_tracked(numbers(result, "x_hat", "y"), result)

    @given(GIVEN_BATCHES, SLIDERS)
    @SOME
    def test_of_a_given_batch_too(self, batch, sliders):
        result = result_of(**batch, **sliders)

        assert_tracked(numbers(result, "x_hat", "y"), result)

    @given(SLIDERS)
    @SOME
    def test_every_stage_has_the_engines_moments(self, sliders):
        result = result_of(**sliders)
        stages = result.tables["stages"]
        found = numbers(result, *(f"{name}[{k}]" for name in "MST" for k in range(3)))

        assert found[:3] == pytest.approx(stages["mean"].tolist(), abs=1e-14)
        assert [abs(std) for std in found[3:6]] == pytest.approx(stages["std"].tolist(), rel=TWELVE_DIGITS, abs=1e-14)
        assert found[6:] == pytest.approx(stages["tracked"].tolist(), rel=TWELVE_DIGITS, abs=1e-12)

    @given(SLIDERS)
    @SOME
    def test_members_go_where_the_engine_sends_them(self, sliders):
        result = result_of(**sliders)
        members = result.tables["members"]
        first = float(members["x"].iloc[0])
        found = numbers(result, f"A[1] * {first!r} + B[1]", f"A[2] * {first!r} + B[2]")

        room = 1e-12 * (1 + abs(first)) / result.outcome.root
        assert found[0] == pytest.approx(members["x_hat"].iloc[0], abs=room)
        assert found[1] == pytest.approx(members["y"].iloc[0], abs=3 * room + 1e-14)

    def test_without_spread_everything_is_on_beta(self):
        result = result_of(std=0, gamma=-2, beta=0.5)

        assert numbers(result, "M[2]", "S[2]", "S[1]") == [0.5, 0.0, 0.0]
        assert_tracked(numbers(result, "x_hat", "y"), result)


class TestWhileDragging:
    @given(SLIDERS, SLIDERS, st.sampled_from([1, 2, 32]))
    @SOME
    def test_the_numbers_are_those_of_a_run_at_the_thumb(self, before, thumb, batch_size):
        drawn = result_of(batch_size=batch_size, **before)
        released = result_of(batch_size=batch_size, **thumb)

        assert_tracked(numbers(drawn, "x_hat", "y", live=dragged(thumb)), released)

    @given(SLIDERS, SLIDERS)
    @SOME
    def test_a_random_sample_moves_with_its_population(self, before, thumb):
        assume(thumb["std"] > 0)
        drawn, released = (result_of(source="sample", seed=7, **sliders) for sliders in (before, thumb))
        found = numbers(drawn, "bm", "abs(bs)", live=dragged(thumb))

        assert found == pytest.approx([released.outcome.mean, released.outcome.std], rel=TWELVE_DIGITS, abs=1e-13)

    @given(GIVEN_BATCHES, SLIDERS, SLIDERS)
    @SOME
    def test_a_given_batch_stays_and_the_rest_follows(self, batch, before, thumb):
        drawn, released = (result_of(**batch, **sliders) for sliders in (before, thumb))

        assert_tracked(numbers(drawn, "x_hat", "y", live=dragged(thumb)), released)

    def test_what_belongs_to_another_epoch_is_ignored(self):
        thumb = {"mean": 1.0, "std": 1.0, "gamma": 2.0, "beta": 3.0, "x": 0.0}
        result = result_of()

        assert numbers(result, "x_hat", "mean", live=dragged(thumb, epoch=5.0)) == numbers(result, "x_hat", "mean")

    @pytest.mark.parametrize("live", [None, {}, {"mean": 1.0}])
    def test_a_page_without_sliders_changes_nothing(self, live):
        result = result_of()

        assert numbers(result, "x_hat", "y", live=live) == [result.outcome.x_hat, result.outcome.y]

    def test_a_thumb_at_rest_leaves_the_engines_own_moments(self):
        result = result_of(source="sample")
        at_rest = {name: getattr(result.params, name) for name in CONTROLS}

        assert numbers(result, "bm", "bs", live=dragged(at_rest)) == [result.outcome.mean, result.outcome.std]


class TestAxes:
    @given(SLIDERS)
    @SOME
    def test_the_sliders_never_leave_the_shared_axis(self, sliders):
        assert evaluate(result_of(**sliders), "fits[0]", "fits[2]", "C[0]", "H[0]", "C[2]", "H[2]") == [
            "true", "true", "0", "15", "0", "15",
        ]  # fmt: skip

    @given(TYPED)
    @SOME
    def test_three_stds_to_either_side_are_always_on_it(self, typed):
        result = result_of(**typed)
        found = numbers(result, *(f"{name}[{k}]" for name in "CHMS" for k in range(3)))

        for centre, half, mean, std in zip(found[:3], found[3:6], found[6:9], found[9:], strict=True):
            assert half > 0
            assert abs(mean - centre) + 3 * abs(std) <= half * (1 + 1e-12)

    def test_a_narrow_given_batch_gets_an_axis_of_its_own(self):
        result = result_of(source="own", values=[3.0, 3.001, 3.002])
        centre, half = numbers(result, "C[0]", "H[0]")

        assert centre == pytest.approx(3.001)
        assert half == pytest.approx(4 * result.outcome.std, rel=1e-6)

    def test_a_narrow_slider_does_not_its_width_is_what_is_taught(self):
        assert numbers(result_of(std=0.05), "H[0]", "C[0]") == [15.0, 0.0]

    @pytest.mark.parametrize("values", [[5.0, 5.0], [1e12, 1e12], [0.0]])
    def test_a_point_mass_has_an_axis_too(self, values):
        assert all(half > 0 for half in numbers(result_of(source="own", values=values), "H[0]", "H[1]", "H[2]"))


class TestOperands:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (3.0, "3.00"),
            (-3.0, "(−3.00)"),
            (0.0, "0.00"),
            (2.55, "2.55"),
            (-0.05, "(−0.05)"),
            (2.5000000000000004, "2.50"),
            (0.001, "0.001"),
            (1.28786882764, "1.28787"),
            (9999.5, "9999.50"),
            (-1e-17, "0.00"),
        ],
    )
    def test_are_written_with_two_decimals_or_six_digits(self, value, text):
        assert evaluate(result_of(), operand(f"({value!r})")) == [text]


EXTREMES = [
    {},
    {"mean": -4.95, "std": 0.05, "gamma": -2.95, "beta": -4.95, "x": -14.95},
    {"mean": 1e6, "std": 1e-6, "x": 1e6, "gamma": -3},
    {"mean": -1e6, "gamma": 0},
    {"mean": -999999.5, "std": 0, "gamma": -2.95, "beta": -1e6, "eps": 1e-12},
    {"mean": -123456.789, "std": 1.23456789e-6, "gamma": -1.23456789e-7, "beta": -1.23456789e-7, "x": -123456789.1},
]
PAGE_WIDTHS = [288, 358, 736, 916, 1556]
"""Pixels that a picture has on screens 320, 390, 768, 1280 and 1920 wide."""


def strip_on_a_page(width: int, **params: Any) -> tuple[list[str], float]:
    """Return the lines of the formula strip and the size of their letters, on a page with so wide a picture."""
    # Vega without a browser has no page, so it is told how wide the picture is.
    page = {"isFinite(containerSize()[0])": "true", "width": str(width)}
    spec = {
        "$schema": VEGA_LITE,
        "params": [{"name": "live", "value": None}, *live_parameters()[1:], *formula_strip()],
        "title": {"text": {"expr": "[toString(strip_size), join(strip, '|')]"}},
        "data": {"name": "state"},
        "datasets": {"state": records(result_of(**params).tables["state"])},
        "mark": "point",
        "encoding": {},
    }
    for parameter in (each for each in spec["params"] if each["name"] != "largest_size"):
        for words, meaning in page.items():
            parameter["expr"] = parameter.get("expr", "null").replace(words, meaning)
        if parameter["name"] == "live":
            del parameter["expr"]
    texts = re.findall(r"<tspan\b[^<>]*>([^<>]+)</tspan>", vl_convert.vegalite_to_svg(spec))
    return html.unescape(texts[1]).split("|"), float(texts[0])


class TestStrip:
    @together("width", PAGE_WIDTHS)
    @together("params", EXTREMES)
    def test_every_line_fits_the_page(self, params, width):
        lines, size = strip_on_a_page(width, **params)

        assert STRIP_SIZES[0] <= size <= STRIP_SIZES[1]
        assert max(map(len, lines)) * LETTER_WIDTH * size <= width

    @pytest.mark.parametrize("params", EXTREMES, ids=str)
    def test_a_narrow_page_breaks_lines_and_leaves_nothing_out(self, params):
        narrow, wide = (strip_on_a_page(width, **params)[0] for width in (PAGE_WIDTHS[0], PAGE_WIDTHS[-1]))

        assert len(wide) == 2
        assert "|".join(narrow).replace("|\xa0\xa0", " ").split("|") == wide

    def test_a_line_is_broken_before_its_result_first(self):
        lines, size = strip_on_a_page(288, mean=-4.95, std=0.05, gamma=-2.95, beta=-4.95, x=-14.95)

        assert lines[0] == "x̂ = ((−14.95) − (−4.95)) / √(0.05² + 1e-5)"
        assert lines[1].startswith("\xa0\xa0= −199.6")
        assert size == 11


class TestParameters:
    def test_python_knows_every_column(self):
        assert tuple(result_of().tables["state"].columns) == STATE_COLUMNS
        assert len(result_of().tables["state"]) == 1

    def test_the_state_is_numbers_without_nan(self):
        for params in ({}, {"std": 0}, {"batch_size": 1}, {"source": "digits"}, {"source": "own", "values": [1.0]}):
            row = result_of(**params).tables["state"].iloc[0]
            assert all(math.isfinite(value) for value in row), params

    def test_the_sliders_are_the_live_controls(self):
        specs = EXPERIMENT.params.controls().values()

        assert tuple(spec.name for spec in specs if spec.control.live) == CONTROLS

    def test_only_the_first_is_bound_and_only_to_the_body(self):
        bound = [parameter for parameter in live_parameters() if "bind" in parameter]

        assert json.loads(json.dumps(bound)) == [{"name": "live", "bind": {"element": "body", "event": "bnsim-live"}}]

    def test_each_reads_only_what_stands_before_it(self):
        names = [parameter["name"] for parameter in live_parameters()]
        for at, parameter in enumerate(live_parameters()):
            expression = re.sub(r"'[^']*'", "", parameter.get("expr", ""))
            used = {word for word in re.findall(r"(?<![\w.])[A-Za-z_]\w*", expression) if word in names}
            assert used <= set(names[:at]), parameter["name"]

"""The picture of the folding page follows the main sliders: at a thumb it is what Python computes there."""

import math
import re
from typing import Any

import numpy as np
import pytest

import bnsim
from bnsim.experiment import Result
from bnsim.experiments.folding.charts import FOLLOWED
from bnsim.experiments.folding.figures import LIVE

vl_convert = pytest.importorskip("vl_convert")

EPOCH = -1.0
LAYERS = [{}, {"layer": "linear", "inputs": 12, "outputs": 10, "batch_size": 32}]
MOVES = [
    {"shift": -3.0},
    {"shift": 2.35},
    {"spread": 0.05},
    {"spread": 3.0},
    {"bias": -10.0},
    {"bias": 0.0},
    {"bias": 10.0},
    {"gamma": -2.7},
    {"gamma": 0.05},
    {"beta": -5.0},
    {"beta": 3.3},
]
EACH = pytest.mark.parametrize(
    ("layer", "move"), [(LAYERS[at % 2], move) for at, move in enumerate([{}, *MOVES])], ids=str
)


def drawn(live: dict[str, float] | None = None, **params: Any) -> dict[str, Any]:
    """Return the picture of some parameters, while the page says this."""
    spec = bnsim.run("folding", **params).first_figure.to_dict() | {"width": 700}
    for param in spec["params"]:
        if param["name"] == "live":
            param["value"] = live and {**live, "epoch": EPOCH}
    return spec


def differences(spec: dict[str, Any]) -> dict[str, list[float]]:
    """Return what the ticks of each variant stand for, with all digits: what each would say to who cannot see it."""
    outputs = spec["layer"][2]
    tick = outputs["layer"][0]
    words = {"field": "difference", "type": "quantitative", "format": ".12e"}
    marks = [
        {
            "mark": "point",
            "transform": [{"filter": f"datum.key == '{key}'"}],
            "encoding": {"description": words, "color": {"value": colour}, "x": tick["encoding"]["x"]},
        }
        for key, colour in (("in_eval", "red"), ("trained", "green"), ("relu", "blue"))
    ]
    svg = vl_convert.vegalite_to_svg({**spec, "layer": [spec["layer"][0], {**outputs, "layer": marks}]})
    found: dict[str, list[float]] = {"red": [], "green": [], "blue": []}
    for text, colour in re.findall(r'<path aria-label="([^"]+)"[^>]*stroke="(red|green|blue)"', svg):
        found[colour].append(float(text.replace("\u2212", "-")))
    return found


def texts(spec: dict[str, Any]) -> list[str]:
    svg = vl_convert.vegalite_to_svg(spec)
    return [text for text in re.findall(r"<text\b[^>]*>([^<]+)</text>", svg) if ": " in text]


def by_hand(found: Result) -> dict[str, list[float]]:
    """Return what the folded layer does to the outputs that are drawn, measured on the whole batch."""
    samples = {sample.variant.value: sample for sample in found.outcome.samples}
    return {
        "green": (samples["training mode"].one - samples["training mode"].two).tolist(),
        "blue": (samples["ReLU between"].one - samples["ReLU between"].two).tolist(),
    }


@EACH
def test_outputs_stand_where_the_two_ways_really_part(layer, move):
    found = differences(drawn(move, **layer))
    moved = bnsim.run("folding", **layer, **move)

    size = max(np.abs(sample.two).max() for sample in moved.outcome.samples)
    for colour, expected in by_hand(moved).items():
        # Those spread over the batch are among them; the data are float32, and are multiplied by a scale.
        furthest = [min(abs(each - value) for value in found[colour]) for each in expected]
        assert max(furthest) <= 1e-6 * size, colour
    assert max(map(abs, found["red"])) == (0 if move else pytest.approx(0, abs=1e-13))


@pytest.mark.parametrize(("layer", "move"), [(LAYERS[at % 2], move) for at, move in enumerate(MOVES)], ids=str)
def test_words_say_the_largest_difference_of_the_whole_batch(layer, move):
    _, trained, across = bnsim.run("folding", **layer, **move).outcome.gaps
    said = texts(drawn(move, **layer))

    assert said[0] == "eval mode: off by rounding at most"
    for text, gap, name in zip(said[1:], (trained, across), ("training mode", "ReLU between"), strict=True):
        if gap.wrong:
            assert float(text.removeprefix(f"{name}: off by up to ")) == pytest.approx(gap.largest, rel=5.1e-3)
        else:
            assert text == f"{name}: off by rounding at most"


def test_at_rest_the_words_are_pythons():
    rows = bnsim.run("folding").first_figure.data["rows"]["text"].tolist()

    assert sorted(texts(drawn())) == sorted(rows)
    assert texts(drawn({"shift": 0.5})) == texts(drawn())


class TestNumbers:
    """The numbers beside the picture: `sweep('number')` is that of the span in which the thumb is."""

    @pytest.mark.parametrize("layer", LAYERS, ids=str)
    @pytest.mark.parametrize("control", ["spread", "bias", "gamma", "beta"])
    def test_a_sweep_is_what_python_computes_at_its_positions(self, layer, control):
        sweep = bnsim.run("folding", **layer).first_figure.data["sweep"]
        own = sweep[sweep["control"] == control]
        key = "fold_train_error" if control == "spread" else "fold_relu_error"
        slider = bnsim.run("folding").experiment.params.controls()[control].control.slider
        values = np.arange(slider[0], slider[1] + slider[2] / 2, slider[2]).round(2)

        assert own["low"].iloc[0] == -1e300
        assert own["high"].iloc[-1] == 1e300
        assert own["low"].tolist()[1:] == own["high"].tolist()[:-1]
        middles = ((own["low"] + own["high"]) / 2).tolist()[1:-1:8]
        for middle in middles:
            value = values[np.abs(values - middle).argmin()]
            row = own[(own["low"] <= value) & (value < own["high"])]
            exact = bnsim.run("folding", **layer, **{control: value}).readouts[key]
            neighbours = [
                bnsim.run("folding", **layer, **{control: end}).readouts[key]
                for end in (row["low"].item(), row["high"].item())
            ]
            # Five digits of the value at the position itself, which is within the span.
            low, high = min(exact, *neighbours), max(exact, *neighbours)
            assert low * (1 - 5e-5) <= row["number"].item() <= high * (1 + 5e-5)

    @pytest.mark.parametrize(
        ("control", "key"), [("spread", "fold_train_error")] + [(name, "fold_relu_error") for name in ("bias", "beta")]
    )
    def test_at_the_value_that_is_set_it_is_the_number_that_is_shown(self, control, key):
        found = bnsim.run("folding", spread=0.85, bias=-1.35, beta=2.15)
        sweep, value = found.first_figure.data["sweep"], getattr(found.params, control)
        row = sweep[(sweep["control"] == control) & (sweep["low"] <= value) & (value < sweep["high"])]

        assert row["number"].item() == pytest.approx(found.readouts[key], rel=5e-5)

    @pytest.mark.parametrize("layer", LAYERS, ids=str)
    @pytest.mark.parametrize("move", [{"shift": -2.9}, {"shift": 0.0}, {"gamma": -0.35}, {"beta": 4.0}, {"bias": -7.0}])
    def test_the_difference_in_training_mode_is_an_expression(self, layer, move):
        state = bnsim.run("folding", **layer).first_figure.data["state"].iloc[0]
        shift, gamma = move.get("shift", state["shift"]), move.get("gamma", state["gamma"])
        found = abs(gamma) * math.sqrt(state["still"] + shift * (state["tilt"] + shift * state["bend"]))

        exact = bnsim.run("folding", **layer, **move).readouts["fold_train_error"]
        assert found == pytest.approx(exact, rel=1e-12)
        assert LIVE["fold_train_error"].endswith(
            "abs(gamma) * sqrt(max(0, state.still + shift * (state.tilt + shift * state.bend)))"
        )

    @pytest.mark.parametrize("move", [{"shift": -2.9}, {"spread": 0.3}])
    def test_what_happens_across_a_relu_does_not_depend_on_the_running_statistics_before_it(self, move):
        state = bnsim.run("folding").first_figure.data["state"].iloc[0]

        assert state["across"] == pytest.approx(bnsim.run("folding", **move).readouts["fold_relu_error"], rel=1e-12)

    def test_the_state_holds_every_slider_that_is_followed(self):
        state = bnsim.run("folding", gamma=2.0).first_figure.data["state"].iloc[0]

        assert {name: state[name] for name in FOLLOWED} == {
            "shift": 0.5, "spread": 1.5, "bias": 1.0, "gamma": 2.0, "beta": 0.0,
        }  # fmt: skip

"""Where a thumb is, a picture shows what Python would draw there: at every place of its sweep; between them nearly."""

import math
import re
from collections.abc import Mapping
from typing import Any

import pytest

import bnsim
from bnsim.engine.theory.batch_errors import exact_batch_errors
from bnsim.engine.theory.inference import output_quantiles
from bnsim.experiments.train_eval.companions import SELDOM, law_of
from bnsim.experiments.train_eval.params import TrainEvalParams

vl_convert = pytest.importorskip("vl_convert")


def shown(result: Any, mark: Mapping[str, Any], said: str, **thumbs: float) -> list[dict[str, float]]:
    """Return what the rows of a layer say in a picture while thumbs are there: texts of an expression, in order.

    The layers of the picture are replaced by one that writes down what it would draw.
    """
    spec = result.first_figure.to_dict()
    state = spec["datasets"]["state"][0]
    for param in spec["params"]:
        if param["name"] == "live":
            param["value"] = {**state, **thumbs}
    written = {"type": "text", "x": 0, "y": 0, "text": {"expr": said}}
    spec["layer"] = [{**mark, "mark": written, "encoding": {}}, {"data": {"name": "state"}, "mark": "point"}]
    svg = vl_convert.vegalite_to_svg({**spec, "width": 300})
    return [dict(zip("abc", map(float, text.split()), strict=False)) for text in re.findall(r">([^<>]+)</text>", svg)]


def layers(spec: Mapping[str, Any], inherited: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the layers that draw marks, each with the data and the transforms of the groups that it is in."""
    inherited = inherited or {"transform": []}
    own = {
        "data": spec.get("data", inherited.get("data")),
        "transform": [*inherited["transform"], *spec.get("transform", [])],
    }
    if "layer" in spec:
        return [found for part in spec["layer"] for found in layers(part, own)]
    return [{**spec, **own}]


def layer_of(result: Any, kind: str, data: str) -> dict[str, Any]:
    """Return the first layer of that kind of mark over that data."""
    found = layers(result.first_figure.template.spec)
    return next(each for each in found if each["mark"]["type"] == kind and each["data"]["name"] == data)


class TestBatchSize:
    @pytest.mark.parametrize("source", [{}, {"source": "digits", "unit": 3}], ids=str)
    @pytest.mark.parametrize("size", [2, 37, 101, 256])
    def test_the_marks_are_on_the_curves(self, size, source):
        result = bnsim.run("batch-size", repeats=100, **source)
        rows = shown(
            result, layer_of(result, "point", "sweep"), "datum.batch_size + ' ' + datum.simulated", batch_size=size
        )
        var, x_hat, mean = (row["b"] for row in rows)
        kurtosis = result.outcome.kurtosis

        assert {row["a"] for row in rows} == {size}
        assert mean == pytest.approx(1 / math.sqrt(size), rel=1e-9)
        assert var == pytest.approx(math.sqrt((kurtosis - (size - 3) / (size - 1)) / size), rel=1e-9)
        # Between the places it is carried by 1 / sqrt(N), which leaves out terms in the distance over N squared.
        exact = exact_batch_errors(size, 1e-5).x_hat * math.sqrt((1 + (kurtosis - 1) / 4) / 1.5)
        assert x_hat == pytest.approx(exact, rel=1e-3)

    def test_at_every_place_they_are_there_exactly(self):
        result = bnsim.run("batch-size", repeats=100)
        mark = layer_of(result, "point", "sweep")
        for place in result.outcome.sweep[1::6]:
            if place.size == 16:
                continue
            rows = shown(result, mark, "datum.batch_size + ' ' + datum.simulated", batch_size=place.size)
            errors = exact_batch_errors(place.size, 1e-5)
            assert [row["b"] for row in rows] == pytest.approx([errors.var, errors.x_hat, errors.mean], rel=1e-6)

    def test_unmoved_they_are_the_simulated_errors(self):
        result = bnsim.run("batch-size", repeats=100)
        rows = shown(result, layer_of(result, "point", "sweep"), "datum.batch_size + ' ' + datum.simulated")
        of = result.outcome.compared

        assert [row["b"] for row in rows] == pytest.approx([of[name].simulated for name in ("var", "x_hat", "mean")])


class TestTrainEval:
    ENDS = "datum['from'] + ' ' + datum['to']"

    def range_shown(self, result: Any, **thumbs: float) -> dict[str, float]:
        (row,) = shown(result, layer_of(result, "rule", "sweep"), self.ENDS, **thumbs)
        return row

    @pytest.mark.parametrize("params", [{}, {"gamma": -1.5, "beta": 0.3, "std": 0.5}, {"inference_size": 3}], ids=str)
    def test_at_every_place_the_range_is_that_of_python(self, params):
        result = bnsim.run("train-eval", steps=5, repeats=10, **params)
        sweep = result.outcome.sweep
        for at in range(3, len(sweep.control), 9):
            name = sweep.control[at]
            value = float(sweep.size[at] if name == "inference_size" else sweep.x[at])
            there = result.params.replace(**{name: int(value) if name == "inference_size" else value})
            low, high = sorted(output_quantiles(law_of(there, there.inference_size), (SELDOM, 1 - SELDOM)))
            assert self.range_shown(result, **{name: value}) == pytest.approx({"a": low, "b": high}, rel=1e-6, abs=1e-6)

    @pytest.mark.parametrize(
        "thumbs", [{"x": 4.65}, {"x": -9.4}, {"inference_size": 21}, {"inference_size": 100}], ids=str
    )
    def test_between_them_it_is_nearly(self, thumbs):
        result = bnsim.run("train-eval", steps=5, repeats=10)
        there = TrainEvalParams(**thumbs)
        low, high = output_quantiles(law_of(there, there.inference_size), (SELDOM, 1 - SELDOM))

        # In units of the width of the range: carried by slopes and by the first order in 1 / size.
        found = self.range_shown(result, **thumbs)
        assert found == pytest.approx({"a": low, "b": high}, abs=0.01 * (high - low))

    @pytest.mark.parametrize(("convention", "y"), [("keras", 0.3), ("paddle", 9.35)])
    def test_alone_it_is_what_the_framework_makes_of_x(self, convention, y):
        result = bnsim.run("train-eval", steps=5, repeats=10, inference_size=1, convention=convention, beta=0.3)

        assert self.range_shown(result, x=9.35) == pytest.approx({"a": y, "b": y}, rel=1e-9)

    def test_refused_there_is_no_range(self):
        result = bnsim.run("train-eval", steps=5, repeats=10, inference_size=1)

        assert shown(result, layer_of(result, "rule", "sweep"), self.ENDS, x=9.0) == []

    def test_the_outputs_without_companions_are_those_of_python(self):
        result = bnsim.run("train-eval", steps=50, repeats=10, convention="paddle")
        there = bnsim.run("train-eval", steps=50, repeats=10, convention="paddle", x=-7.35)
        rows = shown(result, layer_of(result, "point", "marks"), "datum.y + ''", x=-7.35)

        assert [row["a"] for row in rows] == pytest.approx(there.tables["marks"]["y"].tolist(), rel=1e-9)

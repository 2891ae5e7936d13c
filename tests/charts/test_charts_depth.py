"""The picture of the depth page where a thumb is: Vega's points are those of theory for the value of the slider."""

import re
from typing import Any

import pytest

import bnsim
from bnsim.experiment import Result
from bnsim.experiments.depth.sweeps import SPREADS, step_between
from bnsim.scenario.sweep import positions

vl_convert = pytest.importorskip("vl_convert")

SMALL = {"width": 12, "batch_size": 16, "seeds": 1, "depth": 12}
ROUNDED = 1e-5
"""Powers of ten up to 40 are sent as float32: half of 2**-18 off, times ln 10 in the value."""

SETTINGS = [
    {},
    {"activation": "tanh", "init": "xavier"},
    {"activation": "sigmoid", "norm": "layer", "placement": "after"},
    {"connections": "residual", "beta": 0.3},
    {"norm": "group", "groups": 2, "eps": 1.0, "gamma": 0.5},
    {"inputs": "digits", "activation": "linear"},
]


def shown(result: Result, **moved: float) -> dict[tuple[str, int], float]:
    """Return the points of theory that Vega draws while the page says this: by network and layer."""
    spec: dict[str, Any] = result.first_figure.to_dict()
    spec["params"][0] = {"name": "live", "value": {"epoch": -1, **moved}}
    (points,) = (layer for layer in spec["layer"] if layer["data"]["name"] == "law")
    words = "datum.network + '|' + datum.layer + '|' + format(datum.value, '.9e') + ';'"
    told = [*points["transform"], {"calculate": words, "as": "told"}]
    # Each point says its words to who cannot see it; drawn as texts they would have to be measured.
    point = {"mark": "point", "encoding": {"description": {"field": "told"}}}
    spec["layer"] = [spec["layer"][0], {**point, "data": points["data"], "transform": told}]
    found = re.findall(r"(with\w* norm)\|(\d+)\|([^;]+);", vl_convert.vegalite_to_svg(spec))
    return {(network, int(layer)): float(value.replace("−", "-")) for network, layer, value in found}


def expected(result: Result, step: int) -> dict[tuple[str, int], float]:
    """Return theory of every so many layers, the last among them."""
    depth = result.params.depth  # type: ignore[attr-defined]
    rows = result.tables["layers"][["network", "layer", "gradient_theory"]].itertuples(index=False)
    return {(name, layer): value for name, layer, value in rows if (depth - layer) % step == 0}


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
class TestTheory:
    def test_at_rest_is_that_of_the_parameters(self, setting):
        result = bnsim.run("depth", **{**SMALL, **setting})

        assert shown(result) == pytest.approx(expected(result, 1), rel=ROUNDED)

    @pytest.mark.parametrize("depth", [3, 30])
    def test_follows_the_depth(self, setting, depth):
        begun, there = (bnsim.run("depth", **{**SMALL, **setting, "depth": each}) for each in (12, depth))

        assert shown(begun, depth=depth, sigma=1.0) == pytest.approx(expected(there, step_between(depth)), rel=ROUNDED)

    def test_follows_the_spread_of_the_weights(self, setting):
        begun = bnsim.run("depth", **{**SMALL, **setting})
        sigma = positions(begun.params.controls()["sigma"], 1.0, SPREADS)[-3]
        there = bnsim.run("depth", **{**SMALL, **setting, "sigma": sigma})

        assert shown(begun, depth=12, sigma=sigma) == pytest.approx(expected(there, 2), rel=ROUNDED)


class TestNoTheory:
    def test_a_network_that_overflows_at_that_depth_has_no_points(self):
        result = bnsim.run("depth", init="fixed", sigma=10, width=100, depth=100, batch_size=4, seeds=1)

        assert {network for network, _ in shown(result)} == {"with norm"}
        assert {network for network, _ in shown(result, depth=50, sigma=10)} == {"without norm", "with norm"}

    def test_few_values_have_none(self):
        assert {network for network, _ in shown(bnsim.run("depth", **{**SMALL, "batch_size": 3}))} == {"without norm"}

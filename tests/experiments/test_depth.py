"""Networks at initialization: the bands of theory over three seeds, identities, what overflows, what is said of it."""

import json
import math
import operator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from cases import together
from click.testing import CliRunner
from rounding import CLOSE
from shipped import compared

import bnsim
from bnsim import cli
from bnsim.engine import closed_forms
from bnsim.engine.networks.initialization import Start
from bnsim.engine.networks.propagation import draw_networks
from bnsim.engine.networks.structure import Mlp, Norm
from bnsim.engine.theory.mean_field import mean_field
from bnsim.errors import ParamsError
from bnsim.experiments import find, params_of
from bnsim.experiments.depth import distributions
from bnsim.experiments.depth import weights as depth_weights
from bnsim.experiments.depth.distributions import density_on, drawn_layers
from bnsim.experiments.depth.model import BY_CHANCE, EXACT, NEAR, WITHIN, OverSeeds, WayBack, cost, way_back
from bnsim.experiments.depth.networks import Network, draw, geometric_mean, see, start, structure
from bnsim.experiments.depth.params import DepthParams
from bnsim.experiments.depth.sent import batch, draw_both, draws_without, is_kept, known_inputs, known_shared
from bnsim.experiments.depth.statements import notes, readouts, short
from bnsim.experiments.depth.sweeps import deep_fields, of_sigma
from bnsim.experiments.depth.theory import Branch, Growth, Rate, Square
from bnsim.experiments.depth.weights import (
    MOST_KEPT,
    Kind,
    Normals,
    Weights,
    drawn_once,
    known_normals,
    known_weights,
)
from bnsim.scenario import toml
from bnsim.text import short as few

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
SETS = ("gradient-explosion-at-init", "residual-variance")
SEEDS = (0, 1, 2)
WITHOUT, WITH = Network
BLOCKS = (1, 2, 4, 8, 16, 32, 64)
NARROW = {"width": 6, "depth": 9, "seeds": 4, "batch_size": 16}
QUICK = {"width": 40, "batch_size": 32, "depth": 8, "seeds": 2}
SIX_DIGITS = 5e-6
FOUR_DIGITS = 5e-4


def printed(**params: object) -> dict:
    """Return what the command line prints as JSON for one run."""
    flags = [part for name, value in params.items() for part in ("--set", f"{name}={value}")]
    found = CliRunner(catch_exceptions=False).invoke(cli.main, ["run", "depth", *flags, "--format", "json"])
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)["scenarios"][0]


def quick(**params: object):
    return bnsim.run("depth", **{**QUICK, **params})


def statements(result) -> dict[str, str]:
    return {each.key: each.statement for each in result.readout_list}


def stated_of(result) -> dict:
    """Return key, case and numbers of what is stated, before it is put into words."""
    return {each.key: each for each in readouts(result.outcome)}


def theory_of(result, network):
    return result.outcome.networks[network].theory


def drawn(network, **params):
    """Return the columns of a network of each seed, shape (seeds, depth)."""
    p = DepthParams.of({**QUICK, **params})
    seeds = range(p.seed, p.seed + p.seeds)
    features = structure(p, network).sizes[0]
    inputs = [batch(p.inputs, p.batch_size, features, np.random.default_rng((seed, 0))) for seed in seeds]
    rngs = [np.random.default_rng((seed, 1)) for seed in seeds]
    net, begun = structure(p, network), start(p)
    numbers = draw_networks(net, begun, inputs, rngs)
    return {**see(net, begun, numbers, np.arange(2)).layers, **draw(net, begun, numbers).layers}


def columns(found: dict, network: str, *names: str) -> list[np.ndarray]:
    rows = [row for row in found["tables"]["layers"] if row["network"] == network]
    return [np.array([row[name] for row in rows]) for name in names]


def refusal(**params: object) -> str:
    with pytest.raises(ParamsError) as error:
        bnsim.run("depth", **params)
    return str(error.value)


@pytest.mark.parametrize("seed", SEEDS)
class TestBands:
    """What a right engine lands in, at width 300 and N = 128, one network at a time."""

    def test_relu(self, seed):
        found = printed(width=300, depth=40, seeds=1, seed=seed)["readouts"]

        assert 0.98 <= found["growth_without"] <= 1.02
        assert 1.19 <= found["growth_with"] <= 1.23
        assert found["gradient_with"] > 1000

    def test_sigmoid(self, seed):
        found = printed(width=200, depth=40, seeds=1, seed=seed, activation="sigmoid", init="xavier")["readouts"]

        assert found["growth_without"] == pytest.approx(0.235, abs=0.005)
        assert found["growth_with"] == pytest.approx(1.03, abs=0.015)
        assert found["gradient_without"] < 1e-20

    def test_a_large_eps_does_not_explode(self, seed):
        found = printed(width=200, depth=20, seeds=1, seed=seed, eps=1)["readouts"]

        assert found["growth_with"] < 1
        assert found["growth_with"] == pytest.approx(found["growth_with_law"], abs=0.02)

    def test_residual(self, seed):
        found = printed(width=300, depth=65, seeds=1, seed=seed, connections="residual")
        (without,) = columns(found, WITHOUT, "mean_square")
        with_norm, share = columns(found, WITH, "mean_square", "branch_share")
        blocks = np.array(BLOCKS)

        np.testing.assert_allclose((without[blocks] / without[0]) ** (1 / blocks), 2.0, rtol=0.15)
        np.testing.assert_allclose(without[blocks[:3]] / without[0], 2.0 ** blocks[:3], rtol=0.15)
        np.testing.assert_allclose(with_norm[blocks] / with_norm[0], blocks + 1, rtol=0.15)
        np.testing.assert_allclose(share[blocks] * (blocks + 1), 1.0, rtol=0.15)


class TestSameWeights:
    def test_before_the_first_norm_both_networks_are_the_same(self):
        one, other = (drawn(network, placement="after") for network in Network)

        for name in ("mean", "std", "mean_square", "flat", "dead"):
            np.testing.assert_allclose(one[name][:, 0], other[name][:, 0], **CLOSE)

    @pytest.mark.parametrize("network", list(Network))
    def test_a_seed_gives_the_same_whichever_come_with_it(self, network):
        several, alone = quick(seed=3, seeds=3), quick(seed=4, seeds=1)
        gradients = [result.outcome.networks[network].gradient for result in (several, alone)]

        np.testing.assert_allclose(gradients[0][1], gradients[1][0], rtol=CLOSE["rtol"])

    def test_the_network_without_norm_does_not_know_of_the_other(self):
        one, other = (
            quick(norm=norm, eps=eps).outcome.networks[WITHOUT] for norm, eps in (("batch", 1.0), ("layer", 0.1))
        )

        np.testing.assert_allclose(one.typical["gradient"], other.typical["gradient"], rtol=CLOSE["rtol"])

    def test_digits_have_64_standardized_pixels(self):
        x = batch("digits", 256, 64, np.random.default_rng(0))

        assert x.shape == (256, 64)
        # 61 of the 64 pixels are not constant; a sample of 256 images strays by some percent.
        assert np.square(x).mean() == pytest.approx(61 / 64, abs=0.1)


class TestTheory:
    def test_of_relu_with_batch_norm(self):
        result = quick(batch_size=128)
        rate = math.sqrt(closed_forms.relu_gradient_growth(128))
        said = stated_of(result)["growth_with_law"]

        assert result.readouts["growth_with_law"] == pytest.approx(rate, rel=1e-5)  # eps
        assert result.readouts["growth_without_law"] == 1.0
        assert said.case == "relu"
        assert said.numbers["formula"] == "√(γ² s² E[φ′(h)²] / (s² Var[φ(h)] + ε))"
        assert said.numbers["limit"] == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), rel=1e-15)
        assert statements(result)["growth_with_law"].endswith(
            "; in large batches, with ε neglected, √(π / (π − 1)) = 1.21117 (Yang et al. 2019)"
        )

    def test_of_linear_units_with_batch_norm(self):
        result = quick(activation="linear", eps=1e-12)

        assert result.readouts["growth_with_law"] == pytest.approx(math.sqrt(30 / 29), rel=SIX_DIGITS)
        assert stated_of(result)["growth_with_law"].case == "linear"

    def test_of_blocks_with_norm(self):
        result = quick(connections="residual", eps=1e-12)
        said = stated_of(result)

        assert result.readouts["square_with_law"] == 8.0
        assert result.readouts["branch_with_law"] == 0.125
        for key in ("square_with_law", "branch_with_law"):
            assert (said[key].case, said[key].numbers) == ("blocks", {"blocks": 7})

    def test_a_large_eps_leaves_no_unit_blocks(self):
        theory = theory_of(quick(connections="residual", eps=100.0), WITH)

        assert theory.square_ratio < 7
        assert (theory.square_from, theory.branch_from) == (Square.RESIDUAL, Branch.RESIDUAL)

    def test_of_blocks_without_norm(self):
        result = quick(connections="residual", sigma=1.0)

        assert result.readouts["square_without_law"] == 128.0
        assert statements(result)["square_without_law"] == (
            "2^l after l = 7 blocks, each of which doubles E[h²] (De and Smith 2020)"
        )

    @pytest.mark.parametrize(
        ("changes", "case"),
        [
            ({"batch_size": 3}, Growth.FEW),
            ({"norm": "layer", "width": 3}, Growth.FEW),
            ({"norm": "group", "groups": 20}, Growth.FEW),
            ({"placement": "after", "beta": 0.1}, Growth.DEPENDENT),
            ({"gamma": 0.0}, Growth.NOTHING),
            ({"norm": "layer"}, Growth.FORMULA),
            ({"beta": 0.5}, Growth.FORMULA),
            ({"connections": "residual"}, Growth.FORMULA),
            ({"connections": "skip-init"}, Growth.IDENTITY),
        ],
    )
    def test_says_where_the_factor_comes_from_or_why_there_is_none(self, changes, case):
        theory = theory_of(quick(**changes), WITH)

        assert theory.growth_from is case
        assert math.isfinite(theory.growth) == (case in (Growth.FORMULA, Growth.IDENTITY))

    def test_there_is_none_for_a_batch_of_three(self):
        assert statements(quick(batch_size=3))["growth_with_law"] == (
            "none: it takes at least 4 values for each mean and variance"
        )

    @pytest.mark.parametrize(
        ("changes", "network", "rate"),
        [
            ({}, WITHOUT, Rate.NO_NORM),
            ({}, WITH, Rate.BATCH_BEFORE),
            ({"norm": "layer"}, WITH, Rate.OTHER_BEFORE),
            ({"norm": "group"}, WITH, Rate.OTHER_BEFORE),
            ({"placement": "after"}, WITH, Rate.AFTER),
        ],
    )
    def test_has_a_formula_for_each_place_of_each_norm(self, changes, network, rate):
        assert theory_of(quick(**changes), network).rate is rate

    @pytest.mark.parametrize(
        ("changes", "without", "with_norm"),
        [
            ({}, Square.NO_NORM, Square.BEFORE),
            ({"placement": "after"}, Square.NO_NORM, Square.AFTER),
            ({"gamma": 0.0}, Square.NO_NORM, Square.ZERO),
            ({"connections": "residual"}, Square.DOUBLING, Square.BLOCKS),
            ({"connections": "residual", "sigma": 2.0}, Square.RELU_BLOCKS, Square.BLOCKS),
            ({"connections": "residual", "gamma": 0.5}, Square.DOUBLING, Square.RESIDUAL),
            ({"connections": "residual", "activation": "tanh"}, Square.RESIDUAL, Square.BLOCKS),
            ({"connections": "skip-init"}, Square.IDENTITY, Square.IDENTITY),
            ({"init": "fixed", "sigma": 10.0, "width": 300, "depth": 100, "batch_size": 8, "seeds": 1,
              "connections": "residual"}, Square.OVERFLOW, Square.BLOCKS),
        ],
    )  # fmt: skip
    def test_says_where_the_growth_of_the_mean_square_comes_from(self, changes, without, with_norm):
        result = quick(**changes)

        assert theory_of(result, WITHOUT).square_from is without
        assert theory_of(result, WITH).square_from is with_norm

    @pytest.mark.parametrize(
        ("changes", "without", "with_norm"),
        [
            ({}, Branch.WHOLE, Branch.WHOLE),
            ({"gamma": 0.0}, Branch.WHOLE, Branch.ZERO),
            ({"connections": "residual"}, Branch.RESIDUAL, Branch.BLOCKS),
            ({"connections": "skip-init"}, Branch.IDENTITY, Branch.IDENTITY),
        ],
    )
    def test_says_where_the_share_of_the_branch_comes_from(self, changes, without, with_norm):
        result = quick(**changes)

        assert theory_of(result, WITHOUT).branch_from is without
        assert theory_of(result, WITH).branch_from is with_norm

    def test_has_a_sentence_for_each_case_of_each_network(self):
        words = find("depth").words
        only_with = {"few", "dependent", "relu", "linear", "blocks", "before", "after"}
        only_without = {"doubling", "relu-blocks", "no-norm"}
        for quantity, cases in (("growth", Growth), ("square", Square), ("branch", Branch)):
            for network, others in (("with", only_without), ("without", only_with)):
                written = set(words.group(f"readout.{quantity}_{network}_law.statement"))
                assert written == {case.value for case in cases} - others, (quantity, network)

    def test_what_strays_from_theory_is_said(self):
        result = quick(width=100, batch_size=128, depth=20, beta=-1.0, seeds=1)

        assert result.notes[-1] == (
            f"The network with norm: {short(result.readouts['growth_with'])} a layer is measured, and theory says "
            f"{short(result.readouts['growth_with_law'])}. Theory is for wide layers, normal h and independent "
            "examples; at least one of these does not hold here."
        )


class TestIdentities:
    @pytest.mark.parametrize("network", ["without", "with"])
    def test_skip_init_is_the_identity_without_norm_and_with_it(self, network):
        found = quick(connections="skip-init").readouts

        assert found[f"square_{network}"] == found[f"gradient_{network}"] == found[f"growth_{network}"] == 1.0
        assert found[f"branch_{network}"] == 0.0

    def test_a_scale_of_zero_in_the_branches_is_the_identity(self):
        found = quick(connections="residual", gamma=0.0).readouts

        assert found["square_with"] == found["gradient_with"] == 1.0
        assert found["square_without"] > 50

    def test_a_scale_of_zero_in_a_plain_network_lets_nothing_back(self):
        result = quick(gamma=0.0)

        assert math.isnan(result.readouts["gradient_with"])
        assert result.readouts["dead_with"] == 1.0
        assert result.notes[-1] == (
            "The network with norm: with at least one seed, no gradient reaches layer 1, or only one too small for a "
            "float. A logarithmic axis has no place for 0."
        )

    @pytest.mark.parametrize("norm", ["batch", "layer"])
    def test_normed_layers_have_a_mean_square_of_one(self, norm):
        frame = quick(norm=norm, eps=1e-12).tables["layers"].query("network == 'with norm'")

        np.testing.assert_allclose(frame["mean_square"], 1.0, rtol=1e-9)

    def test_one_group_is_layer_norm(self):
        one, other = quick(norm="group", groups=1).readouts, quick(norm="layer").readouts

        assert one == pytest.approx(other, rel=FOUR_DIGITS, nan_ok=True)


class TestOverflow:
    @pytest.fixture
    def result(self):
        return bnsim.run("depth", init="fixed", sigma=10, width=100, depth=100, batch_size=8, seeds=1)

    def test_is_said(self, result):
        layer = int(result.tables["layers"]["mean_square"].pipe(np.isfinite).idxmin()) + 1

        assert 50 < layer < 100
        assert result.notes[-1] == (
            f"The network without norm overflows with at least one seed: from layer {layer} on, E[h²] is above "
            "1.8e308, the largest number that a float can hold. It is not drawn from there on, and no gradient comes "
            "back."
        )
        assert result.readouts["growth_without"] is math.nan
        assert theory_of(result, WITHOUT).growth_from is Growth.OVERFLOW
        assert theory_of(result, WITHOUT).branch_from is Branch.OVERFLOW
        assert statements(result)["dead_without"] == (
            "share of the units in layer 100 that are 0 for all 8 examples; one network"
        )

    def test_is_not_drawn(self, result):
        for figure in result.figures:
            for name, frame in figure.data.items():
                written = name == "sweep"  # where theory has no number a question mark stands in its place
                assert written or np.isfinite(frame.select_dtypes("number").to_numpy(float)).all(), figure.key

    def test_is_written_into_the_rows_of_the_distributions(self, result):
        words = result.tables["spreads"]["text"]

        assert words.iloc[0].startswith("without norm: std ")
        assert words.iloc[-2] == "without norm: overflow"
        assert words.iloc[-1] == "with norm: std 1"

    def test_what_is_too_wide_is_written_as_well(self):
        words = quick(connections="residual", depth=65).tables["spreads"]["text"]

        assert words.iloc[-2].endswith(", too wide")


@pytest.fixture(scope="module")
def narrow():
    """Few units and many seeds: what is measured strays far, so that a mean is not a geometric mean."""
    return quick(**NARROW)


class TestReadouts:
    @pytest.mark.parametrize(("key", "name"), [("without", WITHOUT), ("with", WITH)])
    def test_rates_and_ratios_are_geometric_means_and_shares_are_means(self, narrow, key, name):
        measured, layers = narrow.readouts, drawn(name, **NARROW)
        gradient, square = layers["gradient"], layers["mean_square"]
        growth = (gradient[:, 0] / gradient[:, -2]) ** (1 / 7)  # seven layers, from the last but one to the first

        for readout, values in (("growth", growth), ("gradient", gradient[:, 0]),
                                ("square", square[:, -1] / square[:, 0])):  # fmt: skip
            assert measured[f"{readout}_{key}"] == pytest.approx(np.exp(np.log(values).mean()), rel=FOUR_DIGITS)
        for readout in ("std", "flat", "dead"):
            assert measured[f"{readout}_{key}"] == pytest.approx(layers[readout][:, -1].mean(), rel=FOUR_DIGITS)
        assert measured[f"branch_{key}"] == pytest.approx(layers["branch_share"][:, -1].mean(), rel=FOUR_DIGITS)

    def test_the_seeds_differ_enough_for_that_to_be_seen(self, narrow):
        square = narrow.tables["seeds"].query(f"network == '{WITHOUT}'")["square"]

        assert square.mean() > 1.05 * np.exp(np.log(square).mean())
        assert not np.array_equal(*(drawn(WITHOUT, **NARROW)[key][:, -1] for key in ("flat", "dead")))

    def test_each_says_what_it_is_beside_its_theory_and_range(self, narrow):
        said, seeds = statements(narrow), narrow.tables["seeds"].query(f"network == '{WITH}'")
        rates, std = seeds["growth"], drawn(WITH, **NARROW)["std"]

        assert said["growth_with"] == (
            f"geometric mean from layer 8 back to layer 1; theory {narrow.readouts['growth_with_law']:.5g}; "
            f"between {short(rates.min(), 4)} and {short(rates.max(), 4)} in 4 networks"
        )
        numbers = {key: each.numbers for key, each in stated_of(narrow).items()}
        assert numbers["std_with"]["first"] == short(std[:, 0].mean(), 4)
        assert numbers["dead_with"]["n"] == 16
        assert numbers["branch_with"]["theory"] == "1"
        assert {each["depth"] for each in numbers.values() if "depth" in each} == {9}

    @pytest.mark.parametrize(
        ("activation", "case"), [("relu", "relu"), ("tanh", "bounded"), ("sigmoid", "bounded"), ("linear", "linear")]
    )
    def test_what_off_means_depends_on_the_activation(self, activation, case):
        said = stated_of(quick(activation=activation))

        assert {said[f"{share}_{key}"].case for share in ("flat", "dead") for key in ("with", "without")} == {case}

    @pytest.mark.parametrize(
        ("changes", "seeds"),
        [
            ({"seeds": 1}, "one network"),
            ({}, "1 in each of 2 networks"),
            ({"gamma": 0.0}, "none in 2 of 2 networks"),
        ],
    )
    def test_seeds_that_say_the_same_are_no_range(self, changes, seeds):
        assert stated_of(quick(**changes))["branch_with"].numbers["seeds"] == seeds

    @pytest.mark.parametrize(
        ("changes", "formula"),
        [
            ({}, "√(γ² s² E[φ′(h)²] / (s² Var[φ(h)] + ε))"),
            ({"norm": "layer"}, "√(γ² s² E[φ′(h)²] / (s² E[φ(h)²] + ε))"),
            ({"norm": "layer", "placement": "after"}, "√(γ² s² E[φ′(h)²] / (Var[φ(h)] + ε))"),
            ({"connections": "residual"}, "√(1 + γ² s² E[φ′(h)²] / (s² Var[φ(h)] + ε))"),
        ],
    )
    def test_the_formula_of_the_gradient(self, changes, formula):
        assert stated_of(quick(**changes))["growth_with_law"].numbers["formula"] == formula

    def test_weights_that_explode_by_themselves_are_not_put_down_to_the_norm(self):
        assert not [each for each in notes(quick(sigma=5.0).outcome) if each.key.startswith("explodes")]

    def test_gamma_is_that_of_the_branches_alone(self):
        residual = start(DepthParams(connections="residual", gamma=0.5))

        assert (residual.gamma, residual.branch_gamma) == (1.0, 0.5)
        assert start(DepthParams(gamma=0.5)).gamma == 0.5

    def test_a_seed_is_promised_no_more_than_it_keeps(self):
        assert DepthParams.controls()["seed"].control.help == (
            "On one machine with one version of numpy the same seed gives the same numbers."
        )


def over_three(low: float, mean: float, high: float) -> OverSeeds:
    return OverSeeds(mean, low, high, missing=0, seeds=3)


class TestWayBack:
    """What is said of the gradient: where each sentence begins to hold, and that it is so."""

    UP, DOWN = math.nextafter(NEAR, math.inf), math.nextafter(1 / NEAR, 0)

    @together(
        ("gradient", "rate", "said"),
        [
            ((1 - EXACT, 1.0, 1 + EXACT), 1.0, WayBack.UNCHANGED),
            ((1 - 2 * EXACT, 1.0, 1.0), 1.0, WayBack.KEEPS),
            ((1 / WITHIN, 1 / NEAR, WITHIN), 1.0, WayBack.KEEPS),
            ((1 / WITHIN, NEAR, WITHIN), 1.1, WayBack.KEEPS),
            ((0.49, 1.0, 1.5), 1.0, WayBack.CHANCE),
            ((0.9, 1.0, 2.01), 1.0, WayBack.CHANCE),
            ((1 / BY_CHANCE, 0.5, BY_CHANCE), 1.0, WayBack.CHANCE),
            ((0.24, 0.5, 1.1), 1.0, WayBack.VARIES),
            ((0.9, 2.0, 4.01), 1.0, WayBack.VARIES),
            ((1.01, NEAR, 2.01), 1.1, WayBack.VARIES),
            ((1.01, UP, 1.3), 1.01, WayBack.GROWS),
            ((1.0, UP, 1.3), 1.01, WayBack.VARIES),
            ((1.01, UP, 1.3), 1.0, WayBack.UNEVEN),
            ((0.5, DOWN, 0.99), 0.99, WayBack.SHRINKS),
            ((0.5, DOWN, 1.0), 0.99, WayBack.VARIES),
            ((0.5, DOWN, 0.99), 1.0, WayBack.UNEVEN),
            ((1e-300, 1e-200, 1e-100), 0.1, WayBack.SHRINKS),
        ],
    )
    def test_depends_on_mean_and_range(self, gradient, rate, said):
        assert way_back(over_three(*gradient), rate, lost=0, overflow=0) is said

    @pytest.mark.parametrize(
        ("lost", "overflow", "said"),
        [(1, 0, WayBack.SOME), (2, 7, WayBack.SOME), (3, 0, WayBack.NONE), (3, 7, WayBack.OVERFLOWS)],
    )
    def test_depends_on_how_many_lose_it(self, lost, overflow, said):
        assert way_back(over_three(math.nan, math.nan, math.nan), math.nan, lost, overflow) is said

    def test_of_plain_relu_is_said_with_the_numbers_of_theory(self):
        result = quick(width=300, batch_size=128, depth=20, seeds=1)
        factor, arriving = (result.readouts[f"{key}_with"] for key in ("growth", "gradient"))

        assert factor == pytest.approx(math.sqrt(closed_forms.relu_gradient_growth(128)), rel=0.02)
        assert result.answer.startswith(
            f"With batch norm it grows: {few(factor)} times a layer, {few(arriving)} times from layer 20 back to layer "
            "1. Without norm it keeps about its size: "
        )

    def test_of_the_identity_is_said_without_numbers(self):
        assert quick(connections="skip-init", norm="layer").answer == (
            "With layer norm it keeps its size: in layer 1 it is as large as in layer 8. Without norm it keeps its "
            "size: in layer 1 it is as large as in layer 8."
        )

    def test_of_networks_that_disagree_is_said_with_their_range(self):
        result = quick(width=6, depth=20, seeds=3, batch_size=100)
        found = result.tables["seeds"].query(f"network == '{WITHOUT}'")["gradient"]

        assert found.min() < 1 < found.max()
        assert f"between {found.min():.3g}".replace("-0", "−").replace("-", "−") in result.answer

    def test_of_an_overflow_names_the_layer(self):
        result = bnsim.run("depth", init="fixed", sigma=10, width=100, depth=100, batch_size=8, seeds=1)
        layer = int(result.tables["layers"]["mean_square"].pipe(np.isfinite).idxmin()) + 1

        assert result.answer.endswith(
            f"Without norm no gradient comes back at all: from layer {layer} on, the activations are too large for a "
            "computer's numbers."
        )

    def test_of_some_that_lose_it_counts_them(self):
        result = bnsim.run("depth", width=2, depth=12, batch_size=8)
        lost = int(result.tables["seeds"].query(f"network == '{WITHOUT}'")["gradient"].isna().sum())

        assert 0 < lost < 3
        assert result.answer.endswith(f"Without norm it is lost before layer 1 in {lost} of 3 networks drawn.")


class TestControls:
    def test_six_are_in_sight_and_the_others_are_in_groups(self):
        specs = DepthParams.controls().values()

        assert [spec.name for spec in specs if not spec.control.group] == [
            "activation", "init", "norm", "connections", "depth", "batch_size",
        ]  # fmt: skip
        assert {spec.control.group for spec in specs} == {"", *find("depth").words.group("group").values()}


class TestSweeps:
    """The numbers that follow a thumb are those of theory at the value it stands at."""

    ROUNDED = 1e-6
    """Of float32, and of readouts that have six digits."""

    @pytest.mark.parametrize("control", ["depth", "sigma"])
    @pytest.mark.parametrize("changes", [{}, {"activation": "tanh", "connections": "residual"}, {"beta": 0.5}])
    def test_each_row_is_theory_there(self, control, changes):
        rows = quick(**changes).tables["sweep"].query(f"control == '{control}'")

        for row in (rows.iloc[0], rows.iloc[len(rows) // 2], rows.iloc[-1]):
            value = round(float(row["at"]), 4)
            there = quick(**{**changes, control: int(value) if control == "depth" else value, "width": 10, "seeds": 1})
            for network in Network:
                theory = theory_of(there, network)
                assert row[f"growth_{network.key}"] == pytest.approx(theory.growth, rel=1e-5)
                assert row[f"gradient_{network.key}"] == pytest.approx(math.log10(theory.gradient[0]), abs=1e-5)

    def test_the_present_position_is_one_of_them(self):
        rows = quick(sigma=7.3, depth=80, width=10).tables["sweep"]

        assert 80 in rows.query("control == 'depth'")["at"].tolist()
        assert rows.query("control == 'sigma'")["at"].iloc[-1] == pytest.approx(7.3, rel=self.ROUNDED)

    def test_from_the_layer_on_that_overflows_there_is_no_gradient(self):
        rows = quick(init="fixed", sigma=10.0, width=300, depth=65, batch_size=2, seeds=1).tables["sweep"]
        deep = rows.query("control == 'depth'")

        assert np.isfinite(deep["growth_without"]).all()
        assert (
            quick(init="fixed", sigma=10.0, width=300, depth=100, batch_size=2, seeds=1)
            .tables["sweep"]
            .query("control == 'depth'")["growth_without"]
            .isna()
            .any()
        )

    @pytest.mark.parametrize("sigma", [0.05, 0.77, 1.0, 7.3])
    def test_between_the_positions_of_the_slider_it_is_theory_of_this_very_spread(self, sigma):
        params = DepthParams.of({**QUICK, "sigma": sigma, "activation": "tanh"})
        fields = deep_fields(params, 1.0)
        sweep = of_sigma(params, 1.0, fields)

        assert sweep.positions[sweep.positions.index(sigma)] == sigma
        for network in Network:
            field = mean_field(structure(params, network), start(params), params.batch_size)
            row = sweep.powers[network][sweep.positions.index(sigma)]
            # A sum over nodes leaves 1e-9 of the moments of each layer.
            np.testing.assert_allclose(row, field.powers[sweep.layers - 1], rtol=0, atol=1e-8 * params.depth)

    def test_what_belongs_to_the_norm_makes_no_other_network_without_one(self):
        plain = DepthParams.of(QUICK)
        other = plain.replace(gamma=2.0, beta=0.5, eps=1.0, placement="after", batch_size=9, norm="layer")

        assert deep_fields(other, 1.0)[WITHOUT] is deep_fields(plain, 1.0)[WITHOUT]


class TestCost:
    @pytest.mark.parametrize("name", ["depth", "width", "batch_size", "seeds"])
    def test_more_is_more(self, name):
        few = DepthParams.of(QUICK)
        twice = few.replace(**{name: 2 * getattr(few, name)})

        assert cost(few) < cost(twice) < 4.1 * cost(few)

    def test_the_default_is_instant_and_the_largest_is_not(self):
        largest = DepthParams.of({"width": 300, "depth": 100, "batch_size": 166, "seeds": 1})

        assert cost(DepthParams()) < 0.02
        assert cost(largest) > 0.2


class TestTables:
    def test_a_row_for_each_layer_of_each_network(self):
        frame = quick().tables["layers"]

        assert frame.groupby("network", sort=False)["layer"].agg(["min", "max", "size"]).to_numpy().tolist() == [
            [1, 8, 8], [1, 8, 8],
        ]  # fmt: skip
        assert (frame["gradient_low"] <= frame["gradient"]).all()
        assert (frame["gradient"] <= frame["gradient_high"]).all()

    def test_a_row_for_each_seed(self):
        result = quick(seed=5)
        frame = result.tables["seeds"].query("network == 'with norm'")

        assert frame["seed"].tolist() == [5, 6]
        assert result.readouts["growth_with"] == pytest.approx(math.sqrt(frame["growth"].prod()), rel=FOUR_DIGITS)

    def test_compared_curves_are_logarithms(self):
        result = quick()
        curve = result.tables["curves"].query("series == 'gradient_with'")

        assert curve["layer"].tolist() == list(range(1, 9))
        assert 10 ** curve["value"].iloc[0] == pytest.approx(result.readouts["gradient_with"], rel=FOUR_DIGITS)
        assert curve["value"].iloc[-1] == 0.0

    @pytest.mark.parametrize("depth", [3, 8, 9, 65, 100])
    def test_at_most_eight_layers_are_drawn_with_the_first_and_the_last(self, depth):
        layers = drawn_layers(depth)

        assert len(layers) == min(depth, 8)
        assert (layers[0], layers[-1]) == (0, depth - 1)

    def test_figures_stay_small(self):
        result = bnsim.run("depth", depth=100, width=20, batch_size=8, seeds=1)
        sizes = [frame.memory_usage(index=False).sum() for figure in result.figures for frame in figure.data.values()]

        assert sum(sizes) < 100_000


class TestWords:
    def test_first_it_is_said_what_was_done(self):
        assert quick(inputs="digits").notes[0] == (
            "Each network has 8 hidden layers of 40 units and gets 32 real digits. Networks drawn of each kind: 2; "
            "those without norm and those with it have the same weights. Nothing is trained: this is how a network "
            "starts."
        )

    def test_an_explosion_is_put_down_to_the_norm(self):
        result = quick(width=100, depth=20)
        rates = [short(result.readouts[key]) for key in ("growth_with", "growth_without")]

        assert result.notes[1] == (
            "Batch norm makes the gradient grow on its way back: each layer multiplies its norm by "
            f"{rates[0]}. Without norm the factor is {rates[1]}."
        )

    @pytest.mark.parametrize(
        ("value", "text"),
        [(0.0, "0"), (1.2112, "1.21"), (65.0, "65"), (6.0156e9, "6.02e9"), (3e-25, "3e−25"), (math.inf, "∞")],
    )
    def test_short_numbers(self, value, text):
        assert short(value) == text

    def test_one_click_goes_deeper_or_elsewhere(self):
        result = quick()

        assert result.experiment.offers(result.outcome) == {
            "With skip connections": {"connections": "residual"},
            "Sigmoid, Xavier": {"activation": "sigmoid", "init": "xavier"},
            "Other weights": {"seed": 2},
            "Twice as deep": {"depth": 16},
        }

    def test_no_click_leads_to_a_refusal(self):
        deep = bnsim.run("depth", depth=64, width=10, batch_size=2, seeds=5)
        largest = DepthParams.of({"depth": 65, "width": 300, "batch_size": 256, "seeds": 1})

        assert deep.experiment.offers(deep.outcome)["Twice as deep"] == {"depth": 100}
        assert "Twice as deep" not in deep.experiment.offers(replace(deep.outcome, params=largest))


class TestDraws:
    def test_overflow_leaves_no_gradient_and_no_shares(self):
        rng = np.random.default_rng(0)
        net = Mlp(sizes=(20, *[20] * 12, 1))
        numbers = draw_networks(net, Start(sigma=1e20), [rng.standard_normal((8, 20))], [rng])
        found, seen = draw(net, Start(sigma=1e20), numbers), see(net, Start(sigma=1e20), numbers, np.arange(3))
        lost = ~np.isfinite(found.layers["mean_square"][0])

        assert lost.any()
        assert np.isnan(found.layers["gradient"]).all()
        for share in ("flat", "dead", "branch_share"):
            assert np.isnan(seen.layers[share][0]).tolist() == lost.tolist()
            assert np.isnan(found.ends[share][0]).tolist() == lost[[0, -1]].tolist()

    def test_a_gradient_of_zero_has_no_ratio(self):
        rng = np.random.default_rng(0)
        net = Mlp(sizes=(20, *[20] * 4, 1), norm=Norm.BATCH)
        numbers = draw_networks(net, Start(gamma=0.0), [rng.standard_normal((8, 20))], [rng])
        draws = draw(net, Start(gamma=0.0), numbers)

        assert np.isnan(draws.layers["gradient"]).all()
        assert np.isnan(draws.square_ratio).all()

    def test_geometric_mean(self):
        assert geometric_mean(np.array([[1.0, 0.0, math.nan], [4.0, 5.0, 1.0]])).tolist() == pytest.approx(
            [2.0, 0.0, math.nan], nan_ok=True
        )


class TestDistributions:
    @pytest.fixture
    def drawn(self, monkeypatch):
        """Return a result of its own, and how many curves have been made."""
        made = list[int]()

        def density(grid, values):
            made.append(values.size)
            return density_on(grid, values)

        monkeypatch.setattr(distributions, "density_on", density)
        return quick(seeds=3, depth=10, width=60, batch_size=70, seed=5), made

    def test_are_made_for_those_who_open_their_picture(self, drawn):
        result, made = drawn
        result.at_sight()
        assert made == []

        ridges = result.tables["ridges"]
        assert len(made) == 2 * 8
        assert result.tables["names"]["layer"].nunique() == 8
        assert ridges["network"].nunique() == 2
        assert len(made) == 2 * 8

    def test_are_those_of_about_as_many_values_however_many_seeds(self, drawn):
        result, made = drawn
        assert not result.tables["ridges"].empty

        assert made == [3 * (4000 // 3)] * 16


class TestDensityOn:
    GRID = np.linspace(-4, 4, 61)

    def test_of_normal_numbers_is_normal(self):
        found = density_on(self.GRID, np.random.default_rng(0).standard_normal(1_000_000))

        # The kernel widens a normal curve of spread 1 by its own 0.057: by 0.3 % of the variance.
        np.testing.assert_allclose(found, np.exp(-(self.GRID**2) / 2) / math.sqrt(2 * math.pi), atol=0.006)

    def test_sums_to_the_share_that_is_inside(self):
        values = np.concatenate((np.full(30, 0.3), np.full(50, 1e9), [np.nan, np.inf, -np.inf, *[-1.0] * 17]))

        assert density_on(self.GRID, values).sum() * (self.GRID[1] - self.GRID[0]) == pytest.approx(0.47, rel=1e-3)

    def test_a_flat_density_does_not_sink_at_the_ends(self):
        found = density_on(self.GRID, np.linspace(-10, 10, 20_001))

        np.testing.assert_allclose(found, 1 / 20, rtol=0.01)

    def test_of_nothing_inside_is_zero(self):
        assert density_on(self.GRID, np.array([5.0, np.nan])).tolist() == [0.0] * 61

    def test_float32_may_be_as_large_as_it_can_hold(self):
        values = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
        expected = density_on(self.GRID, values)

        # 1e25 squared is beyond float32. Its rounding moves a value by a bin at most, here and there.
        found = density_on(self.GRID * 1e25, values * np.float32(1e25)) * 1e25
        np.testing.assert_allclose(found, expected, atol=0.01)


class TestRefusals:
    def test_too_much_work(self):
        assert refusal(width=300, batch_size=256, depth=40, seeds=3) == (
            "seeds times depth times width times batch_size must be at most 5000000; got 3 times 40 times 300 times "
            "256. seeds up to 1 will do."
        )
        assert refusal(width=300, batch_size=256, depth=100, seeds=3) == (
            "seeds times depth times width times batch_size must be at most 5000000; got 3 times 100 times 300 times "
            "256. depth up to 65 will do with seeds=1."
        )

    def test_groups_that_do_not_divide_the_width(self):
        assert refusal(norm="group", groups=7) == "groups must divide the width of 60; got 7."
        assert DepthParams.of({"norm": "layer", "groups": 7}).groups == 7


@pytest.fixture(scope="module")
def frames():
    return {name: compared(name).frame() for name in SETS}


class TestSets:
    @pytest.mark.parametrize("name", SETS)
    def test_are_in_canonical_form(self, name):
        text = (FOLDER / f"{name}.toml").read_bytes().decode("utf-8")

        assert toml.write(toml.read(text, params_of)) == text

    def test_what_the_notes_of_gradients_say_is_so(self, frames):
        frame = frames["gradient-explosion-at-init"]
        without, with_norm = frame["growth_without"], frame["growth_with"]

        assert without["relu-he-batch"] == pytest.approx(1, abs=0.02)
        for name in ("relu-he-batch", "relu-xavier-batch", "relu-wide-batch", "relu-he-after", "relu-he-digits"):
            assert with_norm[name] == pytest.approx(1.2112, abs=0.02), name
        assert without["relu-xavier-batch"] == pytest.approx(math.sqrt(0.5), abs=0.02)
        assert without["relu-wide-batch"] == pytest.approx(5, abs=0.1)
        assert with_norm["relu-he-layer"] == pytest.approx(1, abs=0.02)
        assert without["tanh-xavier-batch"] < 0.96
        assert 1.07 < with_norm["tanh-xavier-batch"] < 1.13
        assert with_norm["tanh-xavier-layer"] == pytest.approx(with_norm["tanh-xavier-batch"], abs=0.02)
        assert frame.loc["sigmoid-xavier-batch", "gradient_without"] < 1e-20
        assert frame.loc["sigmoid-xavier-batch", "gradient_with"] > 1
        assert without["sigmoid-xavier-layer"] < with_norm["sigmoid-xavier-layer"] < 0.5
        assert with_norm["linear-xavier-batch"] == pytest.approx(math.sqrt(126 / 125), abs=0.005)
        assert with_norm["relu-he-batch-8"] > with_norm["relu-he-batch"] + 0.05
        assert with_norm["relu-he-eps-1"] < 1
        assert frame.loc["relu-he-eps-1", "square_with"] < 0.01
        assert with_norm["tanh-small-gamma"] == pytest.approx(1, abs=0.03)
        assert frame.loc["relu-he-residual", "gradient_with"] < frame.loc["relu-he-batch", "gradient_with"] / 50

    def test_what_the_notes_of_residual_networks_say_is_so(self, frames):
        square = frames["residual-variance"][["square_without", "square_with"]]
        without, with_norm = square["square_without"], square["square_with"]

        assert with_norm[["batch", "layer", "after", "xavier", "tanh"]].tolist() == pytest.approx([65] * 5, rel=0.15)
        assert without["batch"] ** (1 / 64) == pytest.approx(2, rel=0.05)
        assert without["xavier"] ** (1 / 64) == pytest.approx(1.5, rel=0.05)
        assert 20 < without["tanh"] < 65
        assert with_norm["gamma-half"] == pytest.approx(17, rel=0.15)
        assert with_norm["gamma-0"] == with_norm["skip-init"] == without["skip-init"] == 1
        assert with_norm["plain"] == pytest.approx(1, abs=1e-4)
        assert frames["residual-variance"].loc["plain", "growth_with"] == pytest.approx(1.2112, abs=0.02)


class TestShared:
    """The network without norm is drawn anew only where it is another one."""

    BEGIN = DepthParams.of({**QUICK, "seed": 41, "seeds": 2})
    OF_A_NORM: ClassVar[dict[str, Any]] = {
        "norm": "layer",
        "placement": "after",
        "gamma": 0.5,
        "beta": -1.0,
        "eps": 1e-3,
    }
    OF_BOTH: ClassVar[dict[str, Any]] = {
        "activation": "tanh",
        "init": "xavier",
        "sigma": 1.5,
        "connections": "residual",
        "depth": BEGIN.depth + 1,
        "width": BEGIN.width + 10,
        "batch_size": BEGIN.batch_size + 1,
        "inputs": "digits",
        "seeds": 3,
        "seed": 42,
    }

    def test_every_parameter_is_one_of_the_two(self):
        assert {*self.OF_A_NORM, *self.OF_BOTH, "groups"} == set(DepthParams.controls())

    @together("name", OF_A_NORM)
    def test_what_is_set_for_a_norm_leaves_it_as_it_is(self, name):
        moved = self.BEGIN.replace(**{name: self.OF_A_NORM[name]})
        (_, before), (_, after) = draw_both(self.BEGIN), draw_both(moved)

        assert after[Network.WITHOUT] is before[Network.WITHOUT]
        assert after[Network.WITH] is not before[Network.WITH]

    def test_so_do_the_groups(self):
        before, after = (self.BEGIN.replace(norm="group", groups=groups) for groups in (2, 5))

        assert draw_both(after)[1][Network.WITHOUT] is draw_both(before)[1][Network.WITHOUT]

    @together("name", OF_BOTH)
    def test_every_other_change_gives_what_is_drawn_anew(self, name):
        moved = self.BEGIN.replace(**{name: self.OF_BOTH[name]})
        draw_both(self.BEGIN)
        drawn, known = draw_both(moved)
        for cache in (known_normals, known_weights, known_inputs, known_shared, draws_without):
            cache.cache_clear()
        again, anew = draw_both(moved)

        for network in Network:
            for quantity, values in known[network].layers.items():
                # Where arrays lie in memory may decide the order of a sum.
                np.testing.assert_allclose(values, anew[network].layers[quantity], rtol=1e-9, err_msg=quantity)
        np.testing.assert_array_equal(drawn.x, again.x)
        assert known[Network.WITHOUT] is not draw_both(self.BEGIN)[1][Network.WITHOUT]

    def test_what_is_large_is_not_kept(self):
        large = DepthParams(width=150, depth=60, batch_size=2, seeds=1)
        (drawn, found), (again, anew) = draw_both(large), draw_both(large)

        assert sum(weight.size for weight in drawn.weights) > MOST_KEPT
        assert (drawn is again, found[Network.WITHOUT] is anew[Network.WITHOUT]) == (False, False)
        for quantity, values in found[Network.WITHOUT].layers.items():
            np.testing.assert_allclose(values, anew[Network.WITHOUT].layers[quantity], rtol=1e-9, err_msg=quantity)

    @pytest.mark.parametrize("inputs", ["noise", "digits"])
    def test_whatever_the_sliders_reach_is_kept(self, inputs):
        highest = {spec.name: spec.control.slider[1] for spec in DepthParams.controls().values() if spec.control.slider}
        sizes = {name: highest[name] for name in ("depth", "width", "seeds", "batch_size")}

        assert is_kept(DepthParams.of({**sizes, "inputs": inputs}))

    def test_what_others_will_be_given_can_not_be_written_to(self):
        drawn, found = draw_both(self.BEGIN)
        without = found[Network.WITHOUT]
        measured = (*without.layers.values(), *without.ends.values(), without.growth, without.square_ratio)
        given = (drawn.x, *drawn.weights, *drawn.turned, drawn.gradient)

        assert not any(array.flags.writeable for array in (*given, *measured))
        with pytest.raises(ValueError, match="read-only"):
            bnsim.run("depth", **QUICK, seed=41).outcome.networks[Network.WITHOUT].gradient[:] = 7


class TestWeights:
    """A network begins like a deeper one, so what has been drawn of it serves."""

    KIND = Kind(features=7, width=5, seed=3, seeds=2)
    BEGUN = Start(sigma=1.5)

    def drawn_anew(self, depth, batch_size):
        net = Mlp(sizes=(self.KIND.features, *[self.KIND.width] * depth, 1))
        x = np.zeros((batch_size, self.KIND.features))
        return draw_networks(net, self.BEGUN, [x, x], [np.random.default_rng((seed, 1)) for seed in (3, 4)])

    @pytest.mark.parametrize("depths", [(4, 9, 6), (9, 4), (4, 4)])
    @pytest.mark.parametrize("batch_size", [2, 11])
    def test_are_those_of_a_network_that_is_drawn_alone(self, depths, batch_size):
        weights = Weights(self.BEGUN, Normals(self.KIND))
        for depth in depths:
            found = weights.drawn(np.zeros((2, batch_size, 7)), depth)
            expected = self.drawn_anew(depth, batch_size)

            for name in ("weights", "turned"):
                pairs = zip(getattr(found, name), getattr(expected, name), strict=True)
                assert all(np.array_equal(*pair) for pair in pairs), name
            np.testing.assert_array_equal(found.gradient, expected.gradient)

    def test_are_drawn_once_however_often_the_depth_changes(self):
        weights = Weights(self.BEGUN, Normals(self.KIND))
        deep, shallow = weights.first(9), weights.first(4)

        assert all(map(operator.is_, shallow[0], deep[0][:4]))
        assert all(map(operator.is_, shallow[1], deep[1][:4]))

    @pytest.mark.parametrize("back", [True, False])
    def test_are_the_same_where_they_are_not_kept_and_only_what_is_needed_is_made(self, back):
        found = drawn_once(self.KIND, self.BEGUN, np.zeros((2, 11, 7)), 6, back=back)
        expected = self.drawn_anew(6, 11)

        assert all(map(np.array_equal, found.weights, expected.weights))
        assert len(found.turned) == (6 if back else 0)
        assert all(map(np.array_equal, found.turned, expected.turned))
        np.testing.assert_array_equal(found.gradient, expected.gradient if back else np.empty((2, 0, 5)))

    def test_are_the_same_after_somebody_was_interrupted(self, monkeypatch):
        known, draw, left = Normals(self.KIND), depth_weights.normals, [3]

        def interrupted(rngs, shape):
            found = draw(rngs, shape)
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt
            return found

        monkeypatch.setattr(depth_weights, "normals", interrupted)
        with pytest.raises(KeyboardInterrupt):
            known.first(6)
        found, expected = Weights(self.BEGUN, known).drawn(np.zeros((2, 4, 7)), 6), self.drawn_anew(6, 4)

        assert all(map(np.array_equal, found.weights, expected.weights))
        np.testing.assert_array_equal(found.gradient, expected.gradient)

    def test_are_the_same_whoever_asks_at_once(self):
        weights = Weights(self.BEGUN, Normals(self.KIND))
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda depth: weights.drawn(np.zeros((2, 3, 7)), depth), range(1, 60)))

        for depth in (1, 30, 59):
            expected = self.drawn_anew(depth, 3)
            assert all(map(np.array_equal, found[depth - 1].weights, expected.weights))
            np.testing.assert_array_equal(found[depth - 1].gradient, expected.gradient)


class TestSeen:
    """What few pages show is not measured before somebody asks for it."""

    def test_is_not_there_at_first_sight(self):
        result = quick(seed=77)
        result.at_sight()
        assert result.tables.completed is None

        assert len(result.tables["layers"]) == 2 * QUICK["depth"]
        assert set(result.tables.completed.seen) == set(Network)

    @pytest.mark.parametrize("norm", ["batch", "layer", "group"])
    def test_is_of_the_same_draws(self, norm):
        result = quick(seed=78, norm=norm, connections="residual")
        layers = result.tables["layers"].groupby("network", observed=True)

        for network, measured in result.outcome.networks.items():
            ends = layers.get_group(network.value).iloc[[0, -1]]
            for name, values in measured.ends.items():
                np.testing.assert_allclose(ends[name], values, rtol=1e-12, err_msg=name)
        for name in ("gradient", "mean_square"):
            np.testing.assert_array_equal(result.tables["layers"][name], result.tables["ways"][name])

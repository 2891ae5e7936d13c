"""Networks at initialization: the bands of theory over three seeds, identities, what overflows, what is said of it."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rounding import CLOSE

import bnsim
from bnsim import cli
from bnsim.charts.depth import NETWORKS
from bnsim.compare import compare_scenarios
from bnsim.engine import closed_forms
from bnsim.errors import ParamsError
from bnsim.experiments import params_of
from bnsim.experiments.depth import DepthParams, drawn_layers, short
from bnsim.scenario import toml

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
SETS = ("gradient-explosion-at-init", "residual-variance")
SEEDS = (0, 1, 2)
WITHOUT, WITH = NETWORKS
BLOCKS = (1, 2, 4, 8, 16, 32, 64)
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
        found = quick(placement="after").outcome.networks

        for name in ("mean", "std", "mean_square", "flat", "dead"):
            one, other = (each.columns[name][:, 0] for each in found.values())
            np.testing.assert_allclose(one, other, **CLOSE)

    def test_a_seed_gives_the_same_whichever_come_with_it(self):
        several, alone = quick(seed=3, seeds=3).outcome.networks, quick(seed=4, seeds=1).outcome.networks

        for name in NETWORKS:
            np.testing.assert_allclose(
                several[name].columns["gradient"][1], alone[name].columns["gradient"][0], rtol=CLOSE["rtol"]
            )

    def test_the_network_without_norm_does_not_know_of_the_other(self):
        one, other = (
            quick(norm=norm, eps=eps).outcome.networks[WITHOUT] for norm, eps in (("batch", 1.0), ("layer", 0.1))
        )

        np.testing.assert_allclose(one.columns["gradient"], other.columns["gradient"], rtol=CLOSE["rtol"])

    def test_digits_have_64_standardized_pixels(self):
        x = DepthParams.of({"inputs": "digits", "batch_size": 256}).batch(np.random.default_rng(0))

        assert x.shape == (256, 64)
        # 61 of the 64 pixels are not constant; a sample of 256 images strays by some percent.
        assert np.square(x).mean() == pytest.approx(61 / 64, abs=0.1)


class TestLaws:
    def test_of_relu_with_batch_norm(self):
        result = quick(batch_size=128)
        law = math.sqrt(closed_forms.relu_gradient_growth(128))

        assert result.readouts["growth_with_law"] == pytest.approx(law, rel=1e-5)  # eps
        assert result.readouts["growth_without_law"] == 1.0
        assert statements(result)["growth_with_law"] == (
            "√(γ² s² E[φ′(h)²] / (s² Var[φ(h)] + ε)), s² is fan-in times the variance of a weight; "
            "√(π / (π − 1)) = 1.21117 for large N, ε neglected (Yang et al. 2019)"
        )

    def test_of_linear_units_with_batch_norm(self):
        result = quick(activation="linear", eps=1e-12)

        assert result.readouts["growth_with_law"] == pytest.approx(math.sqrt(30 / 29), rel=SIX_DIGITS)
        assert statements(result)["growth_with_law"].endswith("; 1 for large N, ε neglected (Yang et al. 2019)")

    def test_of_blocks_with_norm(self):
        result = quick(connections="residual", eps=1e-12)

        assert result.readouts["square_with_law"] == 8.0
        assert result.readouts["branch_with_law"] == 0.125
        assert statements(result)["square_with_law"] == "l + 1 after l blocks, here 7, ε neglected (De and Smith 2020)"
        assert statements(result)["branch_with_law"] == "1 / (l + 1) after l blocks, here 7 (De and Smith 2020)"

    def test_of_blocks_without_norm(self):
        result = quick(connections="residual", sigma=1.0)

        assert result.readouts["square_without_law"] == 128.0
        assert statements(result)["square_without_law"] == "2^l after l blocks, here 7 (De and Smith 2020)"

    def test_there_is_none_for_a_batch_of_three(self):
        result = quick(batch_size=3)

        assert math.isnan(result.readouts["growth_with_law"])
        assert statements(result)["growth_with_law"].endswith(": not for N, γ or β like these")

    def test_what_strays_from_theory_is_said(self):
        result = quick(width=100, batch_size=128, depth=20, beta=-1.0, seeds=1)

        assert result.notes[-1] == (
            f"The network with norm: {short(result.readouts['growth_with'])} a layer was measured and "
            f"{short(result.readouts['growth_with_law'])} is the theory of wide layers whose h is normal and whose "
            "examples are independent. That is not so here."
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
            "The network with norm: no gradient reaches layer 1, or one too small for a float; 0 has no place on its "
            "axis."
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
            f"The network without norm overflows in layer {layer}: its numbers are larger than 1e308 and are not drawn "
            "from there on. There is no gradient either."
        )
        assert result.readouts["growth_without"] is math.nan
        assert statements(result)["dead_without"] == "units in layer 100 that are 0 for all 8; one seed"

    def test_is_not_drawn(self, result):
        for figure in result.figures:
            for frame in figure.data.values():
                assert np.isfinite(frame.select_dtypes("number").to_numpy(float)).all(), figure.key

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
    return quick(width=6, depth=9, seeds=4, batch_size=16)


class TestReadouts:
    @pytest.mark.parametrize(("key", "name"), [("without", WITHOUT), ("with", WITH)])
    def test_rates_and_ratios_are_geometric_means_and_shares_are_means(self, narrow, key, name):
        found, columns_ = narrow.readouts, narrow.outcome.networks[name].columns
        gradient, square = columns_["gradient"], columns_["mean_square"]
        growth = (gradient[:, 0] / gradient[:, -2]) ** (1 / 7)  # seven layers, from the last but one to the first

        for readout, values in (("growth", growth), ("gradient", gradient[:, 0]),
                                ("square", square[:, -1] / square[:, 0])):  # fmt: skip
            assert found[f"{readout}_{key}"] == pytest.approx(np.exp(np.log(values).mean()), rel=FOUR_DIGITS), readout
        for readout in ("std", "flat", "dead"):
            assert found[f"{readout}_{key}"] == pytest.approx(columns_[readout][:, -1].mean(), rel=FOUR_DIGITS), readout
        assert found[f"branch_{key}"] == pytest.approx(columns_["branch_share"][:, -1].mean(), rel=FOUR_DIGITS)

    def test_the_seeds_differ_enough_for_that_to_be_seen(self, narrow):
        square = narrow.tables["seeds"].query(f"network == '{WITHOUT}'")["square"]

        assert square.mean() > 1.05 * np.exp(np.log(square).mean())
        assert not np.array_equal(*(narrow.outcome.networks[WITHOUT].columns[key][:, -1] for key in ("flat", "dead")))

    def test_each_says_what_it_is_beside_its_theory_and_range(self, narrow):
        said, seeds = statements(narrow), narrow.tables["seeds"].query(f"network == '{WITH}'")
        rates, std = seeds["growth"], narrow.outcome.networks[WITH].columns["std"]

        assert said["growth_with"] == (
            f"factor a layer on the way back, layers 8 to 1, theory {narrow.readouts['growth_with_law']:.5g}; "
            f"{short(rates.min(), 4)} to {short(rates.max(), 4)} over 4 seeds"
        )
        assert said["std_with"].startswith(f"of h in layer 9, {short(std[:, 0].mean(), 4)} in layer 1; ")
        assert said["dead_with"].startswith("units in layer 9 that are 0 for all 16; ")
        assert said["branch_with"].startswith("of E[h²] in layer 9, theory 1; ")

    @pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
    def test_what_is_saturated_is_said(self, activation):
        assert statements(quick(activation=activation))["flat_with"].startswith(
            "activations in layer 8 whose slope is below a tenth of the steepest, theory "
        )

    def test_the_law_of_blocks_is_told_where_it_holds(self):
        def law(**changes):
            return statements(quick(connections="residual", **changes))

        doubled = law()["square_without_law"]
        assert doubled == "2^l after l blocks, here 7 (De and Smith 2020)"
        assert law(sigma=2.0)["square_without_law"] == "(1 + s² / 2)^l after l blocks"
        assert law()["square_with_law"] == "l + 1 after l blocks, here 7, ε neglected (De and Smith 2020)"
        assert law()["branch_with_law"] == "1 / (l + 1) after l blocks, here 7 (De and Smith 2020)"
        assert law(gamma=0.5)["branch_with_law"] == "E[branch²] / E[h²] of a wide net"
        assert law(gamma=0.5)["square_with_law"].startswith("E[h²] of a wide net")

    @pytest.mark.parametrize(
        ("changes", "formula"),
        [
            ({}, "√(γ² s² E[φ′(h)²] / (s² Var[φ(h)] + ε)), s² is fan-in times the variance of a weight; "
                 "√(π / (π − 1)) = 1.21117 for large N, ε neglected (Yang et al. 2019)"),
            ({"norm": "layer"}, "√(γ² s² E[φ′(h)²] / (s² E[φ(h)²] + ε)), s² is fan-in times the variance of a weight"),
        ],
    )  # fmt: skip
    def test_the_formula_of_the_gradient(self, changes, formula):
        assert statements(quick(**changes))["growth_with_law"] == formula

    def test_weights_that_explode_by_themselves_are_not_put_down_to_the_norm(self):
        assert not any("Here batch norm makes" in note for note in quick(sigma=5.0).notes)

    def test_gamma_is_that_of_the_branches_alone(self):
        start = DepthParams(connections="residual", gamma=0.5).start

        assert (start.gamma, start.branch_gamma) == (1.0, 0.5)
        assert DepthParams(gamma=0.5).start.gamma == 0.5

    def test_a_seed_is_promised_no_more_than_it_keeps(self):
        assert DepthParams.controls()["seed"].control.help == (
            "On one machine with one version of numpy the same seed gives the same numbers."
        )


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
            "8 hidden layers of 40 units, 32 real digits; 2 draws of the weights, the same without norm and with it. "
            "Nothing is trained: this is how a network starts, and what training makes of it is another question."
        )

    def test_an_explosion_is_put_down_to_the_norm(self):
        result = quick(width=100, depth=20)
        rates = [short(result.readouts[key]) for key in ("growth_with", "growth_without")]

        assert result.notes[1] == (
            "Here batch norm makes the gradient grow on its way back: each layer multiplies its norm by "
            f"{rates[0]}, without norm by {rates[1]}."
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
        assert "Twice as deep" not in deep.experiment.offers(type(deep.outcome)(largest, {}))


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
        assert refusal(norm="group", groups=3) == "groups must divide the width of 80; got 3."
        assert DepthParams.of({"norm": "layer", "groups": 3}).groups == 3


@pytest.fixture(scope="module")
def frames():
    return {name: compare_scenarios(bnsim.load(name)).frame() for name in SETS}


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

"""Training against inference: closed forms against simulation, every convention, every sentence whole."""

import json
import math
import re
import time
from fractions import Fraction

import numpy as np
import pytest
from cases import together
from click.testing import CliRunner

import bnsim
from bnsim import cli
from bnsim.charts.template import enlarged
from bnsim.compare import compare_scenarios
from bnsim.data.network import bn_network
from bnsim.engine import Convention, batch_norm
from bnsim.engine.statistics.batch import batch_stats
from bnsim.engine.statistics.running import weights_after
from bnsim.engine.theory.inference import output_moments, same_sign
from bnsim.engine.theory.running_averages import running_expectation
from bnsim.errors import ParamsError
from bnsim.experiments import params_of
from bnsim.experiments.train_eval import digits
from bnsim.experiments.train_eval import statements as of_outcome
from bnsim.experiments.train_eval.companions import BY_SIZE, COMPANIONS, drawn_outputs, law_of, standard_companions
from bnsim.experiments.train_eval.decisions import MOST_SHUFFLINGS
from bnsim.experiments.train_eval.digits import (
    Reading,
    cut,
    first_layer,
    one_by_one,
    one_by_one_unchanged,
    reading,
    scores,
    with_own_statistics,
)
from bnsim.experiments.train_eval.model import SHUFFLING, cost, run
from bnsim.experiments.train_eval.params import LEAST, TrainEvalParams, weights_of
from bnsim.experiments.train_eval.training import (
    FRESH,
    SHOWN,
    precise,
    repeated,
    rounding_of,
    standard_means,
    standard_stream,
    standard_variances,
    stream,
    streams,
    sums_over_batches,
)
from bnsim.scenario import toml
from bnsim.scenario.link import decode, encode
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.text import number, short

SEEDS = (0, 1, 2)
U = 2.0**-53
MOST_APART = 4.5
"""Standard errors that a simulation may be away from its closed form.

A normal estimate is farther out once in 150,000 times; some 300 are looked at here. The standard errors are those of
theory (see `checks_table`), so a simulation cannot widen its own. What is not normal is so at 1 / √repeats: skewness
of a variance of ten or more values, averaged over a hundred trainings.
"""


def result(**params):
    return bnsim.run("train-eval", **params)


def readouts(**params):
    return result(**params).readouts


def statements(**params):
    return {readout.key: readout.statement for readout in result(**params).readout_list}


def said(**params):
    """Return case and numbers of every statement, by the key of its readout."""
    return {each.key: (each.case, each.numbers) for each in of_outcome.readouts(run(TrainEvalParams(**params)))}


def noted(**params):
    """Return the numbers of every note, by its key."""
    return {each.key: dict(each.numbers) for each in of_outcome.notes(run(TrainEvalParams(**params)))}


def repeats_ended(which, **params):
    """Return where the repeats ended, drawn as the model draws them."""
    p = TrainEvalParams(**params)
    return getattr(repeated(p), which)


def checks(**params):
    return result(**params).tables["checks"].set_index("quantity")


def refusal(**params) -> str:
    with pytest.raises(ParamsError) as error:
        result(**params)
    return str(error.value)


def from_the_command_line(**params):
    settings = [part for name, value in params.items() for part in ("--set", f"{name}={value}")]
    ran = CliRunner().invoke(cli.main, ["run", "train-eval", *settings, "--format", "json"])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)["scenarios"][0]


@pytest.fixture(scope="module")
def table():
    return result(decision="digits", shufflings=10).tables["decisions"].set_index(["series", "batch_size"])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"mean": 0.0, "steps": 500, "momentum": 0.01},  # its batches all but cancel each other
        {"mean": 1e5, "std": 1e-3},
        {"mean": -1e6, "drift": 1000.0, "std": 1e-3, "steps": 2001, "convention": "cumulative"},
    ],
)
def test_no_more_of_a_running_mean_is_lost_to_rounding_than_is_said(settings):
    p = TrainEvalParams(**settings)
    exact = Fraction(0)
    for each, mean in zip(p.weights.tolist(), stream(p).mean.tolist(), strict=True):
        weight = Fraction(each)
        exact = (1 - weight) * exact + weight * Fraction(mean)
    found = run(p).running["mean"]

    assert abs(Fraction(found.last) - exact) <= Fraction(rounding_of(p, found))


class TestTheoryAgainstSimulation:
    @together("seed", SEEDS)
    @together("convention", [rule.name.lower() for rule in Convention])
    def test_in_every_convention(self, seed, convention):
        found = checks(seed=seed, convention=convention, repeats=400, batch_size=12, steps=60, drift=0.02)

        assert found["apart"].abs().max() < MOST_APART
        assert (found["standard_error"] > 0).all()

    @together("size", [2, 3, 4, 8, 32, 128])
    @together(("x", "seed"), list(zip([3.0, 4.0, 9.0], SEEDS, strict=True)))
    def test_of_the_companions(self, seed, size, x):
        found = checks(seed=seed, inference_size=size, x=x, steps=1, repeats=10, companion_sets=4000)

        # On the mean a batch of two gives -1 or 1 as often: the simulated variance is 1 - mean², and what it lacks is
        # chi-squared with one degree of freedom, beyond (1 + 16 √2) once in a million.
        room = 16 if (x, size) == (3.0, 2) else MOST_APART
        assert abs(found.loc["train_y_mean", "apart"]) < MOST_APART
        assert abs(found.loc["train_y_std", "apart"]) < room
        assert abs(found.loc["sign_flips", "apart"]) < MOST_APART

    @pytest.mark.parametrize("seed", SEEDS)
    def test_with_the_standard_errors_of_normal_theory(self, seed):
        found = checks(seed=seed, batch_size=7, std=1.7, repeats=50, steps=9, momentum=0.3)["standard_error"]
        weights = sum((0.3 * 0.7**age) ** 2 for age in range(9))

        # 100 fresh batches of 7; a mean of 50 trainings; a biased variance of 700 values.
        assert found["precise_mean"] == pytest.approx(1.7 / math.sqrt(700))
        assert found["precise_var"] == pytest.approx(1.7**2 * math.sqrt(2 / 700))
        assert found["running_mean"] == pytest.approx(1.7 / math.sqrt(7) * math.sqrt(weights / 50))
        assert found["running_var"] == pytest.approx(1.7**2 * math.sqrt(2 / 6 * weights / 50))
        # The law of the output knows nothing of training: only on which side of 0 eval mode is depends on it.
        law = law_of(TrainEvalParams(std=1.7), 32)
        assert found["train_y_mean"] == pytest.approx(output_moments(law).std / math.sqrt(2000))
        on = result(batch_size=7, std=1.7, seed=seed, repeats=50, steps=9, momentum=0.3).readouts["eval_y"]
        flips = 1 - same_sign(law, on)
        assert found["sign_flips"] == pytest.approx(math.sqrt(flips * (1 - flips) / 2000))

    @pytest.mark.parametrize("seed", SEEDS)
    def test_in_json_from_the_command_line(self, seed):
        rows = from_the_command_line(seed=seed)["tables"]["checks"]

        assert [row["quantity"] for row in rows] == [
            "running_mean", "running_mean_std", "running_var", "running_var_std", "precise_mean", "precise_var",
            "train_y_mean", "train_y_std", "sign_flips",
        ]  # fmt: skip
        for row in rows:
            assert abs(row["simulated"] - row["closed_form"]) < MOST_APART * row["standard_error"], row

    def test_the_band_is_two_spreads_about_what_is_expected(self):
        found = result(batch_size=5, momentum=0.5, steps=3, drift=0.25)
        steps = found.tables["steps"]

        for name, running in found.outcome.running.items():
            spread = running.spread
            np.testing.assert_allclose(steps[f"{name}_high"] - steps[f"{name}_low"], 4 * spread, rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(steps[f"{name}_high"] + steps[f"{name}_low"], 2 * running.expected, rtol=1e-12)
        # The t-th batch comes from a mean that has moved t - 1 times; before the first one it stands at the start.
        assert steps["population_mean"].tolist() == [3.0, 3.0, 3.25, 3.5]
        assert steps["population_var"].tolist() == [6.25] * 4

    def test_the_stream_shown_is_within_the_band(self):
        steps = result(steps=2000, repeats=10).tables["steps"].iloc[1:]
        outside = (steps["running_mean"] < steps["mean_low"]) | (steps["running_mean"] > steps["mean_high"])

        # 4.55 % of the time; neighbours go together, so that 2000 steps are worth 2000 / 19 = 105 independent ones:
        # a standard error of 2 %, and five of those.
        assert outside.mean() < 0.0455 + 5 * 0.02


class TestTheory:
    @pytest.mark.parametrize("m", [0.001, 0.1, 1.0])
    def test_is_that_of_the_momentum_and_the_drift_that_were_set(self, m):
        running = run(TrainEvalParams(momentum=m, steps=50, drift=0.1, repeats=10)).running
        theory = running_expectation([m] * 50, mean=3.0, std=2.5, count=32, drift=0.1, unbiased=True)

        np.testing.assert_array_equal(running["mean"].expected, theory.mean)
        np.testing.assert_array_equal(running["mean"].spread, theory.mean_std)
        np.testing.assert_array_equal(running["var"].expected, theory.var)
        np.testing.assert_array_equal(running["var"].spread, theory.var_std)

    def test_of_a_plain_average_is_the_standard_error(self):
        mean = run(TrainEvalParams(convention="cumulative", steps=50, drift=0.1, repeats=10)).running["mean"]
        t = np.arange(1, 51)

        np.testing.assert_allclose(mean.expected[1:], 3 + 0.1 * (t - 1) / 2, rtol=1e-12)
        np.testing.assert_allclose(mean.spread[1:], 2.5 / np.sqrt(32 * t), rtol=1e-12)

    def test_of_the_spread_of_a_running_variance_uses_its_kurtosis(self):
        found = checks(batch_size=2, momentum=1.0, steps=1, repeats=400)
        # One batch of two: the variance is σ² chi-squared with 1 degree of freedom, std 6.25 √2 and kurtosis 15.
        spread = 6.25 * math.sqrt(2)
        error = spread / 2 * math.sqrt(14 / 400 + 2 / (400 * 399))

        assert found.loc["running_var_std", ["closed_form", "standard_error"]].tolist() == pytest.approx(
            [spread, error]
        )

    @pytest.mark.parametrize("convention", ["keras", "flax", "onnx", "paddle"])
    def test_a_biased_variance_ends_at_its_share(self, convention):
        params = TrainEvalParams(convention=convention, momentum=1.0, batch_size=8, steps=2, repeats=10)

        assert run(params).running["var"].expected[-1] == pytest.approx(6.25 * 7 / 8, rel=1e-12)

    def test_the_running_statistics_are_the_averages_they_are_said_to_be(self):
        steps = result(convention="keras", steps=30, repeats=10).tables["steps"]
        mean, var = 0.0, 1.0
        for row in steps.iloc[1:].itertuples():
            mean, var = 0.99 * mean + 0.01 * row.batch_mean, 0.99 * var + 0.01 * row.batch_var

        assert steps["running_mean"].iloc[-1] == pytest.approx(mean, rel=1e-12)
        assert steps["running_var"].iloc[-1] == pytest.approx(var, rel=1e-12)


class TestDraws:
    """What is drawn in place of whole batches is what they would have given."""

    def test_a_training_is_the_engines_batch_after_batch(self):
        p = TrainEvalParams(steps=7, batch_size=5, drift=0.3, seed=4)
        batches, rng = stream(p), streams(4)[SHOWN]
        each = [batch_stats(3.0 + 0.3 * t + 2.5 * rng.standard_normal((5, 1))) for t in range(7)]

        np.testing.assert_allclose(batches.mean, [float(batch.mean[0]) for batch in each], rtol=1e-12)
        np.testing.assert_allclose(batches.var, [float(batch.var[0]) for batch in each], rtol=1e-12)

    def test_in_pieces_it_is_the_same(self):
        # 65,536 values are 64 batches of 1024.
        whole, part = standard_stream(130, 1024, 1), standard_stream(70, 1024, 1)

        assert whole.mean.shape == (130,)
        np.testing.assert_allclose(whole.var[:70], part.var, rtol=1e-12)

    def test_precise_statistics_are_the_engines_of_all_fresh_values(self):
        p = TrainEvalParams(steps=7, batch_size=5, drift=0.3, seed=4)
        fresh = batch_stats(3.0 + 0.3 * 6 + 2.5 * streams(4)[FRESH].standard_normal(500))

        assert precise(p) == pytest.approx((float(fresh.mean), float(fresh.var)), rel=1e-12)

    @pytest.mark.parametrize("count", [2, 5, 32])
    def test_means_and_variances_of_batches_are_spread_as_those_of_values(self, count):
        # One batch that counts for all: its mean has the variance 1 / N, N times its variance is chi-squared.
        mean, var = sums_over_batches(1.0, 1, count, 20_000, 3)
        room, k = MOST_APART / math.sqrt(20_000), count - 1

        assert abs(mean.mean()) < room / math.sqrt(count)
        assert mean.var() == pytest.approx(1 / count, rel=room * math.sqrt(2))
        assert var.mean() == pytest.approx(k / count, rel=room * math.sqrt(2 / k))
        assert var.var() == pytest.approx(2 * k / count**2, rel=room * math.sqrt(2 + 12 / k))
        assert abs(np.corrcoef(mean, var)[0, 1]) < room

    @pytest.mark.parametrize("new_weight", [0.1, 0.5, None])
    def test_batches_from_long_ago_count_with_what_is_expected_of_them(self, new_weight):
        # Of 300 batches those that weigh at least a ten thousandth of the last one are drawn: all of a plain average.
        steps, count, repeats, seed = 300, 5, 50, 11
        weights = weights_after(weights_of(new_weight, steps))[:0:-1]
        drawn = {0.1: 88, 0.5: 14, None: 300}[new_weight]

        mean, var = sums_over_batches(new_weight, steps, count, repeats, seed)

        assert np.count_nonzero(weights > LEAST * weights[0]) == drawn
        recent, before = np.split(weights, [drawn])
        rows = standard_means(repeats, seed).first(drawn), standard_variances(count, repeats, seed).first(drawn)
        np.testing.assert_allclose(mean, recent @ rows[0] / math.sqrt(count), rtol=0, atol=1e-13)
        np.testing.assert_allclose(var, recent @ rows[1] / count + before.sum() * 4 / 5, rtol=0, atol=1e-13)
        # So the mean over all streams lacks nothing, and of the variance a hundred millionth is missing.
        assert (before**2).sum() <= LEAST**2 * (weights**2).sum()

    @pytest.mark.parametrize("momentum", ["own", 1.0, 0.9, 0.31, 0.1, 0.01, 1e-6])
    @pytest.mark.parametrize("convention", ["pytorch", "cumulative", "paddle"])
    @pytest.mark.parametrize("steps", [1, 2, 100, 500])
    def test_the_number_of_batches_that_are_drawn_is_known_beforehand(self, momentum, convention, steps):
        p = TrainEvalParams(momentum=momentum, convention=convention, steps=steps, repeats=10)
        weights = weights_after(p.weights)[1:]

        assert p.remembered == np.count_nonzero(weights > LEAST * weights.max())
        assert p.drawn == steps * 32 + 20 * p.remembered

    def test_one_value_has_no_variance(self):
        assert sums_over_batches(0.5, 2, 1, 10, 0)[1].tolist() == [0.0] * 10

    @pytest.mark.parametrize("size", [2, 3, 32])
    @pytest.mark.parametrize("x", [4.0, -1e6])
    def test_an_output_is_that_of_the_whole_batch_through_the_engine(self, x, size):
        p = TrainEvalParams(x=x, gamma=-1.7, beta=0.4, seed=5)
        values = np.random.default_rng((5, COMPANIONS, size)).standard_normal((size - 1, 50))
        batches = np.vstack([np.full(50, x), 3.0 + 2.5 * values])
        y = batch_norm(batches, -1.7, 0.4, eps=1e-5).y[0]

        np.testing.assert_allclose(drawn_outputs(p, size, 50, COMPANIONS), y, rtol=1e-9)

    def test_other_sizes_have_companions_of_their_own(self):
        one, other = (standard_companions(4, 100, 0, which) for which in (COMPANIONS, BY_SIZE))

        assert not np.intersect1d(one.mean, other.mean).size


class TestSweep:
    @pytest.mark.parametrize("x", [5e-324, -1e9, 4.001, 15.0])
    def test_is_finite_wherever_x_is_set(self, x):
        sweep = result(x=x, steps=3, repeats=10).tables["sweep"]

        assert np.isfinite(sweep.drop(columns=["control", "low", "high"]).query("size > 1").to_numpy()).all()
        assert x in run(TrainEvalParams(x=x, steps=3, repeats=10)).sweep.x


class TestTheExactDistribution:
    def test_every_digit_shown_of_the_spread_among_two_companions(self):
        shown = statements(inference_size=3, x=3)

        # It cannot exceed its limit at ε = 0, 0.855600.
        assert shown["train_y_std"].startswith("The exact spread is 0.855572; ")


class TestAlone:
    @together("x", [-1e9, -3.0, 0.1, 4.0, 1e9])
    @together("convention", ["keras", "flax", "onnx"])
    def test_y_is_beta_exactly_whatever_x_is(self, convention, x):
        found = readouts(convention=convention, x=x, inference_size=1, gamma=-3.7, beta=0.3, steps=3, repeats=10)

        assert (found["alone_y"], found["train_y_mean"]) == (0.3, pytest.approx(0.3, abs=4 * U))
        assert found["train_y_std"] <= 4 * U

    @pytest.mark.parametrize("convention", ["pytorch", "cumulative"])
    def test_pytorch_refuses(self, convention):
        found = result(convention=convention, steps=3, repeats=10).readout_list
        alone = next(readout for readout in found if readout.key == "alone_y")

        assert alone.value == "refused"
        assert alone.statement.endswith("ValueError: Expected more than 1 value per channel when training")

    def test_paddle_hands_x_through(self):
        assert readouts(convention="paddle", x=7.25, steps=3, repeats=10)["alone_y"] == 7.25

    @together(("gamma", "x", "beta"), [(-3.7, 4.0, 0.3), (-3.7, -7.25, -0.3), (0.0, 4.0, -0.3)])
    @together("convention", [rule.name.lower() for rule in Convention])
    def test_every_number_obeys_the_convention(self, convention, gamma, x, beta):
        params = {"x": x, "gamma": gamma, "beta": beta, "inference_size": 1, "steps": 3, "repeats": 10}
        found = result(convention=convention, **params)
        y = {"paddle": x, "pytorch": math.nan, "cumulative": math.nan}.get(convention, beta)
        keys = ("alone_y", "train_y_mean", "train_y_std", "sign_flips", "right_in_training", "right_class_sorted")
        values = [found.readouts[key] for key in keys]
        modes, tables = found.tables["modes"].set_index("mode"), found.tables
        sizes = {name: part["batch_size"].min() for name, part in tables["decisions"].groupby("series")}

        if math.isnan(y):
            assert values == ["refused"] * 6
            assert {each.statement for each in found.readout_list if each.key in keys} == {
                f"{found.params.rule.framework} refuses: ValueError: Expected more than 1 value per channel when "
                "training"
            }
            assert modes.loc[["alone", "training mode"]].isna().all(axis=None)
            assert tables["outputs"].empty
            assert list(tables["checks"]["quantity"])[-1] == "precise_var"
            assert sizes == {
                "eval mode": 1, "random companions": 2, "class-sorted companions": 2, "random companions, exact law": 2
            }  # fmt: skip
            assert "refuses one example alone" in found.figures[0].description
        else:
            kept = float((y > 0) == (found.readouts["eval_y"] > 0))
            assert values == [y, y, 0.0, 1 - kept, kept, kept]
            assert modes.loc[["alone", "training mode"], "y"].tolist() == [y, y]
            assert modes.loc["alone", ["mean", "var"]].isna().all() == (convention == "paddle")
            assert tables["checks"].set_index("quantity").loc[
                "train_y_mean", ["closed_form", "simulated"]
            ].tolist() == [y, y]
            assert tables["outputs"][["share", "law"]].sum().tolist() == [1.0, 1.0]
            assert tables["outputs"].query("share > 0 and left <= @y <= right")["law"].tolist() == [1.0]
            assert set(sizes.values()) == {1}
            alone = tables["decisions"].query("batch_size == 1 and series != 'eval mode'")["share"]
            assert alone.tolist() == [kept] * 3

    @pytest.mark.parametrize(("convention", "read"), [("keras", 0), ("paddle", 1), ("pytorch", None)])
    def test_digits_read_alone_obey_it_too(self, convention, read):
        found = result(convention=convention, decision="digits", inference_size=1, steps=3, repeats=10)
        expected = "refused" if read is None else (one_by_one()[0], one_by_one_unchanged())[read]
        alone = found.tables["decisions"].query("batch_size == 1 and series != 'eval mode'")["share"]

        assert [found.readouts[key] for key in ("right_in_training", "right_class_sorted")] == [expected] * 2
        assert alone.tolist() == ([] if read is None else [expected] * 2)

    def test_handed_through_the_network_is_the_one_without_norm(self):
        z, labels = first_layer()
        n = bn_network()
        hidden = np.maximum(np.maximum(np.maximum(z, 0) @ n.weight_2.T, 0) @ n.weight_3.T, 0)
        read = (hidden @ n.weight_out.T + n.bias_out).argmax(axis=1)

        assert one_by_one_unchanged() == np.mean(read == labels)

    def test_every_framework_has_a_row(self):
        table = result(x=7.0, beta=2.0, steps=3, repeats=10).tables["frameworks"].set_index("framework")

        assert table["y_alone"].fillna(-1).to_dict() == {
            "PyTorch": -1, "Keras": 2, "Flax": 2, "ONNX": 2, "Paddle": 7, "PyTorch, cumulative average": -1,
        }  # fmt: skip
        assert table["default"].tolist() == [
            "momentum=0.1", "momentum=0.99", "momentum=0.99", "momentum=0.9", "momentum=0.9", "momentum=None",
        ]  # fmt: skip

    def test_training_on_one_value_lets_the_variance_of_keras_fall(self):
        found = readouts(convention="keras", batch_size=1, steps=200, repeats=10)

        assert found["running_var"] == pytest.approx(0.99**200, rel=1e-12)

    def test_training_on_one_value_leaves_paddle_where_it_started(self):
        found = readouts(convention="paddle", batch_size=1, steps=50, repeats=10)

        assert (found["running_mean"], found["running_var"], found["initial_weight"]) == (0.0, 1.0, 1.0)
        assert found["half_life"] == math.inf


class TestModes:
    def test_eval_mode_is_the_affine_map_of_the_running_statistics(self):
        found = readouts(x=5, gamma=-2, beta=0.5)
        root = math.sqrt(found["running_var"] + 1e-5)

        assert found["eval_y"] == pytest.approx(-2 * (5 - found["running_mean"]) / root + 0.5, rel=1e-12)

    def test_frozen_statistics_are_those_of_their_step(self):
        found = result(frozen_after=7)
        row = found.tables["steps"].iloc[7]
        expected = (4 - row["running_mean"]) / math.sqrt(row["running_var"] + 1e-5)

        assert found.readouts["stale_y"] == pytest.approx(expected, rel=1e-12)

    def test_where_statistics_were_frozen_is_marked(self):
        assert result(frozen_after=7).figures[1].data["frozen"]["step"].tolist() == [7.0]
        assert result(frozen_after=100).figures[1].data["frozen"]["step"].isna().all()

    @pytest.mark.parametrize(("height", "factor"), [(240, 1.0), (320, 1.0), (480, 1.5)])
    def test_the_rows_of_the_main_picture_stand_above_its_axis_however_high_it_is(self, height, factor):
        vl_convert = pytest.importorskip("vl_convert")
        spec = enlarged(result().figures[0].to_dict(), factor) | {"width": 360, "height": height}
        svg = str(vl_convert.vegalite_to_svg(spec | {"autosize": {"type": "fit", "contains": "padding"}}))
        total = float(re.search(r'<svg[^>]* height="(\d+)"', svg)[1])
        names = ["training mode", "eval mode", "true statistics", "frozen early", "precise statistics", "x alone"]
        plot = float(re.search(r'class="background"[^>]* d="M[\d.]+,[\d.]+h[\d.]+v([\d.]+)h', svg)[1])
        across = re.findall(r"<text[^>]*translate\([\d.-]+,([\d.-]+)\)[^>]*>([^<]*)<", svg)
        rows = [float(place) for place, text in across if text in names]

        assert total == height
        assert [text for _, text in across if text in names] == names
        # A line of type is 1.3 times as high as its letters.
        assert np.diff(rows).min() >= 1.3 * 12 * factor
        assert max(rows) + 6 <= plot < height - 40

    @pytest.mark.parametrize("eps", [1e-5, 1.0])
    def test_the_first_order_width_is_the_limit_of_the_law(self, eps):
        found = run(TrainEvalParams(inference_size=1024, x=8.0, std=1.0, eps=eps, gamma=-2.0, companion_sets=1000))
        other = run(TrainEvalParams(inference_size=64, eps=eps, gamma=-2.0))

        # The next order is a few times (1 + z²) / M = 26 / 1024.
        assert found.companions.first_order == pytest.approx(found.companions.exact.std, rel=0.1)
        kept = 6.25 / (6.25 + eps)
        width = 2.0 * math.sqrt(kept * (1 + kept**2 * 0.4**2 / 2) / 64)
        assert other.companions.first_order == pytest.approx(width)

    def test_eval_mode_left_on_from_the_start_is_the_identity_but_for_eps(self):
        assert readouts(frozen_after=0)["stale_y"] == pytest.approx(4 / math.sqrt(1 + 1e-5), rel=1e-12)

    def test_frozen_after_the_end_is_eval_mode(self):
        found = readouts(frozen_after=5000)

        assert found["stale_y"] == found["eval_y"]

    def test_the_truth_is_the_population_after_the_drift(self):
        found = readouts(drift=0.1, steps=11, x=4, repeats=10)

        assert found["population_y"] == pytest.approx(0.0, abs=1e-12)

    def test_precise_statistics_do_not_lag(self):
        found = readouts(drift=0.05, steps=300, x=18.0, momentum=0.01)

        # 100 fresh batches of 32: the mean is good to σ / √3200, the output to 1 / √3200, five of those.
        assert abs(found["precise_y"] - found["population_y"]) < 5 / math.sqrt(3200)
        assert found["running_mean_bias"] < -4

    def test_each_framework_brings_its_eps(self):
        assert " + 0.001) + 0" in statements(convention="keras")["eval_y"]
        assert " + 1e−5) + 0" in statements(convention="flax")["eval_y"]
        assert " + 0.5) + 0" in statements(convention="keras", eps=0.5)["eval_y"]

    def test_the_modes_stand_in_a_table(self):
        found = result()
        y = found.tables["modes"].set_index("mode")["y"]

        keys = {"eval mode": "eval_y", "population": "population_y", "frozen": "stale_y", "precise": "precise_y"}
        assert {mode: y[mode] for mode in keys} == {mode: found.readouts[key] for mode, key in keys.items()}

    def test_two_companions_leave_the_sign(self):
        y = run(TrainEvalParams(inference_size=2)).companions.y

        # x̂² = d² / (d² + 4 ε) with d = x − companion; ε = 1e-5 is felt where |d| < 0.03.
        assert np.mean(np.abs(np.abs(y) - 1) < 0.01) > 0.95
        assert np.abs(y).max() <= 1


class TestMemory:
    @pytest.mark.parametrize(("m", "half"), [(0.1, 6.58), (0.01, 68.97), (0.001, 692.80)])
    def test_half_life(self, m, half):
        assert readouts(momentum=m, steps=5, repeats=10)["half_life"] == pytest.approx(half, abs=0.005)

    def test_the_start_is_forgotten_as_a_power(self):
        assert readouts(convention="keras")["initial_weight"] == pytest.approx(0.99**100, rel=1e-12)

    def test_a_plain_average_forgets_it_at_once(self):
        found = readouts(convention="cumulative")

        assert (found["initial_weight"], found["half_life"]) == (0.0, 100.0)

    def test_a_framework_at_another_momentum_keeps_its_variance(self):
        slow, fast = (result(convention="keras", momentum=m).tables["steps"] for m in ("own", 0.1))

        np.testing.assert_array_equal(slow["batch_var"], fast["batch_var"])
        assert fast["expected_var"].iloc[-1] == pytest.approx(6.25 * 31 / 32, rel=1e-4)


class TestSigns:
    def test_on_the_mean_every_second_set_turns_it_over(self):
        table = result(x=3.0, steps=50).tables["decisions"]
        law = table.query("series == 'random companions, exact law' and batch_size > 1")

        assert law["share"].tolist() == pytest.approx([0.5] * 7, abs=1e-12)

    def test_simulation_and_law_agree_at_every_size(self):
        for seed in SEEDS:
            table = result(seed=seed, steps=50, repeats=10).tables["decisions"].set_index(["series", "batch_size"])
            simulated, law = (table.loc[name] for name in ("random companions", "random companions, exact law"))
            gap, error = (simulated["share"] - law["share"]).abs(), simulated["standard_error"]

            # Where the law has nothing to turn over, neither has the simulation.
            assert (gap <= MOST_APART * error + 1e-9).all()

    def test_two_standard_errors_reach_to_either_side(self):
        table = result(decision="digits").tables["decisions"].query("series == 'random companions' and batch_size == 8")
        row = table.iloc[0]

        assert row["high"] - row["share"] == pytest.approx(2 * row["standard_error"])
        assert row["share"] - row["low"] == pytest.approx(2 * row["standard_error"])

    def test_flips_are_counted(self):
        found = result(inference_size=4, x=3.4)
        y, on = found.outcome.companions.y, found.readouts["eval_y"] > 0

        assert found.readouts["sign_flips"] == np.mean((y > 0) != on)
        exactly = 0.5 * math.erfc(0.16 * math.sqrt(3 / 2))  # the three companions' mean is above z = 0.16
        assert said(inference_size=4, x=3.4)["sign_flips"][1]["expected"] == pytest.approx(exactly, rel=1e-9)

    def test_flips_are_what_is_not_right(self):
        found = readouts(inference_size=4)

        assert found["right_in_training"] + found["sign_flips"] == 1
        assert found["right_class_sorted"] == pytest.approx(0.5, abs=1e-9)


class TestDigits:
    @pytest.mark.parametrize(
        ("size", "low", "high"),
        [(2, 0.38, 0.54), (4, 0.66, 0.80), (8, 0.82, 0.92), (16, 0.91, 0.97), (32, 0.94, 0.99), (64, 0.95, 1.0)],
    )
    def test_random_companions_cost_most_where_they_are_few(self, table, size, low, high):
        assert low < table.loc[("random companions", size), "share"] < high

    @pytest.mark.parametrize(
        ("size", "low", "high"), [(2, 0.05, 0.15), (8, 0.08, 0.18), (32, 0.2, 0.35), (128, 0.6, 0.85)]
    )
    def test_class_sorted_batches_cost_more_at_every_size(self, table, size, low, high):
        assert low < table.loc[("class-sorted companions", size), "share"] < high

    def test_eval_mode_needs_no_companions(self, table):
        assert set(table.loc["eval mode"]["share"]) == {result(decision="digits").readouts["right_in_eval"]}
        assert 0.97 <= table.loc[("eval mode", 1), "share"] <= 0.99

    def test_more_companions_are_better(self, table):
        for series in ("random companions", "class-sorted companions"):
            assert table.loc[series]["share"].is_monotonic_increasing

    def test_the_spread_is_that_of_the_shufflings(self, table):
        found = np.array(reading(8, False, 0).first(MOST_SHUFFLINGS))

        assert table.loc[("random companions", 8), "spread"] == pytest.approx(found.std(ddof=1), rel=1e-12)
        standard_error = found.std(ddof=1) / math.sqrt(MOST_SHUFFLINGS)
        assert table.loc[("random companions", 8), "standard_error"] == pytest.approx(standard_error, rel=1e-12)

    def test_one_at_a_time_all_get_the_same_scores_but_for_rounding(self):
        z, _ = first_layer()
        found = scores(z[None], with_own_statistics)[0]

        # Every image is all β after the first layer; the edge of a matrix product in float32 may round otherwise, by
        # 6e-8 of scores of a few units.
        assert np.ptp(found, axis=0).max() < 1e-6
        assert len(set(found.argmax(axis=1))) == 1
        assert one_by_one()[1] < 1e-6
        assert 0.05 < one_by_one()[0] < 0.15

    def test_batches_of_one_class_are_shuffled_too(self):
        assert len(set(reading(8, True, 0).first(10))) > 1

    @pytest.mark.parametrize("size", [8, 64])
    def test_more_shufflings_begin_with_the_same_and_only_the_others_are_read(self, size, monkeypatch):
        read, orders = Reading(size, False, 3), []
        accuracies_of = digits.accuracies_of
        monkeypatch.setattr(
            digits, "accuracies_of", lambda each, size: (orders.extend(each), accuracies_of(each, size))[1]
        )

        few, many, again = read.first(2), read.first(5), read.first(3)

        assert (few, again, len(orders)) == (many[:2], many[:3], 5)
        assert (read.missing(5), read.missing(7)) == (0, 2)
        assert many == Reading(size, False, 3).first(5)

    def test_what_was_read_costs_nothing(self):
        p = TrainEvalParams(decision="digits", shufflings=20, seed=777, inference_size=8)
        before = cost(p)
        run(p)

        assert cost(p) == cost(p.replace(gamma=2.0, shufflings=2)) == cost(p.replace(decision="sign"))
        # At six other sizes five shufflings, at the chosen one all of them, and as many sorted by class.
        assert before - cost(p) == pytest.approx(SHUFFLING * (6 * MOST_SHUFFLINGS + 2 * 20))
        other = p.replace(inference_size=16)
        asked = cost(other) - cost(other.replace(decision="sign"))
        assert asked == pytest.approx(SHUFFLING * (20 - MOST_SHUFFLINGS + 20))

    def test_batches_share_their_statistics_and_no_other(self):
        z, _ = first_layer()
        together = with_own_statistics(z[cut(np.arange(450), 9)], 0)
        alone = with_own_statistics(z[:9][:, None], 0)

        # Blocks of other sizes are summed in another order: a few roundings of float32 near 4.
        np.testing.assert_allclose(together[:, :1], alone, rtol=0, atol=2e-6)

    @pytest.mark.parametrize("size", [2, 4, 7, 128, 449, 450])
    def test_every_image_is_in_a_batch_of_that_size(self, size):
        images = cut(np.random.default_rng(0).permutation(450), size)

        assert images.shape == (size, -(-450 // size))
        assert set(images.ravel().tolist()) == set(range(450))

    def test_the_table_in_json_from_the_command_line(self):
        found = from_the_command_line(decision="digits", inference_size=32)
        rows = {(row["series"], row["batch_size"]): row["share"] for row in found["tables"]["decisions"]}

        assert found["readouts"]["right_in_training"] == rows["random companions", 32]
        assert found["readouts"]["right_class_sorted"] == rows["class-sorted companions", 32]
        assert rows["class-sorted companions", 32] < 0.5 < rows["random companions", 32] < rows["eval mode", 32]

    def test_the_network_is_not_asked_for_a_sign(self):
        found = bnsim.run("train-eval", seed=12345)

        assert len(found.tables["decisions"]) > 0
        assert reading.missing(8, False, 12345, 5) == 5

    def test_asking_for_the_cost_makes_nobody_forget_what_was_read(self):
        p = TrainEvalParams(decision="digits", shufflings=2, seed=778)
        run(p)
        known = cost(p)
        others = [cost(p.replace(seed=seed)) for seed in range(1000, 1300)]

        assert cost(p) == known < min(others)


class TestRules:
    def test_pytorch_does_not_train_on_one_value(self):
        assert refusal(batch_size=1) == (
            "batch_size must be at least 2 when convention is pytorch: PyTorch refuses to train on one value per "
            "channel; got 1. Choose keras, flax, onnx or paddle to see what they do."
        )

    def test_the_longest_training_with_the_most_repeats_is_done_in_a_moment(self):
        start = time.process_time()
        found = result(steps=10_000, batch_size=1024, repeats=2000, momentum=0.001)

        assert found.tables["checks"]["apart"].abs().max() < MOST_APART
        assert time.process_time() - start < 10

    def test_companions_have_a_budget(self):
        assert refusal(inference_size=1024, companion_sets=20000) == (
            "inference_size × companion_sets must be at most 4000000 values; got 20480000. Take a smaller batch or "
            "fewer sets."
        )

    def test_digits_are_as_many_as_there_are(self):
        assert refusal(decision="digits", inference_size=451) == (
            "inference_size must be at most 450, the test images, when decision is digits; got 451."
        )

    @pytest.mark.parametrize("value", [0, 0.0, -0.0, 1e-15])
    def test_the_frameworks_own_is_a_word_and_no_number(self, value):
        got = "0" if value == 0 else "1e-15"

        assert refusal(momentum=value) == f"momentum must be own, or a number from 1e-06 to 1; got {got}."
        assert refusal(eps=value) == f"eps must be own, or a number from 1e-12 to 1; got {got}."

    @pytest.mark.parametrize("convention", ["pytorch", "keras", "flax", "onnx", "paddle"])
    def test_own_is_what_the_framework_has(self, convention):
        own, rule = TrainEvalParams(convention=convention), Convention[convention.upper()]
        set_to = TrainEvalParams(convention=convention, momentum=rule.momentum, eps=rule.eps)

        assert (own.new_weight, own.used_eps) == (rule.momentum, rule.eps)
        assert run(own).companions.y.tolist() == run(set_to).companions.y.tolist()

    @pytest.mark.parametrize(
        "params", [{"momentum": "mine"}, {"momentum": ""}, {"momentum": True}, {"momentum": [0.1]}]
    )
    def test_no_other_word_will_do(self, params):
        assert refusal(**params).startswith("momentum must be own, or a number from 1e-06 to 1; got ")

    def test_a_link_of_earlier_versions_still_works_and_says_how_it_is_read(self):
        params, reports = decode(TrainEvalParams, {"convention": "keras", "momentum": "0.0", "eps": "0"})

        assert params == TrainEvalParams(convention="keras")
        assert reports == (
            "momentum=0 is read as own, the framework's own: that is what it meant in earlier versions.",
            "eps=0 is read as own, the framework's own: that is what it meant in earlier versions.",
        )

    def test_a_file_of_earlier_versions_still_works_and_says_how_it_is_read(self):
        told = []
        text = (
            'schema = 1\nexperiment = "train-eval"\n[params]\neps = 0.0\n'
            '[[scenario]]\nname = "a"\nparams = { momentum = 0 }\n[[scenario]]\nname = "b"\n'
            "params = { momentum = 0.5 }\n"
        )

        found = toml.read(text, params_of, say=told.append)

        assert [each.params for each in found.scenarios] == [TrainEvalParams(), TrainEvalParams(momentum=0.5)]
        assert told == [
            "eps=0 is read as own, the framework's own: that is what it meant in earlier versions.",
            "momentum=0 is read as own, the framework's own: that is what it meant in earlier versions.",
        ]
        with pytest.warns(UserWarning, match="eps=0 is read as own"), pytest.warns(UserWarning, match="momentum=0 is"):
            toml.read(text, params_of)

    def test_own_survives_link_and_file(self):
        params = TrainEvalParams(momentum="own", eps=1e-4)

        assert encode(params)["momentum"] == "own"
        assert decode(TrainEvalParams, encode(params)) == (params, ())
        written = toml.write(ScenarioSet("train-eval", "", (Scenario("train-eval", "a", params),)))
        assert 'momentum = "own"' in written
        assert toml.read(written, params_of).scenarios[0].params == params

    @pytest.mark.parametrize(
        ("m", "batches", "theirs"), [(0.99, "0.15", "0.01"), (0.9, "0.3", "0.1"), (0.5, "1", "0.5")]
    )
    def test_a_momentum_of_the_other_convention_gets_a_note(self, m, batches, theirs):
        note = (
            f"Momentum here is the weight of the new batch. With m = {m} half of the past is forgotten in {batches} "
            f"batches. Keras, Flax, ONNX and Paddle quote the weight of the old value: their {m} is m = {theirs} here."
        )

        assert note in result(convention="keras", momentum=m, repeats=10).notes
        shown = CliRunner().invoke(cli.main, ["run", "train-eval", "--set", f"momentum={m}", "--set", "repeats=10"])
        assert note in " ".join(shown.stdout.split())

    def test_what_is_not_averaged_in_is_not_misread(self):
        assert set(noted(convention="paddle", batch_size=1, momentum=0.9, repeats=10)) == {
            "start", "trained-alone-paddle"
        }  # fmt: skip

    @pytest.mark.parametrize("m", ["own", 0.001, 0.1, 0.49, 1.0])
    def test_others_get_none(self, m):
        assert "misread" not in noted(momentum=m, repeats=10)

    def test_the_sliders_keep_within_the_budget(self):
        ends = {
            name: spec.control.slider[1]
            for name, spec in TrainEvalParams.controls().items()
            if spec.control.slider and spec.kind == "integer"
        }

        assert TrainEvalParams(**{name: int(end) for name, end in ends.items()}).drawn <= 25_000_000

    @pytest.mark.parametrize(
        "params",
        [
            {"steps": 10_000, "batch_size": 24},
            {"steps": 240, "batch_size": 1024},
            {"repeats": 2000, "steps": 390},
            {"companion_sets": 20_000, "inference_size": 200},
            {"decision": "digits", "shufflings": 20, "inference_size": 450},
        ],
    )
    def test_the_largest_settings_end(self, params):
        start = time.process_time()
        figures = result(**params).figures

        # About a second on one core of the development machine; ten times that is a fault.
        assert time.process_time() - start < 10
        assert all(len(frame) <= 20_000 for figure in figures for frame in figure.data.values())


class TestNotes:
    def test_there_is_nothing_to_say_of_the_default(self):
        assert result().notes == ()

    def test_a_start_that_still_counts_is_said(self):
        assert result(convention="keras").notes == (
            "After batch 100 the start, mean 0 and variance 1, still has 36.6 % of the weight: do not trust eval mode "
            "yet.",
        )

    def test_one_percent_of_the_start_is_the_limit(self):
        # 0.9^43 = 0.0108, 0.9^44 = 0.0097.
        assert noted(steps=44) == {}
        assert noted(steps=43) == {"start": {"t": 43, "percent": pytest.approx(100 * 0.9**43)}}

    def test_a_lag_is_said(self):
        assert result(drift=0.05).notes == (
            "The population moves by 0.05 with every batch. After batch 100 the age of its batches puts the running "
            "mean behind by v ((1 − m) / m · (1 − (1 − m)^t) − t (1 − m)^t) = 0.449855. In the long run that is "
            "v (1 − m) / m = 0.45.",
        )

    def test_a_lag_is_that_of_the_batches_seen(self):
        # Five batches of a long memory: v m Σ j (1 − m)^j over j < 5 is hardly anything; the rest is the start.
        exactly = 0.1 * 0.001 * sum(j * 0.999**j for j in range(5))
        found = noted(momentum=0.001, steps=5, drift=0.1)

        assert f"{exactly:.6g}" == "0.000997003"
        assert found["lag"] == {
            "v": 0.1, "t": 5, "lag": pytest.approx(exactly, rel=1e-12), "long_run": pytest.approx(99.9, rel=1e-12)
        }  # fmt: skip
        # The note on the start is there as well: 0.999^5 is more than one percent.
        assert set(found) == {"start", "lag"}

    def test_a_plain_average_lags_by_half_of_the_way(self):
        assert result(convention="cumulative", drift=0.05).notes == (
            "The population moves by 0.05 with every batch. After batch 100 the age of its batches puts the running "
            "mean behind by v (t − 1) / 2 = 2.475. This grows with every batch, because all batches weigh the same.",
        )

    def test_what_does_not_move_does_not_lag(self):
        found = noted(convention="paddle", batch_size=1, drift=0.05, repeats=10)

        assert list(found) == ["start", "trained-alone-paddle"]

    def test_training_on_one_value_is_said(self):
        found = noted(convention="keras", batch_size=1, repeats=10)

        assert found["trained-alone"] == {"least": pytest.approx(math.sqrt(1e-3))}

    def test_one_alone_is_said_to_collapse(self):
        assert result(inference_size=1, beta=0.5, convention="onnx").notes == (
            "One example alone in training mode is its own batch mean. So x̂ = 0 and y = β = 0.5, whatever x is: the "
            "output collapses, it does not diverge. PyTorch refuses one example alone; Paddle hands x through.",
        )

    @pytest.mark.parametrize(
        ("convention", "expected"),
        [
            ("keras", {"alone-beta": {"beta": 0.5}}),
            ("paddle", {"alone-x": {"x": 4.0, "beta": 0.5}}),
            ("pytorch", {"alone-refused": {"beta": 0.5}}),
        ],
    )
    def test_one_alone_has_the_note_of_its_framework(self, convention, expected):
        assert noted(inference_size=1, beta=0.5, convention=convention, momentum=0.1) == expected

    def test_of_two_only_the_order_is_left(self):
        assert result(inference_size=2, eps=0.01).notes == (
            "In a batch of two x̂ is 1 or −1 if the two differ by much more than 2 √ε = 0.2. All that is left is which "
            "of them is larger.",
        )

    def test_digits_one_by_one_are_said_for_every_framework(self):
        accuracy, difference = one_by_one()
        first, second = result(decision="digits").notes

        assert first == (
            "One image at a time in training mode: in Keras, Flax and ONNX all 450 images get the same ten scores, up "
            f"to rounding (largest difference {number(difference, 2)}). So all are read as the same digit, and the "
            f"accuracy is {accuracy:.3g}. Paddle does not normalize one image alone: it reads a share of "
            f"{one_by_one_unchanged():.3g} right. PyTorch refuses."
        )
        assert second == (
            "This is one network and 450 test images. The upright lines show the luck of the companions only."
        )

    def test_what_takes_long_is_said(self):
        # Of each of 50 repeats the last 88 batches are drawn, mean and variance.
        assert result(steps=10_000, batch_size=356, repeats=50).notes == (
            "Training draws 3.57 million numbers. That takes a moment.",
        )


class TestStatements:
    def test_carry_the_numbers_and_the_simulations_own_error(self):
        whole, numbers = statements(), {key: numbers for key, (_, numbers) in said().items()}
        others, error = repeats_ended("mean"), 2.5 / math.sqrt(32) * math.sqrt(0.1 / 1.9 / 100)

        assert whole["running_mean"] == (
            "Theory expects 2.99992, and a standard deviation of 0.101388 from training to training; 100 repeated "
            f"trainings gave {others.mean():.3f} on average, standard error 0.01"
        )
        assert numbers["running_mean"]["standard_error"] == pytest.approx(error, rel=1e-4)
        assert whole["train_y_std"].startswith(
            "The exact spread is 0.191889; to first order it is |γ| √(κ (1 + κ² z² / 2) / M) = 0.183712 with z = 0.4, "
            "κ = σ² / (σ² + ε) = 0.999998; 2000 sets of companions gave "
        )
        assert numbers["running_mean_bias"]["expected"] == pytest.approx(-3 * 0.9**100, rel=1e-6)
        assert whole["half_life"] == (
            "A batch counts half as much after ln ½ / ln(1 − m) batches, with m = 0.1, the default of PyTorch"
        )
        assert whole["initial_weight"] == ("The start, mean 0 and variance 1, still has the weight (1 − m)^t = 0.9^100")
        error = output_moments(law_of(TrainEvalParams(), 32)).std / math.sqrt(2000)
        assert numbers["train_y_mean"]["standard_error"] == pytest.approx(error, rel=1e-12)
        assert whole["train_y_mean"].endswith(
            f"2000 sets of companions gave {round(readouts()['train_y_mean'], 4):g}, standard error {error:.2g}"
        )

    def test_a_lag_stands_beside_the_bias(self):
        assert statements(drift=0.05, steps=300)["running_mean_bias"].endswith(
            "; theory expects −0.45, of which the drift makes −v ((1 − m) / m · (1 − (1 − m)^t) − t (1 − m)^t) = −0.45"
        )
        case, numbers = said(drift=0.1, steps=5, momentum=0.001)["running_mean_bias"]
        assert case == "moves"
        assert f"{numbers['expected']:.6g} {numbers['lag']:.6g}" == "-3.38403 -0.000997003"

    def test_a_plain_average_has_a_lag_of_its_own(self):
        case, numbers = said(drift=0.05, convention="cumulative")["running_mean_bias"]

        assert (case, numbers["lag"]) == ("average", pytest.approx(-0.05 * 99 / 2))

    @pytest.mark.parametrize(
        ("params", "half", "start"),
        [
            ({"momentum": 0.2}, "set", "power"),
            ({"convention": "keras"}, "own", "power"),
            ({"momentum": 1.0}, "last", "power"),
            ({"convention": "cumulative"}, "average", "average"),
            ({"convention": "paddle", "batch_size": 1}, "unmoved", "unmoved"),
        ],
    )
    def test_memory_has_its_cases(self, params, half, start):
        found = said(**params, steps=5, repeats=10)

        assert (found["half_life"][0], found["initial_weight"][0]) == (half, start)

    def test_a_momentum_of_almost_one_is_printed_with_the_digits_that_it_needs(self):
        case, numbers = said(momentum=1 - 2**-40, steps=5, repeats=10)["half_life"]

        assert (case, numbers["m"]) == ("set", "0.9999999999990905")

    @pytest.mark.parametrize(("k", "case"), [(0, "start"), (1, "frozen"), (4, "frozen"), (5, "never"), (9, "never")])
    def test_frozen_statistics_say_when(self, k, case):
        assert said(frozen_after=k, steps=5, repeats=10)["stale_y"][0] == case

    @pytest.mark.parametrize(("convention", "case"), [("keras", "alone-beta"), ("paddle", "alone-x")])
    def test_alone_there_are_no_companions_to_spread_over(self, convention, case):
        found = said(inference_size=1, convention=convention)

        assert found["train_y_mean"][0] == case
        assert found["right_in_training"][0] == found["right_class_sorted"][0] == "sign-alone"
        assert statements(inference_size=1, convention=convention)["train_y_std"] == (
            "x is alone: there are no companions over which y could spread"
        )

    def test_digits_say_how_they_were_read(self):
        found = said(decision="digits", inference_size=8)
        alone = said(decision="digits", inference_size=1, convention="keras")

        for key in ("right_in_training", "right_class_sorted"):
            assert (found[key][0], alone[key][0]) == ("digits", "digits-alone")
            assert found[key][1]["shufflings"] == 5


def answered(**params):
    """Return which sentences answer the question."""
    return [each.key for each in of_outcome.answers(run(TrainEvalParams(**params)))]


class TestAnswer:
    def test_of_the_default_is_whole(self):
        assert result().answer == (
            "In training mode the others in its batch decide: in random batches of 32, x = 4 comes out between 0.05 "
            f"and 0.8, 19 times in 20. In eval mode averages kept from training replace the batch, so it always comes "
            f"out at {short(readouts()['eval_y'])}."
        )

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize(
        "params", [{}, {"inference_size": 2, "x": 3.3}, {"gamma": -2.5, "x": 12.0, "inference_size": 5}], ids=str
    )
    def test_nineteen_of_twenty_sets_are_between_what_is_said(self, params, seed):
        o = run(TrainEvalParams(seed=seed, companion_sets=4000, **params))
        among = o.companions
        inside = np.mean((among.low <= among.y) & (among.y <= among.high))
        said = next(iter(of_outcome.answers(o))).numbers

        assert inside == pytest.approx(0.95, abs=MOST_APART * math.sqrt(0.95 * 0.05 / 4000))
        for end in ("low", "high"):
            written = float(str(said[end]).replace("\N{MINUS SIGN}", "-"))
            # Two digits of how far apart the ends are: half a unit of the second.
            assert written == pytest.approx(getattr(among, end), abs=0.05 * (among.high - among.low))

    @pytest.mark.parametrize(("gamma", "key"), [(0.0, "regardless"), (1e-13, "regardless"), (1e-6, "among")])
    def test_what_changes_no_digit_does_not_decide(self, gamma, key):
        found = run(TrainEvalParams(gamma=gamma, beta=5.0, steps=5, repeats=10))

        assert answered(gamma=gamma, beta=5.0, steps=100, repeats=10) == [key, "eval"]
        # Thirteen digits are written.
        assert (np.ptp(found.companions.y) < 1e-12) == (key == "regardless")

    def test_one_percent_of_the_start_is_the_limit(self):
        # 0.9^43 = 0.0108, 0.9^44 = 0.0097.
        assert answered(steps=43, repeats=10) == ["among", "eval-start"]
        assert answered(steps=44, repeats=10) == ["among", "eval"]

    @pytest.mark.parametrize(("drift", "steps", "key"), [(0.0, 100, "eval"), (1e-6, 100, "eval-behind")])
    def test_a_population_that_moves_is_behind(self, drift, steps, key):
        assert answered(drift=drift, steps=steps, repeats=10) == ["among", key]

    def test_a_plain_average_of_one_batch_is_not_behind(self):
        assert answered(convention="cumulative", drift=0.05, steps=1, repeats=10) == ["among", "eval"]
        assert answered(convention="cumulative", drift=0.05, steps=2, repeats=10) == ["among", "eval-behind"]

    @pytest.mark.parametrize("steps", [3, 2000])
    def test_batches_of_one_have_no_spread_however_many(self, steps):
        assert answered(convention="onnx", batch_size=1, steps=steps, repeats=10)[1] == "eval-no-spread"
        assert readouts(convention="onnx", batch_size=1, steps=steps, repeats=10)["running_var"] == pytest.approx(
            0.9**steps, rel=1e-9
        )

    def test_a_momentum_of_the_other_convention_is_in_sight(self):
        misread = result(momentum=0.99, repeats=10)

        assert misread.warnings == misread.notes[:1]
        assert result(convention="keras", repeats=10).warnings == ()

    @pytest.mark.parametrize("params", [{}, {"decision": "digits"}], ids=str)
    def test_six_controls_are_in_sight_at_most_and_those_that_answer(self, params):
        shown = [
            name
            for name, spec in TrainEvalParams.controls().items()
            if not spec.control.group
            and (spec.control.when is None or params.get(spec.control.when[0]) in spec.control.when[1])
        ]

        assert shown == ["convention", "decision", "x", "inference_size"]


class TestActions:
    def test_what_one_click_sets(self):
        found = result(drift=0.1, steps=11, repeats=10)

        assert found.experiment.offers(found.outcome) == {
            "Put x on the population mean": {"x": 4.0},
            "Leave x alone": {"inference_size": 1},
            "Ask a real network": {"decision": "digits"},
        }


class TestSets:
    def test_one_alone_is_beta_or_refused_or_x(self):
        frame = bnsim.compare(bnsim.load("single-sample-inference"))

        assert frame["alone_y"].fillna(-1).to_dict() == {
            "keras": 0, "keras-other-x": 0, "keras-beta-2": 2, "flax": 0, "onnx": 0, "paddle": 4, "pytorch": -1,
            "two": 0, "thirty-two": 0,
        }  # fmt: skip
        alone = frame.index.difference(["two", "thirty-two"])
        assert frame.loc[alone, "train_y_mean"].fillna(-1).tolist() == frame.loc[alone, "alone_y"].fillna(-1).tolist()
        assert frame.loc["keras", "eval_y"] == pytest.approx(0.4, abs=0.1)

    def test_leaving_training_mode_on_costs_what_is_told(self):
        frame = bnsim.compare(bnsim.load("train-mode-inference"))

        assert frame.loc["batch-2", "train_y_std"] == pytest.approx(1, abs=0.1)
        assert frame.loc["batch-128", "train_y_std"] < 0.1
        assert frame.loc["batch-2", "right_in_training"] < 0.5
        assert frame.loc["batch-32", "right_in_training"] > frame.loc["batch-32", "right_in_eval"] - 0.03
        assert frame.loc["batch-32", "right_class_sorted"] < 0.5
        assert (frame["right_in_eval"] >= 0.97).all()

    def test_the_conventions_differ_as_told(self):
        frame = bnsim.compare(bnsim.load("momentum-conventions"))

        assert f"{100 * frame.loc['keras', 'initial_weight']:.1f} %" == "36.6 %"
        assert f"{100 * frame.loc['pytorch', 'initial_weight']:.4f} %" == "0.0027 %"
        assert frame.loc["cumulative", "initial_weight"] == 0
        assert f"{6.25 * 7 / 8:.2f}" == "5.47"
        assert frame.loc["onnx", "running_var"] == pytest.approx(frame.loc["pytorch", "running_var"] * 7 / 8, rel=1e-4)
        assert frame.loc["onnx", "running_var"] == frame.loc["paddle", "running_var"]
        assert frame.loc["keras", "running_mean"] == frame.loc["flax", "running_mean"]
        assert frame.loc["keras-fast", "running_var"] == frame.loc["onnx", "running_var"]
        assert frame.loc["pytorch-misread", "half_life"] < 1

    def test_stale_statistics_go_wrong_as_told(self):
        found = bnsim.load("stale-statistics")
        comparison = compare_scenarios(found)
        frame = comparison.frame()

        assert frame.loc["never", "stale_y"] == pytest.approx(4, rel=1e-5)
        assert f"{100 * 0.9**10:.0f} %" == "35 %"
        assert frame.loc["drift-frozen-50", "stale_y"] > 3
        last = {name: note for name, each in comparison.results.items() for note in each.notes}
        assert last["drift-follows"].endswith("v (1 − m) / m = 0.45.")
        assert last["drift-slow"].endswith(" = 2.947. In the long run that is v (1 − m) / m = 4.95.")
        assert (
            "after 200 batches it is 2.95, and the start, which still weighs 13 %, takes another 1.74" in found.look_for
        )
        assert f"{0.05 * 0.01 * sum(j * 0.99**j for j in range(200)):.2f}" == "2.95"
        assert f"{100 * 0.99**200:.0f} % {0.99**200 * (3 + 199 * 0.05):.2f}" == "13 % 1.74"
        moved = frame.loc["drift-follows"]
        assert moved["drift"] * (moved["steps"] - 1) == pytest.approx(9.95)
        # 3200 fresh values: the output is good to √((1 + z² / 2) / 3200); five of those.
        assert (frame["precise_y"] - frame["population_y"]).abs().max() < 5 * math.sqrt(1.08 / 3200)

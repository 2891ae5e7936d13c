"""Training against inference: closed forms against simulation, every convention, every sentence whole."""

import json
import math
import time

import numpy as np
import pytest
from click.testing import CliRunner

import bnsim
from bnsim import cli
from bnsim.compare import compare_scenarios
from bnsim.engine import Convention
from bnsim.errors import ParamsError
from bnsim.experiments.train_eval import (
    TrainEvalParams,
    accuracies,
    companion_law,
    cut,
    first_layer,
    one_by_one,
    run,
    scores,
    with_own_statistics,
)

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


class TestTheoryAgainstSimulation:
    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize("convention", [rule.name.lower() for rule in Convention])
    def test_in_every_convention(self, seed, convention):
        found = checks(seed=seed, convention=convention, repeats=400, batch_size=12, steps=60, drift=0.02)

        assert found["apart"].abs().max() < MOST_APART
        assert (found["standard_error"] > 0).all()

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize("size", [2, 3, 4, 8, 32, 128])
    @pytest.mark.parametrize("x", [3.0, 4.0, 9.0])
    def test_of_the_companions(self, seed, size, x):
        found = checks(seed=seed, inference_size=size, x=x, steps=1, repeats=10, companion_sets=4000)

        # On the mean a batch of two gives -1 or 1 as often: the simulated variance is 1 - mean², and what it lacks is
        # chi-squared with one degree of freedom, beyond (1 + 16 √2) once in a million.
        room = 16 if (x, size) == (3.0, 2) else MOST_APART
        assert abs(found.loc["train_y_mean", "apart"]) < MOST_APART
        assert abs(found.loc["train_y_std", "apart"]) < room
        assert abs(found.loc["sign_flips", "apart"]) < MOST_APART

    @pytest.mark.parametrize("seed", SEEDS)
    def test_in_json_from_the_command_line(self, seed):
        rows = from_the_command_line(seed=seed)["tables"]["checks"]

        assert [row["quantity"] for row in rows] == [
            "running_mean", "running_mean_std", "running_var", "running_var_std", "precise_mean", "precise_var",
            "train_y_mean", "train_y_std", "sign_flips",
        ]  # fmt: skip
        for row in rows:
            assert abs(row["simulated"] - row["closed_form"]) < MOST_APART * row["standard_error"], row

    def test_the_stream_shown_is_within_the_band(self):
        steps = result(steps=2000, repeats=10).tables["steps"].iloc[1:]
        outside = (steps["running_mean"] < steps["mean_low"]) | (steps["running_mean"] > steps["mean_high"])

        # 4.55 % of the time; neighbours go together, so that 2000 steps are worth 2000 / 19 = 105 independent ones:
        # a standard error of 2 %, and five of those.
        assert outside.mean() < 0.0455 + 5 * 0.02


class TestTheory:
    @pytest.mark.parametrize("m", [0.001, 0.01, 0.1, 0.5, 1.0])
    def test_of_a_constant_momentum_is_the_closed_form(self, m):
        theory = run(TrainEvalParams(momentum=m, steps=50, drift=0.1, repeats=10)).theory
        t = np.arange(51)
        left, lag = (1 - m) ** t, 0.1 * (1 - m) / m
        truth = 3 + 0.1 * (t - 1)

        # truth - lag, and what is left of the start: (1 - m)^t of its own distance, 0 - (truth before the start).
        expected = truth - lag + left * (0 - (3 - 0.1) + lag)
        np.testing.assert_allclose(theory.mean, expected, atol=1e-11)
        np.testing.assert_allclose(theory.var, left + (1 - left) * 6.25, rtol=1e-12)
        squares = m / (2 - m) * (1 - (1 - m) ** (2 * t))
        np.testing.assert_allclose(theory.mean_std, np.sqrt(6.25 / 32 * squares), atol=1e-12)
        np.testing.assert_allclose(theory.var_std, 6.25 * np.sqrt(2 / 31 * squares), atol=1e-12)

    def test_of_a_plain_average_is_the_standard_error(self):
        theory = run(TrainEvalParams(convention="cumulative", steps=50, drift=0.1, repeats=10)).theory
        t = np.arange(1, 51)

        np.testing.assert_allclose(theory.mean[1:], 3 + 0.1 * (t - 1) / 2, rtol=1e-12)
        np.testing.assert_allclose(theory.mean_std[1:], 2.5 / np.sqrt(32 * t), rtol=1e-12)
        np.testing.assert_allclose(theory.var[1:], 6.25, rtol=1e-12)

    @pytest.mark.parametrize("convention", ["keras", "flax", "onnx", "paddle"])
    def test_a_biased_variance_ends_at_its_share(self, convention):
        theory = run(TrainEvalParams(convention=convention, momentum=1.0, batch_size=8, steps=2, repeats=10)).theory

        assert theory.var[-1] == pytest.approx(6.25 * 7 / 8, rel=1e-12)

    def test_the_running_statistics_are_the_averages_they_are_said_to_be(self):
        steps = result(convention="keras", steps=30, repeats=10).tables["steps"]
        mean, var = 0.0, 1.0
        for row in steps.iloc[1:].itertuples():
            mean, var = 0.99 * mean + 0.01 * row.batch_mean, 0.99 * var + 0.01 * row.batch_var

        assert steps["running_mean"].iloc[-1] == pytest.approx(mean, rel=1e-12)
        assert steps["running_var"].iloc[-1] == pytest.approx(var, rel=1e-12)


class TestTheLaw:
    @pytest.mark.parametrize("z", [0.0, 0.4, 2.0, 6.0])
    @pytest.mark.parametrize("size", [2, 3, 4, 8, 32, 1024])
    def test_gives_the_share_of_negatives_exactly(self, size, z):
        law = companion_law(z, size, 1e-5)
        below = 0.5 * math.erfc(z * math.sqrt((size - 1) / 2))  # the companions' mean is above z

        assert law.share(law.points < 0) == pytest.approx(below, abs=1e-5)

    @pytest.mark.parametrize("size", [2, 3, 32, 1024])
    def test_keeps_the_bound_of_a_member(self, size):
        for z in (0.0, 1e3, 1e12, -1e12):
            assert np.abs(companion_law(z, size, 1e-12).points).max() <= math.sqrt(size - 1) * (1 + 8 * U)

    def test_of_two_is_plus_or_minus_one_but_for_eps(self):
        law = companion_law(0.0, 2, 1e-3)
        # x̂² = d² / (d² + a) with a = 4 ε and d, the distance to the one companion, standard normal:
        # E[a / (d² + a)] = √(π a / 2) e^(a / 2) erfc(√(a / 2)).
        a = 4e-3
        expected = 1 - math.sqrt(math.pi * a / 2) * math.exp(a / 2) * math.erfc(math.sqrt(a / 2))

        assert law.std**2 == pytest.approx(expected, abs=2e-5)

    @pytest.mark.parametrize("z", [0.0, 1.0, 3.0])
    def test_tends_to_the_first_order_width(self, z):
        law = companion_law(z, 1024, 1e-9)

        # The next order is a few times (1 + z²) / N, some hundredths at most.
        assert law.std == pytest.approx(math.sqrt((1 + z * z / 2) / 1024), rel=4 * (1 + z * z) / 1024)

    @pytest.mark.parametrize("z", [0.0, 0.4, 2.0])
    def test_of_two_has_the_spread_of_a_coin(self, z):
        # x̂ = ±1, so its variance is 1 − (2 Φ(z) − 1)² when ε is 0.
        exactly = math.sqrt(1 - math.erf(z / math.sqrt(2)) ** 2)

        assert companion_law(z, 2, 1e-12).std == pytest.approx(exactly, rel=1e-4)

    @pytest.mark.parametrize("size", [3, 4, 32, 1024])
    def test_averaged_over_all_inputs_x_hat_has_variance_one(self, size):
        # The members of a batch have a mean x̂² of 1 when ε is 0; the tracked one is like the others if z is drawn.
        z, weight = np.polynomial.hermite_e.hermegauss(60)
        laws = [companion_law(each, size, 1e-12) for each in z]
        second = sum(w * (law.std**2 + law.mean**2) for w, law in zip(weight / weight.sum(), laws, strict=True))

        assert second == pytest.approx(1, abs=1e-4)

    def test_of_one_alone_is_a_point(self):
        law = companion_law(5.0, 1, 1e-5)

        assert (law.mean, law.std, law.kurtosis) == (0.0, 0.0, 3.0)


class TestAlone:
    @pytest.mark.parametrize("x", [-1e9, -3.0, 0.1, 4.0, 1e9])
    @pytest.mark.parametrize("convention", ["keras", "flax", "onnx"])
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
        y = run(TrainEvalParams(inference_size=2)).y

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
        slow, fast = (result(convention="keras", momentum=m).tables["steps"] for m in (0.0, 0.1))

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
        found = np.array(accuracies(8, False, 10, 0))

        assert table.loc[("random companions", 8), "spread"] == pytest.approx(found.std(ddof=1), rel=1e-12)
        standard_error = found.std(ddof=1) / math.sqrt(10)
        assert table.loc[("random companions", 8), "standard_error"] == pytest.approx(standard_error, rel=1e-12)

    def test_one_at_a_time_all_get_the_same_scores_but_for_rounding(self):
        z, _ = first_layer()
        found = scores(z[None], with_own_statistics)[0]

        # Every image is all β after the first layer; the edge of a matrix product in float32 may round otherwise, by
        # 6e-8 of scores of a few units.
        assert np.ptp(found, axis=0).max() == one_by_one()[1] < 1e-6
        assert len(set(found.argmax(axis=1))) == 1
        assert 0.05 < one_by_one()[0] < 0.15

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
        before = accuracies.cache_info().misses
        result(seed=12345).readouts  # noqa: B018 - it is made when asked for

        assert accuracies.cache_info().misses == before


class TestRules:
    def test_pytorch_does_not_train_on_one_value(self):
        assert refusal(batch_size=1) == (
            "batch_size must be at least 2 when convention is pytorch: PyTorch refuses to train on one value per "
            "channel; got 1. Choose keras, flax, onnx or paddle to see what they do."
        )

    def test_training_has_a_budget(self):
        assert refusal(steps=10000, batch_size=1024) == (
            "steps × batch_size × (repeats + 1) must be at most 25000000 values; got 1034240000. Take fewer batches, "
            "smaller ones, or fewer repeats."
        )

    def test_companions_have_a_budget(self):
        assert refusal(inference_size=1024, companion_sets=20000) == (
            "inference_size × companion_sets must be at most 4000000 values; got 20480000. Take a smaller batch or "
            "fewer sets."
        )

    def test_digits_are_as_many_as_there_are(self):
        assert refusal(decision="digits", inference_size=451) == (
            "inference_size must be at most 450, the test images, when decision is digits; got 451."
        )

    def test_zero_is_the_frameworks_own_and_nearly_zero_is_nothing(self):
        assert refusal(momentum=1e-9) == "momentum must be 0 (the framework's own) or at least 1e-06; got 1e-09."
        assert refusal(eps=1e-15) == "eps must be 0 (the framework's own) or at least 1e-12; got 1e-15."

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
            "After 100 batches the start, mean 0 and variance 1, still has 36.6 % of the weight: eval mode is not to "
            "be trusted yet.",
        )

    def test_a_lag_is_said(self):
        assert result(drift=0.05).notes == (
            "The population moves by 0.05 a batch; in the long run the running mean is behind by v (1 − m) / m = 0.45.",
        )

    def test_one_alone_is_said_to_collapse(self):
        assert result(inference_size=1, beta=0.5).notes == (
            "One example alone in training mode: its batch mean is itself, so x̂ = 0 and y = β = 0.5, whatever x is. "
            "It collapses, it does not diverge; PyTorch refuses it, Paddle hands x through.",
        )

    def test_what_takes_long_is_said(self):
        assert result(steps=500, batch_size=256, repeats=50).notes == (
            "Training draws 6.53 million values; that takes a moment.",
        )


class TestStatements:
    def test_carry_the_numbers_and_the_simulations_own_error(self):
        found, said = readouts(), statements()

        assert said["running_mean"].startswith("theory: 2.99992, give or take 0.101388; mean of repeated trainings ")
        assert said["running_mean"].endswith(" ± 0.01 (standard error of 100 repeats)")
        assert said["train_y_std"].startswith(
            "exact law 0.191889; to first order |γ| √((1 + z² / 2) / M) = 0.183712 with z = 0.4; simulated "
        )
        assert said["half_life"] == "ln ½ / ln(1 − m) batches with m = 0.1, PyTorch's own"
        assert said["initial_weight"] == "(1 − m)^t = 0.9^100, what the start, mean 0 and variance 1, still counts"
        assert f"{found['train_y_mean']:.6g}" in said["train_y_mean"]

    def test_a_lag_stands_beside_the_bias(self):
        assert statements(drift=0.05, steps=300)["running_mean_bias"].endswith(", of which lag −v (1 − m) / m = −0.45")

    def test_alone_there_are_no_companions_to_spread_over(self):
        assert statements(inference_size=1)["train_y_std"].startswith("exact law 0; there are none; simulated 0 ± 0 ")


class TestActions:
    def test_what_one_click_sets(self):
        found = result(drift=0.1, steps=11, repeats=10)

        assert found.experiment.actions(found.outcome) == {
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
        said = {name: note for name, each in comparison.results.items() for note in each.notes}
        assert said["drift-follows"].endswith("v (1 − m) / m = 0.45.")
        assert said["drift-slow"].endswith("v (1 − m) / m = 4.95.")
        moved = frame.loc["drift-follows"]
        assert moved["drift"] * (moved["steps"] - 1) == pytest.approx(9.95)
        # 3200 fresh values: the output is good to √((1 + z² / 2) / 3200); five of those.
        assert (frame["precise_y"] - frame["population_y"]).abs().max() < 5 * math.sqrt(1.08 / 3200)

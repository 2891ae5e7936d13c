"""The scenario sets of `training` at full size, as the command line prints them, for three first seeds.

Takes about seven minutes on two processors. The bands are wide enough for the seed and no wider than the texts allow.
"""

import itertools
import json
import math
from functools import cache

import pytest
from click.testing import CliRunner

from bnsim import cli

SEEDS = (0, 1, 2)


class Found:
    """What was found for one scenario."""

    def __init__(self, printed):
        self.readouts, self.tables = printed["readouts"], printed["tables"]

    def __getitem__(self, key):
        return self.readouts[key]

    def steps(self, key):
        """Return a number of steps; JSON has no infinity, so what was not reached is null."""
        return math.inf if self[key] is None else self[key]

    def swept(self, network, column):
        """Return what was found at each value tried, by its number, or by its text if it is none."""
        rows = [row for row in self.tables["sweep"] if row["network"] == network]
        keys = [row["value"] if row["number"] is None else row["number"] for row in rows]
        return {key: math.inf if row[column] is None else row[column] for key, row in zip(keys, rows, strict=True)}


@cache
def results(name, seed):
    printed = CliRunner(catch_exceptions=False).invoke(
        cli.main, ["run", name, "--set", f"seed={seed}", "--format", "json"]
    )
    assert printed.exit_code == 0, printed.stderr
    return {each["name"]: Found(each) for each in json.loads(printed.stdout)["scenarios"]}


@pytest.fixture(params=SEEDS)
def found(request):
    """Return what was found for the set that the class is about."""
    return results(request.cls.SET, request.param)


class TestFasterTraining:
    SET = "faster-training"

    def test_more_than_ten_times_at_depth_3(self, found):
        assert found["depth-3"]["speedup_90"] > 10

    def test_a_few_times_at_depth_1(self, found):
        assert 2 < found["depth-1"]["speedup_90"] < 8

    def test_without_norm_each_layer_costs_far_more_steps_with_it_hardly_any(self, found):
        without = [found[f"depth-{depth}"].steps("steps_to_90_against") for depth in (1, 2, 3, 4)]
        with_norm = [found[f"depth-{depth}"].steps("steps_to_90_norm") for depth in (1, 2, 3, 4)]

        assert all(more > 1.8 * less for less, more in itertools.pairwise(without))
        assert max(with_norm) <= 60

    def test_each_at_its_best_rate_most_of_the_lead_remains(self, found):
        fewest = {name: min(found["best-rates"].swept(name, "steps_to_90").values()) for name in ("norm", "against")}

        assert fewest["against"] > 10 * fewest["norm"]

    def test_small_weights_make_the_plateau_longer(self, found):
        small = found["small-start"]

        assert small.steps("steps_to_90_norm") <= 60
        assert small.steps("steps_to_90_against") > found["depth-3"].steps("steps_to_90_against")

    def test_with_relu_it_leads_by_far_less(self, found):
        assert 1.5 < found["relu-3"]["speedup_95"] < found["depth-3"]["speedup_90"] / 2


class TestLearningRateWindow:
    SET = "learning-rate-window"

    def test_eight_times_or_more_with_ten_relu_layers(self, found):
        assert found["relu-10"]["rate_ratio"] >= 8

    def test_the_ratio_grows_with_depth(self, found):
        assert 4 <= found["relu-3"]["rate_ratio"] <= 8
        assert found["relu-10"]["rate_ratio"] >= found["relu-3"]["rate_ratio"]

    def test_no_gain_with_tanh(self, found):
        assert found["tanh-3"]["rate_ratio"] <= 2

    def test_at_small_rates_relu_learns_alike(self, found):
        reached = [found["relu-3"].swept(name, "train_accuracy")[2**-5] for name in ("norm", "against")]

        assert reached[0] == pytest.approx(reached[1], abs=0.03)

    def test_wider_at_both_ends_with_sigmoid(self, found):
        sigmoid = found["sigmoid-3"]

        assert sigmoid["rate_ratio"] >= 2
        assert sigmoid["rate_window_norm"] >= 20 * sigmoid["rate_window_against"]

    def test_much_larger_where_the_start_is_too_large(self, found):
        assert found["large-start"]["rate_ratio"] >= 64

    def test_without_norm_no_rate_where_the_start_is_too_small(self, found):
        assert found["small-start"]["largest_rate_against"] == 0
        assert found["small-start"]["rate_window_norm"] >= 256


class TestNoisyBatchNorm:
    SET = "noisy-batch-norm"

    def test_noisy_needs_at_most_three_times_the_steps_of_batch_norm(self, found):
        against = found["noisy-against-batch"]

        assert against.steps("steps_to_95_norm") <= 3 * against.steps("steps_to_95_against")

    def test_noisy_needs_less_than_a_quarter_of_the_steps_without_norm(self, found):
        against = found["noisy-against-none"]

        assert against.steps("steps_to_95_norm") < against.steps("steps_to_95_against") / 4

    def test_noisy_drifts_more_than_no_norm_and_batch_norm_hardly(self, found):
        assert found["batch-against-none"]["drift_norm"] < 0.01
        assert 0.1 < found["batch-against-none"]["drift_against"] < 0.2
        assert found["noisy-against-none"]["drift_ratio"] > 1.5
        assert found["noisy-against-batch"]["drift_ratio"] > 100

    def test_the_drift_is_that_of_the_noise(self, found):
        # E|m - m'| of two shifts that are uniform on +-1/2.
        assert found["noisy-against-none"]["drift_norm"] == pytest.approx(1 / 3, rel=0.05)
        assert found["more-noise"]["drift_norm"] == pytest.approx(4 / 3, rel=0.05)

    def test_more_noise_is_still_faster_than_no_norm(self, found):
        noisy = found["more-noise"].swept("norm", "steps_to_95")

        assert max(noisy.values()) < found["more-noise"].steps("steps_to_95_against")
        assert noisy[2] < 3 * noisy[0]

    def test_in_a_deep_relu_network_much_noise_is_slower_than_no_norm(self, found):
        assert found["relu-10"].steps("steps_to_95_norm") > 1.3 * found["relu-10"].steps("steps_to_95_against")


class TestSmallBatches:
    SET = "small-batches-vs-layer-norm"

    def test_batch_norm_learns_nothing_from_one_and_little_from_two(self, found):
        accuracy = found["against-layer"].swept("norm", "test_accuracy")

        assert accuracy[1] < 0.2
        assert accuracy[2] < 0.6

    def test_from_eight_on_it_is_above_95_percent(self, found):
        accuracy = found["against-layer"].swept("norm", "test_accuracy")

        assert min(accuracy[size] for size in (8, 16, 32, 64)) > 0.95

    @pytest.mark.parametrize("name", ["against-layer", "against-group"])
    def test_layer_and_group_norm_stay_level(self, found, name):
        accuracy = found[name].swept("against", "test_accuracy")
        from_two_on = [accuracy[size] for size in (2, 3, 4, 8, 16, 32, 64)]

        assert accuracy[1] > 0.85
        assert min(from_two_on) > 0.92
        assert max(from_two_on) - min(from_two_on) < 0.05

    def test_with_two_it_is_worse_than_nothing(self, found):
        with_norm, without = (found["against-none"].swept(name, "test_accuracy")[2] for name in ("norm", "against"))

        assert without - with_norm > 0.3

    def test_at_eight_it_is_within_a_point_of_layer_norm_and_at_sixteen_not_behind(self, found):
        assert abs(found["n-8"]["accuracy_gain"]) < 0.012
        assert found["n-16"]["accuracy_gain"] > -0.003


class TestFrozenTail:
    SET = "frozen-tail"

    def test_rescues_batches_of_two(self, found):
        assert found["n-2"]["sweep_gain_norm"] > 0.2

    def test_the_tail_teaches_more_than_all_steps_before(self, found):
        before = found["n-2"].swept("norm", "test_accuracy")[0]

        assert found["n-2"]["sweep_gain_norm"] > before - 0.1

    def test_better_statistics_alone_do_not(self, found):
        measured = [found["n-2"].swept("norm", column)[0] for column in ("precise_accuracy", "test_accuracy")]

        assert measured[0] - measured[1] < 0.1
        assert measured[0] < 0.6

    def test_in_the_tail_other_statistics_are_worse_than_the_frozen_ones(self, found):
        assert found["n-2"]["precise_gain"] < -0.02

    def test_gains_at_three_and_nothing_at_thirty_two(self, found):
        assert 0.03 < found["n-3"]["sweep_gain_norm"] < found["n-2"]["sweep_gain_norm"]
        assert abs(found["n-4"]["sweep_gain_norm"]) < 0.05
        assert abs(found["n-8"]["sweep_gain_norm"]) < 0.03
        assert abs(found["n-32"]["sweep_gain_norm"]) < 0.01


class TestPreciseStatistics:
    SET = "precise-statistics"

    def test_slow_statistics_lose_more_than_five_points(self, found):
        assert found["momentum-0.001"]["precise_gain"] > 0.05

    def test_less_at_a_hundredth_and_nothing_at_a_tenth(self, found):
        assert found["momentum-0.001"]["precise_gain"] > found["momentum-0.01"]["precise_gain"] > 0.005
        assert abs(found["momentum-0.1"]["precise_gain"]) < 0.01

    def test_a_hundredth_is_still_behind_after_fifty_steps_and_a_tenth_is_not(self, found):
        assert self.gap(found["momentum-0.01"], 50) > 0.02
        assert abs(self.gap(found["momentum-0.1"], 50)) < 0.02

    def gap(self, one, step):
        """Return what PreciseBN adds to the test accuracy of batch norm after so many steps."""
        rows = [row for row in one.tables["curves"] if row["network"] == "norm" and row["step"] == step]
        means = {row["quantity"]: row["mean"] for row in rows}
        return means["precise_accuracy"] - means["test_accuracy"]

    def test_the_weights_are_the_same(self, found):
        assert len({each["loss_norm"] for each in found.values()}) == 1
        assert len({each["precise_accuracy_norm"] for each in found.values()}) == 1


class TestGammaStart:
    SET = "gamma-start"

    def test_steps_fall_with_gamma_and_one_is_no_optimum(self, found):
        steps = list(found["gamma"].swept("norm", "steps_to_95").values())

        assert steps == sorted(steps, reverse=True)
        assert steps[0] > 3 * steps[-1]
        assert found["gamma"]["fastest_norm"] == "5"

    def test_at_a_larger_rate_the_fewest_steps_are_near_one(self, found):
        steps = found["gamma-larger-rate"].swept("norm", "steps_to_95")

        assert min(steps, key=steps.__getitem__) in (0.5, 1, 2)
        assert steps[5] > 1.2 * steps[1]

    def test_a_negative_beta_costs_many_steps_and_a_small_positive_one_none(self, found):
        steps = found["beta"].swept("norm", "steps_to_95")

        assert steps[-1] > 3 * steps[0]
        assert steps[-0.5] > 1.3 * steps[0]
        assert steps[0.5] <= steps[0]

    def test_zero_kills_a_plain_network_and_not_a_residual_one(self, found):
        assert found["gamma-0"]["train_accuracy_norm"] < 0.2
        assert found["gamma-0-in-branches"]["train_accuracy_norm"] > 0.9
        assert found["gamma-0-in-branches"]["train_accuracy_against"] > 0.9


class TestPlacement:
    SET = "placement"

    @pytest.mark.parametrize("name", ["relu-3", "relu-3-faster", "relu-10", "sigmoid-3", "tanh-3"])
    def test_two_points_are_not_found(self, found, name):
        assert abs(found[name]["sweep_gain_norm"]) < 0.02

    @pytest.mark.parametrize("name", ["relu-3", "relu-3-faster", "sigmoid-3"])
    def test_after_is_sooner_at_99_percent(self, found, name):
        steps = found[name].swept("norm", "steps_to_level")

        assert steps["after"] < steps["before"]

    def test_before_is_better_where_training_is_barely_stable(self, found):
        assert found["tanh-8-too-fast"]["sweep_gain_norm"] < -0.02


class TestGhostBatch:
    SET = "ghost-batch"

    def test_ghost_batches_beat_the_full_batch_over_six_seeds(self, found):
        assert found["ghost-15-against-full"]["accuracy_gain"] > 0

    def test_the_full_batch_gains_next_to_nothing(self, found):
        assert abs(found["full-against-none"]["accuracy_gain"]) < 0.01

    def test_the_gain_fades_out_with_the_size(self, found):
        accuracy = found["sizes"].swept("norm", "test_accuracy")

        assert min(accuracy[10], accuracy[20]) > accuracy[80] > accuracy[320] - 0.005
        assert accuracy[320] == pytest.approx(found["sizes"]["test_accuracy_against"], abs=1e-4)

    def test_small_batches_of_sgd_help_as_well(self, found):
        assert found["batch-15"]["test_accuracy_norm"] > found["full-against-none"]["test_accuracy_norm"]

    def test_dropout_helps_both_and_more_than_ghost_batches(self, found):
        for network in ("norm", "against"):
            accuracy = found["dropout"].swept(network, "test_accuracy")
            assert max(accuracy.values()) - accuracy[0] > 0.01
        accuracy = found["dropout"].swept("norm", "test_accuracy")
        assert max(accuracy.values()) - accuracy[0] > found["ghost-15-against-full"]["accuracy_gain"]

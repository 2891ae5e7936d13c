"""The scenario sets of `training`: what they hold, what their texts say, and the quickest of their findings.

The findings at full size are in tests/bands.
"""

import math
from functools import cache
from pathlib import Path

import pytest

import bnsim
from bnsim.experiment import Result
from bnsim.experiments import find, params_of
from bnsim.experiments.training.parts import MOST_RECORDS
from bnsim.experiments.training.sweeps import tried
from bnsim.scenario import toml

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
SETS = {
    "faster-training": ("depth-1", "depth-2", "depth-3", "depth-4", "best-rates", "small-start", "relu-3"),
    "learning-rate-window": ("relu-3", "relu-10", "tanh-3", "sigmoid-3", "large-start", "small-start"),
    "noisy-batch-norm": (
        "batch-against-none", "noisy-against-none", "noisy-against-batch", "more-noise", "relu-10",
    ),
    "small-batches-vs-layer-norm": ("against-layer", "against-group", "against-none", "n-8", "n-16"),
    "frozen-tail": ("n-2", "n-3", "n-4", "n-8", "n-32"),
    "precise-statistics": ("momentum-0.1", "momentum-0.01", "momentum-0.001"),
    "gamma-start": ("gamma", "gamma-larger-rate", "beta", "gamma-0", "gamma-0-in-branches"),
    "placement": ("relu-3", "relu-3-faster", "relu-10", "sigmoid-3", "tanh-3", "tanh-8-too-fast"),
    "ghost-batch": ("full-against-none", "ghost-15-against-full", "sizes", "batch-15", "dropout"),
}  # fmt: skip
EXPERIMENT = find("training")


@cache
def load(name):
    return bnsim.load(name)


def params(name, scenario, **changes):
    return load(name).get(scenario).params.replace(**changes)


def result(name, scenario, **changes):
    """Run a scenario with some settings changed, so that it is quick."""
    return Result(EXPERIMENT, params(name, scenario, **changes)).readouts


@pytest.mark.parametrize("name", SETS)
class TestFiles:
    def test_hold_the_scenarios_that_are_told_of(self, name):
        assert tuple(load(name).names) == SETS[name]

    def test_are_in_canonical_form(self, name):
        text = (FOLDER / f"{name}.toml").read_bytes().decode("utf-8")

        assert toml.write(toml.read(text, params_of)) == text

    def test_have_a_question_what_to_look_for_a_baseline_and_a_note_each(self, name):
        found = load(name)

        assert found.experiment == "training"
        assert found.question.endswith("?")
        assert found.look_for.endswith(".")
        assert found.baseline in found.names
        assert all(each.title and each.note.endswith((".", "?")) for each in found.scenarios)

    def test_take_about_a_minute_on_two_processors(self, name):
        needed = [
            sum(map(EXPERIMENT.work.seconds, EXPERIMENT.work.parts(each.params))) for each in load(name).scenarios
        ]

        assert max(needed) < 20
        assert sum(needed) < 120


class TestWhatTheTextsSay:
    def test_the_page_offers_one_of_them_first(self):
        assert EXPERIMENT.first_set in SETS

    def test_accuracy_is_as_fine_as_the_number_of_records_allows(self):
        every = params("faster-training", "depth-4").every

        assert f"every {every} steps" in load("faster-training").get("depth-4").note
        assert params("faster-training", "depth-4").steps / every <= MOST_RECORDS

    def test_only_the_depth_differs_from_one_layer_to_four(self):
        shown = [params("faster-training", f"depth-{depth}", steps=1, every=1) for depth in (1, 2, 3, 4)]

        assert [each.changed(shown[0]) for each in shown] == [(), *[("depth",)] * 3]

    @pytest.mark.parametrize("name", SETS["learning-rate-window"])
    def test_neighbouring_rates_differ_by_a_factor_of_two(self, name):
        rates = tried(params("learning-rate-window", name))

        assert rates == pytest.approx([2.0 ** (power - 8) for power in range(len(rates))], rel=1e-12)

    def test_the_large_start_is_five_to_six_times_that_of_he(self):
        width = params("learning-rate-window", "large-start").width

        assert [f"{1 / math.sqrt(2 / fan_in):.1f}" for fan_in in (64, width)] == ["5.7", "5.0"]

    def test_the_shift_of_more_noise_goes_up_to_what_is_said(self):
        assert tried(params("noisy-batch-norm", "more-noise")) == [0, 1, 2, 3]

    def test_the_tail_is_none_a_tenth_and_a_fifth(self):
        assert tried(params("frozen-tail", "n-2")) == pytest.approx([0, 0.1, 0.2])

    def test_nine_tenths_of_the_slow_statistics_are_still_what_they_began_with(self):
        slow = params("precise-statistics", "momentum-0.001")

        assert (1 - slow.running_momentum) ** slow.steps == pytest.approx(0.9, abs=0.01)

    def test_the_larger_rate_is_four_times_the_smaller(self):
        rates = [params("gamma-start", name).rate for name in ("gamma", "gamma-larger-rate")]

        assert rates[1] / rates[0] == pytest.approx(4)

    def test_ghost_batches_double_up_to_all_examples(self):
        sizes = params("ghost-batch", "sizes")

        assert tried(sizes) == [5, 10, 20, 40, 80, 160, 320]
        assert sizes.examples == sizes.batch == 320

    def test_every_step_sees_all_examples_in_all_ghost_scenarios_but_one(self):
        found = [each.name for each in load("ghost-batch").scenarios if each.params.batch < each.params.examples]

        assert found == ["batch-15"]


class TestQuickFindings:
    def test_batch_norm_is_there_in_a_tenth_of_the_steps_in_which_no_norm_is_not(self):
        found = result("faster-training", "depth-3", seeds=1, steps=450)

        assert found["steps_to_90_norm"] <= 45
        assert math.isinf(found["steps_to_90_against"])

    def test_slow_running_statistics_lose_more_than_five_points(self):
        assert result("precise-statistics", "momentum-0.001", seeds=1)["precise_gain"] > 0.05

    def test_with_gamma_0_no_hidden_weight_moves_and_it_reads_by_chance(self):
        found = result("gamma-start", "gamma-0", seeds=1, steps=40)

        assert found["drift_norm"] == found["moved_norm"] == 0.0
        assert found["train_accuracy_norm"] < 0.2 < found["train_accuracy_against"]

    def test_a_frozen_tail_rescues_batches_of_two(self):
        p = params("frozen-tail", "n-2", seeds=5, steps=300, every=300, points=2)
        runs = Result(EXPERIMENT, p).tables["runs"].query("network == 'norm'")
        accuracy = runs.pivot_table(index="seed", columns="value", values="test_accuracy", sort=False)

        # Single seeds gain from 0.07 to 0.45, and which of them how much depends on the processor's rounding.
        assert (accuracy["0.2"] - accuracy["0"]).median() > 0.1

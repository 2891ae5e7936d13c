"""Which sentence answers the question of training, at its boundaries, and that it is true there."""

import math
from collections import Counter

import pytest
from test_training import by_hand, made, params, part_way, result, rising, swept_result

from bnsim.experiment import Result
from bnsim.experiments.training import EXPERIMENT
from bnsim.experiments.training.figures import off_the_level
from bnsim.experiments.training.parts import parts


def keys(found):
    return [each.key for each in EXPERIMENT.answers(found.outcome)]


def said(found):
    """Return the answer with a plain blank before each %."""
    return found.answer.replace("\N{NARROW NO-BREAK SPACE}", " ")


def compared(ours, theirs, **changes):
    """Return the result of two networks whose seeds read 90 % from these steps on; None is never."""
    _, _, found = by_hand(made(rising(*ours)), made(rising(*theirs)), **changes)
    return found


class TestLead:
    def test_is_one_where_all_seeds_of_one_network_come_before_all_of_the_other(self):
        found = compared((10, 20, 20), (30, 40, 60))

        assert keys(found) == ["fewer", "times"]
        assert said(found) == (
            "It needs fewer steps with batch norm: it reads 90 % of its training digits correctly after 20 steps, "
            "without a norm after 40. That is 2 times as many."
        )

    def test_is_none_where_the_last_of_one_comes_with_the_first_of_the_other(self):
        found = compared((10, 20, 30), (30, 40, 60))

        assert keys(found) == ["overlap"]
        assert said(found) == (
            "No clear difference: it reads 90 % of its training digits correctly after 20 steps with batch norm and 40 "
            "without a norm, but the ranges of the seeds overlap."
        )

    def test_belongs_to_the_other_network_if_that_comes_first(self):
        found = compared((30, 40, 60), (10, 20, 20))

        assert keys(found) == ["more"]
        assert said(found) == (
            "It needs fewer steps without a norm: it reads 90 % of its training digits correctly after 20 steps, with "
            "batch norm after 40."
        )

    def test_equal_medians_are_said_once(self):
        assert keys(compared((10, 20, 30), (20, 20, 60))) == ["equal"]

    def test_nobody_divides_by_a_network_that_is_there_before_the_first_step(self):
        found = compared((0, 0, 0), (10, 20, 20))

        assert keys(found) == ["fewer"]
        assert math.isnan(found.readouts["speedup_90"])

    def test_is_told_once_all_seeds_are_there_though_steps_are_left(self):
        early = [made(rising(*steps), steps=600) for steps in ((10, 20, 20), (30, 40, 60))]
        _, _, found = by_hand(*early, steps=600)

        assert keys(found) == ["fewer", "times"]


class TestNeverReached:
    def test_by_the_other_network_is_a_lead(self):
        found = compared((10, 20, 60), (None, None, None))

        assert said(found) == (
            "It needs fewer steps with batch norm: it reads 90 % of its training digits correctly after 20 steps, "
            "without a norm not within 60."
        )
        assert keys(compared((None, None, None), (10, 20, 60))) == ["only-theirs"]

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [((10, 20, 60), (30, 40, None)), ((10, None, None), (None, None, None)), ((10, 20, None), (10, 20, 60))],
    )
    def test_by_some_seeds_is_counted_and_nothing_more(self, ours, theirs):
        found = compared(ours, theirs)
        counts = [sum(step is not None for step in steps) for steps in (ours, theirs)]

        assert keys(found) == ["some"]
        assert said(found) == (
            f"It depends on the seed: within 60 steps it reads 90 % of its training digits correctly in {counts[0]} "
            f"of 3 seeds with batch norm, and in {counts[1]} without a norm."
        )

    def test_by_either_leaves_what_they_read_at_the_end(self):
        found = compared((None, None, None), (None, None, None))

        assert found.readouts["train_accuracy_norm"] == pytest.approx(0.1)
        assert said(found) == (
            "Neither network learns enough within 60 steps: with batch norm it reads 10 % of "
            "its training digits correctly, without a norm 10 %."
        )


class TestUnfinished:
    @pytest.mark.parametrize("reports", range(9))
    def test_claims_nothing_before_all_is_known(self, reports):
        assert keys(part_way(reports)) == ["so-far"]
        assert keys(part_way(reports, vary="gamma")) == ["values-so-far"]

    def test_counts_the_seeds_that_are_there(self):
        p = params(seeds=3, steps=600, every=10, depth=2)
        values = [made(rising(10, 20, None), steps=600), None, None, None]
        found = Result.of(EXPERIMENT, p, EXPERIMENT.work.join(p, values))

        assert len(parts(p)) == len(values)
        assert said(found) == (
            "Not known yet: it reads 90 % of its training digits correctly in 2 of 3 seeds with batch norm, and in 0 "
            "without a norm, with 180 of 3600 steps of training made."
        )


class TestValues:
    def test_of_rates_the_largest_that_trains(self):
        never, early, late = (made(rising(*steps)) for steps in ((None, None, None), (10, 20, 20), (30, 40, 60)))
        found = swept_result([never, early, early], [late, never, never])

        assert said(found) == (
            "Of the learning rates tried, 4 is the largest that still trains with batch norm, and 1 without a norm. At "
            "the best value of each, a training accuracy of 0.9 takes 20 steps with batch norm (2, 4) and 40 without a "
            "norm (1)."
        )

    def test_of_anything_else_the_range_of_the_test_accuracy(self):
        low, high = (made(rising(10, 20, 20), test=3 * [accuracy]) for accuracy in (0.25, 0.75))
        found = swept_result([low, high], [low, low], vary="gamma", gamma=1.0)

        assert said(found) == (
            "As “Starting scale γ” changes, test accuracy is between 0.25 and 0.75 with batch norm and always 0.25 "
            "without a norm. At the best value of each, a training accuracy of 0.9 takes 20 steps with batch norm (all "
            "the same) and 20 without a norm (all the same)."
        )


class TestNorms:
    @pytest.mark.parametrize("norm", ["layer", "group", "ghost", "noisy", "batch"])
    def test_are_all_named(self, norm):
        found = result(norm=norm, against="none", steps=1, width=8, groups=4, ghost=5)

        assert f"with {EXPERIMENT.params.controls()['norm'].control.choices[norm].lower()} " in found.answer
        assert "without a norm" in found.answer


class TestWarnings:
    def test_a_network_that_diverged_is_not_overlooked(self):
        found = result(activation="linear", rate=5.0, depth=3)

        assert [said.split(":")[0] for said in found.warnings] == ["No norm"]
        assert not result().warnings

    def test_nor_at_which_value_the_numbers_in_sight_were_found(self):
        found = result(vary="gamma", gamma=2.0)

        assert found.warnings == ("Curves, and numbers that name no value, are for this one: Starting scale γ = 2.",)

    def test_nor_a_momentum_of_another_convention(self):
        (said,) = result(running_momentum=0.99).warnings

        assert said.startswith("Here the momentum of the running statistics is the weight of the new batch.")


class TestPictures:
    def test_the_first_shows_the_answer(self):
        assert [figure.key for figure in result().figures] == ["accuracy", "loss", "speed", "outcome", "eval", "drift"]
        assert [figure.key for figure in result(vary="gamma").figures] == [
            "outcome", "speed", "accuracy", "loss", "eval", "drift",
        ]  # fmt: skip
        assert part_way(0, vary="gamma").figures[0].key == "outcome"

    def test_is_low_enough_to_stand_above_the_fold(self):
        assert all(figure.template.spec["height"] <= 340 for figure in result().figures)

    def test_the_level_strikes_no_name_through(self):
        # Below a curve at 0.95 a name would stand at 0.85 to 0.91, and above one at 0.85 at 0.88 to 0.94.
        names = [(0.95, False), (0.85, True), (0.85, False), (0.95, True), (0.6, False)]

        assert [off_the_level(y, above=above, levels=[0.9]) for y, above in names] == [0.9, 0.9, 0.85, 0.95, 0.6]
        assert [off_the_level(y, above=above, levels=[]) for y, above in names] == [y for y, _ in names]

    def test_over_several_values_names_stand_beside_no_mark_of_the_other_network(self):
        names = result(vary="gamma").figures[0].data["names"]

        assert names["name"].tolist() == ["● Batch norm", "○ No norm"]


class TestControls:
    @pytest.mark.parametrize("norm", ["batch", "layer", "group", "ghost", "noisy"])
    def test_six_are_in_sight_and_no_group_holds_more(self, norm):
        given = params(norm=norm, groups=4, ghost=5, vary="rate", grid="own")
        specs = EXPERIMENT.params.controls().values()
        shown = [
            each.control.group
            for each in specs
            if each.control.when is None or getattr(given, each.control.when[0]) in each.control.when[1]
        ]

        assert max(Counter(shown).values()) == shown.count("") == 6

"""Which sentence answers the question of transfer, at its boundaries, and that it is true there."""

from collections import Counter

import pytest
from test_transfer import after, by_hand, result

from bnsim.experiments.transfer import EXPERIMENT

CHANGES = ["contrast", "brightness", "scale", "blur", "noise", "inversion"]


def keys(found):
    return [each.key for each in EXPERIMENT.answers(found.outcome)]


def read(source, clean, new):
    """Return how many of 450 images one pair of networks reads: changed and clean ones, and with new statistics."""
    return (0, 0), (source, clean), (new, 0), (0, 0)


def answered(*pairs, **changes):
    return by_hand(*(read(*pair) for pair in pairs), **changes)


class TestRepair:
    @pytest.mark.parametrize(
        ("source", "clean", "new", "wanted"),
        [
            (200, 450, 441, ["harmed", "repaired"]),  # 9 images of 450 are two points
            (200, 450, 440, ["harmed", "partly"]),
            (200, 450, 210, ["harmed", "partly"]),
            (200, 450, 209, ["harmed", "hardly"]),
            (200, 450, 191, ["harmed", "hardly"]),
            (200, 450, 190, ["harmed", "worse"]),
            (440, 450, 440, ["harmed", "hardly"]),
            (441, 450, 441, ["unharmed", "hardly"]),
            (441, 450, 431, ["unharmed", "worse"]),
            (400, 400, 410, ["unharmed", "better"]),
            (410, 400, 410, ["unharmed", "hardly"]),
        ],
    )
    def test_two_points_of_accuracy_are_no_difference(self, source, clean, new, wanted):
        assert keys(answered((source, clean, new), (source, clean, new))) == wanted

    def test_pairs_of_networks_that_disagree_are_said_to(self):
        assert keys(answered((200, 450, 300), (200, 450, 190))) == ["harmed", "mixed"]
        assert keys(answered((200, 450, 300), (200, 450, 200))) == ["harmed", "partly"]

    def test_is_said_with_the_numbers_of_the_readouts(self):
        found = answered((180, 450, 450), (90, 450, 432))

        assert found.readouts["clean_source"] == 1.0
        assert (found.readouts["changed_source"], found.readouts["changed_adapted"]) == (0.3, 0.98)
        assert found.answer == (
            "A network with batch norm reads 100\N{NARROW NO-BREAK SPACE}% of clean images correctly, but "
            "30\N{NARROW NO-BREAK SPACE}% of changed ones. New statistics, means and spreads of 450 changed images "
            "without labels, repair that: 98\N{NARROW NO-BREAK SPACE}%."
        )

    def test_what_the_change_costs_is_what_is_gained_and_what_is_left(self):
        found = result(change="blur")
        harm, now = found.outcome.harm, found.readouts

        assert harm.mean == pytest.approx(now["adaptation_gain"] + now["adaptation_gap"], abs=1e-12)

    def test_of_one_pair_it_is_said_that_others_may_read_otherwise(self):
        assert keys(answered((200, 450, 450))) == ["harmed", "repaired", "one-pair"]


class TestNothingToRepair:
    @pytest.mark.parametrize("placement", ["before", "after"])
    def test_because_nothing_changes_or_nothing_is_left(self, placement):
        pair = (200, 450, 450)

        assert keys(answered(pair, pair, contrast=1.0, placement=placement)) == ["unchanged"]
        assert keys(answered(pair, pair, change="blur", blur=0, placement=placement)) == ["unchanged"]
        assert keys(answered(pair, pair, contrast=0.0, placement=placement)) == ["grey"]
        assert keys(answered(pair, pair, change="scale", scale=0.0, placement=placement)) == ["grey"]


class TestUnfinished:
    def test_nothing_is_known_while_all_are_in_training(self):
        assert keys(after(0)) == keys(after(1)) == ["unknown"]


class TestDiverged:
    def test_there_is_no_answer_and_a_warning(self):
        found = result(rate=10.0, depth=6, width=40, steps=60, activation="relu")

        assert found.answer == (
            "No answer: training has diverged in 2 of 2 pairs of networks. Lower the learning rate."
        )
        assert found.warnings == (
            "Pairs of networks whose training diverged: 2 of 2. Their numbers mean nothing. Lower the learning rate.",
        )
        assert result().warnings == ()


class TestControls:
    @pytest.mark.parametrize("change", CHANGES)
    def test_three_are_in_sight_and_no_group_holds_more_than_six(self, change):
        specs = EXPERIMENT.params.controls().values()
        shown = [each.control.group for each in specs if not each.control.when or change in each.control.when[1]]

        assert shown.count("") == 3
        assert max(Counter(shown).values()) <= 6


class TestPictures:
    def test_the_first_is_low_enough_to_stand_above_the_fold(self):
        first = result().figures[0]

        assert first.key == "images"
        assert first.template.spec["height"] <= 340

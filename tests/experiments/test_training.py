"""Training two networks side by side: identities between runs, what is read off curves, stopping, and refusals."""

import itertools
import math
import pickle
from dataclasses import replace
from itertools import islice

import numpy as np
import pandas as pd
import pytest
from rounding import NARROW, assert_same_table

import bnsim
from bnsim.compare import plain_inputs
from bnsim.engine.networks.initialization import initial
from bnsim.engine.networks.settings import Watch
from bnsim.engine.networks.structure import Noise, Norm
from bnsim.engine.networks.training import train
from bnsim.errors import ParamsError
from bnsim.experiment import Result
from bnsim.experiments.training import EXPERIMENT
from bnsim.experiments.training.costs import bytes_of, seconds_of
from bnsim.experiments.training.params import TrainingParams
from bnsim.experiments.training.parts import digits, do, part_of, parts, run_of, seconds, settled
from bnsim.experiments.training.seed_curves import SeedCurves, drift_seeds, mean, median, train_seeds
from bnsim.experiments.training.sweeps import divisors, drawn_of, equal_ratios, equal_steps, tried, usable

TOY = {"depth": 1, "width": 8, "steps": 20, "examples": 40, "batch": 10, "seeds": 2, "every": 5}


def params(**changes):
    return TrainingParams.of({**TOY, **changes})


def result(**changes):
    return Result(EXPERIMENT, params(**changes))


def part_way(count, **changes):
    """Return the result when the work is stopped after `count` of its steps."""
    p = params(**changes)
    seen = [values for _, values in islice(EXPERIMENT.work.advance(p), count)]
    return Result.of(EXPERIMENT, p, EXPERIMENT.work.join(p, seen[-1] if seen else [None] * len(parts(p))))


def refusal(**changes):
    with pytest.raises(ParamsError) as error:
        params(**changes)
    return str(error.value)


def statements(found):
    return {readout.key: readout.statement for readout in found.readout_list}


def word(key, /, **numbers):
    """Return a sentence that several numbers share, by its key and the numbers in it."""
    return EXPERIMENT.words.say(f"label.{key}", **numbers)


THREE, TEN, SIXTY = "3 seeds", "every 10 steps", "60 steps"
DONE = {"so_far": ""}


def notes(found):
    """Return the numbers of the notes, by the key of the note."""
    return {each.key: dict(each.numbers) for each in EXPERIMENT.notes(found.outcome)}


def curves(train_accuracy, *, steps=30, loss=None, every=10):
    """Return curves of some seeds, rows of training accuracies; all other numbers are like them."""
    values = np.array(train_accuracy, dtype=float)
    losses = np.ones_like(values) if loss is None else np.array(loss, dtype=float)
    return SeedCurves(steps, np.arange(values.shape[1]) * every, losses, values, values, values, values)


class TestSideBySide:
    def test_both_networks_start_from_the_same_weights_and_see_the_same_batches(self):
        p = params(gamma=0.0, depth=2)  # with gamma = 0 a layer below batch norm does not move
        norm, against = (run_of(p, kind) for kind in ("batch", "none"))
        rows = {}
        for name, run in (("norm", norm), ("against", against)):
            *_, last = train([replace(run, steps=1, rate=1e-30)], digits("pixels", 0).first(40))
            rows[name] = last.network.flat

        assert norm.seed == against.seed
        np.testing.assert_array_equal(rows["norm"][: 64 * 8], rows["against"][: 64 * 8])

    def test_a_seed_alone_gives_its_row_among_several(self):
        together = result(seeds=3).tables["runs"]
        alone = result(seeds=1, vary="gamma").tables["runs"]

        for network in ("norm", "against"):
            row = together[(together["network"] == network) & (together["seed"] == 0)]
            same = alone[(alone["network"] == network) & (alone["value"] == "1")]
            rows = (each.drop(columns=["value", "number"]).reset_index(drop=True) for each in (row, same))
            assert_same_table(*rows, **NARROW)

    def test_ghosts_as_large_as_the_batch_are_batch_norm(self):
        found = result(norm="ghost", against="batch", ghost=10)

        assert found.readouts["loss_norm"] == pytest.approx(found.readouts["loss_against"], rel=1e-4)
        assert found.readouts["accuracy_gain"] == 0

    def test_noisy_without_noise_is_batch_norm(self):
        found = result(norm="noisy", against="batch", noise_shift=0.0, noise_scale=1.0, noise_jitter=0.0)

        assert found.readouts["loss_norm"] == pytest.approx(found.readouts["loss_against"], rel=1e-4)

    def test_a_bias_before_batch_norm_changes_nothing_in_training(self):
        runs = result(vary="bias", steps=5, every=1).tables["runs"].query("network == 'norm'")
        by = runs.pivot_table(index="seed", columns="value", values="loss")

        # float32: the bias is subtracted again with the mean of the batch.
        np.testing.assert_allclose(by["with"], by["without"], rtol=1e-4)

    def test_pixels_are_from_0_to_1_and_standardized_ones_centred(self):
        assert digits("pixels", 0).x.min() == 0
        assert digits("pixels", 0).x.max() == 1
        assert abs(digits("standardized", 0).x.mean()) < 1e-6
        assert len(digits("pixels", 0).test_x) == 450


class TestRuns:
    def test_every_setting_reaches_the_run(self):
        p = params(
            norm="noisy", activation="tanh", depth=3, width=12, rate=0.3, batch=20, steps=30, momentum=0.5, decay=0.01,
            dropout=0.2, init="fixed", sigma=0.7, gamma=2.0, beta=0.5, placement="after", bias="without",
            residual="skip-init", noise_shift=0.25, noise_scale=2.0, noise_jitter=0.3, running_momentum=0.05,
            frozen=0.5, seed=4, eps=1e-3,
        )  # fmt: skip
        run = run_of(p, "noisy")
        net, start = run.net, run.start

        assert (net.sizes, net.activation.value, net.norm.value) == ((64, 12, 12, 12, 10), "tanh", "noisy")
        assert (net.placement.value, net.bias, net.residual, net.skip_init) == ("after", False, True, True)
        assert (net.eps, net.dropout, net.noise) == (1e-3, 0.2, Noise(0.25, 2.0, 0.3))
        assert (start.init.value, start.sigma, start.gamma, start.beta) == ("fixed", 0.7, 2.0, 0.5)
        assert start.branch_gamma is None
        assert (run.rate, run.batch, run.steps, run.momentum, run.decay) == (0.3, 20, 30, 0.5, 0.01)
        assert (run.running_momentum, run.frozen, run.seed) == (0.05, 0.5, 4)

    def test_ghosts_groups_and_branches_reach_it_too(self):
        assert run_of(params(ghost=5), "ghost").net.ghost == 5
        assert run_of(params(groups=2), "group").net.groups == 2
        branches = run_of(params(residual="zero-gamma"), "batch")
        assert (branches.start.branch_gamma, branches.net.residual, branches.net.skip_init) == (0.0, True, False)


class TestNorms:
    def test_are_those_of_the_engine_by_their_words(self):
        assert params(norm="group", groups=2).norm is Norm.GROUP
        assert refusal(norm="instance") == (
            "norm must be one of batch, layer, group, ghost, noisy, none; got 'instance'."
        )

    def test_are_plain_texts_where_scenarios_are_compared(self):
        assert type(plain_inputs(params())["norm"]) is str

    def test_a_setting_of_another_norm_is_said_to_have_no_effect(self):
        assert bnsim.without_effect(params(), ["groups"]) == (
            "groups has no effect while norm is batch; set norm to group.",
        )


class TestSweeps:
    def test_standard_values(self):
        assert tried(params(vary="batch", examples=20)) == [1, 2, 3, 4, 8, 16]
        assert tried(params(vary="ghost", norm="ghost", ghost=5)) == [2, 5, 10]
        assert tried(params(vary="placement")) == ["before", "after"]
        assert tried(params()) == [None]

    def test_of_ghost_batches_only_sizes_that_hold_whole_ones(self):
        assert tried(params(vary="batch", norm="ghost", ghost=2, examples=40)) == [2, 4, 8, 16, 32]

    def test_own_values_are_in_equal_ratios_or_equal_steps(self):
        own = {"grid": "own", "points": 3}

        assert tried(params(vary="rate", low=0.5, high=8, **own)) == [0.5, 2, 8]
        assert tried(params(vary="gamma", low=-1, high=2, **own)) == [-1, 0.5, 2]
        assert tried(params(vary="batch", low=1, high=4, **(own | {"points": 9}))) == [1, 2, 3, 4]
        assert params(vary="rate", low=2**-8, high=2**-6, **own).value_texts == ("0.00391", "0.00781", "0.0156")

    def test_numbers_that_are_close_keep_the_digits_that_tell_them_apart(self):
        p = params(vary="gamma", grid="own", low=1, high=1.0002, points=3)

        assert p.value_texts == ("1", "1.0001", "1.0002")

    def test_curves_are_drawn_at_the_value_nearest_to_the_one_that_is_set(self):
        assert drawn_of(params(vary="rate", rate=0.3)) == 6  # 0.25
        assert drawn_of(params(vary="placement", placement="after")) == 1
        found = result(vary="batch", steps=2)

        assert notes(found)["drawn"] == {"what": "Batch size N", "value": "8"}
        assert found.notes[1] == "Curves, and numbers that name no value, are for this one: Batch size N = 8."

    def test_what_cannot_change_a_network_is_trained_once(self):
        p = params(vary="running_momentum")
        jobs = [job for job in parts(p) if not job.drift]

        assert sum(job.run.net.norm is Norm.BATCH for job in jobs) == 3
        assert sum(job.run.net.norm is Norm.NONE for job in jobs) == 1
        sweep = result(vary="running_momentum").tables["sweep"].query("network == 'against'")
        assert sweep["test_accuracy"].tolist() == 3 * sweep["test_accuracy"].tolist()[:1]

    def test_settling_a_run_leaves_its_numbers(self):
        data = digits("pixels", 0).first(40)
        p = params(running_momentum=0.5, frozen=0.4, gamma=3.0, placement="after")
        plain = run_of(p, "none")
        odd = replace(
            plain, net=replace(plain.net, groups=2, eps=0.1), start=replace(plain.start, gamma=3.0), frozen=0.4
        )
        *_, one = train([plain], data)
        *_, two = train([odd], data)

        assert settled(odd) == plain == settled(plain)
        np.testing.assert_allclose(one.network.flat, two.network.flat, **NARROW)

    @pytest.mark.parametrize(
        ("norm", "given", "decayed", "is_frozen"),
        [
            ("batch", {"decay": 0.0, "decayed": "everything"}, "weights", False),
            ("batch", {"decay": 0.1, "decayed": "norms"}, "norms", False),
            ("none", {"decay": 0.1, "decayed": "norms"}, "weights", False),
            ("none", {"decay": 0.1, "decayed": "everything"}, "everything", False),
            ("batch", {"frozen": 0.2, "frozen_affine": "yes"}, "weights", True),
            ("batch", {"frozen": 0.0, "frozen_affine": "yes"}, "weights", False),
            ("layer", {"frozen": 0.2, "frozen_affine": "yes"}, "weights", False),
        ],
    )
    def test_what_decays_and_what_freezes_is_told_to_the_run_where_it_matters(self, norm, given, decayed, is_frozen):
        run = run_of(params(**given), norm)

        assert (run.decayed, run.frozen_affine) == (decayed, is_frozen)

    def test_grids(self):
        assert equal_ratios(1, 8, 4) == [1, 2, 4, 8]
        assert equal_steps(0, 0.3, 4) == [0, 0.1, 0.2, 0.3]
        assert equal_ratios(2, 5, 1) == equal_steps(2, 5, 1) == [2]
        assert divisors(12, 3) == [4, 6, 12]
        assert divisors(1, 8) == [1]

    def test_the_window_of_usable_rates(self):
        window = usable([1, 2, 4, 8], [0.5, 0.9, 0.95, 0.1], 0.8)

        assert (window.lowest, window.highest, window.width) == (2, 4, 2)
        assert not window.open_below
        assert not window.open_above
        assert usable([1, 2], [0.9, 0.9], 0.8)[2:4] == (True, True)
        assert usable([1, 2], [0.1, 0.8], 0.8).highest == 0
        assert math.isnan(usable([1, 2], [0.1, 0.8], 0.8).width)


class TestCurves:
    def test_steps_to_a_level_are_those_of_the_first_record_there(self):
        found = curves([[0, 0.5, 0.95, 0.8], [0, 0.1, 0.2, 0.3]])

        assert found.steps_to(0.9).tolist() == [20, math.inf]
        assert found.steps_to(0.5).tolist() == [10, math.inf]

    def test_before_the_end_not_reached_is_not_known(self):
        found = curves([[0, 0.5], [0, 0.1]])

        assert found.steps_to(0.5)[0] == 10
        assert math.isnan(found.steps_to(0.5)[1])
        assert (found.done, found.complete) == (1 / 3, False)

    def test_the_median_counts_never_as_the_largest(self):
        assert median(np.array([10, math.inf, 20])) == (20, 10, math.inf)
        assert median(np.array([10, 20])) == (15, 10, 20)
        assert median(np.array([10, math.inf, math.inf, math.inf]))[0] == math.inf
        assert math.isnan(median(np.array([10, math.nan]))[0])
        assert mean(np.array([1, 2, 6])) == (3, 1, 6)

    def test_a_seed_that_diverged_leaves_the_curves_there(self):
        found = curves([[0, 0.4, 0.1, 0.1], [0, 0.6, 0.8, 1.0]], loss=[[math.nan, 1, math.nan, 2], [math.nan, 1, 1, 1]])
        step, middle, low, high = found.band("train_accuracy")

        assert found.diverged.tolist() == [True, False]
        assert step.tolist() == [0, 10, 20, 30]
        assert middle.tolist() == [0, 0.5, 0.8, 1.0]
        assert (low[1], high[1]) == (0.4, 0.6)
        assert found.ends("train_accuracy") == [(10, 0.4)]
        assert found.lost_by().tolist() == [20]
        assert found.band("loss")[0].tolist() == [10, 20, 30]  # no loss before the first step

    def test_they_are_the_records_of_the_engine(self):
        p = params()
        run, data = run_of(p, "batch"), digits("pixels", 0).first(40)
        *_, found = train_seeds(run, 2, data, Watch(every=5))
        records = list(train([replace(run, seed=1)], data, Watch(every=5)))

        assert found.loss[1].tolist()[1:] == [record.loss for record in records[1:]]
        assert found.test_accuracy[1].tolist() == [record.test_accuracy for record in records]
        assert np.isnan(found.precise_accuracy).all()

    def test_drift_is_the_mean_move_of_what_enters_the_activations(self):
        p = params(depth=2)
        run, data = run_of(p, "none"), digits("pixels", 0).first(40)
        *_, (done, found) = drift_seeds(run, 2, data, 6)
        records = list(train([replace(run, steps=6)], data, Watch(every=1, layers=(0, 1))))
        means = np.array([record.hidden[1].batch_mean for record in records[1:]])

        assert (done, found.shape) == (1.0, (2, 2))
        assert found[0, 1] == pytest.approx(np.abs(np.diff(means, axis=0)).mean(), rel=1e-6)


class TestReadouts:
    def test_the_ratio_is_that_of_the_medians(self):
        found = result(level=0.5, steps=120, rate=1.0, activation="relu", init="he", width=16)
        now = found.readouts

        assert now["speedup_90"] == pytest.approx(now["steps_to_90_against"] / now["steps_to_90_norm"], rel=1e-3)
        assert statements(found)["steps_to_90_norm"].endswith("; measured every 5 steps")
        assert now["steps_to_90_norm"] == found.tables["sweep"].query("network == 'norm'")["steps_to_90"].item()

    def test_what_was_not_reached_is_infinite_and_says_within_what(self):
        found = result(steps=5)

        assert found.readouts["steps_to_90_norm"] == math.inf
        assert statements(found)["steps_to_90_norm"].startswith("reached by none of 2 seeds within 5 steps; the best ")
        assert statements(result(steps=1))["steps_to_90_norm"].startswith("reached by none of 2 seeds within 1 step; ")
        assert math.isnan(found.readouts["speedup_90"])

    def test_what_is_not_asked_is_unknown_and_says_why(self):
        found = result()

        assert math.isnan(found.readouts["rate_ratio"])
        assert statements(found)["rate_ratio"] == "known only where the learning rate is varied"
        assert math.isnan(found.readouts["precise_gain"])
        assert statements(found)["precise_gain"] == "not measured; set “PreciseBN beside” to “Yes”"
        assert (found.readouts["best_norm"], statements(found)["best_norm"]) == ("–", word("one_value"))

    def test_of_a_network_without_statistics_nobody_is_sent_to_measure_better_ones(self):
        assert statements(result())["precise_accuracy_against"] == word("last.no_statistics")

    def test_gains_come_with_the_standard_error_of_paired_seeds(self):
        found = result(seeds=3)
        table = found.tables["runs"].pivot_table(index="seed", columns="network", values="test_accuracy")
        each = table["norm"] - table["against"]

        assert found.readouts["accuracy_gain"] == pytest.approx(each.mean(), rel=1e-3)
        error = each.std() / math.sqrt(3)
        assert statements(found)["accuracy_gain"] == word("paired.many", count=3, error=error, **DONE)
        assert statements(result(seeds=1))["accuracy_gain"] == word("paired.one", **DONE)

    def test_a_usable_rate_is_one_that_ends_above_80_percent(self):
        found = result(
            vary="rate", grid="own", low=1e-4, high=1.0, points=2, steps=150, activation="relu", init="he", width=16
        )

        assert found.readouts["largest_rate_norm"] == 1.0
        assert found.readouts["rate_window_norm"] == 1.0
        assert statements(found)["largest_rate_norm"] == (
            "only 1 is usable; a rate is usable if the mean training accuracy is above 0.8 after 150 steps; the "
            "largest rate tried is still usable"
        )

    def test_no_usable_rate_is_0(self):
        found = result(vary="rate", grid="own", low=1e-4, high=1e-3, points=2, steps=2)

        assert found.readouts["largest_rate_norm"] == 0
        assert statements(found)["largest_rate_norm"] == (
            "none of the 2 rates from 0.0001 to 0.001 is usable; a rate is usable if the mean training accuracy is "
            "above 0.8 after 2 steps"
        )
        assert statements(found)["rate_window_norm"] == word("rates.none_usable")
        assert statements(found)["rate_ratio"] == word("rates.none_usable_with", name="Batch norm")
        assert math.isnan(found.readouts["rate_ratio"])

    def test_precise_statistics_are_measured_of_norms_over_examples(self):
        found = result(precise="yes")

        assert found.readouts["precise_gain"] == pytest.approx(
            found.readouts["precise_accuracy_norm"] - found.readouts["test_accuracy_norm"], abs=1e-3
        )
        assert statements(found)["precise_accuracy_against"] == word("last.no_statistics")
        assert set(found.tables["curves"]["quantity"]) == {
            "train_accuracy", "test_accuracy", "precise_accuracy", "loss",
        }  # fmt: skip


MADE = {"seeds": 3, "steps": 60, "every": 10, "depth": 2}


def made(rows, *, loss=None, test=None, precise=None, moved=None, steps=60):
    """Return curves of three seeds made by hand: seven records of training accuracy, and what was recorded last."""
    train_accuracy = np.array(rows, dtype=float)
    step = np.arange(7) * 10

    def filled(last):
        values = np.full((3, 7), np.nan)
        values[:, -1] = last
        return values

    losses = np.ones((3, 7))
    losses[:, -1] = (1.0, 2.0, 6.0) if loss is None else loss
    return SeedCurves(
        steps, step, losses, train_accuracy, filled((0.9, 0.8, 0.7) if test is None else test),
        filled(np.nan if precise is None else precise), filled((1.0, 2.0, 9.0) if moved is None else moved),
    )  # fmt: skip


def rising(*first_at_90):
    """Return rows of training accuracies that are 0.92 from a step on and 0.1 before; None for never."""
    return [[0.92 if at is not None and step >= at else 0.1 for step in range(0, 70, 10)] for at in first_at_90]


def by_hand(norm, against, **changes):
    """Return the readouts, statements and result of two curves made by hand, and of drifts of 0.25 and 0.5."""
    p = params(**{**MADE, **changes})
    drift = [(1.0, np.full((3, 2), value)) for value in (0.25, 0.5)]
    found = Result.of(EXPERIMENT, p, EXPERIMENT.work.join(p, [norm, against, *drift]))
    return found.readouts, statements(found), found


def swept_result(norm, against, **changes):
    """Return the result of a sweep over rates, one curve for each value and network."""
    p = params(**{**MADE, "vary": "rate", "grid": "own", "points": len(norm), "low": 1, "high": 2 ** (len(norm) - 1),
                  "rate": 1.0, **changes})  # fmt: skip
    curves = dict(zip([part_of(p, name, value) for value in tried(p) for name in ("norm", "against")],
                      itertools.chain(*zip(norm, against, strict=True)), strict=True))  # fmt: skip
    found = [(1.0, np.ones((3, 2))) if job.drift else curves[job] for job in parts(p)]
    return Result.of(EXPERIMENT, p, EXPERIMENT.work.join(p, found))


def swept_by_hand(norm, against, **changes):
    """Return the readouts and statements of such a sweep."""
    found = swept_result(norm, against, **changes)
    return found.readouts, statements(found)


class TestByHand:
    def test_steps_and_speedups_are_medians(self):
        now, said, _ = by_hand(made(rising(10, 20, 60)), made(rising(30, 40, None)))

        assert (now["steps_to_90_norm"], now["steps_to_90_against"], now["speedup_90"]) == (20, 40, 2)
        assert said["speedup_90"] == "40 / 20 steps"
        assert said["steps_to_90_norm"] == word("reached.all", seeds=THREE, first=10, last=60, every=TEN)
        assert said["steps_to_90_against"] == (
            "2 of 3 seeds got there within 60 steps, the first after 30; measured every 10 steps"
        )

    def test_never_of_the_other_is_more_than_any_ratio(self):
        now, said, _ = by_hand(made(rising(10, 20, 60)), made(rising(30, None, None)))

        assert now["speedup_90"] == math.inf
        assert said["speedup_90"] == "more than 60 / 20 steps: No norm does not get there within 60 steps"

    def test_who_is_there_before_the_first_step_leaves_no_ratio_either(self):
        at_once = made(np.full((3, 7), 0.92))
        now, said, _ = by_hand(at_once, made(rising(30, 40, 50)))
        never, said_never, _ = by_hand(at_once, made(rising(None, None, None)))

        assert now["steps_to_90_norm"] == 0
        assert math.isnan(now["speedup_90"])
        assert said["speedup_90"] == word("speedup.at_start", name="Batch norm")
        assert never["speedup_90"] == math.inf
        assert said_never["speedup_90"] == word("speedup.at_start_no_end", name="No norm", steps=SIXTY)

    def test_never_of_the_norm_leaves_no_ratio(self):
        now, said, _ = by_hand(made(rising(None, None, None)), made(rising(30, 40, 50)))

        assert math.isnan(now["speedup_90"])
        assert said["speedup_90"] == word("speedup.never", name="Batch norm", steps=SIXTY)
        assert (
            said["steps_to_95_norm"] == "reached by none of 3 seeds within 60 steps; the best training accuracy is 0.1"
        )

    def test_what_was_recorded_last_is_the_mean_of_the_seeds(self):
        now, said, _ = by_hand(made(rising(10, 20, 60)), made(rising(30, 40, None)))

        assert now["loss_norm"] == 3
        assert said["loss_norm"] == "loss of the last mini-batch; mean of 3 seeds, which range from 1 to 6"
        assert now["train_accuracy_against"] == pytest.approx((0.92 + 0.92 + 0.1) / 3, rel=1e-3)
        for key, what, low, high in (
            ("train_accuracy_against", word("last.train_accuracy"), 0.1, 0.92),
            ("test_accuracy_norm", word("last.test_accuracy", tested=450), 0.7, 0.9),
        ):
            seeds = word("spread.mean", count=3, low=low, high=high)
            assert said[key] == word("measured", what=what, seeds=seeds, **DONE)

    def test_gains_are_means_of_paired_differences(self):
        norm, against = made(rising(10, 20, 60)), made(rising(30, 40, None), test=(0.8, 0.8, 0.5))
        now, said, _ = by_hand(norm, against)

        # Differences 0.1, 0 and 0.2: mean 0.1, spread 0.1, standard error 0.1 / sqrt(3).
        assert now["accuracy_gain"] == pytest.approx(0.1)
        assert said["accuracy_gain"] == "mean difference of 3 seeds, with a standard error of 0.058"

    def test_what_precise_statistics_add(self):
        norm = made(rising(10, 20, 60), precise=(0.95, 0.9, 0.7))
        now, said, _ = by_hand(norm, made(rising(30, 40, None)), precise="yes")

        assert now["precise_accuracy_norm"] == 0.85
        assert now["precise_gain"] == 0.05
        assert said["precise_gain"] == word("paired.many", count=3, error=0.05 / math.sqrt(3), **DONE)
        assert said["precise_accuracy_against"] == word("last.no_statistics")

    def test_drifts_and_their_ratio(self):
        now, said, _ = by_hand(made(rising(10, 20, 60)), made(rising(30, 40, None)))

        assert (now["drift_norm"], now["drift_against"], now["drift_ratio"]) == (0.25, 0.5, 0.5)
        assert said["drift_ratio"] == "0.25 / 0.5"
        seeds = word("spread.mean", count=3, low=0.25, high=0.25)
        assert said["drift_norm"] == word("drift.measured", steps=60, seeds=seeds)

    def test_how_far_the_first_layer_moved_is_a_median(self):
        now, said, _ = by_hand(made(rising(10, 20, 60)), made(rising(30, 40, None)))

        assert now["moved_norm"] == 2
        seeds = word("spread.median", count=3, low=1, high=9)
        assert said["moved_norm"] == word("moved.measured", seeds=seeds, **DONE)

    def test_of_a_seed_that_diverged_neither_loss_nor_way_is_told(self):
        lost = made(rising(10, 20, 60), loss=(1.0, math.nan, 2.0), moved=(1.0, math.inf, 2.0))
        now, said, _ = by_hand(lost, made(rising(30, 40, None)))

        assert now["diverged_norm"] == 1
        assert said["diverged_norm"] == word("of_seeds", seeds=THREE)
        assert math.isnan(now["loss_norm"])
        assert math.isnan(now["moved_norm"])
        assert said["loss_norm"] == said["moved_norm"] == "1 of 3 seeds diverged"

    def test_usable_rates_go_by_the_mean_accuracy(self):
        good, bad = made(rising(10, 20, 30)), made(rising(10, 20, None))  # 0.92, and 0.647 of which the median is 0.92
        now, said = swept_by_hand([bad, good, good, bad], [good, bad, bad, bad])

        assert (now["largest_rate_norm"], now["largest_rate_against"], now["rate_ratio"]) == (4, 1, 4)
        assert (now["rate_window_norm"], now["rate_window_against"]) == (2, 1)
        assert said["rate_ratio"] == "4 / 1"
        assert said["rate_window_norm"] == "4 / 2"
        rule = word("rates.rule", floor=0.8, steps=SIXTY)
        assert said["largest_rate_norm"] == word("rates.range", low=2, high=4, rule=rule, ends="")
        assert said["largest_rate_against"] == word("rates.one", high=1, rule=rule, ends=word("rates.ends.smallest"))

    def test_no_usable_rate_at_all_is_no_ratio_and_none_of_the_other_any(self):
        good, bad = made(rising(10, 20, 30)), made(rising(None, None, None))

        assert math.isnan(swept_by_hand([bad, bad], [good, good])[0]["rate_ratio"])
        now, said = swept_by_hand([good, good], [bad, bad])
        assert now["rate_ratio"] == math.inf
        assert said["rate_ratio"] == word("rates.none_usable_with", name="No norm")
        rule = word("rates.rule", floor=0.8, steps=SIXTY)
        assert said["largest_rate_norm"] == word("rates.range", low=1, high=2, rule=rule, ends=word("rates.ends.both"))
        assert said["largest_rate_against"] == word("rates.none", count=2, low="1", high="2", rule=rule)

    def test_of_a_single_rate_there_is_no_from_and_to(self):
        bad = made(rising(None, None, None))
        _, said = swept_by_hand([bad], [bad])

        rule = word("rates.rule", floor=0.8, steps=SIXTY)
        assert said["largest_rate_norm"] == word("rates.none_of_one", low="1", rule=rule)

    def test_a_ratio_of_rates_has_no_digits_that_they_have_not(self):
        good = made(rising(10, 20, 30))
        now, _ = swept_by_hand([good] * 4, [good] * 4, low=0.1, high=0.7)

        assert now["rate_window_norm"] == 7

    def test_the_best_and_the_fastest_value_go_by_mean_accuracy_and_median_steps(self):
        slow, fast = made(rising(20, 30, 30)), made(rising(10, 20, 60), test=(0.9, 0.9, 0.9))
        now, said = swept_by_hand([slow, fast], [fast, slow])

        assert (now["best_norm"], now["fastest_norm"]) == ("2", "2")
        assert (now["best_against"], now["fastest_against"]) == ("1", "1")
        assert said["best_norm"] == "mean test accuracy 0.9; the lowest, 0.8, is at 1"
        assert said["fastest_norm"] == word("sweep.fastest", steps=20, level=0.9)
        assert now["sweep_gain_norm"] == 0.1
        gain = word("paired.many", count=3, error=0.1 / math.sqrt(3), **DONE)
        assert said["sweep_gain_norm"] == word("sweep.gain", last="2", first="1", paired=gain)
        assert now["sweep_gain_against"] == -0.1

    def test_of_equal_values_none_is_picked(self):
        slow, fast = made(rising(20, 30, 30)), made(rising(10, 20, 60), test=(0.9, 0.9, 0.9))
        now, said = swept_by_hand([fast, slow, fast], [slow] * 3)

        assert (now["best_norm"], now["fastest_norm"]) == ("1, 4", "1, 4")
        assert (now["best_against"], now["fastest_against"]) == ("all the same", "all the same")
        assert said["best_norm"] == word("sweep.best", best=0.9, worst=0.8, where="2")
        assert said["best_against"] == word("sweep.best_of_equals", best=0.8)
        assert said["fastest_against"] == word("sweep.fastest", steps=30, level=0.9)

    def test_means_of_the_same_digits_are_equal_in_whatever_order_they_are_added(self):
        one, two = (0.1, 0.2, 0.3), (0.3, 0.2, 0.1)
        rows = rising(10, 20, 30)
        now, _ = swept_by_hand([made(rows, test=one), made(rows, test=two)], [made(rows)] * 2)

        assert np.mean(one) != np.mean(two)
        assert now["best_norm"] == "all the same"

    def test_the_table_of_values_has_medians_of_steps_and_means_of_accuracies(self):
        curves = made([[0.1, 0.92, 0.96, 1, 1, 1, 1], [0.1, 0.1, 0.92, 0.96, 1, 1, 1], [0.1] * 6 + [0.96]])
        _, _, found = by_hand(curves, made(rising(30, 40, None)))
        row = found.tables["sweep"].query("network == 'norm'").iloc[0]
        runs = found.tables["runs"].query("network == 'norm'")

        assert row[["steps_to_90", "steps_to_90_low", "steps_to_90_high"]].tolist() == [20, 10, 60]
        assert row[["steps_to_95", "steps_to_95_low", "steps_to_95_high"]].tolist() == [30, 20, 60]
        assert row[["test_accuracy", "test_accuracy_low"]].tolist() == pytest.approx([0.8, 0.7])
        assert runs["steps_to_95"].tolist() == [20, 30, 60]
        assert runs["seed"].tolist() == [0, 1, 2]

    def test_drift_is_that_of_the_first_500_steps_at_most(self):
        _, said, _ = by_hand(made(rising(10, 20, 60)), made(rising(30, 40, None)), steps=700)

        seeds = word("spread.mean", count=3, low=0.25, high=0.25)
        assert said["drift_norm"] == word("drift.measured", steps=500, seeds=seeds)

    def test_the_notes_say_how_small_it_is_and_who_diverged_by_when(self):
        lost = np.ones((3, 7))
        lost[0, 2:], lost[1, 4:] = np.nan, np.inf
        norm = made(rising(10, 20, 60))
        _, _, found = by_hand(replace(norm, loss=lost), norm, activation="relu")

        assert found.notes == (
            "A small experiment, run here and now: 40 digits of 8 × 8 pixels train, 450 others test. Each network has "
            "2 hidden layers of 8 ReLU units. Both start from the same weights and see the same batches, with 3 seeds.",
            "Batch norm: 2 of 3 seeds diverged by step 40 (×) and left the curves there. The accuracies at the "
            "end include them: a network that has diverged only guesses, and is right about one time in ten.",
        )

    def test_what_is_reached_nowhere_has_no_fastest(self):
        never = made(rising(None, None, None))
        now, said = swept_by_hand([never, never], [never, made(rising(10, 20, 30))])

        assert (now["fastest_norm"], now["fastest_against"]) == ("–", "2")
        assert said["fastest_norm"] == word("sweep.never", level=0.9, steps=SIXTY)


class TestWayOfTheFirstLayer:
    def test_one_step_is_the_rate_times_the_gradient(self):
        run = replace(run_of(params(depth=2), "batch"), steps=1, rate=0.25)
        data = digits("pixels", 0).first(40)
        first, last = train([run], data, Watch(every=1, moved=True, gradients=True))
        start = initial(run.net, run.start, np.random.default_rng((run.seed, 0)))[: 64 * 8]

        assert first.moved == 0
        # float32 weights: the difference of two has lost up to 2^-24 |w| / |change| of itself.
        assert last.moved * np.linalg.norm(start) == pytest.approx(0.25 * last.gradient_norms[0], rel=1e-4)

    def test_is_that_of_the_first_weights_alone_and_over_their_start(self):
        found = result(seeds=1, depth=2)
        run = run_of(found.params, "batch")
        *_, last = train([run], digits("pixels", 0).first(40))
        start = initial(run.net, run.start, np.random.default_rng((run.seed, 0)))[: 64 * 8]
        moved = np.linalg.norm(last.network.flat[: 64 * 8] - start) / np.linalg.norm(start)

        assert found.readouts["moved_norm"] == pytest.approx(moved, rel=1e-3)  # four digits are told

    def test_is_not_measured_unasked(self):
        assert all(record.moved is None for record in train([run_of(params(), "batch")], digits("pixels", 0).first(40)))

    def test_gamma_of_0_leaves_every_hidden_weight_where_it_was(self):
        found = result(gamma=0.0, activation="relu", seeds=1)

        assert found.readouts["moved_norm"] == 0
        assert found.readouts["moved_against"] > 0


class TestSmallBatches:
    def test_of_one_no_gradient_passes(self):
        assert result(batch=1, seeds=1).notes[1] == (
            "Batch norm with N = 1: each example is its own mean, so x̂ = 0 whatever came in. No gradient passes, and "
            "the weights right below do not learn."
        )
        assert notes(result(batch=1, frozen=0.5, seeds=1))["one-until-frozen"] == {"name": "Batch norm"}

    def test_statistics_that_are_frozen_from_the_start_are_never_those_of_one_example(self):
        assert list(notes(result(batch=1, frozen=1.0, seeds=1))) == ["setting"]

    def test_of_two_most_pass_nothing_and_few_pass_kicks(self):
        found = result(batch=2, seeds=1)
        said = notes(found)

        assert list(said) == ["setting", "two", "pairs", "kicks", "moved"]
        assert said["pairs"]["typical"] == pytest.approx(3.9e-5, rel=0.02)
        assert said["pairs"]["largest"] == pytest.approx(math.sqrt(1e5), rel=1e-12)
        assert said["pairs"]["rms"] == pytest.approx(10.3, rel=5e-3)
        assert said["moved"] == {"name": "Batch norm", "moved": found.readouts["moved_norm"]}
        assert list(notes(part_way(0, batch=2))) == ["setting", "two", "pairs", "kicks", "unfinished"]
        assert found.notes[1] == (
            "Batch norm with N = 2: x̂ = ±d / √(d² + ε), where d is half the difference of the two examples. Where d is "
            "much larger than √ε that is ±1, whatever came in."
        )

    def test_a_large_eps_lets_everything_pass_evenly_and_is_not_called_a_kick(self):
        said = notes(result(batch=2, seeds=1, eps=1.0))

        assert said["pairs"]["largest"] == 1
        assert "kicks" not in said

    @pytest.mark.parametrize(("norm", "name"), [("ghost", "Ghost batch norm"), ("noisy", "Noisy batch norm")])
    def test_it_is_the_batch_that_shares_a_mean_that_counts(self, norm, name):
        found = result(norm=norm, ghost=2, batch=10 if norm == "ghost" else 2, seeds=1)

        assert notes(found)["two"] == {"name": name}

    def test_three_examples_need_no_word(self):
        assert len(result(batch=3, seeds=1).notes) == len(result(norm="layer", batch=2, seeds=1).notes) == 1


@pytest.fixture(scope="module")
def lost():
    """A learning rate that no network without norm survives."""
    return result(activation="linear", rate=5.0, depth=3)


class TestDivergence:
    def test_is_counted_and_said(self, lost):
        assert lost.readouts["diverged_against"] == 2
        assert math.isnan(lost.readouts["loss_against"])
        assert statements(lost)["loss_against"] == "2 of 2 seeds diverged"
        (note,) = [note for note in lost.notes if note.startswith("No norm: ")]
        assert note.startswith("No norm: 2 of 2 seeds diverged by step ")

    def test_is_marked_and_never_drawn_as_a_number_that_is_none(self, lost):
        assert "lost" in set(lost.figures[3].data["runs"]["kind"])
        assert len(lost.figures[0].data["lost"]) == 2
        for figure in lost.figures:
            for name, data in figure.data.items():
                numbers = data.select_dtypes("number")
                assert np.isfinite(numbers.to_numpy()).all(), (figure.key, name)


class TestSameAgain:
    def test_equal_results_compare_equal_though_numbers_are_missing(self, lost):
        again = Result(EXPERIMENT, lost.params)

        assert again.readout_list == lost.readout_list
        assert result(steps=1).readout_list == result(steps=1).readout_list

    def test_no_drift_is_measured_of_one_step(self):
        assert statements(result(steps=1))["drift_norm"] == word("drift.none")


class TestStopping:
    @pytest.mark.parametrize("count", [0, 1, 3, 7, 12])
    def test_what_is_done_can_be_looked_at(self, count):
        whole, found = result(vary="gamma", steps=10), part_way(count, vary="gamma", steps=10)

        assert list(found.readouts) == list(whole.readouts)
        assert all(found.notes)
        for name, table in whole.tables.items():
            pd.testing.assert_series_equal(found.tables[name].dtypes, table.dtypes)
        for figure, other in zip(found.figures, whole.figures, strict=True):
            assert (figure.title, figure.caption, figure.alt) == (other.title, other.caption, other.alt)
            for name, data in figure.data.items():
                pd.testing.assert_series_equal(data.dtypes, other.data[name].dtypes)
                assert not data.isna().any().any()

    def test_it_says_what_is_missing(self):
        note = part_way(3).notes[-1]

        assert note == "Not finished: 20 of 80 steps are made, counted over all networks, values and seeds."
        assert not any("Not finished" in note for note in result().notes)

    def test_a_momentum_that_looks_like_the_weight_of_the_old_gets_a_note(self):
        note = (
            "Here the momentum of the running statistics is the weight of the new batch. With m = 0.99 half of the "
            "past is forgotten in 0.15 batches. Keras, Flax, ONNX and Paddle give the weight of the old statistics "
            "instead: their 0.99 is m = 0.01 here."
        )

        assert note in result(running_momentum=0.99).notes
        assert note in result(vary="running_momentum", grid="own", low=0.99, high=1.0, points=2).notes
        for changes in (
            {"norm": "layer", "running_momentum": 0.99},
            {"running_momentum": 1.0},
            {"running_momentum": 0.0},
        ):
            assert "old-momentum" not in notes(result(**changes))

    def test_it_says_that_drift_is_not_measured_to_the_end(self):
        p = params()
        values = [next(iter(do(job))).value if job.drift else EXPERIMENT.work.finish(job) for job in parts(p)]
        found = Result.of(EXPERIMENT, p, EXPERIMENT.work.join(p, values))

        assert found.notes[-1] == "Not finished: how far the inputs of activations move is still being measured."

    def test_nothing_is_said_to_be_never_reached(self):
        found = part_way(4)

        assert math.isnan(found.readouts["steps_to_90_norm"])
        assert statements(found)["steps_to_90_norm"].startswith("reached by none of 2 seeds in 5 steps so far; ")

    def test_nothing_is_known_before_the_start(self):
        found = part_way(0)

        assert {readout.value for readout in found.readout_list if isinstance(readout.value, str)} == {"–"}
        assert all(math.isnan(value) for value in found.readouts.values() if not isinstance(value, str))
        assert found.figures[0].description == "Nothing has been recorded yet."


class TestParts:
    def test_can_be_sent_away_and_done_in_any_order(self):
        p = params(vary="placement")
        jobs = pickle.loads(pickle.dumps(parts(p)))
        backwards = {job: pickle.loads(pickle.dumps(EXPERIMENT.work.finish(job))) for job in reversed(jobs)}
        found = Result.of(EXPERIMENT, p, EXPERIMENT.work.join(p, [backwards[job] for job in parts(p)]))

        for name, table in Result(EXPERIMENT, p).tables.items():
            assert_same_table(table, found.tables[name], **NARROW)

    def test_what_the_curves_show_comes_first(self):
        jobs = parts(params(vary="gamma", gamma=2.0))

        assert [job.run.start.gamma for job in jobs[:2]] == [2.0, 1.0]
        assert [job.drift for job in jobs[:5]] == [False, False, True, True, False]

    def test_each_tells_how_far_it_is(self):
        for job in parts(params(steps=700, seeds=1, examples=20)):
            done = [found.done for found in do(job)]

            assert done == sorted(done)
            assert done[0] > 0
            assert done[-1] == 1
            assert len(done) <= 121

    def test_the_default_is_a_matter_of_seconds(self):
        assert sum(map(seconds, parts(TrainingParams()))) == pytest.approx(3.5, abs=1.5)

    def test_time_and_memory_grow_with_what_is_asked(self):
        run = run_of(params(), "batch")
        wide = replace(run, net=replace(run.net, sizes=(64, 80, 10)))

        assert seconds_of(wide, 40, 450, 4, precise=False) > seconds_of(run, 40, 450, 4, precise=False)
        assert seconds_of(run, 40, 450, 4, precise=True) > seconds_of(run, 40, 450, 4, precise=False)
        assert bytes_of(wide, 2) == 2 * bytes_of(wide, 1) > 2 * bytes_of(run, 1)


class TestRefusals:
    def test_a_network_against_itself(self):
        assert refusal(against="batch") == "against must be another norm than norm; got batch for both."

    def test_varying_what_neither_network_has(self):
        assert refusal(vary="ghost") == "ghost can be varied only where norm or against is ghost; got batch."
        assert refusal(vary="noise_shift", norm="group", groups=4) == (
            "noise_shift can be varied only where norm or against is noisy; got group."
        )

    def test_sizes_that_do_not_fit(self):
        assert refusal(batch=41) == "batch must be at most the 40 training examples; got 41."
        assert refusal(norm="ghost", ghost=4) == (
            "ghost must divide the 10 examples of a batch; got 4. 2, 5, 10 will do."
        )
        assert refusal(norm="group", groups=3) == ("groups must divide the 8 units of a layer; got 3. 2, 4, 8 will do.")
        assert refusal(vary="examples", batch=200, examples=300) == (
            "batch must be at most the 100 training examples; got 200."
        )

    def test_values_of_ones_own(self):
        assert refusal(vary="rate", grid="own", low=2, high=1) == "low must be less than high; got 2 and 1."
        assert refusal(vary="rate", grid="own", low=0, high=1) == "low must be more than 0 where rate is varied; got 0."
        assert refusal(vary="dropout", grid="own", low=0, high=2, points=3) == (
            "dropout must be a number from 0 to 0.9; got 1. That is one of the 3 values from low to high."
        )

    def test_what_would_take_too_long_names_what_will_do(self):
        found = refusal(steps=20000, depth=20, width=200, batch=40)

        assert found.startswith("steps must be few enough for about 240 seconds of computing; these 20000 would take ")
        fits = int(found.split("steps up to ")[1].split(" ")[0])
        assert params(steps=fits - fits // 20, depth=20, width=200, batch=40)

    def test_what_would_need_too_much_memory(self):
        assert refusal(steps=1, depth=60, width=256, batch=1000, examples=1347, seeds=8, vary="gamma").startswith(
            "width must be small enough for 600 MB at once; this would need "
        )


class TestActions:
    def test_they_lead_to_settings_that_are_allowed(self):
        offered = EXPERIMENT.offers(result().outcome)

        assert offered == {
            "Other seeds": {"seed": 2}, "Twice the steps": {"steps": 40},
            "Vary the learning rate": {"vary": "rate", "grid": "standard"},
        }  # fmt: skip

    def test_too_many_steps_are_not_offered(self):
        assert "Twice the steps" not in EXPERIMENT.offers(part_way(0, steps=20000).outcome)


class TestFindings:
    def test_a_frozen_tail_helps_batches_of_two(self):
        found = bnsim.run(
            "training", vary="frozen", grid="own", low=0.0, high=0.2, points=2, batch=2, width=32, depth=2,
            activation="relu", init="he", inputs="standardized", rate=0.05, steps=300, every=300, seeds=5,
        )  # fmt: skip

        # The mean of 5 seeds that gain 0.27 each, with a spread of 0.09: four standard errors below.
        assert found.readouts["sweep_gain_norm"] > 0.1
        assert found.readouts["sweep_gain_against"] == 0

    def test_noise_moves_the_inputs_more_than_no_norm_and_by_its_own_law(self):
        found = bnsim.run(
            "training", norm="noisy", rate=0.5, steps=40, every=40, depth=2, width=32, inputs="standardized"
        )

        # The difference of two shifts uniform in +-0.5 has a mean size of 1 / 3; gamma and beta have hardly moved.
        assert found.readouts["drift_norm"] == pytest.approx(1 / 3, rel=0.03)
        assert found.readouts["drift_ratio"] > 2

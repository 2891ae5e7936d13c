"""Is the loss smoother: the experiment at toy size, its partial outcomes, its refusals and its set."""

import json
import pickle
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rounding import assert_same_numbers, assert_same_table

import bnsim
from bnsim import cli
from bnsim.engine.networks.rays import landscape
from bnsim.errors import ParamsError
from bnsim.experiment import Result
from bnsim.experiments import params_of
from bnsim.experiments.landscape import EXPERIMENT
from bnsim.experiments.landscape.comparison import (
    SMOOTH,
    Contrast,
    Measure,
    Opinions,
    Span,
    Verdict,
    contrast,
    opinions,
    ratio,
    span,
    widest,
)
from bnsim.experiments.landscape.history import History, typical_unit
from bnsim.experiments.landscape.model import do, join, parts, seconds, split
from bnsim.experiments.landscape.params import MOST_MEASURED, LandscapeParams
from bnsim.scenario import toml

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "smooth-landscape.toml"
TOY = {"depth": 3, "width": 8, "steps": 6, "every": 2, "batch": 16, "seeds": 2, "points": 3}
PAIRS = (
    Measure.LOSS_RANGE, Measure.RELATIVE_CHANGE, Measure.GRADIENT_CHANGE, Measure.PERCENTILE_RANGE,
    Measure.GRADIENT_SHIFT, Measure.STEP_DRIFT,
)  # fmt: skip


def result(**changes):
    return Result(EXPERIMENT, LandscapeParams.of(TOY | changes))


@pytest.fixture(scope="module")
def toy():
    return result()


@pytest.fixture(scope="module")
def diverged():
    return result(depth=6, width=16, rate=10.0, steps=20, every=5, batch=32)


def networks(found):
    """Return both networks of a result, the reference first."""
    return found.outcome.reference, found.outcome.norm


def after(yields, **changes):
    """Return the result of so many yields of each part; None for a part that is not begun."""
    params = LandscapeParams.of(TOY | changes)
    found = []
    for part, count in zip(parts(params), yields, strict=True):
        values = [each.value for each in islice(do(part), count)]
        found.append(values[-1] if values else None)
    return Result.of(EXPERIMENT, params, join(params, found))


def refusal(**changes):
    with pytest.raises(ParamsError) as error:
        LandscapeParams.of(changes)
    return str(error.value)


class TestWork:
    def test_parts_are_the_two_networks(self):
        assert [part.norm for part in parts(LandscapeParams())] == ["none", "batch"]

    def test_parts_can_be_sent_to_another_process(self):
        for part in parts(LandscapeParams()):
            assert pickle.loads(pickle.dumps(part)) == part

    def test_networks_share_weights_and_batches(self):
        reference, norm = parts(LandscapeParams.of(TOY))

        assert [run.seed for run in reference.runs] == [run.seed for run in norm.runs] == [0, 1]
        assert reference.runs[0].start == norm.runs[0].start

    def test_what_is_done_grows_to_one(self):
        for part in parts(LandscapeParams.of(TOY)):
            done = [share.done for share in do(part)]

            assert done == sorted(set(done))
            assert done[0] > 0
            assert done[-1] == 1.0

    def test_a_long_part_does_not_report_every_step(self):
        part = parts(LandscapeParams.of(TOY | {"steps": 400, "every": 200, "depth": 1, "width": 4, "seeds": 1}))[0]

        assert 20 <= len(list(do(part))) <= 60

    def test_values_can_be_sent_back(self):
        *_, found = do(parts(LandscapeParams.of(TOY))[1])
        again = pickle.loads(pickle.dumps(found.value))

        assert [measurement.step for measurement, _ in again] == [0, 2, 4, 6]

    def test_the_order_of_the_parts_does_not_matter(self, toy):
        params = toy.params
        found = [EXPERIMENT.work.finish(part) for part in reversed(parts(params))]
        other = Result.of(EXPERIMENT, params, join(params, found[::-1]))

        for name, frame in toy.tables.items():
            assert_same_table(frame, other.tables[name])
        assert_same_numbers(toy.readouts, other.readouts)
        assert [note[:40] for note in toy.notes] == [note[:40] for note in other.notes]

    def test_the_largest_allowed_takes_minutes(self):
        largest = {"depth": 20, "width": 128, "batch": 256, "points": 16, "seeds": 5, "steps": 295, "every": 5}

        assert LandscapeParams.of(TOY | {"steps": 295, "every": 5}).measured_steps == MOST_MEASURED
        assert "a run must take at most about 300 seconds" in refusal(**largest)
        assert sum(map(seconds, parts(LandscapeParams()))) < 10


def by_hand(norm_values, reference_values, *, rays=((1.0, 1.0), (1.0, 1.0)), others=(), **changes):
    """Return a result in which every measure has these values, one a seed, and the rays these ranges, (2, 2).

    `others`: measures with another contrast.

    The rays of the network with the norm all have the range 1.
    """
    params = LandscapeParams.of(TOY | {"steps": 2} | changes)
    outcome = join(params, [None, None])
    reference, norm = np.array(reference_values, dtype=float), np.array(norm_values, dtype=float)
    ranges = np.array(rays, dtype=float)
    contrasts = dict.fromkeys(Measure, contrast(norm, reference)) | dict(others)
    outcome = replace(
        outcome,
        reference=replace(outcome.reference, spans=dict.fromkeys(Measure, span(reference))),
        norm=replace(outcome.norm, spans=dict.fromkeys(Measure, span(norm))),
        common_steps=2,
        last_step=2,
        contrasts=contrasts,
        opinions=opinions(contrasts),
        rays=int(np.isfinite(ranges).sum()),
        smaller_rays=int((ranges > 1).sum()),
        smoother_share=(ranges > 1).sum() / np.isfinite(ranges).sum(),
        ratio=float(ratio(reference.mean(), norm.mean())),
        ratio_span=span(ratio(reference, norm)),
    )
    return Result.of(EXPERIMENT, params, outcome)


def statements(found):
    return {each.key: each.statement for each in found.readout_list}


def keys(found):
    return [each.key for each in EXPERIMENT.notes(found.outcome)]


class TestByHand:
    def test_readouts_are_means_with_their_range(self):
        found = by_hand((1.0, 3.0), (4.0, 12.0))

        assert (found.readouts["loss_range_median"], found.readouts["loss_range_median_reference"]) == (2, 8)
        assert statements(found)["gradient_change_reference"] == (
            "with no norm: largest change of the gradient on a ray, mean over the rays of 2 measured steps; mean of 2 "
            "seeds, between 4 and 12"
        )
        assert len(found.readouts) == 2 * len(Measure) + 2

    def test_the_ratio_is_the_reference_over_the_norm(self):
        found = by_hand((1.0, 3.0), (4.0, 6.0))

        assert found.readouts["loss_range_ratio"] == 2.5
        assert statements(found)["loss_range_ratio"] == (
            "mean loss range with no norm divided by that with batch norm; from seed to seed between 2 and 4"
        )

    def test_there_is_no_ratio_to_a_loss_that_does_not_vary(self):
        found = by_hand((0.0, 0.0), (4.0, 6.0))

        assert np.isnan(found.readouts["loss_range_ratio"])
        assert statements(found)["loss_range_ratio"] == (
            "with batch norm the loss range is 0, so nothing can be divided by it"
        )

    def test_rays_count_where_the_norm_has_the_smaller_range_and_ties_do_not(self):
        found = by_hand((1, 1), (1, 1), rays=((2.0, 1.0), (0.5, np.nan)))

        assert found.readouts["smoother_share"] == pytest.approx(1 / 3)
        assert statements(found)["smoother_share"] == (
            "with batch norm the loss range is smaller on 1 of 3 rays (2 measured steps, 2 seeds)"
        )

    @pytest.mark.parametrize(
        ("norm", "reference", "notes"),
        [
            ((1, 1), (2, 4), ["smoother", "rays", "end", "stiller"]),
            ((2, 4), (1, 1), ["rougher", "rays", "end", "livelier"]),
            ((1, 4), (2, 2), ["smooth-by-seed", "rays", "end", "still-by-seed"]),
            ((2, 2), (2, 2), ["as-smooth", "rays", "end", "as-still"]),
            ((np.nan, np.nan), (2, 2), ["rays"]),
        ],
    )
    def test_each_verdict_has_its_sentence(self, norm, reference, notes):
        assert keys(by_hand(norm, reference)) == ["setting", *notes]

    def test_the_sentence_names_the_measures_with_their_numbers(self):
        _, smooth, rays, end, still = by_hand((1, 1), (2, 4), rays=((2.0, 2.0), (2.0, 0.5))).notes

        assert smooth == (
            "The loss is smoother with batch norm than with no norm, measured by the mean loss range (1 against 3), "
            "the median loss range (1 against 3), the relative change of the gradient (1 against 3), the absolute "
            "change of the gradient (1 against 3), the median effective smoothness (1 against 3)."
        )
        assert rays.startswith("With batch norm the loss range is smaller on 3 of 4 rays. ")
        assert end.startswith("The loss at the last measured step is 1 with batch norm and 3 with no norm. ")
        assert still == (
            "What a layer works with changes less with batch norm than with no norm, measured by how far the median of "
            "what enters a last hidden unit moves (1 against 3), how far the mini-batch mean of what enters a last "
            "hidden unit moves in a step (1 against 3), how much the gradient of a layer changes when the layers below "
            "step (1 against 3)."
        )

    def test_where_seeds_disagree_it_is_said_how_many(self):
        smooth = by_hand((1, 4), (2, 2)).notes[1]

        assert smooth.startswith(
            "The seeds disagree whether the loss is smoother with batch norm than with no norm, measured by the mean "
            "loss range (2.5 against 2, smaller in 1 of 2 seeds), "
        )

    def test_it_is_said_that_noise_is_left_out_where_there_is_any(self):
        assert keys(by_hand((1, 1), (1, 1), norm="noisy"))[-1] == "noise"
        assert "noise" not in keys(by_hand((1, 1), (1, 1)))

    def test_of_those_that_diverged_the_first_step_is_said(self):
        found = by_hand((1, 1), (1, 1))
        lost = replace(found.outcome.reference, diverged_at=(6, 2))
        found = Result.of(EXPERIMENT, found.params, replace(found.outcome, reference=lost))

        assert found.notes[-1] == (
            "Training with no norm diverged in 2 of 2 seeds, first seen at step 2. Rays without a finite loss and "
            "gradient are left out of the comparison, for both networks."
        )

    @pytest.mark.parametrize(
        ("changes", "params", "key", "reason"),
        [
            ({}, {"depth": 1}, "gradient_shift", "a single hidden layer has none below it"),
            ({"common_steps": 1}, {}, "loss_range", "too little is measured so far"),
            ({"last_step": 1}, {}, "step_drift", "there is no drift before the second training step"),
            ({}, {}, "loss_range", "no finite number came out; a gradient that is exactly 0 gives none"),
        ],
    )
    def test_it_is_said_why_a_number_is_missing(self, changes, params, key, reason):
        found = by_hand((np.nan, np.nan), (1, 1), **params)
        found = Result.of(EXPERIMENT, found.params, replace(found.outcome, **changes))

        assert np.isnan(found.readouts[key])
        assert statements(found)[key] == f"with batch norm: {reason}"


SMALLER, LARGER, UNKNOWN = (
    contrast(np.array(values), np.array([2.0, 2.0])) for values in ([1.0, 1.0], [3.0, 3.0], [np.nan, np.nan])
)


def answer_keys(found):
    return [each.key for each in EXPERIMENT.answers(found.outcome)]


class TestAnswer:
    @pytest.mark.parametrize(
        ("norm", "reference", "answer"),
        [
            (
                (1, 1),
                (2, 4),
                "By the range of the loss, yes: along the gradient it varies by 1 on average with batch norm, and by 3 "
                "with no norm. All 5 measures of smoothness say so in this small network, in every seed.",
            ),
            (
                (2, 4),
                (1, 1),
                "By the range of the loss, no, it is rougher: along the gradient it varies by 3 on average with batch "
                "norm, and by 1 with no norm. All 5 measures of smoothness say so in this small network, in every "
                "seed.",
            ),
            (
                (1, 4),
                (2, 2),
                "That depends on the seed: along the gradient the loss varies by 2.5 on average with batch norm and by "
                "2 with no norm, and in 1 of 2 seeds it varies less with batch norm.",
            ),
            (
                (2, 2),
                (2, 2),
                "It makes no difference: along the gradient the loss varies by 2 on average, with batch norm as with "
                "no norm.",
            ),
            (
                (np.nan, np.nan),
                (2, 2),
                "That cannot be told: on no ray is the loss of both networks a finite number.",
            ),
        ],
    )
    def test_says_what_the_seeds_say_of_the_loss_range(self, norm, reference, answer):
        assert by_hand(norm, reference).answer == answer

    def test_counts_what_other_measures_say(self):
        others = {Measure.RELATIVE_CHANGE: LARGER, Measure.SMOOTHNESS_MEDIAN: LARGER, Measure.GRADIENT_CHANGE: UNKNOWN}
        found = by_hand((1, 1), (2, 4), others=others.items())

        assert found.answer.endswith(" Of 4 measures of smoothness, 2 call it smoother in every seed and 2 rougher.")

    def test_one_measure_is_no_second_opinion(self):
        others = dict.fromkeys(SMOOTH[1:], UNKNOWN)

        assert answer_keys(by_hand((1, 1), (2, 4), others=others.items())) == ["smoother"]

    def test_one_seed_is_said_to_be_one(self):
        one_more = {Measure.SMOOTHNESS_MEDIAN: LARGER}

        assert answer_keys(by_hand((1, np.nan), (2, 4))) == ["smoother", "agree-one"]
        assert answer_keys(by_hand((1, np.nan), (2, 4), others=one_more.items())) == ["smoother", "disagree-one"]

    def test_a_seed_that_ties_is_no_agreement(self):
        assert answer_keys(by_hand((1, 2), (2, 2))) == ["by-seed"]

    def test_nothing_is_known_before_a_ray_is_measured_in_both(self):
        assert [answer_keys(after(yields)) for yields in ((0, 0), (9, 0))] == [["not-yet"], ["not-yet"]]
        assert answer_keys(after((2, 2))) != ["not-yet"]

    def test_what_has_been_found_so_far_is_answered_and_said_to_be_unfinished(self, toy):
        partial = after((99, 6))

        assert answer_keys(partial)[0] in ("smoother", "rougher", "by-seed")
        assert partial.warnings == ("Not finished: both networks are measured up to step 2 of 6 so far.",)
        assert toy.warnings == ()

    def test_divergence_is_a_warning(self, diverged):
        assert len(diverged.warnings) == 1
        assert diverged.warnings[0].startswith("Training with no norm diverged in 1 of 2 seeds")

    def test_opinions_are_those_of_the_five_measures(self, toy):
        changes = [toy.outcome.norm.by_seed[each] - toy.outcome.reference.by_seed[each] for each in SMOOTH]

        assert toy.outcome.opinions == Opinions(
            measures=5,
            smoother=sum(bool((change < 0).all()) for change in changes),
            rougher=sum(bool((change > 0).all()) for change in changes),
        )


class TestControls:
    def test_six_are_in_sight_and_the_others_are_in_groups(self):
        specs = LandscapeParams.controls().values()

        assert [spec.name for spec in specs if not spec.control.group] == [
            "activation", "depth", "norm", "against", "rate", "steps",
        ]  # fmt: skip
        assert {spec.control.group for spec in specs} == {"", *EXPERIMENT.words.group("group").values()}


class TestComparison:
    def test_a_span_leaves_out_what_is_no_number(self):
        assert span(np.array([1.0, np.nan, 4.0])) == Span(2.5, 1.0, 4.0, 2)

    def test_networks_are_compared_over_the_seeds_that_both_have(self):
        norm, reference = np.array([1.0, 9.0, 3.0]), np.array([2.0, np.nan, 5.0])

        assert contrast(norm, reference) == Contrast(Verdict.SMALLER, 2.0, 3.5, 2, 0, 2)

    def test_a_tie_in_one_seed_is_no_verdict(self):
        assert contrast(np.array([1.0, 2.0]), np.array([2.0, 2.0])).verdict is Verdict.MIXED

    def test_without_a_seed_in_both_nothing_is_known(self):
        found = contrast(np.array([1.0, np.nan]), np.array([np.nan, 2.0]))

        assert (found.verdict, found.smaller, found.larger, found.seeds) == (Verdict.UNKNOWN, 0, 0, 0)

    def test_nothing_is_divided_by_nothing(self):
        np.testing.assert_array_equal(ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0])), [0.5, np.nan])

    @pytest.mark.parametrize(("ranges", "at"), [((1.1, 3.0), 1), ((3.0, 1.1), 0), ((), 0)])
    def test_the_ray_that_is_drawn_is_where_the_ranges_differ_most(self, ranges, at):
        empty = History.nothing(2, np.array([0.1]), depth=1, units=4)
        reference, norm = (
            replace(empty, steps=np.arange(len(ranges)), loss_range=np.outer(values, [1.0, 1.0]))
            for values in (ranges, np.ones(len(ranges)))
        )

        assert widest(reference, norm) == at


class TestNumbers:
    def test_are_those_of_the_engine(self, toy):
        for network, part in zip(networks(toy), parts(toy.params), strict=True):
            rays = list(landscape(part.runs, split("standardized", 0), [0.05, 0.225, 0.4], every=2, shift=True))
            for seed in (0, 1):
                own = [each for each in rays if each.record.run == seed]
                numbers = {measure: values[seed] for measure, values in network.by_seed.items()}
                assert numbers[Measure.LOSS_RANGE] == pytest.approx(np.mean([each.ray.loss_range for each in own]))
                assert numbers[Measure.GRADIENT_CHANGE] == pytest.approx(
                    np.mean([each.ray.largest_change for each in own])
                )
                shifts = np.mean([each.shift.relative[1:] for each in own])
                assert numbers[Measure.GRADIENT_SHIFT] == pytest.approx(shifts)
                assert numbers[Measure.SMOOTHNESS_LARGEST] == max(each.ray.effective_smoothness for each in own)

    def test_readouts_are_means_over_the_seeds(self, toy):
        for measure in PAIRS:
            for network, suffix in zip(networks(toy), ("_reference", ""), strict=True):
                mean = network.by_seed[measure].mean()
                assert toy.readouts[f"{measure.name.lower()}{suffix}"] == pytest.approx(mean)

    def test_the_ratio_is_that_of_the_means(self, toy):
        reference, norm = (network.by_seed[Measure.LOSS_RANGE].mean() for network in networks(toy))

        assert toy.readouts["loss_range_ratio"] == pytest.approx(reference / norm)

    def test_the_share_counts_rays(self, toy):
        rays = toy.tables["rays"]
        wide = rays.pivot_table(index=["seed", "step"], columns="network", values="loss_range")
        smaller = int((wide["batch norm"] < wide["no norm"]).sum())

        assert toy.readouts["smoother_share"] == pytest.approx(smaller / 8)
        assert statements(toy)["smoother_share"] == (
            f"with batch norm the loss range is smaller on {smaller} of 8 rays (4 measured steps, 2 seeds)"
        )

    def test_shifts_are_of_the_second_layer_and_those_above(self, toy):
        shifts = toy.tables["shifts"].query("network == 'batch norm'")
        layers = toy.outcome.norm.history.shift

        assert shifts["x"].tolist() == [2, 3]
        assert shifts["mid"].tolist() == pytest.approx(layers[..., 1:].mean(axis=(0, 1)).tolist(), rel=1e-6)

    def test_what_enters_a_unit_is_that_of_the_first_seed(self, toy):
        drawn = toy.tables["entering"].query("network == 'batch norm'")
        history = toy.outcome.norm.history
        medians = history.percentiles[:, 0, 1, typical_unit(history)]

        assert drawn["mid"].tolist() == pytest.approx(medians.tolist())

    def test_another_seed_is_another_run(self, toy):
        assert result(seed=5).readouts["loss_range"] != toy.readouts["loss_range"]

    def test_noise_of_nothing_is_batch_norm(self):
        """Every number, to the bit: the noise multiplies by 1 and adds 0."""
        same = result(norm="noisy", against="batch", noise_shift=0, noise_scale=1, noise_jitter=0)

        assert same.readouts["loss_range_ratio"] == 1.0
        assert same.readouts["smoother_share"] == 0.0
        reference, norm = networks(same)
        for measure in Measure:
            np.testing.assert_array_equal(norm.by_seed[measure], reference.by_seed[measure])
        assert keys(same)[1] == "as-smooth"

    def test_noise_shows_in_the_drift_only_while_training_and_looks_are_without_it(self):
        found = result(norm="noisy", activation="sigmoid", noise_shift=2.0)

        # E|m - m'| of two shifts uniform on +-2, which is 4 / 3; few units and steps, so by and large.
        assert found.readouts["step_drift"] == pytest.approx(4 / 3, rel=0.3)
        assert found.readouts["step_drift_reference"] < 0.5
        assert found.notes[-1] == (
            "Rays, gradient shifts and percentiles are measured without the noise. The drift in a step is measured "
            "with it."
        )

    def test_one_hidden_layer_has_no_layer_below(self):
        found = result(depth=1)

        assert np.isnan(found.readouts["gradient_shift"])
        assert statements(found)["gradient_shift"] == "with batch norm: a single hidden layer has none below it"
        assert found.tables["shifts"].empty
        assert found.figures[-1].description == (
            "There is nothing to draw: no gradient shift is measured. It takes at least two hidden layers."
        )

    def test_every_norm_and_activation_runs(self):
        for norm, against in (("layer", "batch"), ("group", "layer"), ("noisy", "none")):
            for activation in ("tanh", "sigmoid", "linear"):
                found = result(norm=norm, against=against, activation=activation, inputs="pixels", init="fixed")
                assert np.isfinite(found.readouts["loss_range"])


class TestPartial:
    @pytest.mark.parametrize("yields", [(0, 0), (1, 0), (2, 0), (2, 2), (5, 3), (9, 3), (99, 6)])
    def test_everything_works(self, toy, yields):
        partial = after(yields)

        assert list(partial.readouts) == list(toy.readouts)
        assert set(partial.tables) == set(toy.tables)
        for name, frame in toy.tables.items():
            assert dict(partial.tables[name].dtypes) == dict(frame.dtypes), name
        for figure, whole in zip(partial.figures, toy.figures, strict=True):
            assert (figure.key, figure.title, figure.caption) == (whole.key, whole.title, whole.caption)
            assert figure.template is whole.template
            assert figure.description.endswith(".")
            json.dumps(figure.to_dict(), allow_nan=False)
        assert all(note.endswith(".") for note in partial.notes)
        assert all(readout.statement for readout in partial.readout_list)

    def test_nothing_yet_is_said_so(self):
        nothing = after((0, 0))

        assert all(np.isnan(value) for value in nothing.readouts.values())
        assert nothing.notes == (
            "A small experiment: handwritten digits of 8 × 8 pixels, 3 hidden layers of 8 units, activation ReLU, 2 "
            "seeds.",
            "Not finished: both networks are measured up to step 0 of 6 so far.",
        )

    def test_both_are_compared_over_the_steps_that_both_have(self, toy):
        partial = after((99, 6))

        assert partial.notes[1] == "Not finished: both networks are measured up to step 2 of 6 so far."
        assert (partial.outcome.common_steps, partial.outcome.rays) == (2, 4)
        assert partial.tables["losses"]["network"].value_counts().to_dict() == {"no norm": 4, "batch norm": 2}

    def test_a_step_counts_when_all_seeds_have_it(self):
        values = [found.value for found in islice(do(parts(LandscapeParams.of(TOY))[0]), 2)]

        assert [len(value) for value in values] == [0, 1]

    def test_a_whole_run_is_not_said_to_be_unfinished(self, toy):
        assert "unfinished" not in keys(toy)


class TestDivergence:
    def test_is_said_in_words(self, diverged):
        assert diverged.notes[-1] == (
            "Training with no norm diverged in 1 of 2 seeds, first seen at step 5. Rays without a finite loss and "
            "gradient are left out of the comparison, for both networks."
        )

    def test_is_marked_in_the_pictures(self, diverged):
        assert diverged.tables["remarks"]["text"].tolist() == ["no norm: 1 of 2 diverged"]
        assert diverged.tables["remarks"]["x"].tolist() == [5.0]

    def test_no_picture_has_what_is_no_number(self, diverged):
        for figure in diverged.figures:
            for name, frame in figure.data.items():
                assert np.isfinite(frame.select_dtypes("number")).all(axis=None), (figure.key, name)

    def test_both_networks_are_compared_on_the_same_rays(self, diverged):
        assert diverged.outcome.rays == 6  # all 5 of one seed, the first of the other
        for network in networks(diverged):
            assert np.isfinite(network.by_seed[Measure.LOSS_RANGE]).all()


class TestRefusals:
    def test_a_network_is_not_held_against_itself(self):
        assert refusal(against="batch") == "norm and against must differ; got batch twice. against=none will do."

    def test_a_ray_leads_away(self):
        assert refusal(shortest=0.4) == "shortest must be less than longest; got 0.4 and 0.4."

    def test_groups_divide_the_units(self):
        assert refusal(norm="group", groups=5) == (
            "groups must divide the 64 units of a layer; got 5. 1, 2 and 4 do if width is a multiple of 4."
        )

    def test_too_many_measurements_are_refused_with_what_fits(self):
        message = refusal(steps=1000, every=1)

        assert message == "steps by every must be at most 60 measurements; got 1001. every of 17 or more will do."
        assert LandscapeParams.of({"steps": 1000, "every": 17}).measured_steps <= MOST_MEASURED

    def test_too_long_a_run_is_refused_with_the_way_out(self):
        message = refusal(depth=20, width=128, batch=256, seeds=5, every=2)

        assert message.startswith("a run must take at most about 300 seconds on one core; this one would take about ")
        assert message.endswith(". Fewer seeds, or a larger every, will do.")

    def test_the_command_line_refuses_in_one_sentence(self):
        found = CliRunner().invoke(cli.main, ["run", "landscape", "--set", "against=batch"])

        assert found.exit_code == 2
        assert found.stderr == "norm and against must differ; got batch twice. against=none will do.\n"


class TestActions:
    def test_are_other_seeds_three_layers_and_another_norm(self):
        found = result(depth=2)

        assert EXPERIMENT.offers(found.outcome) == {
            "Other seeds": {"seed": 2}, "Only 3 layers": {"depth": 3}, "Layer norm instead": {"norm": "layer"},
        }  # fmt: skip


class TestSet:
    def test_is_in_canonical_form(self):
        text = FILE.read_bytes().decode("utf-8")

        assert toml.write(toml.read(text, params_of)) == text

    def test_takes_about_a_minute_at_most(self):
        each = [sum(map(seconds, parts(scenario.params))) for scenario in bnsim.load(FILE).scenarios]

        assert max(each) < 15
        assert sum(each) < 60

"""Is the loss smoother: the experiment at toy size, its partial outcomes, its refusals and its set."""

import json
import pickle
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

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
from bnsim.experiments.landscape import (
    EXPERIMENT,
    MEASURES,
    MOST_LOOKS,
    LandscapeParams,
    do,
    join,
    looks_in,
    notes,
    parts,
    readouts,
    seconds,
    split,
    widest,
)
from bnsim.scenario import toml

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "smooth-landscape.toml"
TOY = {"depth": 3, "width": 8, "steps": 6, "every": 2, "batch": 16, "seeds": 2, "points": 3}
PAIRS = ("loss_range", "relative_change", "gradient_change", "percentile_range", "gradient_shift", "step_drift")


def result(**changes):
    return Result(EXPERIMENT, LandscapeParams.of(TOY | changes))


@pytest.fixture(scope="module")
def toy():
    return result()


@pytest.fixture(scope="module")
def diverged():
    return result(depth=6, width=16, rate=10.0, steps=20, every=5, batch=32)


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
            done = [found.done for found in do(part)]

            assert done == sorted(set(done))
            assert done[0] > 0
            assert done[-1] == 1.0

    def test_a_long_part_does_not_report_every_step(self):
        part = parts(LandscapeParams.of(TOY | {"steps": 400, "every": 200, "depth": 1, "width": 4, "seeds": 1}))[0]

        assert 20 <= len(list(do(part))) <= 60

    def test_values_can_be_sent_back(self):
        *_, found = do(parts(LandscapeParams.of(TOY))[1])
        again = pickle.loads(pickle.dumps(found.value))

        assert [look.step for look, _ in again] == [0, 2, 4, 6]

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

        assert looks_in(LandscapeParams.of(TOY | {"steps": 295, "every": 5})) == MOST_LOOKS
        assert "a run must take at most about 300 seconds" in refusal(**largest)
        assert sum(map(seconds, parts(LandscapeParams()))) < 10


def by_hand(norm_values, reference_values, *, rays=((1.0, 1.0), (1.0, 1.0)), **changes):
    """Return an outcome in which every measure has these values, one a seed, and the rays these ranges, (2, 2)."""
    params = LandscapeParams.of(TOY | {"steps": 2} | changes)
    by_seed = {
        role: {key: np.array(values, dtype=float) for key in MEASURES}
        for role, values in (("norm", norm_values), ("reference", reference_values))
    }
    steps = np.array([0, 2])
    compared = {
        "norm": SimpleNamespace(loss_range=np.ones((2, 2)), steps=steps),
        "reference": SimpleNamespace(loss_range=np.array(rays, dtype=float), steps=steps),
    }
    names = {"reference": "no norm", "norm": "batch norm"}
    return SimpleNamespace(
        params=params, by_seed=by_seed, compared=compared, names=names, common=2,
        found={role: SimpleNamespace(lost_at=[None, None]) for role in compared},
    )  # fmt: skip


class TestByHand:
    def test_readouts_are_means_with_their_range(self):
        found = {each.key: each for each in readouts(by_hand((1.0, 3.0), (4.0, 12.0)))}

        assert (found["loss_range_median"].value, found["loss_range_median_reference"].value) == (2, 8)
        assert found["gradient_change_reference"].statement == (
            "no norm: largest change of the gradient on a ray, mean over 2 measured steps; 2 seeds, from 4 to 12"
        )
        assert len(found) == 2 * len(MEASURES) + 2

    def test_the_ratio_is_the_reference_over_the_norm(self):
        found = {each.key: each for each in readouts(by_hand((1.0, 3.0), (4.0, 6.0)))}

        assert found["loss_range_ratio"].value == 2.5
        assert found["loss_range_ratio"].statement == (
            "mean loss range, no norm over batch norm; more than 1: smoother with the norm; 2 seeds, from 2 to 4"
        )

    def test_rays_count_where_the_norm_has_the_smaller_range_and_ties_do_not(self):
        found = {each.key: each for each in readouts(by_hand((1, 1), (1, 1), rays=((2.0, 1.0), (0.5, np.nan))))}

        assert found["smoother_share"].value == pytest.approx(1 / 3)
        assert found["smoother_share"].statement == (
            "1 of 3 rays: batch norm has the smaller loss range (2 steps, 2 seeds)"
        )

    @pytest.mark.parametrize(
        ("norm", "reference", "word"),
        [
            ((1, 1), (2, 4), "it is (1 against 3)"),
            ((2, 4), (1, 1), "it is not (3 against 1)"),
            ((1, 4), (2, 2), "it is in 1 of 2 seeds (2.5 against 2)"),
            ((2, 2), (2, 2), "there is no difference (2 against 2)"),
        ],
    )
    def test_each_sentence_says_whether_and_by_how_much(self, norm, reference, word):
        _, smooth, rays, still = notes(by_hand(norm, reference, rays=((2.0, 2.0), (2.0, 0.5))))
        mean = {"it is (": "1 against 3", "it is n": "3 against 1", "it is i": "2.5 against 2"}.get(word[:7])

        assert smooth == (
            "Is the loss smoother with batch norm than with no norm here? By the mean loss range "
            + word
            + f", by the median loss range {word}, by the relative change of the gradient {word}, by its absolute "
            f"change {word}, by effective smoothness {word}."
        )
        assert rays.startswith("Batch norm has the smaller loss range on 3 of 4 rays: ")
        assert f"The last loss is {mean or '2 against 2'}; " in rays
        assert still == (
            f"Is what a layer meets stiller with it? The median of what enters the last hidden units: {word}; its "
            f"mini-batch mean from step to step: {word}; the gradients when lower layers move: {word}."
        )

    def test_it_is_said_that_noise_is_left_out_where_there_is_any(self):
        assert notes(by_hand((1, 1), (1, 1), norm="noisy"))[-1] == (
            "Rays, shifts and percentiles are measured without the noise, the drift in a step with it."
        )
        assert not any("noise" in note for note in notes(by_hand((1, 1), (1, 1))))

    def test_the_ray_that_is_drawn_is_where_the_ranges_differ_most(self):
        assert widest(by_hand((1, 1), (1, 1), rays=((1.1, 1.1), (3.0, 3.0)))) == 1
        assert widest(by_hand((1, 1), (1, 1), rays=((3.0, 3.0), (1.1, 1.1)))) == 0

    def test_of_those_that_diverged_the_first_step_is_told(self):
        outcome = by_hand((1, 1), (1, 1))
        outcome.found["reference"].lost_at = [6, 2]

        assert notes(outcome)[-1] == (
            "No norm: 2 of 2 seeds diverged, first seen at step 2. Their rays from there on are left out, and those of "
            "the other network with them."
        )


class TestNumbers:
    def test_are_those_of_the_engine(self, toy):
        for role, part in zip(("reference", "norm"), parts(toy.params), strict=True):
            rays = list(landscape(part.runs, split("standardized", 0), [0.05, 0.225, 0.4], every=2, shift=True))
            for seed in (0, 1):
                own = [each for each in rays if each.record.run == seed]
                found = toy.outcome.by_seed[role]
                assert found["loss_range"][seed] == pytest.approx(np.mean([each.ray.loss_range for each in own]))
                assert found["gradient_change"][seed] == pytest.approx(
                    np.mean([each.ray.largest_change for each in own])
                )
                shifts = np.mean([each.shift.relative[1:] for each in own])
                assert found["gradient_shift"][seed] == pytest.approx(shifts)
                assert found["smoothness_largest"][seed] == max(each.ray.effective_smoothness for each in own)

    def test_readouts_are_means_over_the_seeds(self, toy):
        for key in PAIRS:
            for role, suffix in (("norm", ""), ("reference", "_reference")):
                mean = toy.outcome.by_seed[role][key].mean()
                assert toy.readouts[f"{key}{suffix}"] == pytest.approx(mean)

    def test_the_ratio_is_that_of_the_means(self, toy):
        reference, norm = (toy.outcome.by_seed[role]["loss_range"].mean() for role in ("reference", "norm"))

        assert toy.readouts["loss_range_ratio"] == pytest.approx(reference / norm)

    def test_the_share_counts_rays(self, toy):
        rays = toy.tables["rays"]
        wide = rays.pivot_table(index=["seed", "step"], columns="network", values="loss_range")
        smaller = int((wide["batch norm"] < wide["no norm"]).sum())

        assert toy.readouts["smoother_share"] == pytest.approx(smaller / 8)
        statement = next(each.statement for each in toy.readout_list if each.key == "smoother_share")
        assert statement == (f"{smaller} of 8 rays: batch norm has the smaller loss range (4 steps, 2 seeds)")

    def test_shifts_are_of_the_second_layer_and_those_above(self, toy):
        shifts = toy.tables["shifts"].query("network == 'batch norm'")
        layers = toy.outcome.found["norm"].shift

        assert shifts["x"].tolist() == [2, 3]
        assert shifts["mid"].tolist() == pytest.approx(layers[..., 1:].mean(axis=(0, 1)).tolist(), rel=1e-6)

    def test_what_enters_a_unit_is_that_of_the_first_seed(self, toy):
        drawn = toy.tables["entering"].query("network == 'batch norm'")
        curves = toy.outcome.found["norm"]

        assert drawn["mid"].tolist() == pytest.approx(curves.percentiles[:, 0, 1, curves.typical_unit].tolist())

    def test_another_seed_is_another_run(self, toy):
        assert result(seed=5).readouts["loss_range"] != toy.readouts["loss_range"]

    def test_noise_of_nothing_is_batch_norm(self):
        """Every number, to the bit: the noise multiplies by 1 and adds 0."""
        same = result(norm="noisy", against="batch", noise_shift=0, noise_scale=1, noise_jitter=0)

        assert same.readouts["loss_range_ratio"] == 1.0
        assert same.readouts["smoother_share"] == 0.0
        for key in same.outcome.by_seed["norm"]:
            np.testing.assert_array_equal(same.outcome.by_seed["norm"][key], same.outcome.by_seed["reference"][key])
        assert "by the mean loss range there is no difference" in same.notes[1].lower()

    def test_noise_shows_in_the_drift_only_while_training_and_looks_are_without_it(self):
        found = result(norm="noisy", activation="sigmoid", noise_shift=2.0)

        # E|m - m'| of two shifts uniform on +-2, which is 4 / 3; few units and steps, so by and large.
        assert found.readouts["step_drift"] == pytest.approx(4 / 3, rel=0.3)
        assert found.readouts["step_drift_reference"] < 0.5
        assert found.notes[-1] == (
            "Rays, shifts and percentiles are measured without the noise, the drift in a step with it."
        )

    def test_one_hidden_layer_has_no_layer_below(self):
        found = result(depth=1)
        statement = {each.key: each.statement for each in found.readout_list}

        assert np.isnan(found.readouts["gradient_shift"])
        assert statement["gradient_shift"] == "batch norm: a single hidden layer has none below it"
        assert found.tables["shifts"].empty

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
            "Handwritten digits of 8 × 8 pixels, 3 hidden layers of 8 units, ReLU, 2 seeds: a small experiment.",
            "Not finished: 0 of 6 steps are measured in both networks so far.",
        )

    def test_both_are_compared_over_the_steps_that_both_have(self, toy):
        partial = after((99, 6))

        assert partial.notes[1] == "Not finished: 2 of 6 steps are measured in both networks so far."
        assert [len(partial.outcome.compared[role].steps) for role in ("reference", "norm")] == [2, 2]
        assert partial.tables["losses"]["network"].value_counts().to_dict() == {"no norm": 4, "batch norm": 2}

    def test_a_step_counts_when_all_seeds_have_it(self):
        values = [found.value for found in islice(do(parts(LandscapeParams.of(TOY))[0]), 2)]

        assert [len(value) for value in values] == [0, 1]

    def test_a_whole_run_is_not_said_to_be_unfinished(self, toy):
        assert not any(note.startswith("Not finished") for note in toy.notes)


class TestDivergence:
    def test_is_said_in_words(self, diverged):
        assert diverged.notes[-1] == (
            "No norm: 1 of 2 seeds diverged, first seen at step 5. Their rays from there on are left out, and those of "
            "the other network with them."
        )

    def test_is_marked_in_the_pictures(self, diverged):
        assert diverged.tables["remarks"]["text"].tolist() == ["no norm: 1 of 2 diverged"]
        assert diverged.tables["remarks"]["x"].tolist() == [5.0]

    def test_no_picture_has_what_is_no_number(self, diverged):
        for figure in diverged.figures:
            for name, frame in figure.data.items():
                assert np.isfinite(frame.select_dtypes("number")).all(axis=None), (figure.key, name)

    def test_both_networks_are_compared_on_the_same_rays(self, diverged):
        kept = [np.isfinite(curves.loss_range) for curves in diverged.outcome.compared.values()]

        np.testing.assert_array_equal(*kept)
        assert kept[0].sum() == 6  # all 5 of one seed, the first of the other


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
        told = refusal(steps=1000, every=1)

        assert told == "steps by every must be at most 60 measurements; got 1001. every of 17 or more will do."
        assert looks_in(LandscapeParams.of({"steps": 1000, "every": 17})) <= MOST_LOOKS

    def test_too_long_a_run_is_refused_with_the_way_out(self):
        told = refusal(depth=20, width=128, batch=256, seeds=5, every=2)

        assert told.startswith("a run must take at most about 300 seconds on one core; this one would take about ")
        assert told.endswith(". Fewer seeds, or a larger every, will do.")

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

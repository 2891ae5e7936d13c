"""A new domain: who sees which images, what is exact, parts in any order, what is said when it is not finished."""

import json
import math
import pickle
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rounding import DECISIONS, assert_same_table

import bnsim
from bnsim import cli
from bnsim.charts.transfer import METHODS, SIZES
from bnsim.data import corruptions
from bnsim.data.digits import load_digits
from bnsim.engine.networks.structure import Norm
from bnsim.errors import ParamsError
from bnsim.experiment import Result
from bnsim.experiments import params_of
from bnsim.experiments import transfer as module
from bnsim.experiments.transfer import (
    EXPERIMENT,
    STRENGTHS,
    Repeat,
    TransferParams,
    changed,
    do,
    join,
    kept,
    line,
    parts_of,
    what_it_is,
)
from bnsim.scenario import toml

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "adabn.toml"
TOY = {"steps": 20, "depth": 1, "width": 8, "seeds": 2, "draws": 2, "tuning_steps": 2}
NEUTRAL = {"contrast": 1.0, "brightness": 0.0, "scale": 1.0, "blur": 0, "noise": 0.0, "inversion": 0.0}
AFFINE = [("contrast", 0.3), ("brightness", 0.5), ("brightness", -0.7), ("scale", 3.0), ("inversion", 0.45)]
ROUNDING = 1e-9


def toy(**changes):
    return TransferParams.of(TOY | changes)


def result(**changes):
    return bnsim.run("transfer", **TOY | changes)


def refusal(**changes):
    with pytest.raises(ParamsError) as error:
        toy(**changes)
    return str(error.value)


def after(yields, **changes):
    """Return the result when every part was stopped after so many yields; None where it did not begin."""
    p = toy(**changes)
    kept.cache_clear()
    found = []
    for part in EXPERIMENT.work.parts(p):
        values = [each.value for each in islice(do(part), yields)]
        found.append(values[-1] if values else None)
    return Result.of(EXPERIMENT, p, join(p, found))


class TestImages:
    def test_none_is_in_two_of_the_three_parts(self):
        digits = parts_of(0)
        rows = np.concatenate([digits.train.x, digits.images.reshape(900, 64).astype(np.float32)])
        everything = (load_digits().images / 16).reshape(-1, 64).astype(np.float32)

        assert (len(digits.train.x), len(digits.images)) == (897, 900)
        np.testing.assert_array_equal(np.sort(rows.view("V256").ravel()), np.sort(everything.view("V256").ravel()))

    def test_are_split_anew_for_another_seed(self):
        assert not np.array_equal(parts_of(0).images, parts_of(1).images)

    def test_one_of_each_digit_is_shown_and_none_of_the_pool(self):
        digits = parts_of(3)

        assert digits.labels[digits.shown].tolist() == list(range(10))
        assert digits.shown.min() >= 450

    def test_are_changed_as_the_corruptions_say(self):
        images = parts_of(0).images[:5]

        np.testing.assert_allclose(changed(images, "contrast", 0.3, 0), corruptions.contrast(images, 0.3), atol=1e-15)
        np.testing.assert_allclose(changed(images, "brightness", 0.5, 0), corruptions.brightness(images, 0.5))
        np.testing.assert_allclose(changed(images, "inversion", 1.0, 0), corruptions.invert(images), atol=1e-15)
        np.testing.assert_array_equal(changed(images, "blur", 2, 0), corruptions.blur(images, 2))

    @pytest.mark.parametrize(("change", "strength"), NEUTRAL.items())
    def test_stay_as_they_are_at_the_strength_that_changes_nothing(self, change, strength):
        images = parts_of(0).images[:5]

        np.testing.assert_array_equal(changed(images, change, strength, 0), images)

    def test_noise_is_that_of_the_seed_and_grows_with_its_strength_only(self):
        images = parts_of(0).images
        small, large = (changed(images, "noise", std, 4) - images for std in (0.1, 0.2))

        np.testing.assert_allclose(2 * small, large, atol=1e-15)
        assert large.std() == pytest.approx(0.2, rel=0.02)  # of 57,600 pixels, seven standard errors


class TestNetworks:
    def test_of_a_pair_differ_by_the_norm_only(self):
        part = EXPERIMENT.work.parts(toy())[1]
        plain, normed = (part.training.run(norm) for norm in (Norm.NONE, Norm.BATCH))

        assert (plain.seed, plain.start, plain.steps, plain.batch, plain.rate) == (
            normed.seed, normed.start, normed.steps, normed.batch, normed.rate,
        )  # fmt: skip
        assert plain.net.sizes == normed.net.sizes == (64, 8, 10)

    def test_are_trained_once_for_all_changes_of_the_images(self, monkeypatch):
        first = result(change="noise").readouts
        monkeypatch.setattr(module, "train", None)

        again = result(change="blur", blur=3, samples=8).readouts
        assert again["clean_source"] == first["clean_source"]
        assert again["changed_source"] != first["changed_source"]

    def test_kept_or_trained_anew_read_the_same(self):
        kept.cache_clear()
        anew, again = (result().tables["accuracies"] for _ in range(2))

        assert_same_table(anew, again, **DECISIONS)

    def test_stopped_halfway_are_not_kept(self):
        whole = result(seed=40).tables["accuracies"]
        kept.cache_clear()
        work = do(EXPERIMENT.work.parts(toy(seed=40))[0])
        next(work)
        work.close()

        assert_same_table(result(seed=40).tables["accuracies"], whole, **DECISIONS)


class TestExactRepair:
    @pytest.mark.parametrize(("change", "strength"), AFFINE)
    def test_a_positive_factor_and_a_shift_are_taken_out_up_to_eps(self, change, strength):
        found = {item.key: item for item in result(change=change, **{change: strength}).readout_list}

        assert found["logit_change_no_eps"].value < ROUNDING
        assert found["logit_change_no_eps"].exact == 0.0
        assert found["logit_change"].value < 0.02

    def test_the_accuracy_is_that_with_new_statistics_of_clean_images(self):
        accuracies = {result(contrast=factor).readouts["changed_adapted"] for factor in (0.5, 1.0, 2.0)}

        assert max(accuracies) - min(accuracies) <= 1 / 450

    @pytest.mark.parametrize(
        "changes",
        [{"change": "inversion"}, {"change": "blur"}, {"change": "noise"}, {"contrast": 0.0}, {"placement": "after"}],
        ids=str,
    )
    def test_nothing_else_is_asked_for_it(self, changes):
        found = result(**changes).readouts

        assert math.isnan(found["logit_change_no_eps"])
        assert found["logit_change"] > 0.02

    def test_eps_is_said_to_count_more_the_smaller_the_factor(self):
        found = {item.key: item.statement for item in result(contrast=0.1).readout_list}

        assert found["logit_change"] == (
            "largest of 450 images × 10 scores × 2 pairs, float64; all due to ε, which counts 1/a² = 100 times as much "
            "in the first layer"
        )
        assert found["logit_change_no_eps"].startswith(
            "exactly 0, BN(W(ax + b)) = BN(Wx); with ε = 1e−20 rounding leaves"
        )

    def test_an_unchanged_image_changes_no_score(self):
        found = {item.key: item for item in result(contrast=1.0).readout_list}

        assert found["logit_change"].exact == 0.0
        assert found["logit_change"].value == 0.0


class TestFindings:
    """One pair of networks at full width: the bands over nine pairs are in tests/bands."""

    def read(self, **changes):
        return bnsim.run("transfer", seeds=1, draws=1, tuning_steps=1, **changes).readouts

    def test_contrast_is_repaired_and_the_negative_is_not(self):
        contrast, negative = self.read(), self.read(change="inversion")

        assert contrast["changed_source"] < 0.6
        assert contrast["changed_adapted"] > 0.95
        assert contrast["brittleness"] > 0
        assert contrast["adaptation_cost"] > 0.08
        assert negative["changed_adapted"] < 0.1


def by_hand(*images, logits=(0.0, 0.0), curve=None, **changes):
    """Return the result of pairs of networks that read so many of 450 images, by method, (new, clean) domain."""
    p = toy(seeds=len(images), **changes)
    draws = np.full((len(SIZES), p.draws), 0.9) if curve is None else np.repeat(np.array(curve)[:, None], p.draws, 1)
    repeats = [
        Repeat(
            p.steps, np.array(read) / 450, np.zeros((4, 10), int), logits if at else (logits[0] / 2, logits[1] / 2),
            draws, np.full(len(SIZES), 0.9), np.full((3, len(STRENGTHS[p.change])), 0.9),
        )
        for at, read in enumerate(images)
    ]  # fmt: skip
    return Result.of(EXPERIMENT, p, join(p, repeats))


ONE = ((270, 405), (90, 450), (360, 315), (378, 300))
TWO = ((180, 405), (90, 450), (360, 315), (360, 300))
"""No norm, source statistics, new statistics, tuned norms: images read in the new domain, and clean ones."""


class TestByHand:
    def test_every_share_and_every_difference(self):
        found = by_hand(ONE, TWO).readouts

        shares = {
            "changed_plain": 0.5, "changed_source": 0.2, "changed_adapted": 0.8, "changed_tuned": 0.82,
            "clean_plain": 0.9, "clean_source": 1.0, "adaptation_gain": 0.6, "adaptation_gap": 0.2,
            "adaptation_cost": 0.3, "tuning_gain": 0.02, "brittleness": 0.3,
        }  # fmt: skip
        assert {key: found[key] for key in shares} == pytest.approx(shares, abs=1e-12)

    def test_means_and_not_medians_with_their_range(self):
        three = tuple((row[0] // 3, row[1]) for row in TWO)
        said = {each.key: each for each in by_hand(ONE, TWO, three).readout_list}

        assert said["changed_plain"].value == pytest.approx((270 + 180 + 60) / 3 / 450, abs=1e-12)
        assert said["changed_plain"].statement == (
            "mean of 3 pairs of networks, 0.133 to 0.6; 450 images each; nothing to adapt"
        )
        assert said["brittleness"].statement == ("mean of 3 pairs of networks, 0.0667 to 0.4; each pair against itself")

    def test_gains_that_cancel_are_0_to_the_last_digit(self):
        one = ((0, 0), (0, 0), (443, 0), (441, 0))
        two = ((0, 0), (0, 0), (440, 0), (442, 0))

        assert by_hand(one, two).readouts["tuning_gain"] == 0.0

    def test_of_changed_scores_the_largest_is_told(self):
        found = by_hand(ONE, TWO, logits=(0.5, 1e-13), contrast=0.1)
        said = {each.key: each.statement for each in found.readout_list}

        assert found.readouts["logit_change"] == 0.5
        assert said["logit_change"] == (
            "largest of 450 images × 10 scores × 2 pairs, float64; all due to ε, which counts 1/a² = 100 times as much "
            "in the first layer"
        )
        assert said["logit_change_no_eps"] == (
            "exactly 0, BN(W(ax + b)) = BN(Wx); with ε = 1e−20 rounding leaves 1e−13"
        )

    def test_samples_suffice_from_where_all_larger_ones_do(self):
        curve = np.full(len(SIZES), 0.9)
        curve[:3], curve[0] = 0.87, 0.9  # the first is near by chance

        assert by_hand(ONE, curve=curve).readouts["samples_needed"] == SIZES[3]
        assert by_hand(ONE, curve=np.full(len(SIZES), 0.9)).readouts["samples_needed"] == SIZES[0]

    def test_where_new_statistics_read_worse_that_is_said(self):
        worse = ((0, 0), (360, 0), (315, 0), (450, 0))

        assert by_hand(worse, worse).notes[-1] == (
            "Here new statistics read worse than those of training, by 0.1 on average."
        )
        assert len(by_hand(worse, ONE).notes) == 2

    def test_after_the_activation_no_exact_repair_is_promised(self):
        outcome = by_hand(ONE, placement="after").outcome

        assert not outcome.exactly_repaired
        assert "need not undo it exactly" in what_it_is(outcome)


class TestReadouts:
    def test_differences_are_those_of_the_accuracies(self):
        found = result().readouts

        assert found["adaptation_gain"] == pytest.approx(found["changed_adapted"] - found["changed_source"])
        assert found["adaptation_gap"] == pytest.approx(found["clean_source"] - found["changed_adapted"])
        assert found["tuning_gain"] == pytest.approx(found["changed_tuned"] - found["changed_adapted"])
        assert found["brittleness"] == pytest.approx(found["changed_plain"] - found["changed_source"])

    def test_are_the_means_of_the_table_and_tell_its_range(self):
        one = result()
        rows = one.tables["accuracies"].query("method == 'source statistics' and domain == 'new domain'")["accuracy"]
        found = next(item for item in one.readout_list if item.key == "changed_source")

        assert len(rows) == 2
        assert found.value == pytest.approx(rows.mean())
        assert found.statement == (
            f"mean of 2 pairs of networks, {module.number(rows.min(), 3)} to {module.number(rows.max(), 3)}; 450 "
            "images each; the new domain, statistics of training"
        )

    def test_a_difference_of_as_many_images_is_0_and_no_rounding(self):
        # Two pairs, 443 and 441 images read by one method, 441 and 443 by the other.
        one, two = np.array([443, 441]) / 450, np.array([441, 443]) / 450
        found = module.over_pairs("tuning_gain", np.append(one - two, one[0] - two[1] + 1e-17), "of a test")

        assert np.append(one - two, one[0] - two[1] + 1e-17).mean() != 0
        assert found.value == 0.0

    def test_a_single_pair_has_no_range(self):
        found = {item.key: item.statement for item in result(seeds=1).readout_list}

        assert found["clean_plain"] == "one pair; 450 images each; as trained"

    def test_the_samples_that_suffice_are_the_first_within_two_points_of_all(self):
        one = result(steps=60, draws=4)
        curve = one.tables["samples"].query("method == 'new statistics'")
        enough = one.readouts["samples_needed"]
        far = (curve["mean"] - curve["mean"].iloc[-1]).abs() > 0.02

        assert not far[curve["samples"] >= enough].any()
        assert enough == SIZES[0] or far[curve["samples"] < enough].iloc[-1]

    def test_the_curve_ends_where_all_samples_are_taken(self):
        one = result()
        last = one.tables["samples"].query("samples == 450").set_index("method")["mean"]

        assert last["new statistics"] == pytest.approx(one.readouts["changed_adapted"])
        assert last["tuned norms"] == pytest.approx(one.readouts["changed_tuned"])

    def test_the_sweep_passes_through_the_strength_that_is_set(self):
        one = result(change="brightness", brightness=0.5)
        there = one.tables["strengths"].query("strength == 0.5").set_index("method")["mean"]

        assert there["source statistics"] == pytest.approx(one.readouts["changed_source"])
        assert there["new statistics"] == pytest.approx(one.readouts["changed_adapted"])

    def test_the_command_line_prints_the_same(self):
        flags = [part for name, value in TOY.items() for part in ("--set", f"{name}={value}")]
        printed = CliRunner(catch_exceptions=False).invoke(cli.main, ["run", "transfer", *flags, "--format", "json"])

        assert json.loads(printed.stdout)["scenarios"][0]["readouts"] == result().readouts


class TestParts:
    def test_can_be_sent_to_another_process_and_so_can_what_they_find(self):
        part = EXPERIMENT.work.parts(toy())[0]
        value = EXPERIMENT.work.finish(pickle.loads(pickle.dumps(part)))

        assert pickle.loads(pickle.dumps(part)) == part
        assert len(pickle.dumps(value)) < 10_000

    def test_in_reverse_order_find_the_same(self):
        p = toy(seeds=3, seed=7)
        forward = EXPERIMENT.run(p)
        kept.cache_clear()
        backward = [EXPERIMENT.work.finish(part) for part in reversed(EXPERIMENT.work.parts(p))]

        for one, two in zip(forward.repeats, reversed(backward), strict=True):
            assert pickle.dumps(one) == pickle.dumps(two)

    def test_a_pair_does_not_depend_on_how_many_there_are(self):
        one, two = (result(seeds=seeds).tables["accuracies"].query("seed == 0") for seeds in (1, 2))

        assert_same_table(one.reset_index(drop=True), two.reset_index(drop=True), **DECISIONS)

    @pytest.mark.parametrize("trained_before", [False, True])
    def test_tell_how_far_they_are_up_to_one(self, trained_before):
        part = EXPERIMENT.work.parts(toy(steps=60))[0]
        if trained_before:
            EXPERIMENT.work.finish(part)
        else:
            kept.cache_clear()
        done = [found.done for found in do(part)]

        assert done[-1] == 1.0
        assert done[0] > 0
        assert all(before < now for before, now in pairwise(done))
        assert len(done) <= 200

    def test_tell_of_long_training_often_enough_and_not_too_often(self):
        assert math.ceil(2000 / module.TOLD_TICKS) == 20
        assert module.TOLD_TICKS + len(SIZES) + max(map(len, STRENGTHS.values())) + 1 <= 200


class TestUnfinished:
    @pytest.mark.parametrize("yields", [0, 1, 2, 3, 8, 14])
    def test_has_the_same_readouts_tables_and_figures(self, yields):
        whole, part = result(), after(yields)

        assert list(part.readouts) == list(whole.readouts)
        for name, frame in whole.tables.items():
            assert part.tables[name].dtypes.to_dict() == frame.dtypes.to_dict(), name
        for one, two in zip(part.figures, whole.figures, strict=True):
            json.dumps(one.to_dict(), allow_nan=False)
            assert (one.key, one.title, one.alt, one.caption) == (two.key, two.title, two.alt, two.caption)
            for name, frame in two.data.items():
                assert one.data[name].dtypes.to_dict() == frame.dtypes.to_dict(), name

    def test_before_the_first_step_nothing_is_known(self):
        found = after(0)

        assert all(math.isnan(value) for value in found.readouts.values())
        assert {item.statement for item in found.readout_list} == {"not known yet"}
        assert len(found.tables["methods"]) == len(found.tables["samples"]) == 0
        assert found.notes[-1] == "Not finished: 2 of 2 pairs made 0 of 20 training steps."

    def test_during_training_the_steps_are_told(self):
        assert after(1).notes[-1] == "Not finished: 2 of 2 pairs made 10 of 20 training steps."

    def test_pairs_that_are_done_count(self):
        p = toy()
        found = Result.of(EXPERIMENT, p, join(p, [EXPERIMENT.work.finish(EXPERIMENT.work.parts(p)[0]), None]))
        statements = {item.key: item.statement for item in found.readout_list}

        assert statements["clean_source"] == "one pair; 450 images each; as trained"
        assert statements["samples_needed"] == "not known yet"
        assert found.notes[-1] == "Not finished: 1 of 2 pairs made 0 of 20 training steps."

    def test_while_it_reads_that_is_said(self):
        assert after(4).notes[-1] == "Not finished: the networks are trained and have not read everything yet."

    def test_a_finished_one_says_nothing_of_it(self):
        assert not any("Not finished" in note for note in result().notes)


class TestNotes:
    def test_tell_who_sees_what(self):
        assert result().notes[0] == (
            "2 pairs of networks, 1 × 8, without norm and with batch norm: same starting weights, same batches. Of "
            "1797 handwritten digits, 8 × 8 pixels, 897 train, 450 others are there to adapt to, and 450 more are "
            "read; no image is in two of these."
        )

    @pytest.mark.parametrize(
        ("changes", "note"),
        [
            (
                {},
                "Every pixel x becomes 0.3 · x + 0.35. New statistics take out one a > 0 and one b for all pixels "
                "exactly, up to ε: BN(W(ax + b)) = BN(Wx), so the network reads as with new statistics from clean "
                "images. Clipped pixels would not be a · x + b.",
            ),
            (
                {"change": "inversion"},
                "Every pixel x becomes −x + 1. The factor is negative: it flips the sign of every x̂ of the first "
                "layer, which no mean and no variance undo.",
            ),
            (
                {"change": "inversion", "placement": "after"},
                "Every pixel x becomes −x + 1. The factor is negative: no mean and no variance undo it.",
            ),
            ({"change": "inversion", "inversion": 0.5}, "Every pixel becomes 0.5: nothing is left to read."),
            ({"change": "blur", "blur": 0}, "This strength changes nothing: the new domain is the clean one."),
            (
                {"change": "scale", "placement": "after"},
                "Every pixel x becomes 3 · x. The activation comes before the norm here, so new statistics need not "
                "undo it exactly.",
            ),
            (
                {"change": "noise"},
                "Noise adds spread that tells nothing about the digit. New statistics give each unit its mean and "
                "spread back, signal and noise together; they cannot take the noise out.",
            ),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_tell_what_the_change_is(self, changes, note):
        assert result(**changes).notes[1] == note

    @pytest.mark.parametrize(
        ("a", "b", "text"),
        [(1.0, -0.5, "x − 0.5"), (-1.0, 1.0, "−x + 1"), (3.0, 0.0, "3 · x"), (0.1, 0.45, "0.1 · x + 0.45")],
    )
    def test_write_a_line_as_people_do(self, a, b, text):
        assert line(a, b) == text

    def test_tell_of_networks_that_diverged(self):
        found = result(rate=10.0, depth=6, width=40, steps=60, activation="relu")

        assert "Training diverged in 2 of 2 pairs: their numbers mean nothing; lower the rate." in found.notes


class TestRefusals:
    def test_the_largest_run_is_bounded_by_the_ranges(self):
        largest = {name: spec.high for name, spec in TransferParams.controls().items() if spec.kind == "integer"}
        p = toy(**largest | {"seed": 0}, change="inversion")

        assert sum(map(EXPERIMENT.work.seconds, EXPERIMENT.work.parts(p))) < 300

    def test_samples_are_from_two_to_the_whole_pool(self):
        assert refusal(samples=1) == "samples must be a whole number from 2 to 450; got 1."
        assert refusal(samples=451) == "samples must be a whole number from 2 to 450; got 451."


class TestTables:
    def test_the_pixels_are_two_rows_of_ten_images_on_one_scale(self):
        pixels = result(change="brightness").tables["pixels"]

        assert len(pixels) == 2 * 10 * 64
        assert pixels["shade"].min() == 0.0
        assert pixels["shade"].max() == 1.0
        assert pixels.query("y > 0.95")["shade"].min() == pytest.approx(0.5 / 1.5)

    def test_what_is_read_wrong_has_a_cross(self):
        reads = result().tables["reads"]

        assert len(reads) == len(METHODS) * 10
        assert (reads["text"].str.endswith(" ×") == (reads["right"] == 0)).all()

    def test_figures_are_small(self):
        for figure in result().figures:
            assert sum(frame.memory_usage(index=False, deep=True).sum() for frame in figure.data.values()) < 100_000


class TestScenarioSet:
    def test_is_canonical(self):
        text = FILE.read_text("utf-8")

        assert toml.write(toml.read(text, params_of)) == text

    def test_holds_the_same_networks_but_for_eps(self):
        scenarios = toml.read(FILE.read_text("utf-8"), params_of)
        trainings = {EXPERIMENT.work.parts(each.params)[0].training for each in scenarios.scenarios}

        assert len(trainings) == 2
        assert scenarios.baseline == "clean"

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("contrast", "0.3 · x + 0.35"),
            ("brightness", "x + 0.5"),
            ("scale", "3 · x"),
            ("nearly-grey", "0.1 · x + 0.45"),
        ],
    )
    def test_tells_the_line_of_the_engine(self, name, told):
        found = bnsim.load("adabn").get(name)

        assert told in found.note
        assert line(*module.affine(found.params.change, found.params.strength)) == told

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
from bnsim.data import corruptions
from bnsim.data.digits import load_digits
from bnsim.engine.networks.structure import Norm
from bnsim.errors import ParamsError
from bnsim.experiment import Result
from bnsim.experiments import params_of
from bnsim.experiments.transfer import EXPERIMENT, training
from bnsim.experiments.transfer.images import STRENGTHS, affine, changed, digits_of
from bnsim.experiments.transfer.methods import WITHOUT_LABELS, Method
from bnsim.experiments.transfer.model import SIZES, Images, PairRecord, do
from bnsim.experiments.transfer.outcome import join, spread
from bnsim.experiments.transfer.params import TransferParams
from bnsim.experiments.transfer.statements import line, notes
from bnsim.experiments.transfer.training import kept
from bnsim.scenario import toml
from bnsim.text import number

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


def statements(result):
    """Return the statement of every readout, by key."""
    return {item.key: item.statement for item in result.readout_list}


def cases(result):
    """Return the case of the statement of every readout, by key."""
    return {item.key: item.case for item in EXPERIMENT.readouts(result.outcome)}


def noted(result):
    """Return the keys of the notes."""
    return [note.key for note in notes(result.outcome)]


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
        digits = digits_of(0)
        rows = np.concatenate([digits.train.x, digits.images.reshape(900, 64).astype(np.float32)])
        everything = (load_digits().images / 16).reshape(-1, 64).astype(np.float32)

        assert (len(digits.train.x), len(digits.images)) == (897, 900)
        np.testing.assert_array_equal(np.sort(rows.view("V256").ravel()), np.sort(everything.view("V256").ravel()))

    def test_are_split_anew_for_another_seed(self):
        assert not np.array_equal(digits_of(0).images, digits_of(1).images)

    def test_one_of_each_digit_is_shown_and_none_of_the_pool(self):
        digits = digits_of(3)

        assert digits.labels[digits.shown].tolist() == list(range(10))
        assert digits.shown.min() >= 450

    def test_are_changed_as_the_corruptions_say(self):
        images = digits_of(0).images[:5]

        np.testing.assert_allclose(changed(images, "contrast", 0.3, 0), corruptions.contrast(images, 0.3), atol=1e-15)
        np.testing.assert_allclose(changed(images, "brightness", 0.5, 0), corruptions.brightness(images, 0.5))
        np.testing.assert_allclose(changed(images, "inversion", 1.0, 0), corruptions.invert(images), atol=1e-15)
        np.testing.assert_array_equal(changed(images, "blur", 2, 0), corruptions.blur(images, 2))

    @pytest.mark.parametrize(("change", "strength"), NEUTRAL.items())
    def test_stay_as_they_are_at_the_strength_that_changes_nothing(self, change, strength):
        images = digits_of(0).images[:5]

        np.testing.assert_array_equal(changed(images, change, strength, 0), images)

    def test_noise_is_that_of_the_seed_and_grows_with_its_strength_only(self):
        images = digits_of(0).images
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
        monkeypatch.setattr(training, "train", None)

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
        found = statements(result(contrast=0.1))

        assert found["logit_change"] == (
            "the largest over 450 images, 10 scores each; pairs of networks: 2; computed in float64; but for rounding "
            "only ε makes the scores differ: it counts 1/a² = 100 times as much in the first layer"
        )
        assert found["logit_change_no_eps"].startswith(
            "exactly 0, because BN(W(ax + b)) = BN(Wx); computed in float64 with ε = 1e−20 it is "
        )

    def test_a_factor_whose_square_is_below_the_smallest_number_can_be_shown(self):
        assert "1/a² = ∞ times" in statements(result(change="scale", scale=1e-200))["logit_change"]

    @pytest.mark.parametrize(
        ("changes", "case"),
        [
            ({"change": "inversion"}, "other"),
            ({"change": "noise"}, "other"),
            ({"contrast": 0.0}, "other"),
            ({"placement": "after"}, "after"),
            ({"change": "blur", "blur": 0}, "unchanged"),
            ({"change": "noise", "noise": 0.0}, "unchanged"),
            ({"contrast": 1.0, "placement": "after"}, "unchanged"),
            ({"contrast": 1.0}, "exact"),
            ({}, "exact"),
        ],
        ids=str,
    )
    def test_why_it_is_not_asked_is_said(self, changes, case):
        assert cases(by_hand(ONE, **changes))["logit_change_no_eps"] == case

    def test_a_shift_alone_leaves_nothing_to_eps(self):
        assert cases(by_hand(ONE, change="brightness"))["logit_change"] == "shift"
        assert cases(by_hand(ONE, change="scale"))["logit_change"] == "eps"

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
    curve = np.full(len(SIZES), 0.9) if curve is None else curve
    records = [
        PairRecord(
            steps=p.steps,
            accuracy={
                (method, where): count / 450
                for method, counts in zip(Method, read, strict=True)
                for where, count in zip(Images, counts, strict=True)
            },
            reads={method: np.zeros(10, int) for method in Method},
            logit_changes=logits if at else (logits[0] / 2, logits[1] / 2),
            samples={(Method.NEW, size): np.full(p.draws, share) for size, share in zip(SIZES, curve, strict=True)}
            | {(Method.TUNED, size): np.array([0.9]) for size in SIZES},
            sweep={(method, strength): 0.9 for method in WITHOUT_LABELS for strength in STRENGTHS[p.change]},
        )
        for at, read in enumerate(images)
    ]
    return Result.of(EXPERIMENT, p, join(p, records))


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
            "mean of 3 pairs of networks, between 0.133 and 0.6; each reads 450 images of the new domain; without norm "
            "nothing can be adapted"
        )
        assert said["brittleness"].statement.startswith("mean of 3 pairs of networks, between 0.0667 and 0.4; ")

    def test_gains_that_cancel_are_0_to_the_last_digit(self):
        one = ((0, 0), (0, 0), (443, 0), (441, 0))
        two = ((0, 0), (0, 0), (440, 0), (442, 0))

        assert by_hand(one, two).readouts["tuning_gain"] == 0.0

    def test_of_changed_scores_the_largest_is_told(self):
        found = by_hand(ONE, TWO, logits=(0.5, 1e-13), contrast=0.1)
        said = {each.key: each for each in EXPERIMENT.readouts(found.outcome)}

        assert found.readouts["logit_change"] == 0.5
        assert said["logit_change"].numbers["pairs"] == 2
        assert said["logit_change"].numbers["weight"] == pytest.approx(100, rel=1e-12)
        assert statements(found)["logit_change_no_eps"] == (
            "exactly 0, because BN(W(ax + b)) = BN(Wx); computed in float64 with ε = 1e−20 it is 1e−13"
        )

    def test_samples_suffice_from_where_all_larger_ones_do(self):
        curve = np.full(len(SIZES), 0.9)
        curve[:3], curve[0] = 0.87, 0.9  # the first is near by chance

        assert by_hand(ONE, curve=curve).readouts["samples_needed"] == SIZES[3]
        assert by_hand(ONE, curve=np.full(len(SIZES), 0.9)).readouts["samples_needed"] == SIZES[0]

    def test_where_new_statistics_read_worse_that_is_said(self):
        worse = ((0, 0), (360, 0), (315, 0), (450, 0))

        assert by_hand(worse, worse).notes[-1] == (
            "Here new statistics read worse than those of training: the accuracy is 0.1 lower on average."
        )
        assert noted(by_hand(worse, ONE)) == ["setting", "repaired"]

    def test_after_the_activation_no_exact_repair_is_promised(self):
        found = by_hand(ONE, placement="after")

        assert not found.outcome.is_repaired
        assert noted(found) == ["setting", "after"]


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
            f"mean of 2 pairs of networks, between {number(rows.min(), 3)} and {number(rows.max(), 3)}; each reads 450 "
            "images of the new domain, with the statistics of training"
        )

    def test_a_difference_of_as_many_images_is_0_and_no_rounding(self):
        # Two pairs, 443 and 441 images read by one method, 441 and 443 by the other.
        one, two = np.array([443, 441]) / 450, np.array([441, 443]) / 450
        differences = np.append(one - two, one[0] - two[1] + 1e-17)

        assert differences.mean() != 0
        assert spread(differences).mean == 0.0

    def test_a_single_pair_has_no_range(self):
        found = statements(result(seeds=1))

        assert found["clean_plain"] == "one pair of networks; each reads 450 clean images, as it was trained"

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

        for one, two in zip(forward.pairs, reversed(backward), strict=True):
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
        assert math.ceil(2000 / training.MOST_REPORTS) == 20
        assert training.MOST_REPORTS + len(SIZES) + max(map(len, STRENGTHS.values())) + 1 <= 200


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
        assert all(statement.startswith("not known yet") for statement in statements(found).values())
        assert len(found.tables["methods"]) == len(found.tables["samples"]) == 0
        assert found.notes[-1] == (
            "Not finished: pairs of networks still in training: 2 of 2; training steps made: 0 of 20."
        )

    def test_during_training_the_steps_are_told(self):
        assert after(1).notes[-1] == (
            "Not finished: pairs of networks still in training: 2 of 2; training steps made: 10 of 20."
        )

    def test_pairs_that_are_not_equally_far_have_their_range(self):
        p = toy()
        found = Result.of(EXPERIMENT, p, join(p, [PairRecord(steps=10), None]))

        assert found.notes[-1] == (
            "Not finished: pairs of networks still in training: 2 of 2; training steps made: 0 to 10 of 20."
        )

    def test_pairs_that_are_done_count(self):
        p = toy()
        found = Result.of(EXPERIMENT, p, join(p, [EXPERIMENT.work.finish(EXPERIMENT.work.parts(p)[0]), None]))
        said = statements(found)

        assert said["clean_source"] == "one pair of networks; each reads 450 clean images, as it was trained"
        assert "pairs of networks: 1;" in said["logit_change"]
        assert said["samples_needed"] == "not known yet"
        assert found.notes[-1] == (
            "Not finished: pairs of networks still in training: 1 of 2; training steps made: 0 of 20."
        )

    def test_while_it_reads_that_is_said(self):
        assert after(4).notes[-1] == "Not finished: the networks are trained and have not read everything yet."

    def test_a_finished_one_says_nothing_of_it(self):
        assert not any("Not finished" in note for note in result().notes)


class TestNotes:
    def test_tell_who_sees_what(self):
        assert result().notes[0] == (
            "Pairs of networks: 2. One network of a pair has batch norm, the other has none; both have 1 × 8 hidden "
            "units, the same starting weights and the same batches. Of 1797 handwritten digits, 8 × 8 pixels each, 897 "
            "are for training, 450 others to adapt to, and 450 more measure the accuracy. No image is in two of these "
            "sets."
        )

    @pytest.mark.parametrize(
        ("changes", "key"),
        [
            ({}, "repaired"),
            ({"change": "inversion"}, "negative"),
            ({"change": "inversion", "placement": "after"}, "negative-after"),
            ({"change": "inversion", "inversion": 0.5}, "grey"),
            ({"change": "blur", "blur": 0}, "unchanged"),
            ({"change": "noise", "noise": 0.0}, "unchanged"),
            ({"contrast": 1.0}, "unchanged"),
            ({"contrast": 1.0, "placement": "after"}, "unchanged"),
            ({"change": "scale", "placement": "after"}, "after"),
            ({"change": "noise"}, "noise"),
            ({"change": "blur"}, "blur"),
        ],
        ids=str,
    )
    def test_tell_what_the_change_is(self, changes, key):
        assert noted(by_hand(ONE, **changes)) == ["setting", key]

    def test_say_the_line_of_every_pixel(self):
        assert by_hand(ONE).notes[1].startswith("Every pixel x becomes 0.3 · x + 0.35. This is a · x + b with a > 0, ")
        assert by_hand(ONE, change="inversion").notes[1].startswith("Every pixel x becomes −x + 1. The factor is neg")
        assert by_hand(ONE, change="inversion", inversion=0.5).notes[1] == (
            "Every pixel becomes 0.5: nothing is left to read."
        )

    @pytest.mark.parametrize(
        ("a", "b", "text"),
        [(1.0, -0.5, "x − 0.5"), (-1.0, 1.0, "−x + 1"), (3.0, 0.0, "3 · x"), (0.1, 0.45, "0.1 · x + 0.45")],
    )
    def test_write_a_line_as_people_do(self, a, b, text):
        assert line(a, b) == text

    def test_tell_of_networks_that_diverged(self):
        found = result(rate=10.0, depth=6, width=40, steps=60, activation="relu")

        assert found.notes[2] == (
            "Pairs of networks whose training diverged: 2 of 2. Their numbers mean nothing. Lower the learning rate."
        )

    def test_scores_that_are_not_finite_are_not_called_unknown(self):
        nan = (math.nan, math.nan)

        assert cases(by_hand(ONE, TWO, logits=nan))["logit_change"] == "diverged"
        assert cases(by_hand(ONE, TWO, logits=nan))["logit_change_no_eps"] == "diverged"


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

        assert len(reads) == len(Method) * 10
        assert (reads["text"].str.endswith("×") == (reads["right"] == 0)).all()

    def test_figures_are_small(self):
        for figure in result().figures:
            assert sum(frame.memory_usage(index=False, deep=True).sum() for frame in figure.data.values()) < 100_000


class TestPictures:
    def test_show_labels_where_tables_hold_names(self):
        figures = {figure.key: figure for figure in result(change="blur", blur=2).figures}

        assert set(figures["methods"].data["means"]["method"]) == set(EXPERIMENT.words.group("label.method").values())
        assert figures["strengths"].data["mark"]["words"].tolist() == ["Blur 2"]
        assert figures["samples"].data["mark"]["words"].tolist() == ["n = 450"]

    def test_say_the_means_of_all_methods_or_that_nothing_is_known(self):
        said = {figure.key: figure.description for figure in by_hand(ONE).figures}
        before = {figure.key: figure.description for figure in after(0).figures}

        assert said["methods"] == (
            "In the new domain: no norm 0.6, source statistics 0.2, new statistics 0.8, tuned norms 0.84."
        )
        assert said["images"] == (
            "Of 10 changed images are read wrong: no norm 9, source statistics 9, new statistics 9, tuned norms 9."
        )
        assert before["methods"] == before["samples"] == "Nothing is known yet."
        assert before["images"] == "Nothing is read yet."


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
        assert line(*affine(found.params.change, found.params.strength)) == told

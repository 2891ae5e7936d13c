"""The norm family: who shares statistics, measured from outside; identities; refusals; every told number."""

import json
import math
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from cases import together
from click.testing import CliRunner
from rounding import CLOSE
from shipped import compared

import bnsim
from bnsim import cli
from bnsim.engine.normalization.batchnorm import batch_norm
from bnsim.engine.normalization.family import normalize
from bnsim.errors import ParamsError
from bnsim.experiment import Stated
from bnsim.experiments import params_of
from bnsim.experiments.norm_family import model
from bnsim.experiments.norm_family.filters import DIVISORS, FILTERS, features
from bnsim.experiments.norm_family.model import changes_of, normed, run, seen
from bnsim.experiments.norm_family.params import MOST_CHANNELS, MOST_VALUES, NormFamilyParams, that_do
from bnsim.experiments.norm_family.statements import LITTLE, answers
from bnsim.scenario import toml

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "norms-compared.toml"
NORMS = ("batch", "layer", "group", "instance", "rms")
IDENTITIES = ("group_layer", "group_instance", "batch_instance", "rms_layer")
SHAPES = [{}, {"batch_size": 1}, {"side": 1}, {"batch_size": 8, "channels": 12, "side": 3, "groups": 4}, {"side": 6}]

# Outputs are at most sqrt(m - 1) < 34 here, where float64 is spaced 7e-15; a handful of roundings.
ROUNDING = 5e-14


def printed(**params: object) -> dict:
    """Return what the command line prints as JSON for one run."""
    flags = [part for name, value in params.items() for part in ("--set", f"{name}={value}")]
    found = CliRunner(catch_exceptions=False).invoke(cli.main, ["run", "norm-family", *flags, "--format", "json"])
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)["scenarios"][0]


def refusal(**params: object) -> str:
    with pytest.raises(ParamsError) as error:
        bnsim.run("norm-family", **params)
    return str(error.value)


def statements(**params: object) -> dict[str, str]:
    return {each.key: each.statement for each in bnsim.run("norm-family", **params).readout_list}


def yielded(**params: object) -> dict[str, Stated]:
    """Return which statement holds of each number, before it is put into words."""
    result = bnsim.run("norm-family", **params)
    return {each.key: each for each in result.experiment.readouts(result.outcome)}


class TestTensor:
    def test_is_the_digits_through_the_filters(self):
        outcome = run(NormFamilyParams(first_image=7, side=6))
        image = bnsim.data.digits.load_digits().images[8] / 16
        weight = np.array(FILTERS["vertical-edge"]) / 8

        expected = [[np.sum(image[r : r + 3, c : c + 3] * weight) for c in range(6)] for r in range(6)]
        np.testing.assert_allclose(outcome.x[1, 3], expected, atol=1e-15)

    def test_every_filter_has_size_one_and_no_two_are_alike(self):
        kernels = [np.array(kernel) for kernel in FILTERS.values()]

        assert {kernel.shape for kernel in kernels} == {(3, 3)}
        assert len({tuple(kernel.ravel()) for kernel in kernels}) == len(FILTERS) == MOST_CHANNELS == 12
        assert np.abs(features()).max() <= 1 + ROUNDING

    def test_the_central_positions_are_kept(self):
        whole, middle = (run(NormFamilyParams(side=side)).x for side in (6, 4))

        np.testing.assert_allclose(middle, whole[:, :, 1:5, 1:5], **CLOSE)

    def test_images_go_round_at_the_end(self):
        assert run(NormFamilyParams(first_image=1795)).images.tolist() == [1795, 1796, 0, 1]

    @pytest.mark.parametrize("first_image", [0, 1793])
    def test_all_that_sliders_can_show_is_whole_numbers_over_divisors(self, first_image):
        outcome = run(NormFamilyParams(first_image=first_image, batch_size=8, channels=4, groups=2, side=6))
        whole = outcome.numerators[:, :4]

        assert outcome.numerators.shape == (8, MOST_CHANNELS, 6, 6)
        np.testing.assert_allclose(whole / np.reshape(DIVISORS[:4], (-1, 1, 1)), outcome.x, rtol=0, atol=1e-15)

    def test_what_is_shared_by_runs_cannot_be_changed(self):
        with pytest.raises(ValueError, match="read-only"):
            features()[0, 0, 0, 0] = 1

    def test_the_note_says_what_it_is(self):
        assert bnsim.run("norm-family").notes == (
            "x has shape (4, 6, 4, 4): images, channels, height, width. The images are the handwritten digits "
            "0, 1, 2, 3. Each channel is what a fixed 3 × 3 filter makes of them: mean, centre, horizontal edge, "
            "vertical edge, rising edge, falling edge. Kept are the central 4 × 4 positions.",
        )

    def test_the_note_of_one_digit_at_one_position_says_that(self):
        said, *_ = bnsim.run("norm-family", batch_size=1, side=1, channels=1, groups=1, first_image=7).notes

        assert said == (
            "x has shape (1, 1, 1, 1): images, channels, height, width. The only image is the handwritten digit 7. "
            "Each channel is what a fixed 3 × 3 filter makes of it: mean. Kept are only the values at one position, in "
            "the middle."
        )


class TestSharing:
    @together("params", SHAPES)
    @together("norm", NORMS)
    def test_the_coloured_sets_are_those_that_share_statistics(self, norm, params):
        """Move one value: exactly the outputs of its own set may change, and each of them does (but ties)."""
        p = NormFamilyParams(norm=norm, **params)
        outcome = run(p)
        sets = np.broadcast_to(outcome.sharing[norm].sets[:, :, None, None], outcome.x.shape)
        n, c = p.batch_size - 1, p.channels - 1
        moved = outcome.x.copy()
        moved[n, c, 0, 0] += 0.37
        change = np.abs(normed(moved, norm, p) - outcome.after[norm])

        assert change[sets != sets[n, c, 0, 0]].max(initial=0) <= ROUNDING
        own = change[sets == sets[n, c, 0, 0]]
        # An output stays only if its two changes, through mean and std, cancel; a value of 0 has none under RMS.
        still = own <= ROUNDING
        if own.size > 1:
            assert still.mean() <= (0.5 if norm == "rms" else 0.1)
        else:
            assert still.all() == (norm != "rms")  # alone in its set it is its own mean

    @pytest.mark.parametrize("norm", NORMS[:4])
    def test_every_set_comes_out_with_mean_0_and_variance_near_1(self, norm):
        p = NormFamilyParams(norm=norm, side=6)
        outcome = run(p)
        sets = np.broadcast_to(outcome.sharing[norm].sets[:, :, None, None], outcome.x.shape)

        for each in range(sets.max() + 1):
            y, var = outcome.after[norm][sets == each], outcome.x[sets == each].var()
            assert y.mean() == pytest.approx(0, abs=ROUNDING)
            assert y.var() == pytest.approx(var / (var + p.eps), abs=ROUNDING)

    def test_rms_has_mean_square_near_1_and_keeps_its_mean(self):
        outcome = run(NormFamilyParams())
        square = np.square(outcome.x).mean(axis=(1, 2, 3))

        np.testing.assert_allclose(np.square(outcome.after["rms"]).mean(axis=(1, 2, 3)), square / (square + 1e-5))
        assert bnsim.run("norm-family").tables["zeros"].set_index("norm").loc["rms"].min() > 0.1

    def test_which_means_are_0_is_measured(self):
        result = bnsim.run("norm-family")
        zeros = result.tables["zeros"].set_index("norm") > ROUNDING

        assert zeros.loc["batch"].tolist() == [False, True, True]
        assert zeros.loc["layer"].tolist() == [True, False, True]
        assert zeros.loc["group"].tolist() == [True, False, True]
        assert zeros.loc["instance"].tolist() == [False, False, False]
        by_hand = np.abs(result.outcome.after["layer"].mean(axis=(0, 2, 3))).max()
        assert result.tables["zeros"].set_index("norm").loc["layer", "of_channels"] == pytest.approx(by_hand)

    def test_colour_is_as_strong_as_the_value(self):
        result = bnsim.run("norm-family")
        x, panels = result.outcome.x.ravel(), result.tables["panels"]

        shade = panels.query("norm == 'batch'")["shade"].to_numpy()
        np.testing.assert_allclose(shade, np.clip(result.outcome.after["batch"].ravel() / 3, -1, 1), rtol=1e-6)
        np.testing.assert_allclose(panels.query("norm == 'none'")["shade"], x / np.abs(x).max(), rtol=1e-6)

    @pytest.mark.parametrize(
        ("norm", "sets", "values"),
        [("batch", 6, 64), ("layer", 4, 96), ("group", 12, 32), ("instance", 24, 16), ("rms", 4, 96)],
    )
    def test_their_number_and_size(self, norm, sets, values):
        found = bnsim.run("norm-family", norm=norm)

        assert (found.readouts["sharing_sets"], found.readouts["values_per_set"]) == (sets, values)
        assert yielded(norm=norm)["sharing_sets"].case == norm
        assert statements(norm=norm)["values_per_set"] == f"N C H W / sets = 4 · 6 · 4² / {sets}"
        assert found.tables["state"][["sets", "members"]].to_numpy().tolist() == [[sets, values]]
        row = found.tables["sharing"].set_index("norm").loc[norm]
        assert (row["sets"], row["values_per_set"]) == (sets, values)


class TestIdentities:
    @together("eps", [1e-12, 1e-5, 1e-3])
    @together("params", SHAPES)
    def test_are_zero_up_to_rounding(self, params, eps):
        found = bnsim.run("norm-family", eps=eps, **params)

        for key in IDENTITIES:
            assert found.readouts[key] <= ROUNDING, key
        assert all(each.exact == 0.0 for each in found.readout_list if each.key in IDENTITIES)

    @pytest.mark.parametrize(
        ("norm", "seen_in"),
        [
            ("group", {"group_layer", "group_instance"}),
            ("layer", {"group_layer", "rms_layer"}),
            ("instance", {"group_instance", "batch_instance"}),
            ("batch", {"batch_instance"}),
            ("rms", {"rms_layer"}),
        ],
    )
    def test_a_norm_that_was_wrong_would_break_its_own(self, norm, seen_in, monkeypatch):
        def wrong(x, kind, **options):
            return normalize(x, kind, **options) + (0.001 if kind.value == norm else 0.0)

        monkeypatch.setattr(model, "normalize", wrong)
        found = bnsim.run("norm-family").readouts

        assert {key for key in IDENTITIES if found[key] > 0.0009} == seen_in

    def test_the_command_line_prints_them(self):
        found = printed()["readouts"]

        assert [found[key] <= ROUNDING for key in IDENTITIES] == [True] * 4

    def test_the_family_has_five_different_members(self):
        after = run(NormFamilyParams()).after

        assert list(after) == list(NORMS)
        assert all(np.abs(after[one] - after[two]).max() > 0.1 for one, two in pairwise(NORMS))

    def test_batch_norm_is_the_layer_of_the_first_experiment(self):
        outcome = run(NormFamilyParams())

        np.testing.assert_allclose(outcome.after["batch"], batch_norm(outcome.x).x_hat, **CLOSE)

    def test_their_statements_say_what_is_held_against_what(self):
        found, left = statements(), bnsim.run("norm-family").readouts

        for key, who in {
            "group_layer": "group norm with one group, against layer norm",
            "group_instance": "group norm with a group per channel, G = 6, against instance norm",
            "batch_instance": "batch norm of each image alone, against instance norm",
            "rms_layer": "RMS norm of x minus the mean of its image, against layer norm",
        }.items():
            assert found[key].startswith(f"{who}: 0 in exact arithmetic; ")
            assert yielded()[key].exact == 0.0
            assert (yielded()[key].numbers["residue"], yielded()[key].numbers["values"]) == (left[key], 384)


class TestCompanions:
    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_only_batch_norm_looks_at_them(self, seed):
        found = printed(seed=seed)["readouts"]

        assert found["change_batch"] > 0.1
        assert [found[f"change_{norm}"] <= ROUNDING for norm in NORMS[1:]] == [True] * 4

    def test_one_alone_has_none(self):
        found = printed(batch_size=1)["readouts"]

        assert [found[f"change_{norm}"] for norm in NORMS] == [0.0] * 5
        assert statements(batch_size=1)["change_batch"] == "exactly 0: the first image has no companions"
        assert {yielded(batch_size=1)[f"change_{norm}"].case for norm in NORMS} == {"alone"}

    def test_they_are_really_replaced(self):
        each = bnsim.run("norm-family").tables["changes"].query("norm == 'batch'")["change"]

        assert each.size == each.nunique() == 50
        assert each.min() > 0.01

    @together("params", SHAPES[2:])
    @together("norm", NORMS)
    def test_all_companions_at_once_are_what_they_are_one_after_the_other(self, norm, params):
        outcome = run(NormFamilyParams(seed=3, **params))
        p, rng = outcome.params, np.random.default_rng(3)
        changes = []
        for _ in range(50):
            replaced = np.concatenate((outcome.x[:1], seen(p, rng.integers(0, 1797, p.batch_size - 1))))
            changes.append(normed(replaced, norm, p)[0] - outcome.after[norm][0])

        np.testing.assert_allclose(changes_of(p, outcome.x, outcome.after)[norm], changes, rtol=0, atol=ROUNDING)

    def test_a_change_is_the_root_mean_square_over_the_first_sample(self):
        result = bnsim.run("norm-family")
        outcome = result.outcome
        changes = changes_of(outcome.params, outcome.x, outcome.after)["batch"]
        table = result.tables["changes"].query("norm == 'batch'").set_index("set")["change"]

        assert table[7] == pytest.approx(math.sqrt(np.mean(changes[6] ** 2)), rel=1e-12)
        assert result.readouts["change_batch"] == np.abs(changes).max()

    def test_the_picture_says_the_largest_one(self):
        result = bnsim.run("norm-family")
        largest = result.tables["changes"].query("norm == 'batch'")["change"].max()

        assert f"batch {largest:.2g}, layer" in result.figures[2].description

    def test_the_norms_that_do_not_look_say_so(self):
        found = yielded()

        assert {norm: found[f"change_{norm}"].case for norm in NORMS} == {
            "batch": "measured", **dict.fromkeys(NORMS[1:], "rounding"),
        }  # fmt: skip
        assert statements()["change_layer"].startswith(
            "0 in exact arithmetic, as no other image enters the statistics; rounding leaves "
        )

    def test_more_values_in_a_set_weaken_them(self):
        # The error of a mean and a variance over m values falls as m grows.
        one, many = (bnsim.run("norm-family", side=side).tables["changes"] for side in (1, 6))

        assert one.query("norm == 'batch'")["change"].mean() > 2 * many.query("norm == 'batch'")["change"].mean()

    def test_the_shown_norm_has_the_same_number(self):
        found = bnsim.run("norm-family", norm="batch").readouts

        assert found["companion_change"] == found["change_batch"]

    def test_the_statement_gives_its_uncertainty(self):
        each = bnsim.run("norm-family").tables["changes"].query("norm == 'batch'")["change"]
        told = yielded()["change_batch"].numbers

        assert told["mean"] == pytest.approx(each.mean(), rel=1e-12)
        assert told["uncertainty"] == pytest.approx(each.std() / 50**0.5, rel=1e-12)
        assert told["tried"] == 50
        assert statements()["change_batch"] == (
            f"the largest over 50 sets of companions; the root mean square is {each.mean():.3g} ± "
            f"{each.std() / 50**0.5:.2g} (standard error of 50 sets)"
        )


def answered(**params: object) -> list[str]:
    """Return which sentences answer the question."""
    result = bnsim.run("norm-family", **params)
    return [each.key for each in result.experiment.answers(result.outcome)]


class TestAnswers:
    @pytest.mark.parametrize("params", [{"batch_size": 1}, {"batch_size": 2, "channels": 5, "groups": 5, "side": 2}])
    def test_one_norm_is_called_another_only_where_they_are_the_same(self, params):
        p = NormFamilyParams(**params)
        after = run(p).after
        same = {"batch-one-image": ("batch", "instance"), "group-is-instance": ("group", "instance")}
        found = {answered(norm=norm, **params)[0] for norm in NORMS} & set(same)

        assert found
        for key in found:
            one, other = same[key]
            np.testing.assert_allclose(after[one], after[other], atol=ROUNDING)

    def test_one_group_is_called_layer_norm_and_two_are_not(self):
        after = run(NormFamilyParams(groups=1)).after

        assert answered(norm="group", groups=1)[0] == "group-is-layer"
        assert answered(norm="group", groups=2)[0] == "group"
        np.testing.assert_allclose(after["group"], after["layer"], atol=ROUNDING)

    @together("params", SHAPES)
    @together("norm", NORMS)
    def test_an_image_is_said_to_depend_on_its_companions_only_where_it_does(self, norm, params):
        change = run(NormFamilyParams(norm=norm, **params)).effects[norm].largest
        said = answered(norm=norm, **params)

        assert ("depends" in said) == (change >= LITTLE)
        assert ("independent" in said) == (change < ROUNDING and params.get("batch_size") != 1 and len(said) == 2)

    @pytest.mark.parametrize(("largest", "key"), [(LITTLE, "depends"), (np.nextafter(LITTLE, 0), "depends-little")])
    def test_a_small_change_is_called_little(self, largest, key):
        outcome = run(NormFamilyParams())
        effects = {**outcome.effects, "batch": replace(outcome.effects["batch"], largest=float(largest))}

        assert [each.key for each in answers(replace(outcome, effects=effects))] == ["batch", key]

    def test_two_values_that_share_keep_only_which_is_larger(self):
        # x̂ = ±d / √(d² + ε), where the steps of a digit's pixels leave no d but 0 below 1 / 288.
        params = {"batch_size": 2, "channels": 1, "groups": 1, "side": 1, "eps": 1e-15}

        assert bnsim.run("norm-family", **params).readouts["companion_change"] <= 288**2 * 1e-15
        assert answered(**params)[1] == "depends-little"

    @pytest.mark.parametrize("norm", NORMS[:4])
    def test_a_value_in_a_set_of_its_own_is_said_to_come_out_as_0_and_does(self, norm):
        outcome = run(NormFamilyParams(norm=norm, batch_size=1, channels=1, groups=1, side=1))

        assert [each.key for each in answers(outcome)] == [
            "no-sharing-refused" if norm in ("batch", "instance") else "no-sharing"
        ]
        assert not outcome.after[norm].any()

    def test_rms_norm_divides_such_a_value_by_the_root_of_its_square_and_eps(self):
        outcome = run(NormFamilyParams(norm="rms", batch_size=3, channels=1, groups=1, side=1, eps=0.5))

        assert [each.key for each in answers(outcome)] == ["no-sharing-rms"]
        np.testing.assert_allclose(outcome.after["rms"], outcome.x / np.sqrt(outcome.x**2 + 0.5), **CLOSE)

    def test_the_sentences_are_whole(self):
        assert bnsim.run("norm-family").answer == (
            "Under batch norm, all values of one channel share them, across all 4 images: 6 sets of 64 values. "
            "So an image depends on its companions: with others beside it, the first image's outputs change by up to "
            f"{bnsim.run('norm-family').readouts['companion_change']:.3f}."
        )
        assert bnsim.run("norm-family", norm="layer").answer == (
            "Under layer norm, all values of one image share them: 4 sets of 96 values. "
            "So an image comes out the same whatever its companions are."
        )

    def test_few_controls_are_in_sight(self):
        groups = {name: spec.control.group for name, spec in NormFamilyParams.controls().items()}

        assert [name for name, group in groups.items() if not group] == [
            "norm", "batch_size", "channels", "side", "groups",
        ]  # fmt: skip
        assert set(groups.values()) == {"", "Images, ε and seed"}


class TestShapes:
    def test_one_position_leaves_instance_norm_nothing(self):
        found = bnsim.run("norm-family", side=1)

        assert not found.outcome.after["instance"].any()
        assert found.notes[1] == (
            "One value is its own mean, so its output is 0. With these norms every set holds only one value here: "
            "instance."
        )

    def test_one_of_everything_leaves_nothing_to_all_that_subtract(self):
        found = bnsim.run("norm-family", batch_size=1, channels=1, groups=1, side=1)

        assert [bool(found.outcome.after[norm].any()) for norm in NORMS] == [False, False, False, False, True]
        assert found.notes[1] == "N = 1: there are no companions, and batch norm is instance norm."
        assert found.notes[2].endswith(": batch, layer, group, instance.")


class TestRefusals:
    def test_groups_that_do_not_divide_are_refused_with_those_that_do(self):
        assert refusal(groups=4) == "groups must divide the 6 channels of x; got 4. 1, 2, 3 and 6 do."
        assert refusal(channels=7, groups=3) == "groups must divide the 7 channels of x; got 3. 1 and 7 do."
        assert refusal(channels=1, groups=2) == "groups must divide the 1 channels of x; got 2. 1 does."

    @together("channels", range(1, 13))
    def test_those_that_do_are_those_that_are_accepted(self, channels):
        accepted = []
        for groups in range(1, 13):
            params, _ = NormFamilyParams.examine({"channels": channels, "groups": groups})
            accepted += [groups] if params else []
        named = that_do(channels).removesuffix(" do.").removesuffix(" does.").replace(" and ", ", ").split(", ")

        assert [int(each) for each in named] == accepted

    def test_too_large_a_tensor_is_refused_with_what_fits(self):
        assert refusal(batch_size=8, channels=12, side=6) == (
            "batch_size times channels times side² must be at most 1152 values, or they could not be told apart; got "
            "8 times 12 times 6² = 3456. side up to 3 will do."
        )
        assert 8 * 12 * 3**2 <= MOST_VALUES < 8 * 12 * 4**2

    def test_the_command_line_refuses_in_one_sentence(self):
        found = CliRunner().invoke(cli.main, ["run", "norm-family", "--set", "groups=4"])

        assert found.exit_code == 2
        assert found.stderr == "groups must divide the 6 channels of x; got 4. 1, 2, 3 and 6 do.\n"

    def test_the_largest_allowed_is_quick(self):
        start = time.process_time()
        result = bnsim.run("norm-family", batch_size=8, channels=4, groups=2, side=6)

        assert len(result.figures[1].data["cells"]) == 6 * MOST_VALUES
        assert time.process_time() - start < 2


class TestActions:
    def test_are_the_identities_and_other_companions(self):
        result = bnsim.run("norm-family")

        assert result.experiment.offers(result.outcome) == {
            "One group: layer norm": {"norm": "group", "groups": 1},
            "A group per channel: instance norm": {"norm": "group", "groups": 6},
            "Other companions": {"seed": 1},
        }

    def test_what_is_set_already_is_not_offered(self):
        result = bnsim.run("norm-family", norm="group", groups=1, seed=2**32 - 1)

        assert list(result.experiment.offers(result.outcome)) == [
            "A group per channel: instance norm",
            "Other companions",
        ]


@pytest.fixture(scope="module")
def frame():
    return compared(FILE.stem).frame()


class TestSet:
    def test_is_in_canonical_form(self):
        text = FILE.read_bytes().decode("utf-8")

        assert toml.write(toml.read(text, params_of)) == text

    def test_its_notes_tell_the_sets_that_there_are(self, frame):
        notes = {each.name: each.note for each in bnsim.load(FILE).scenarios}
        told = {name: note for name, note in notes.items() if " sets of " in note}

        for name, note in told.items():
            sets, values = (int(frame.loc[name, key]) for key in ("sharing_sets", "values_per_set"))
            size = {1: "one", 4: "only 4"}.get(values, str(values))
            assert f"{sets} sets of {size}" in note, name
        assert set(notes) == set(told)

    def test_companions_matter_to_batch_norm_of_several_only(self, frame):
        matters = frame["companion_change"] > ROUNDING

        assert sorted(frame.index[matters]) == ["batch", "dense-batch"]
        assert frame.loc["dense-batch", "companion_change"] > 2 * frame.loc["batch", "companion_change"]

    def test_the_identities_hold_throughout(self, frame):
        assert (frame[list(IDENTITIES)] == 0).all(axis=None)  # what algebra knows

    def test_its_curves_can_be_laid_over_each_other(self):
        curves = compared(FILE.stem).overlay()

        assert curves.groupby(["scenario", "series"]).ngroups == 10 * 2
        assert curves["y"].between(0, 1).all()

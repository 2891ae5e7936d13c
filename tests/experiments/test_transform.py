"""One mini-batch through batch normalization: every number against a closed form, every sentence whole."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import bnsim
from bnsim.data.digits import load_digits
from bnsim.data.hidden import hidden_units
from bnsim.errors import ParamsError
from bnsim.experiments.transform.model import Stage, run, stage, standard_draw, standard_errors
from bnsim.experiments.transform.params import TransformParams, images_of
from bnsim.experiments.transform.tables import TICKS_SHOWN
from bnsim.text import number

TWELVE_DIGITS = 5e-13
U = 2.0**-53  # half the spacing of float64 at 1
FEW = settings(max_examples=40, deadline=None)

EXTREME = st.sampled_from([-1e6, -1e-6, 0.0, 1e-6, 1e6])
ANY_PARAMS = st.builds(
    TransformParams,
    source=st.sampled_from(["exact", "sample", "digits"]),
    mean=EXTREME | st.floats(-1e6, 1e6),
    std=EXTREME.map(abs) | st.floats(0, 1e6),
    gamma=EXTREME | st.floats(-1e6, 1e6),
    beta=EXTREME | st.floats(-1e6, 1e6),
    x=st.sampled_from([-1e9, 0.0, 1e9]) | st.floats(-1e9, 1e9),
    eps=st.sampled_from([5e-324, 1e-12, 1e-5, 1.0]) | st.floats(0, 1, exclude_min=True),
    batch_size=st.sampled_from([1, 2, 3, 32, 170]),
    seed=st.integers(0, 2**32 - 1),
    unit=st.integers(0, 31),
    first_image=st.integers(0, 1796),
)


def root_of(std: str, eps: str = "1e-5") -> Decimal:
    return (Decimal(std) ** 2 + Decimal(eps)).sqrt()


def readouts(**params):
    return bnsim.run("transform", **params).readouts


def statements(**params):
    return {readout.key: readout.statement for readout in bnsim.run("transform", **params).readout_list}


def notes(**params):
    return bnsim.run("transform", **params).notes


def own(values, **params):
    return bnsim.run("transform", source="own", values=values, **params)


def refusal(**params) -> str:
    with pytest.raises(ParamsError) as error:
        bnsim.run("transform", **params)
    return str(error.value)


class TestKnownAnswers:
    @pytest.fixture(autouse=True)
    def fifty_digits(self):
        with localcontext(prec=50):
            yield

    def test_mean_3_std_2_5_sends_6_to_3_over_the_root(self):
        found = readouts(mean=3, std=2.5, x=6)

        assert found["x_hat"] == pytest.approx(float(3 / root_of("2.5")), rel=TWELVE_DIGITS)
        assert f"{found['x_hat']:.12f}" == f"{found['y']:.12f}" == "1.199999040001"

    def test_its_moments(self):
        found = readouts(mean=3, std=2.5, x=6)

        assert found["batch_mean"] == pytest.approx(3, rel=TWELVE_DIGITS)
        assert found["batch_std"] == pytest.approx(2.5, rel=TWELVE_DIGITS)
        assert abs(found["normalized_mean"]) <= 2 * U
        assert found["normalized_std"] == pytest.approx(float(Decimal("2.5") / root_of("2.5")), rel=TWELVE_DIGITS)

    def test_mean_2_3_std_1_8_with_scale_and_shift(self):
        found = readouts(mean=2.3, std=1.8, gamma=1.5, beta=0.2, x=5, batch_size=32)
        x_hat = Decimal("2.7") / root_of("1.8")

        assert found["x_hat"] == pytest.approx(float(x_hat), rel=TWELVE_DIGITS)
        assert found["y"] == pytest.approx(float(Decimal("1.5") * x_hat + Decimal("0.2")), rel=TWELVE_DIGITS)
        assert found["output_mean"] == pytest.approx(0.2, rel=TWELVE_DIGITS)
        assert found["output_std"] == pytest.approx(float(Decimal("2.7") / root_of("1.8")), rel=TWELVE_DIGITS)
        assert f"{found['normalized_std']:.8f} {found['output_std']:.8f}" == "0.99999846 1.49999769"

    @together("eps", ["1e-5", "1e-3", "1e-12"])
    @together("std", ["1", "0.1", "0.01", "0.00316", "0.001", "0.05", "1000000"])
    def test_the_normalized_std_is_std_over_the_root(self, std, eps):
        found = readouts(mean=0, std=float(std), gamma=-1.5, eps=float(eps))
        expected = Decimal(std) / root_of(std, eps)

        assert found["normalized_std"] == pytest.approx(float(expected), rel=TWELVE_DIGITS)
        assert found["output_std"] == pytest.approx(float(Decimal("1.5") * expected), rel=TWELVE_DIGITS)
        assert found["identity_gamma"] == pytest.approx(float(root_of(std, eps)), rel=TWELVE_DIGITS)

    def test_a_million_on_a_million_survives(self):
        found = readouts(mean=1e6, std=1e6, x=1e9)

        assert found["x_hat"] == pytest.approx(999, rel=TWELVE_DIGITS)
        assert found["batch_mean"] == pytest.approx(1e6, rel=TWELVE_DIGITS)

    def test_the_default_is_the_worked_example(self):
        assert readouts() == readouts(mean=3, std=2.5, gamma=1, beta=0, x=6, eps=1e-5, batch_size=32, source="exact")


class TestNoSpread:
    @together("mean", [3.0, 0.1, -2.3, 1e6])
    @together("batch_size", [1, 2, 3, 33])
    @together(("gamma", "beta"), [(1.0, 0.0), (-3.7, 0.3), (1e6, -1e6), (0.0, 0.7)])
    def test_every_member_lands_on_beta_exactly(self, mean, batch_size, gamma, beta):
        result = bnsim.run("transform", mean=mean, std=0, gamma=gamma, beta=beta, batch_size=batch_size)

        assert (result.readouts["output_mean"], result.readouts["output_std"]) == (beta, 0.0)
        assert (result.readouts["normalized_mean"], result.readouts["normalized_std"]) == (0.0, 0.0)
        assert set(result.tables["members"]["y"]) == {beta}

    @pytest.mark.parametrize("source", ["exact", "sample"])
    def test_one_example_lands_on_beta_whatever_std_asks_for(self, source):
        found = readouts(source=source, batch_size=1, std=2.5, gamma=7, beta=-0.3)

        assert (found["batch_std"], found["output_mean"], found["output_std"]) == (0.0, -0.3, 0.0)

    def test_one_example_of_ones_own_lands_on_beta(self):
        assert own([0.1], gamma=3, beta=0.7).tables["members"]["y"].tolist() == [0.7]

    def test_equal_numbers_of_ones_own_land_on_beta(self):
        found = own([0.1] * 7, gamma=1.3, beta=0.7, x=0.1).readouts

        assert (found["y"], found["output_mean"], found["output_std"]) == (0.7, 0.7, 0.0)

    @pytest.mark.parametrize("eps", [1e-5, 1e-3, 1e-12])
    def test_a_probe_is_divided_by_the_root_of_eps(self, eps):
        assert readouts(std=0, eps=eps)["x_hat"] == pytest.approx(3 / math.sqrt(eps), rel=TWELVE_DIGITS)

    def test_the_note_says_why(self):
        assert notes(std=0) == (
            "The batch has no spread: every member lands on β = 0. The probe x is not a member; its distance to the "
            "mean is divided by √ε = 0.003162277660168, hence x̂ = 948.6832980505.",
        )

    def test_the_note_on_one_example(self):
        assert notes(batch_size=1, x=3) == (
            "One example: its mean is itself and its std can only be 0, so x̂ = 0 and y = β, whatever it was.",
        )

    def test_one_example_and_a_probe_get_both_notes(self):
        assert len(notes(batch_size=1)) == 2

    def test_a_member_of_a_batch_without_spread_needs_no_warning(self):
        assert notes(std=0, x=3) == ()

    def test_one_example_is_not_said_to_have_the_std_that_was_set(self):
        found = statements(batch_size=1, std=2.5)

        assert found["batch_std"] != "as set"


class TestIdentity:
    @together("std", [2.5, 0.05, 0.001, 1e-5])
    @together("mean", [3.0, -5.0, 0.0])
    def test_the_root_and_the_mean_undo_the_normalization(self, std, mean):
        found = readouts(mean=mean, std=std)
        again = readouts(mean=mean, std=std, gamma=found["identity_gamma"], beta=found["identity_beta"])

        # x_hat, times gamma, plus beta: three roundings of numbers no larger than the largest member.
        assert again["identity_error"] <= 8 * U * (abs(mean) + math.sqrt(31) * std)

    @pytest.mark.parametrize(("std", "share"), [(2.5, 8e-7), (0.01, 0.046537), (0.001, 0.698489)])
    def test_the_std_as_scale_leaves_the_closed_form(self, std, share):
        result = bnsim.run("transform", mean=3, std=std, gamma=std, beta=3)
        farthest = (result.tables["members"]["x"] - 3).abs().max()
        short = 1 - std / math.hypot(std, math.sqrt(1e-5))

        assert short == pytest.approx(share, rel=1e-4)
        # The members are near 3: their differences are good to a few units in the last place of 3.
        assert result.readouts["identity_error"] == pytest.approx(farthest * short, abs=16 * U)

    def test_the_error_is_the_largest_change_of_a_member(self):
        result = own([1.0, 2.0, 6.0], gamma=-2, beta=1)
        members = result.tables["members"]

        assert result.readouts["identity_error"] == (members["y"] - members["x"]).abs().max()

    def test_one_click_undoes_it(self):
        result = bnsim.run("transform", mean=3, std=0.01)
        changes = result.experiment.offers(result.outcome)["Undo the normalization"]

        assert readouts(mean=3, std=0.01, **changes)["identity_error"] <= 8 * U * 4


class TestExactSource:
    @given(
        batch_size=st.sampled_from([2, 3, 32, 512]),
        seed=st.integers(0, 2**32 - 1),
        mean=st.floats(-1e6, 1e6),
        std=st.floats(1e-6, 1e6),
    )
    @FEW
    def test_has_the_asked_moments_to_rounding(self, batch_size, seed, mean, std):
        self.assert_moments(batch_size, seed, mean, std)

    @pytest.mark.parametrize("batch_size", [1_000, 100_000])
    @pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
    def test_large_batches_too(self, batch_size, seed):
        self.assert_moments(batch_size, seed, 3.0, 2.5)

    def assert_moments(self, batch_size, seed, mean, std):
        o = run(TransformParams(batch_size=batch_size, seed=seed, mean=mean, std=std))

        # A member is rounded twice, by at most U of itself each time; mean and std move by no more than the largest
        # such error. As much again for what the standardized draw and the two sums leave.
        room = 4 * U * np.max(np.abs(mean) + std * np.abs(standard_draw(o.params)))
        assert abs(o.mean - mean) <= room
        assert abs(o.std - std) <= room

    @given(st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 32]))
    @FEW
    def test_on_the_sliders_it_is_exact(self, seed, batch_size):
        o = run(TransformParams(seed=seed, batch_size=batch_size))

        assert o.is_exact
        assert (o.mean, o.std) == (3.0, 2.5)

    def test_without_spread_the_mean_is_exact(self):
        assert all(readouts(mean=m, std=0, batch_size=100)["batch_mean"] == m for m in (0.1, 1e6, -2.3))

    def test_one_example_is_the_mean(self):
        assert bnsim.run("transform", batch_size=1, mean=2.3).tables["members"]["x"].tolist() == [2.3]

    def test_seeds_differ_and_repeat(self):
        first, again, other = (bnsim.run("transform", seed=s).tables["members"]["x"].tolist() for s in (1, 1, 2))

        assert first == again
        assert first != other

    def test_what_float64_cannot_hold_is_said(self):
        assert notes(mean=1e6, std=1e-6)[-1] == (
            "float64 cannot hold a batch with exactly this mean and std; the numbers are those of the batch shown."
        )
        assert statements(mean=1e6, std=1e-6)["batch_std"] != "as set"

    @given(st.integers(-100, 100), st.integers(1, 60))
    @FEW
    def test_x_on_the_mean_is_shown_as_0(self, mean, std):
        shown = bnsim.run("transform", mean=mean / 20, x=mean / 20, std=std / 20).readout_list[0]

        assert shown.key == "x_hat"
        assert number(shown.best) == "0"


class TestSampleSource:
    @pytest.mark.parametrize("batch_size", [1, 2, 3, 8, 32])
    def test_standard_errors_are_the_spread_of_many_batches(self, batch_size):
        draws = 40_000
        batches = np.random.default_rng(5).normal(3.0, 2.5, (draws, batch_size))
        mean_error, std_error = standard_errors(TransformParams(source="sample", batch_size=batch_size))

        # The std of a std estimated from n draws is at most 1 / sqrt(n) of it here; five of those.
        room = 5 / math.sqrt(draws)
        assert batches.mean(axis=1).std() == pytest.approx(mean_error, rel=room)
        assert batches.std(axis=1).std() == pytest.approx(std_error, rel=room)

    @pytest.mark.parametrize("batch_size", [10_000, 1_000_000])
    def test_of_a_large_batch_they_are_the_asymptotic_ones(self, batch_size):
        mean_error, std_error = standard_errors(TransformParams(source="sample", batch_size=batch_size))

        assert mean_error == 2.5 / math.sqrt(batch_size)
        # The next term of the series is 1 / (8 N); the rest is rounding in the gamma function.
        assert std_error == pytest.approx(2.5 / math.sqrt(2 * batch_size) * (1 - 1 / (8 * batch_size)), rel=1e-6)

    def test_its_batches_scatter_about_the_population(self):
        found = [readouts(source="sample", seed=seed) for seed in range(400)]
        mean_error, std_error = standard_errors(TransformParams(source="sample"))
        means, stds = (np.array([each[key] for each in found]) for key in ("batch_mean", "batch_std"))

        assert abs(means.mean() - 3) <= 4 * mean_error / math.sqrt(400)
        # E[s] = sigma (1 - 3 / (4 N)) to first order.
        assert abs(stds.mean() - 2.5 * (1 - 0.75 / 32)) <= 4 * std_error / math.sqrt(400)

    def test_the_batch_follows_mean_and_std(self):
        standard, moved = (
            bnsim.run("transform", source="sample", **p).tables["members"]["x"]
            for p in ({"mean": 0, "std": 1}, {"mean": 2, "std": 0.5})
        )

        np.testing.assert_allclose(moved, 2 + 0.5 * standard, rtol=4 * U)

    def test_population_and_errors_stand_beside_the_batch(self):
        found = statements(source="sample", batch_size=100)

        assert found["batch_mean"] == "of the population 3, standard error 0.25"
        assert found["batch_std"] == "of the population 2.5, standard error 0.177"

    def test_they_stand_in_the_table_of_moments(self):
        result = bnsim.run("transform", source="sample")
        table = result.tables["moments"]

        assert table["population"].tolist() == [3.0, 2.5]
        assert table["standard_error"].tolist() == list(standard_errors(result.params))
        assert table["batch"].tolist() == [result.readouts["batch_mean"], result.readouts["batch_std"]]


class TestDigitsSource:
    @pytest.mark.parametrize("unit", [0, 17, 31])
    def test_is_weight_times_image_plus_bias(self, unit):
        members = bnsim.run("transform", source="digits", unit=unit, first_image=100).tables["members"]["x"]
        layer, images = hidden_units(), load_digits().images[100:132]
        expected = [
            math.fsum(float(w) * float(p) / 16 for w, p in zip(layer.weight[unit], image.ravel(), strict=True))
            + float(layer.bias[unit])
            for image in images
        ]

        # 65 roundings of products no larger than the sum of their sizes, which is below 64.
        np.testing.assert_allclose(members, expected, rtol=0, atol=65 * 64 * U)

    def test_goes_round_at_the_end(self):
        def members(first, size):
            table = bnsim.run("transform", source="digits", first_image=first, batch_size=size).tables["members"]
            return table["x"].tolist()

        assert members(1790, 10) == pytest.approx([*members(1790, 7), *members(0, 3)], abs=64 * 64 * U)

    def test_a_class_holds_only_its_images(self):
        labels = load_digits().labels

        assert all(set(labels[images_of(str(digit))]) == {digit} for digit in range(10))
        assert sum(images_of(str(digit)).size for digit in range(10)) == images_of("all").size == 1797

    def test_the_first_image_of_a_class_is_the_next_one_of_it(self):
        result = bnsim.run("transform", source="digits", digit="7", first_image=1000, batch_size=3)
        following = [image for image in images_of("7") if image >= 1000][:3]
        single = [readouts(source="digits", first_image=int(i), batch_size=1)["batch_mean"] for i in following]

        assert result.tables["members"]["x"].tolist() == pytest.approx(single, abs=64 * 64 * U)

    def test_after_the_last_of_a_class_comes_its_first(self):
        first = readouts(source="digits", digit="0", first_image=0, batch_size=1)["batch_mean"]

        assert readouts(source="digits", digit="0", first_image=1796, batch_size=1)["batch_mean"] == first

    def test_the_whole_class_is_the_largest_batch(self):
        largest = images_of("8").size

        assert len(bnsim.run("transform", source="digits", digit="8", batch_size=largest).tables["members"]) == largest
        assert refusal(source="digits", digit="8", batch_size=largest + 1) == (
            f"batch_size must be at most {largest}, the images of digit 8; got {largest + 1}."
        )

    def test_all_images_are_the_largest_batch_of_all(self):
        assert refusal(source="digits", batch_size=1798) == (
            "batch_size must be at most 1797, the images of digit all; got 1798."
        )

    def test_mean_and_std_are_not_asked_for(self):
        with pytest.warns(UserWarning, match="no effect"):
            assert readouts(source="digits", mean=100) == readouts(source="digits")


class TestOwnSource:
    def test_is_the_numbers_given(self):
        result = own([1, 2, 3, 4], x=2)

        assert result.tables["members"]["x"].tolist() == [1.0, 2.0, 3.0, 4.0]
        assert (result.readouts["batch_mean"], result.readouts["batch_std"]) == (2.5, math.sqrt(1.25))
        assert result.readouts["x_hat"] == pytest.approx(-0.5 / math.sqrt(1.25001), rel=TWELVE_DIGITS)

    def test_none_is_refused(self):
        assert refusal(source="own") == (
            "values must hold at least one number when source is own; got none. Paste numbers or load a file."
        )

    @pytest.mark.parametrize("size", [1, 2, 5, 257, 1000])
    def test_any_number_of_them(self, size):
        assert own(np.arange(size)).readouts["batch_mean"] == (size - 1) / 2

    def test_the_largest_numbers_survive(self):
        assert own([-1e12, 1e12]).readouts["normalized_std"] == 1.0


class TestMembers:
    @given(st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 32, 170]), st.sampled_from(["exact", "sample", "digits"]))
    @FEW
    def test_none_lies_beyond_the_root_of_n_minus_1(self, seed, size, source):
        params = TransformParams(source=source, seed=seed, batch_size=size, unit=seed % 32)

        assert np.abs(run(params).stages["normalized"].members).max() <= math.sqrt(size - 1) * (1 + 8 * U)

    def test_one_against_all_others_reaches_it(self):
        x_hat = own([0.0] * 31 + [1.0], eps=1e-12, x=1.0).readouts["x_hat"]

        assert x_hat == pytest.approx(math.sqrt(31), rel=1e-10)

    def test_a_member_is_told_from_a_probe(self):
        assert notes(source="own", values=[1, 2, 3, 4], x=2) == (
            "x is a member of the batch: |x̂| ≤ √(N − 1) = 1.73205 holds for every member.",
        )
        assert notes() == (
            "x is a probe, not a member of the batch. A member obeys |x̂| ≤ √(N − 1) = 5.56776; a probe need not.",
        )

    def test_one_click_tracks_the_one_it_names(self):
        result = own([1.0, 2.0, 6.0])
        found = result.experiment.offers(result.outcome)

        assert found["Track the smallest member"] == {"x": 1.0}
        assert found["Track the largest member"] == {"x": 6.0}

    def test_the_picture_reaches_as_far_as_the_members_but_4_to_12(self):
        lonely, even = own([0.0] * 63 + [1.0]), own([0.0, 1.0])  # one of 64 lies √63 stds out

        assert lonely.tables["state"]["reach"].item() == pytest.approx(math.sqrt(63))
        assert even.tables["state"]["reach"].item() == 4.0
        assert own([0.0] * 999 + [1.0]).tables["state"]["reach"].item() == 12.0

    @pytest.mark.parametrize("label", ["Track the smallest member", "Track the largest member"])
    def test_one_click_tracks_a_member(self, label):
        result = bnsim.run("transform")
        changes = result.experiment.offers(result.outcome)[label]

        assert notes(**changes)[0].startswith("x is a member of the batch:")

    def test_every_member_has_its_place_and_its_three_values(self):
        frame = own([1.0, 2.0, 3.0, 6.0], gamma=2.0, beta=5.0).tables["members"]
        x_hat = (np.array([1.0, 2.0, 3.0, 6.0]) - 3) / math.sqrt(3.5 + 1e-5)

        assert list(frame.columns) == ["member", "x", "x_hat", "y"]
        assert frame["member"].tolist() == [0, 1, 2, 3]
        assert frame["x"].tolist() == [1.0, 2.0, 3.0, 6.0]
        np.testing.assert_allclose(frame["x_hat"], x_hat, rtol=4 * U)
        np.testing.assert_allclose(frame["y"], 2 * x_hat + 5, rtol=4 * U)

    def test_each_of_a_small_batch_has_a_tick(self):
        frame = own([1.0, 2.0, 3.0, 6.0]).tables["ticks"]

        np.testing.assert_allclose(frame["z"], (np.array([1, 2, 3, 6]) - 3) / math.sqrt(3.5), rtol=2.0**-23)
        assert frame["z"].dtype == np.float32

    def test_a_large_batch_has_no_ticks_and_keeps_their_column(self):
        assert len(bnsim.run("transform", batch_size=TICKS_SHOWN).tables["ticks"]) == TICKS_SHOWN
        assert bnsim.run("transform", batch_size=TICKS_SHOWN + 1).tables["ticks"].empty
        assert list(bnsim.run("transform", batch_size=TICKS_SHOWN + 1).tables["ticks"].columns) == ["z"]


BATCHES = arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6))
SPREAD = np.array([1.0, 2.0, 3.0, 6.0])


def outlined(values: np.ndarray) -> Stage:
    return stage(values, 0.0, normal=False)


class TestDensities:
    def test_has_one_curve_per_stage_in_order(self):
        frame = bnsim.run("transform").tables["densities"]

        assert list(frame.columns) == ["stage", "value", "density"]
        assert frame["stage"].drop_duplicates().tolist() == ["raw", "normalized", "output"]

    def test_the_normal_curve_has_the_moments_of_the_batch(self):
        found = stage(SPREAD, 0.0, normal=True)
        peak = int(np.argmax(found.density))

        assert (found.mean, found.std, found.value[peak]) == (3.0, math.sqrt(3.5), 3.0)
        assert found.density[peak] == pytest.approx(1 / math.sqrt(2 * math.pi * 3.5), rel=1e-12)
        assert (found.value[0], found.value[-1]) == pytest.approx((3 - 4 * 3.5**0.5, 3 + 4 * 3.5**0.5))

    @pytest.mark.parametrize("normal", [True, False])
    @pytest.mark.parametrize("values", [[7.0] * 5, [0.1]])
    def test_a_batch_without_spread_is_a_point_mass(self, values, normal):
        found = stage(np.array(values), 0.0, normal=normal)

        assert found.value.tolist() == [values[0]] * 2
        assert found.density.tolist() == [0.0, math.inf]

    def test_the_outline_of_a_histogram_covers_area_1(self):
        found = outlined(SPREAD)

        assert np.sum(np.diff(found.value) * found.density[:-1]) == pytest.approx(1, rel=1e-12)

    def test_the_outline_begins_and_ends_on_the_ground(self):
        found = outlined(SPREAD)

        assert (found.density[0], found.density[-1]) == (0.0, 0.0)
        assert (found.value[0], found.value[-1]) == (1.0, 6.0)

    @given(BATCHES)
    @FEW
    def test_the_outline_never_goes_back(self, batch):
        found = outlined(batch)

        assert (np.diff(found.value) >= 0).all()
        assert (found.density >= 0).all()

    @given(BATCHES, st.booleans())
    @FEW
    def test_any_batch_has_a_curve_without_nan(self, batch, normal):
        found = stage(batch, 0.0, normal=normal)

        assert found.value.size == found.density.size >= 2
        assert not np.isnan([found.value, found.density]).any()


class TestBars:
    def test_stand_side_by_side_and_the_highest_is_1(self):
        frame = bnsim.run("transform", source="sample", batch_size=200).tables["bars"]

        assert list(frame.columns) == ["z_left", "z_right", "height"]
        np.testing.assert_array_equal(frame["z_left"][1:], frame["z_right"][:-1])
        assert frame["height"].max() == 1.0
        assert frame["height"].min() >= 0.0
        assert set(frame.dtypes) == {np.dtype("float32")}

    @pytest.mark.parametrize("params", [{"source": "sample", "batch_size": 1}, {"source": "exact"}], ids=str)
    def test_one_example_and_a_batch_drawn_as_a_curve_have_none(self, params):
        frame = bnsim.run("transform", **params).tables["bars"]

        assert frame.empty
        assert list(frame.columns) == ["z_left", "z_right", "height"]

    @given(BATCHES)
    @FEW
    def test_any_batch_has_bars_without_nan(self, batch):
        frame = own(batch).tables["bars"]

        assert not frame.isna().any().any()
        assert (frame["z_left"] <= frame["z_right"]).all()


class TestStatements:
    def test_of_the_default_are_whole(self):
        found = statements()

        assert found == {
            "x_hat": "(x − μ_B) / √(σ_B² + ε) = (6 − 3) / √(2.5² + 1e−5)",
            "y": "γ x̂ + β = 1 · 1.199999040001 + 0",
            "normalized_mean": "exactly 0; rounding leaves 2.8e−17",
            "normalized_std": "σ_B / √(σ_B² + ε) = 2.5 / √(2.5² + 1e−5)",
            "output_mean": "exactly β; rounding leaves 2.8e−17",
            "output_std": "|γ| · std(x̂) = 1 · 0.999999200001",
            "batch_mean": "the value you set",
            "batch_std": "the value you set",
            "identity_gamma": "√(σ_B² + ε) = √(2.5² + 1e−5)",
            "identity_beta": "the batch mean μ_B",
            "identity_error": "over the batch, at the γ and β set now",
        }

    def test_negative_operands_stand_in_brackets(self):
        found = statements(mean=-3, gamma=-2, beta=-1, x=-6)

        assert found["x_hat"] == "(x − μ_B) / √(σ_B² + ε) = (−6 − (−3)) / √(2.5² + 1e−5)"
        assert found["y"] == "γ x̂ + β = −2 · (−1.199999040001) + (−1)"
        assert found["output_std"] == "|γ| · std(x̂) = 2 · 0.999999200001"

    def test_given_batches_are_called_what_they_are(self):
        assert statements(source="digits")["batch_mean"] == "the mean of these images"
        assert statements(source="own", values=[1, 2])["batch_std"] == "the std of your numbers"

    def test_nothing_is_said_to_be_about_1(self):
        everything = " ".join([*statements().values(), *notes()])

        assert "about" not in everything
        assert "≈" not in everything

    def test_the_effect_of_eps_can_be_read(self):
        shown = {key: number(readouts()[key]) for key in ("x_hat", "normalized_std", "identity_gamma")}

        assert shown == {
            "x_hat": "1.199999040001",
            "normalized_std": "0.999999200001",
            "identity_gamma": "2.500001999999",
        }


class TestDigits:
    @pytest.mark.parametrize(("gamma", "beta"), [(0.001, 1000.0), (1e-9, 1e6), (-1e-9, -1e6), (1e6, 1e-6)])
    def test_the_output_std_is_that_of_the_map_where_y_has_lost_it(self, gamma, beta):
        result = bnsim.run("transform", gamma=gamma, beta=beta)
        expected = float(abs(Decimal(gamma)) * Decimal("2.5") / root_of("2.5"))

        assert result.readouts["output_std"] == pytest.approx(expected, rel=TWELVE_DIGITS)
        stages = result.tables["stages"].set_index("stage")["std"]
        assert stages["output"] == result.readouts["output_std"]

    def test_of_a_tiny_scale_it_is_a_little_under_it(self):
        assert number(readouts(gamma=1e-9, beta=1e6)["output_std"], 7) == "9.999992e−10"

    def test_what_rounding_leaves_has_no_digits(self):
        shown = {each.key: each.best for each in own([0.1, 0.2, 0.30000001], x=0.2, eps=1e-12).readout_list}

        # x - mean is -3.3e-9 of numbers near 0.2, good to 3e-17 and so to 8 digits; two of its error are kept.
        assert len(str(Decimal(repr(shown["x_hat"])).normalize().as_tuple().digits)) < 3 * 13
        assert shown["x_hat"] == pytest.approx(-4.0824829e-8, rel=1e-6)

    def test_an_identity_is_shown_as_one(self):
        found = bnsim.run("transform", gamma=float(root_of("2.5")), beta=3)
        error = next(each for each in found.readout_list if each.key == "identity_error")

        assert error.error == pytest.approx(4 * U * 2 * found.tables["members"]["x"].abs().max(), rel=1e-6)
        assert error.best == round(error.value, 16)


class TestAnyParams:
    @given(ANY_PARAMS)
    @settings(max_examples=60, deadline=None)
    def test_never_fail_and_give_finite_numbers(self, params):
        result = bnsim.experiment.Result(bnsim.experiments.find("transform"), params)

        assert all(math.isfinite(value) for value in result.readouts.values())
        assert all(math.isfinite(readout.best) for readout in result.readout_list)
        assert all(note.endswith((".", "!")) for note in result.notes)
        assert [len(frame.columns) > 0 for frame in result.tables.values()]
        assert len(result.figures) == 2

    @given(ANY_PARAMS)
    @FEW
    def test_the_tracked_sample_is_the_affine_map(self, params):
        o = run(params)

        # Of the moments that were set or of those of the batch made from them: they differ by 1e-12 std at most.
        assert o.x_hat == pytest.approx((params.x - o.mean) / o.root, rel=4e-12, abs=4e-12)
        assert o.y == params.gamma * o.x_hat + params.beta

    def test_a_million_examples_are_quick_enough(self):
        assert readouts(batch_size=1_000_000)["batch_mean"] == pytest.approx(3, rel=TWELVE_DIGITS)

"""Batch norm in narrow formats: each failure against arithmetic done by hand, or by the processor's own float16."""

import math

import numpy as np
import pytest
from cases import together
from shipped import compared, loaded

import bnsim
from bnsim.engine import FloatFormat, SumOrder, batch_norm, rounded, sum_in
from bnsim.engine.statistics.formats import partial_sums_in
from bnsim.errors import ShapeError
from bnsim.experiments import find
from bnsim.experiments.precision.formulas import formula_errors
from bnsim.experiments.precision.model import run

HALF, BRAIN, SINGLE, DOUBLE = FloatFormat.FLOAT16, FloatFormat.BFLOAT16, FloatFormat.FLOAT32, FloatFormat.FLOAT64
PRECISION = find("precision")


def outcome(**changes):
    return run(PRECISION.params(**changes))


def stored(form=np.float16, mean=100.0, std=1.0, batch_size=512):
    return (mean + std * np.random.default_rng(0).standard_normal(batch_size)).astype(form)


class TestPartialSums:
    @together("form", FloatFormat)
    def test_of_one_column_are_those_of_many_beside_each_other(self, form):
        # Over the whole range: overflow, subnormal numbers and halves; with twenty columns rounding is done in arrays.
        rng = np.random.default_rng(5)
        values = rng.standard_normal((300, 20)) * 2.0 ** rng.integers(-30, 16, (300, 20))
        many = sum_in(values, form)

        np.testing.assert_array_equal([partial_sums_in(column, form)[-1] for column in values.T], many)
        np.testing.assert_array_equal(sum_in(values[:, :3], form), many[:3])

    def test_are_the_loop_of_the_processor(self):
        values = np.random.default_rng(6).uniform(0, 200, 1000)
        with np.errstate(over="ignore"):
            native = np.add.accumulate(values.astype(np.float16), dtype=np.float16)

        assert np.isinf(native[-1])
        np.testing.assert_array_equal(partial_sums_in(values, HALF), native.astype(np.float64))

    @together("form", [HALF, BRAIN])
    def test_below_the_smallest_number_digits_are_lost(self, form):
        assert partial_sums_in([form.smallest, form.smallest], form).tolist() == [form.smallest, 2 * form.smallest]

    @together("values", [[], [[1.0]]])
    def test_of_other_shapes_are_refused(self, values):
        with pytest.raises(ShapeError) as error:
            partial_sums_in(values, HALF)

        assert str(error.value) == f"values must have shape (N,) with at least one; got shape {np.shape(values)}."


class TestWays:
    def test_ours_is_batch_norm_of_what_is_stored(self):
        own, x = outcome().ways["own"], stored()

        assert (own.mean, own.var) == (batch_norm(x).mean, batch_norm(x).var)
        assert own.error == 0

    def test_all_in_float16_is_what_the_processor_finds(self):
        x = stored(mean=10.0)
        mean = np.float16(np.add.accumulate(x, dtype=np.float16)[-1] / np.float16(512))
        squares = np.add.accumulate(np.square(x - mean), dtype=np.float16)[-1]
        short = np.add.accumulate(np.square(x), dtype=np.float16)[-1] / np.float16(512) - np.square(mean)
        ways = outcome(mean=10.0).ways

        assert (ways["centred"].mean, ways["centred"].var) == (mean, squares / np.float16(512))
        assert ways["difference"].var == short

    def test_float32_sums_are_what_the_processor_finds(self):
        x = stored().astype(np.float32)
        mean = np.add.accumulate(x, dtype=np.float32)[-1] / np.float32(512)
        var = np.add.accumulate(np.square(x - mean), dtype=np.float32)[-1] / np.float32(512)
        found = outcome().ways["frameworks"]

        assert (found.mean, found.var) == (mean, var)

    @together("form", [HALF, BRAIN])
    def test_float32_sums_leave_the_rounding_of_the_outputs(self, form):
        # One rounding is at most `unit` of an output, and those are 1 in the root mean square.
        found = outcome(form=form.title).ways["frameworks"]

        assert found.error < form.unit
        assert found.error > form.unit / 10

    def test_equal_values_stay_0(self):
        assert outcome(std=0.0, mean=0.5).ways["centred"].error == 0


class TestFaults:
    def test_a_sum_stops_where_the_next_value_is_half_of_its_last_digit(self):
        # 128 * 256: from there bfloat16 has every 256th number, and 100 is less than half of that.
        found = outcome(form="bfloat16")

        assert found.sums.total.max() == 2**15
        assert found.ways["centred"].mean == 2**15 / 512
        assert found.fault == "stall"

    def test_a_sum_beyond_65504_is_infinite(self):
        found = outcome(mean=300.0)

        assert 512 * 300 > 65504
        assert (found.fault, found.ways["centred"].mean) == ("sum", math.inf)
        assert found.ways["centred"].error == math.inf

    def test_squares_beyond_65504_leave_every_output_0(self):
        found = outcome(mean=0.0, std=100.0, batch_size=64)

        assert 64 * 100**2 > 65504
        assert (found.fault, found.ways["centred"].var) == ("square", math.inf)
        assert (found.ways["centred"].output_mean, found.ways["centred"].output_std) == (0, 0)

    @together("eps, kept", [(1e-8, 0.0), (2.0**-25, 0.0), (3e-8, 2.0**-24), (1e-3, 0.0010004043579)])
    def test_an_epsilon_below_half_of_the_smallest_number_is_0(self, eps, kept):
        found = outcome(mean=0.5, std=0.0, eps=eps)

        assert found.kept_eps == pytest.approx(kept, rel=1e-9)
        assert (found.fault == "eps") == (kept == 0)
        assert math.isnan(found.ways["centred"].output_mean) == (kept == 0)

    def test_bfloat16_keeps_that_epsilon(self):
        assert outcome(form="bfloat16", mean=0.5, std=0.0, eps=1e-8, batch_size=64).fault == "none"

    def test_the_short_formula_can_be_negative(self):
        found = outcome(form="float32", mean=30000.0, batch_size=16)

        assert found.fault == "negative"
        # What is left of numbers near 9e8, where float32 has every 64th.
        assert found.ways["difference"].var < 0
        assert found.ways["difference"].var % 64 == 0

    def test_a_mean_between_two_numbers_is_rounded_to_one(self):
        # bfloat16 has 19.875, 20 and 20.125; the mean is 19.977.
        found = outcome(form="bfloat16", mean=20.0, order="pairwise")

        assert (found.fault, found.ways["centred"].mean) == ("coarse", 20.0)
        assert found.ways["centred"].error == pytest.approx(20 - found.ways["own"].mean, rel=0.05)

    def test_pairwise_sums_do_not_stall(self):
        assert outcome(mean=10.0).fault == "stall"
        assert outcome(mean=10.0, order="pairwise").fault == "cancels"

    def test_float32_near_0_has_none(self):
        assert outcome(form="float32").fault == "none"


class TestFormulas:
    def test_the_short_one_loses_the_square_of_mean_over_spread_roundings(self):
        # At most: of E[x²] 1 rounding and 8 levels of sums, of E[x]² twice 8 levels and 1, and 1 of the difference,
        # each of mean² + var; a tenth more for their products in bfloat16. They cancel, but not always.
        errors = [each for each in formula_errors() if each.formula == "difference" and each.expected < 0.3]
        roundings = [each.error / each.expected / (1 + each.ratio**-2) for each in errors]

        assert len(errors) > 25
        assert 0.5 < max(roundings) < 1.1 * 27

    def test_nothing_is_left_of_it_once_that_is_more_than_1(self):
        lost = [each for each in formula_errors() if each.formula == "difference" and each.expected > 4]

        assert all(not each.error < 0.5 for each in lost)

    @together("form", [HALF, BRAIN, SINGLE])
    def test_the_two_pass_one_loses_only_the_rounding_of_the_mean(self, form):
        # (half a last digit of the mean / spread)², and 9 levels of pairwise sums with some roundings of their own.
        for each in formula_errors():
            if each.form == form.title and each.formula == "centred" and each.ratio * form.unit < 0.1:
                assert each.error <= (2 * each.ratio * form.unit) ** 2 + 12 * form.unit

    def test_the_loss_that_is_expected_is_stated(self):
        found = outcome(form="float32", mean=3000.0)

        own = found.ways["own"]
        assert found.lost == pytest.approx(own.mean**2 / own.var * 2**-24)
        assert outcome(std=0.0).lost == math.inf


class TestLimits:
    @together("form, ones, limit", [("float16", 2048, 255.937), ("bfloat16", 256, 1.841e19)])
    def test_are_those_of_the_format(self, form, ones, limit):
        found = bnsim.run("precision", form=form).readouts

        assert found["ones_limit"] == ones
        assert found["square_limit"] == pytest.approx(limit, rel=1e-3)

    def test_the_largest_square_is_exact(self):
        assert outcome().largest_square == float(stored().astype(np.float64).max() ** 2)

    def test_an_epsilon_that_vanishes_is_warned_of(self):
        assert bnsim.run("precision", eps=1e-8).warnings == (
            "ε = 1e−8 becomes 0 in float16: what is less than 2.98e−8 is nearer to 0 than to any other number. "
            "Nothing then keeps a feature that does not vary from a division by 0.",
        )


class TestHalfPrecision:
    def test_what_the_set_tells(self):
        frame, told = compared("half-precision").frame(), loaded("half-precision")

        assert frame.loc["near-zero", "centred_error"] < 0.01
        assert rounded(50_001, HALF) == 50_016  # every 32nd number from 32768 on
        limits = [sum_in(np.full(600, value), BRAIN) / value for value in (1.0, 1.5, 100.0, 1.9921875)]
        assert min(limits) == 256
        assert max(limits) <= 512
        assert frame.loc["sum-stops", "centred_mean"] == 64
        assert frame.loc["sum-overflows", "centred_mean"] == math.inf
        assert frame.loc["squares-overflow", "centred_var"] == math.inf
        assert frame.loc["eps-vanishes", ["kept_eps", "centred_var"]].tolist() == [0, 0]
        assert frame["framework_error"].max() < 0.0011
        assert "65504" in told.get("squares-overflow").note


class TestVarianceFormulas:
    def test_what_the_set_tells(self):
        frame = compared("variance-formulas").frame()

        assert frame.loc["float16-around-10", "lost_share"] == pytest.approx(0.05, rel=0.1)
        assert frame.loc["bfloat16-around-20", ["lost_share", "difference_var"]].tolist() == [
            pytest.approx(1.53, 0.01),
            0,
        ]
        assert frame.loc["float16-around-100", "difference_var"] == math.inf
        assert rounded(4500.0**2 + 1, SINGLE) == 4500.0**2
        assert frame.loc["float32-around-4500", "difference_var"] % 2 == 0
        assert np.abs(frame["centred_var"] / frame["own_var"] - 1).max() < 0.01

    def test_pairwise_is_the_order(self):
        assert sum_in(np.ones(512), BRAIN, order=SumOrder.PAIRWISE) == 512
        assert loaded("variance-formulas").get("float16-around-10").params.order == "pairwise"

"""Half precision as it fails: rounding, sums and statistics in narrow formats, against arithmetic done by hand."""

import math

import numpy as np
import pytest

from bnsim.engine import (
    FloatFormat,
    SumOrder,
    VarianceFormula,
    batch_norm,
    batch_norm_in_format,
    batch_stats,
    rounded,
    stats_in_format,
    sum_in,
)
from bnsim.engine.statistics.formats import partial_sums_in
from bnsim.errors import InputError, ShapeError

HALF, BRAIN, SINGLE, DOUBLE = FloatFormat.FLOAT16, FloatFormat.BFLOAT16, FloatFormat.FLOAT32, FloatFormat.FLOAT64
NATIVE = {HALF: np.float16, SINGLE: np.float32, DOUBLE: np.float64}


def of_all_sizes(seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(4000) * 2.0 ** rng.integers(-160, 140, 4000)


class TestFormat:
    @pytest.mark.parametrize("form", NATIVE)
    def test_its_limits_are_those_numpy_states(self, form):
        said = np.finfo(NATIVE[form])

        assert form.title == said.dtype.name
        assert (form.largest, form.smallest) == (float(said.max), float(said.smallest_subnormal))
        assert (2 * form.unit, 2.0**form.lowest) == (float(said.eps), float(said.tiny))

    def test_bfloat16_is_float32_without_its_last_16_bits(self):
        largest = np.array([0x7F7F0000], np.uint32).view(np.float32)[0]
        smallest = np.array([0x00010000], np.uint32).view(np.float32)[0]

        assert (BRAIN.largest, BRAIN.smallest) == (float(largest), float(smallest))
        assert BRAIN.unit == SINGLE.unit * 2**16

    @pytest.mark.parametrize("form", [HALF, BRAIN, SINGLE])
    def test_ones_add_up_to_where_it_says_and_no_further(self, form):
        assert rounded(form.stalls_at + 1, form) == form.stalls_at
        assert rounded(form.stalls_at - 1 + 1, form) == form.stalls_at


class TestRounding:
    @pytest.mark.parametrize("form", [HALF, SINGLE])
    def test_is_that_of_the_processor(self, form):
        values = of_all_sizes(0)
        with np.errstate(over="ignore", under="ignore"):
            native = values.astype(NATIVE[form]).astype(np.float64)

        np.testing.assert_array_equal(rounded(values, form), native)

    def test_every_number_of_float16_stays(self):
        every = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)

        np.testing.assert_array_equal(rounded(every, HALF), every)

    def test_every_number_of_bfloat16_stays_and_halfway_goes_to_the_even_one(self):
        bits = np.arange(0, 0x7F7F, dtype=np.uint32)
        every, halfway = ((bits << 16 | tail).view(np.float32).astype(np.float64) for tail in (0, 0x8000))

        np.testing.assert_array_equal(rounded(every, BRAIN), every)
        even = np.uint32(0) + (bits + (bits & 1) << 16)
        np.testing.assert_array_equal(rounded(halfway, BRAIN), even.view(np.float32).astype(np.float64))
        np.testing.assert_array_equal(rounded(-halfway, BRAIN), -even.view(np.float32).astype(np.float64))

    def test_rounds_once_and_not_by_way_of_float32(self):
        # Just above halfway between 1 and 1 + 2**-7; float32 would make it halfway, and that goes to 1.
        assert rounded(1 + 2.0**-8 + 2.0**-40, BRAIN) == 1 + 2.0**-7

    def test_float64_stays(self):
        values = of_all_sizes(1)

        np.testing.assert_array_equal(rounded(values, DOUBLE), values)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [(65519.9, 65504.0), (65520.0, math.inf), (-65520.0, -math.inf), (2.0**-25, 0.0), (3e-8, 2.0**-24)],
    )
    def test_the_ends_of_float16(self, value, expected):
        assert rounded(value, HALF) == expected

    def test_nan_and_infinity_stay(self):
        np.testing.assert_array_equal(rounded([math.nan, math.inf, -math.inf], BRAIN), [math.nan, math.inf, -math.inf])

    def test_what_is_no_number_is_refused(self):
        with pytest.raises(InputError) as error:
            rounded(["a"], HALF)

        assert str(error.value) == "values must hold real numbers; got dtype <U1."


class TestSums:
    @pytest.mark.parametrize("form", FloatFormat)
    @pytest.mark.parametrize("columns", [1, 3, 20])
    @pytest.mark.parametrize("scale", [2.0**-149, 2.0**-135, 2.0**-24, 2.0**-12, 1.0, 2.0**8, 2.0**15, 2.0**122])
    def test_one_by_one_rounds_every_total_once(self, form, columns, scale):
        values = scale * np.random.default_rng(2).normal(0.2, 2, (500, columns))
        with np.errstate(invalid="ignore", over="ignore"):  # infinities meet where numbers are too large for the format
            totals = rounded(values, form).copy()
            for row in range(1, len(values)):
                totals[row] = rounded(totals[row - 1] + totals[row], form)

        np.testing.assert_array_equal(sum_in(values, form), totals[-1])
        np.testing.assert_array_equal(partial_sums_in(values[:, 0], form), totals[:, 0])

    @pytest.mark.parametrize("form", FloatFormat)
    @pytest.mark.parametrize("columns", [1, 20])
    def test_zeros_keep_their_sign(self, form, columns):
        values = np.full((3, columns), -0.0)
        tiny = np.array([-form.smallest, form.smallest, -0.0])

        assert np.signbit(sum_in(values, form)).all()
        assert np.signbit(partial_sums_in(values[:, 0], form)).all()
        assert np.signbit(partial_sums_in(tiny, form)).tolist() == [True, False, False]

    @pytest.mark.parametrize("form", FloatFormat)
    def test_a_total_that_is_halfway_goes_to_the_even_number(self, form):
        unit = 2 * form.unit

        assert partial_sums_in([1.0, form.unit, unit, form.unit], form).tolist() == [1, 1, 1 + unit, 1 + 2 * unit]

    @pytest.mark.parametrize(("form", "total"), [(BRAIN, 256.0), (HALF, 2048.0), (SINGLE, 5000.0)])
    def test_ones_stall(self, form, total):
        assert sum_in(np.ones(5000), form) == total

    @pytest.mark.parametrize("count", [1, 2, 3, 7, 1000, 4096])
    def test_pairwise_ones_do_not(self, count):
        expected = rounded(float(count), HALF)

        assert sum_in(np.ones(count), HALF, order=SumOrder.PAIRWISE) == pytest.approx(expected, rel=2 * HALF.unit)

    def test_pairwise_errors_grow_with_the_logarithm_of_the_count(self):
        values = np.random.default_rng(3).uniform(0, 1, 4096)
        exact = math.fsum(rounded(values, BRAIN))

        # Higham (2002), section 4.2: at most log2(n) roundings of positive terms.
        assert abs(sum_in(values, BRAIN, order=SumOrder.PAIRWISE) / exact - 1) < 12 * BRAIN.unit * 1.1
        assert sum_in(values, BRAIN) / exact < 0.2

    @pytest.mark.parametrize("form", FloatFormat)
    @pytest.mark.parametrize("order", SumOrder)
    def test_of_one_feature_are_a_number(self, form, order):
        assert type(sum_in([1.0, 2.0], form, order=order)) is np.float64

    def test_nothing_to_add_is_refused(self):
        with pytest.raises(ShapeError) as error:
            sum_in(np.zeros((0, 3)), HALF)

        assert str(error.value) == "values must hold at least one along the first axis; got none."


class TestStatistics:
    @pytest.mark.parametrize("shape", [(50,), (50, 3), (10, 3, 5), (5, 3, 2, 5)])
    @pytest.mark.parametrize("formula", VarianceFormula)
    def test_in_float64_they_are_ours(self, shape, formula):
        x = np.random.default_rng(4).standard_normal(shape)

        found, ours = stats_in_format(x, DOUBLE, formula=formula), batch_stats(x)

        # 50 roundings of a sum of 50 terms near 1.
        np.testing.assert_allclose(found.mean, ours.mean, atol=50 * DOUBLE.unit)
        np.testing.assert_allclose(found.var, ours.var, atol=100 * DOUBLE.unit)
        assert (found.count, np.shape(found.mean)) == (ours.count, np.shape(ours.mean))

    def test_the_mean_of_ones_halves_once_the_sum_stalls(self):
        assert stats_in_format(np.ones(4096), HALF).mean == 2048 / 4096
        assert stats_in_format(np.ones(4096), BRAIN).mean == 256 / 4096
        assert batch_stats(np.ones(4096, np.float16)).mean == 1.0

    def test_a_sum_of_squares_overflows_float16_long_before_the_values_do(self):
        x = 10 + np.tile([-1.0, 1.0], 512)

        assert stats_in_format(x, HALF, formula=VarianceFormula.DIFFERENCE).var == math.inf
        assert stats_in_format(x, BRAIN, formula=VarianceFormula.DIFFERENCE).var != math.inf
        assert batch_stats(x.astype(np.float16)).var == 1.0

    def test_a_mean_that_overflows_leaves_no_variance(self):
        found = stats_in_format(np.full(1000, 100.0), HALF)

        assert (found.mean, found.var) == (math.inf, math.inf)

    @pytest.mark.parametrize(("form", "offset"), [(HALF, 62.0), (BRAIN, 24.0)])
    def test_the_difference_of_squares_is_negative_once_the_mean_is_large(self, form, offset):
        # Few values, pairwise, so that nothing but the difference loses digits: var is about 0.25, and the last digit
        # of mean**2 is 2 or 4.
        x = offset + np.random.default_rng(5).normal(0, 0.5, (8, 400))
        found = {
            formula: stats_in_format(x, form, formula=formula, order=SumOrder.PAIRWISE).var
            for formula in VarianceFormula
        }

        assert np.any(found[VarianceFormula.DIFFERENCE] < 0)
        assert np.all(found[VarianceFormula.CENTRED] >= 0)

    def test_the_difference_of_squares_is_wrong_by_a_rounding_of_the_squared_mean(self):
        x = 20 + np.random.default_rng(6).standard_normal((64, 50))
        held = rounded(x, HALF)

        found = stats_in_format(held, HALF, formula=VarianceFormula.DIFFERENCE, order=SumOrder.PAIRWISE).var

        # E[x**2] takes 1 + 6 + 1 roundings, the mean 6 + 1 that count twice, its square one more; E[x**2] is below 441.
        assert np.abs(found - batch_stats(held).var).max() < (8 + 15) * 441 * HALF.unit
        assert np.abs(found - batch_stats(held).var).max() > 0.1

    @pytest.mark.parametrize("form", [HALF, BRAIN])
    def test_sums_in_float32_of_narrow_values_are_right(self, form):
        held = rounded(10 + np.random.default_rng(10).standard_normal((4096, 4)), form)

        found, exact = stats_in_format(held, SINGLE), batch_stats(held)

        # 4096 roundings of float32, of a mean of 10 and of squares around it.
        np.testing.assert_allclose(found.mean, exact.mean, rtol=4096 * SINGLE.unit)
        np.testing.assert_allclose(found.var, exact.var, rtol=2 * 4096 * SINGLE.unit)
        assert np.all(np.abs(stats_in_format(held, form).mean - exact.mean) > 0.1)


class TestBatchNorm:
    def test_in_float64_it_is_ours(self):
        x = np.random.default_rng(7).normal(1, 2, (20, 3, 4))

        found, ours = batch_norm_in_format(x, DOUBLE, 2.0, [1.0, 2.0, 3.0]), batch_norm(x, 2.0, [1.0, 2.0, 3.0])

        for name in ("y", "x_hat", "mean", "var", "inv_std"):
            np.testing.assert_allclose(getattr(found, name), getattr(ours, name), atol=1e-12)

    @pytest.mark.parametrize("form", [HALF, BRAIN])
    def test_every_number_is_one_of_the_format(self, form):
        x = np.random.default_rng(8).normal(1, 2, (20, 3))

        found = batch_norm_in_format(x, form, 2.1, 0.3)

        for name in ("y", "x_hat", "mean", "var", "inv_std"):
            np.testing.assert_array_equal(rounded(getattr(found, name), form), getattr(found, name))

    def test_an_eps_that_float16_does_not_hold_divides_a_constant_channel_by_zero(self):
        with_small = batch_norm_in_format(np.full(4, 3.0), HALF, eps=1e-8)

        assert (with_small.inv_std, np.isnan(with_small.y).all()) == (math.inf, True)
        np.testing.assert_array_equal(batch_norm_in_format(np.full(4, 3.0), BRAIN, eps=1e-8).y, 0)
        np.testing.assert_array_equal(batch_norm(np.full(4, 3.0, np.float16), eps=1e-8).y, 0)

    def test_statistics_in_float64_keep_what_the_format_holds(self):
        x = (10 + np.random.default_rng(9).standard_normal((4096, 4))).astype(np.float16)
        exact = batch_norm(x.astype(np.float64)).y

        ours = np.abs(batch_norm(x).y - exact).max()
        theirs = np.abs(batch_norm_in_format(x, HALF).y - exact)

        assert ours <= 4 * HALF.unit  # half a digit of a value up to 8
        assert not np.all(theirs < 1)

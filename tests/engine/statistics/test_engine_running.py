"""Running statistics in every framework's convention, and statistics of parts."""

import math

import numpy as np
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnsim.engine import (
    BatchStats,
    Convention,
    GhostRule,
    RunningStats,
    batch_norm,
    batch_stats,
    batches_until,
    bias_corrected,
    effective_batches,
    ema_lag,
    ema_variance,
    ghost_batch_norm,
    half_life,
    initial_weight,
    masked_batch_norm,
    merge,
    precise_stats,
    unbiased_var,
)
from bnsim.engine.statistics.running import running_history, weights_after
from bnsim.errors import InputError, ShapeError

CONVENTIONS = list(Convention)


@pytest.fixture
def forward():
    return batch_norm(np.random.default_rng(0).normal(5, 3, (5, 2)))


class TestConvention:
    @pytest.mark.parametrize(
        ("convention", "momentum", "unbiased", "eps"),
        [
            (Convention.PYTORCH, 0.1, True, 1e-5),
            (Convention.KERAS, 0.01, False, 1e-3),
            (Convention.FLAX, 0.01, False, 1e-5),
            (Convention.ONNX, 0.1, False, 1e-5),
            (Convention.PADDLE, 0.1, False, 1e-5),
            (Convention.CUMULATIVE, None, True, 1e-5),
        ],
    )
    def test_its_numbers(self, convention, momentum, unbiased, eps):
        assert (convention.momentum, convention.unbiased, convention.eps) == (momentum, unbiased, eps)

    def test_who_calls_the_weight_of_the_old_value_momentum(self):
        assert [c.name for c in CONVENTIONS if c.quotes_old] == ["KERAS", "FLAX", "ONNX", "PADDLE"]


class TestHistory:
    @pytest.mark.parametrize("momentum", [None, 0.3, 1.0])
    @pytest.mark.parametrize("count", [1, 4])
    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_is_that_of_one_update_after_the_other(self, convention, count, momentum):
        if count == 1 and convention.unbiased:
            pytest.skip("there is no unbiased variance of one value")
        batches = batch_stats(np.random.default_rng(0).normal(5, 3, (count, 6)))
        running = [RunningStats.start(1)]
        for t in range(6):
            one = BatchStats(batches.mean[t : t + 1], batches.var[t : t + 1], count)
            running.append(running[-1].update(one, convention=convention, momentum=momentum))
        mean, var = running_history(batches, convention=convention, momentum=momentum)

        np.testing.assert_allclose(mean, [each.mean[0] for each in running], rtol=1e-14)
        np.testing.assert_allclose(var, [each.var[0] for each in running], rtol=1e-14)

    def test_the_weights_at_last_are_those_of_the_averages(self):
        assert weights_after([0.1] * 3).tolist() == pytest.approx([0.9**3, 0.1 * 0.9**2, 0.1 * 0.9, 0.1])
        assert weights_after([1.0, 1 / 2, 1 / 3]).tolist() == pytest.approx([0.0, 1 / 3, 1 / 3, 1 / 3])
        assert weights_after([0.0, 0.0]).tolist() == [1.0, 0.0, 0.0]


class TestUpdate:
    def test_it_starts_at_zero_and_one(self):
        running = RunningStats.start(3)

        assert (running.mean.tolist(), running.var.tolist(), running.batches) == ([0.0] * 3, [1.0] * 3, 0)

    @pytest.mark.parametrize("convention", [c for c in CONVENTIONS if c.momentum is not None])
    def test_it_is_a_weighted_average(self, forward, convention):
        new = convention.momentum
        var = forward.var * (5 / 4 if convention.unbiased else 1)

        running = RunningStats.start(2).update(forward, convention=convention)

        np.testing.assert_allclose(running.mean, new * forward.mean, rtol=1e-15)
        np.testing.assert_allclose(running.var, 1 - new + new * var, rtol=1e-15)
        assert running.batches == 1

    def test_the_cumulative_average_forgets_where_it_started(self):
        batches = [batch_stats(np.random.default_rng(seed).normal(seed, 2, (8, 2))) for seed in range(4)]
        running = RunningStats.start(2)
        for batch in batches:
            running = running.update(batch, convention=Convention.CUMULATIVE)

        np.testing.assert_allclose(running.mean, np.mean([b.mean for b in batches], axis=0), rtol=1e-14)
        np.testing.assert_allclose(running.var, np.mean([b.var * 8 / 7 for b in batches], axis=0), rtol=1e-14)

    def test_a_momentum_of_zero_changes_nothing_and_one_forgets_all(self, forward):
        start = RunningStats.start(2)

        assert start.update(forward, momentum=0.0).var.tolist() == [1.0, 1.0]
        assert start.update(forward, momentum=1.0).mean.tolist() == forward.mean.tolist()

    def test_the_state_itself_does_not_move(self, forward):
        start = RunningStats.start(2)
        start.update(forward)

        assert start.mean.tolist() == [0.0, 0.0]
        assert start.batches == 0

    def test_flat_batches_have_scalar_statistics(self):
        running = RunningStats(np.float64(0), np.float64(1)).update(batch_norm([1.0, 3.0]))

        assert (running.mean, running.var) == (pytest.approx(0.2), pytest.approx(0.9 + 0.2))

    def test_one_value_per_channel_has_no_unbiased_variance(self):
        with pytest.raises(InputError) as error:
            RunningStats.start(3).update(batch_norm(np.ones((1, 3))))

        assert str(error.value) == "the unbiased variance needs at least 2 values per channel; got 1."

    def test_one_value_per_channel_shrinks_kerass_variance_and_leaves_paddles(self):
        one = batch_norm(np.ones((1, 3)))

        assert RunningStats.start(3).update(one, convention=Convention.KERAS).var.tolist() == [0.99] * 3
        assert RunningStats.start(3).update(one, convention=Convention.PADDLE).batches == 0

    @pytest.mark.parametrize("momentum", [-0.1, 1.5, math.nan])
    def test_momentum_is_a_weight(self, forward, momentum):
        with pytest.raises(InputError) as error:
            RunningStats.start(2).update(forward, momentum=momentum)

        assert str(error.value) == f"momentum must be a number from 0 to 1; got {momentum:g}."

    def test_other_channels(self, forward):
        with pytest.raises(ShapeError) as error:
            RunningStats.start(3).update(forward)

        assert str(error.value) == (
            "the batch must have the channels of the running statistics, shape (3,); got shape (2,)."
        )


class TestMemory:
    @given(st.floats(0.001, 0.999), st.integers(1, 200))
    @settings(deadline=None)
    def test_weight_of_the_start_and_half_life(self, momentum, batches):
        running = RunningStats(np.zeros(1), np.ones(1))
        still = BatchStats(np.zeros(1), np.zeros(1), 2)
        for _ in range(batches):
            running = running.update(still, momentum=momentum)

        assert running.var[0] == pytest.approx(initial_weight(momentum, batches), rel=1e-10)
        assert initial_weight(momentum, half_life(momentum)) == pytest.approx(0.5)
        assert initial_weight(momentum, batches_until(momentum, 0.01)) == pytest.approx(0.01)

    def test_bias_correction_of_a_constant_is_the_constant(self):
        running = RunningStats.start(1)
        for _ in range(7):
            running = running.update(BatchStats(np.array([3.0]), np.array([4.0]), 5), convention=Convention.KERAS)

        corrected = bias_corrected(running, momentum=0.01)

        np.testing.assert_allclose([corrected.mean[0], corrected.var[0]], [3.0, 4.0], rtol=1e-12)

    def test_bias_correction_before_the_first_batch(self):
        with pytest.raises(InputError) as error:
            bias_corrected(RunningStats.start(1), momentum=0.1)

        assert str(error.value) == "bias correction needs at least 1 batch; got 0."

    @together("call", [half_life, effective_batches, lambda m: ema_variance(m, 1), lambda m: ema_lag(m, 1)])
    @together("momentum", [0.0, 1.1, math.nan])
    def test_an_average_must_move(self, call, momentum):
        with pytest.raises(InputError) as error:
            call(momentum)

        assert str(error.value) == f"momentum must be a number more than 0 and at most 1; got {momentum:g}."

    def test_a_momentum_of_one_remembers_nothing(self):
        assert (half_life(1.0), effective_batches(1.0), ema_lag(1.0, 2.0)) == (0.0, 1.0, 0.0)

    def test_stationary_variance_of_the_average(self):
        rng = np.random.default_rng(1)
        value, values = 0.0, []
        for new in rng.standard_normal(100_000):
            value = 0.9 * value + 0.1 * new
            values.append(value)

        # The average has 100000 / 19 independent values: relative error of a variance sqrt(2 * 19 / 1e5), times 5.
        assert np.var(values[100:]) == pytest.approx(ema_variance(0.1, 1.0), rel=0.1)

    def test_lag_behind_a_drift(self):
        running = RunningStats(np.zeros(1), np.ones(1))
        for step in range(300):
            running = running.update(BatchStats(np.array([2.0 * step]), np.ones(1), 2), momentum=0.1)

        assert 2.0 * 299 - running.mean[0] == pytest.approx(ema_lag(0.1, 2.0))


class TestMerge:
    @given(
        hnp.arrays(np.float64, st.tuples(st.integers(3, 30), st.just(2)), elements=st.floats(-100, 100)),
        st.integers(1, 29),
        st.integers(1, 29),
        st.sampled_from([0.0, 1e6]),
    )
    @settings(deadline=None)
    def test_unequal_parts_give_the_statistics_of_the_whole(self, x, first, second, offset):
        x = x + offset
        parts = [part for part in np.split(x, sorted({first % len(x), second % len(x)})) if len(part)]

        merged, whole = merge(batch_stats(part) for part in parts), batch_stats(x)

        np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-14, atol=1e-13)
        # Each mean is rounded at the offset, and the differences between them are squared.
        np.testing.assert_allclose(merged.var, whole.var, rtol=1e-11, atol=1e-15 * max(offset, 1) * 100)
        assert merged.count == whole.count

    def test_synchronized_batch_norm_of_images(self):
        x = np.random.default_rng(2).normal(4, 2, (6, 3, 4, 4))

        merged = merge([batch_norm(x[:1]), batch_norm(x[1:3]), batch_norm(x[3:])])

        np.testing.assert_allclose(merged.var, batch_stats(x).var, rtol=1e-13)
        assert merged.count == 96

    def test_nothing_to_merge(self):
        with pytest.raises(InputError) as error:
            merge([])

        assert str(error.value) == "merging needs at least 1 part; got 0."

    def test_other_channels(self):
        with pytest.raises(ShapeError) as error:
            merge([batch_stats(np.ones((2, 3))), batch_stats(np.ones((2, 1)))])

        assert str(error.value) == "part 2 must have the channels of part 1, shape (3,); got shape (1,)."


class TestPreciseStats:
    def test_batches_of_one_size_pool_to_the_whole(self):
        x = np.random.default_rng(3).normal(4, 2, (60, 3))

        precise = precise_stats(batch_stats(part) for part in np.split(x, 6))

        np.testing.assert_allclose(precise.mean, x.mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(precise.var, x.var(axis=0), rtol=1e-13)
        assert precise.batches == 6

    def test_unbiased_variance(self):
        x = np.random.default_rng(4).standard_normal((7, 2))

        np.testing.assert_allclose(unbiased_var(batch_stats(x)), x.var(axis=0, ddof=1), rtol=1e-14)


class TestGhosts:
    """A batch of 16 in ghosts of 4, from the start that every framework has."""

    @pytest.fixture
    def x(self):
        return np.random.default_rng(5).normal(0.2, 1.5, (16, 3))

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_each_moves_them_once_per_ghost_batch(self, x, convention):
        one_by_one = RunningStats.start(3)
        for part in np.split(x, 4):
            one_by_one = one_by_one.update(batch_stats(part), convention=convention)

        found = RunningStats.start(3).update(ghost_batch_norm(x, 4), convention=convention)

        assert found.batches == 4
        np.testing.assert_allclose(found.mean, one_by_one.mean, rtol=1e-14)
        np.testing.assert_allclose(found.var, one_by_one.var, rtol=1e-14)

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_mean_moves_them_once(self, x, convention):
        parts = [batch_stats(part) for part in np.split(x, 4)]
        mean, var = (np.mean([getattr(part, name) for part in parts], axis=0) for name in ("mean", "var"))

        found = RunningStats.start(3).update(ghost_batch_norm(x, 4), convention=convention, ghosts=GhostRule.MEAN)

        expected = RunningStats.start(3).update(BatchStats(mean, var, 4), convention=convention)
        assert found.batches == 1
        np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-14)
        np.testing.assert_allclose(found.var, expected.var, rtol=1e-14)

    def test_how_far_the_first_step_goes(self):
        # Each ghost batch has mean 0.234: 1 - 0.9**4 = 0.3439 of the way, or a tenth.
        forward = ghost_batch_norm(0.234 + np.tile([-1.0, -1.0, 1.0, 1.0], 4)[:, None], 4)
        start = RunningStats.start(1)

        assert start.update(forward).mean.item() == pytest.approx(0.0804726, rel=1e-6)
        assert start.update(forward, ghosts=GhostRule.MEAN).mean.item() == pytest.approx(0.0234, rel=1e-12)

    def test_of_unequal_ones_the_mean_counts_every_value_alike(self, x):
        found = RunningStats.start(3).update(
            ghost_batch_norm(x, (10, 4, 2)), convention=Convention.KERAS, momentum=1.0, ghosts=GhostRule.MEAN
        )

        large, middle, small = (part.var(axis=0) for part in (x[:10], x[10:14], x[14:]))
        np.testing.assert_allclose(found.mean, x.mean(axis=0), atol=1e-14)
        np.testing.assert_allclose(found.var, (10 * large + 4 * middle + 2 * small) / 16, rtol=1e-13)
        assert found.batches == 1

    def test_of_unequal_ones_each_counts_a_small_last_one_most(self):
        # Two values at 1 after six at 0, each part constant: 0.1 of the way with EACH, 2 / 8 of a tenth with MEAN.
        ghosts = ghost_batch_norm(np.array([0.0] * 6 + [1.0] * 2)[:, None], (6, 2))

        means = [RunningStats.start(1).update(ghosts, ghosts=rule).mean.item() for rule in GhostRule]

        assert means == [pytest.approx(0.1), pytest.approx(0.025)]

    def test_one_ghost_batch_is_one_batch_either_way(self, x):
        expected = RunningStats.start(3).update(batch_norm(x))

        for rule in GhostRule:
            found = RunningStats.start(3).update(ghost_batch_norm(x, 16), ghosts=rule)
            np.testing.assert_allclose(found.var, expected.var, rtol=1e-15)

    def test_masked_statistics_are_those_of_the_selected(self, x):
        found = RunningStats.start(3).update(masked_batch_norm(x, np.arange(16) < 5))

        np.testing.assert_allclose(found.var, RunningStats.start(3).update(batch_stats(x[:5])).var, rtol=1e-14)

    @pytest.mark.parametrize(("forward", "kind"), [(3.0, "float"), (RunningStats.start(3), "RunningStats")])
    def test_what_holds_no_statistics_is_refused(self, forward, kind):
        with pytest.raises(InputError) as error:
            RunningStats.start(3).update(forward)

        assert str(error.value) == (
            f"forward must have mean, var and count, or batches that have; got a {kind}. "
            "Pass what batch_norm, batch_stats or ghost_batch_norm returned."
        )

    def test_parts_without_statistics_cannot_be_merged(self):
        with pytest.raises(InputError) as error:
            merge([BatchStats(np.zeros(1), np.ones(1), 3), 4.0])

        assert str(error.value) == "part 2 must have mean, var and count; got a float."

"""Both outputs of a channel, from one count of its values: numpy.histogram of the outputs themselves is the oracle."""

import io

import numpy as np
import pytest

from bnsim.activations import (
    Running,
    activations_of,
    autopsy,
    batch_of,
    counts_of,
    densities_of,
    densities_table,
    most_different,
    report_of,
)
from bnsim.activations.densities import BINS, REACH, SPIKE, bins_for, differences, joined
from bnsim.engine import batch_norm, batch_norm_eval

EPS = 1e-3
ROUNDING = 1e-12
"""Of some hundred products and sums in float64."""

GAMMA, BETA = np.array([1.0, -2.0, 0.0, 1.0, 1.0]), np.array([0.5, 0.0, 3.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def x():
    x = np.random.default_rng(4).normal(1, 2, size=(80, 5, 9))
    x[:, 3] = 2.5
    x[0, 4, 0] = 500.0
    return x


def file_of(x):
    file = io.BytesIO()
    np.save(file, x)
    return activations_of(file, "x.npy")


@pytest.fixture(scope="module")
def found(x):
    activations = file_of(x)
    report = report_of(activations, eps=EPS)
    running = Running(np.zeros(5), np.array([9.0, 1.0, 1.0, 1.0, 1.0]), GAMMA, BETA, eps=EPS)
    return autopsy(batch_of(activations, report.profile), running), counts_of(activations, report.profile)


@pytest.fixture(scope="module")
def outputs(x, found):
    running = found[0].running
    return {
        "eval_mode": batch_norm_eval(x, running.mean, running.var, GAMMA, BETA, eps=EPS),
        "train_mode": batch_norm(x, GAMMA, BETA, eps=EPS).y,
    }


def both(found, channel):
    densities = densities_of(*found, 80 * 9, channel)
    assert densities is not None
    return densities


class TestDensities:
    @pytest.mark.parametrize("mode", ["eval_mode", "train_mode"])
    @pytest.mark.parametrize("channel", [0, 1])  # the second has a negative γ
    def test_are_those_of_the_outputs_themselves(self, found, outputs, mode, channel):
        density, direct = getattr(both(found, channel), mode), outputs[mode][:, channel]
        # The outermost edges are the smallest and the largest output, whose rounding may put them outside.
        edges = density.edges + np.array([-ROUNDING, *[0] * 15, ROUNDING])

        assert density.counts.tolist() == np.histogram(direct, edges)[0].tolist()
        # A bin is at least 0.05 wide, which the widened ends change by some 1e-11 of it.
        np.testing.assert_allclose(density.density, np.histogram(direct, edges, density=True)[0], rtol=1e-10)
        expected = [direct.mean(), direct.std()]
        np.testing.assert_allclose([density.mean, density.std], expected, rtol=ROUNDING, atol=ROUNDING)

    def test_add_up_to_the_share_that_is_inside(self, found):
        densities = both(found, 4)
        area = np.sum(densities.eval_mode.density * np.diff(densities.eval_mode.edges))

        assert densities.outside == 1
        assert area == pytest.approx(1 - 1 / 720, rel=ROUNDING)

    def test_reach_as_far_as_the_values_and_at_most_five_standard_deviations(self, x, found):
        counts = found[1]

        assert (counts.low[0], counts.high[0]) == (x[:, 0].min(), x[:, 0].max())
        assert counts.high[4] == pytest.approx(x[:, 4].mean() + REACH * x[:, 4].std(), rel=ROUNDING)

    @pytest.mark.parametrize(("channel", "eval_mean", "train_mean"), [(2, 3.0, 3.0), (3, 2.5 / 1.001**0.5, 0.0)])
    def test_that_are_one_number_are_drawn_as_a_spike_around_it(self, found, channel, eval_mean, train_mean):
        densities = both(found, channel)
        modes = densities.eval_mode, densities.train_mode
        width = SPIKE * (abs(eval_mean - train_mean) or 1)

        assert [mode.counts.tolist() for mode in modes] == [[720], [720]]
        for mode, mean in zip(modes, (eval_mean, train_mean), strict=True):
            np.testing.assert_allclose(mode.edges, [mean - width, mean + width], rtol=ROUNDING, atol=ROUNDING)

    def test_of_a_channel_that_is_not_finite_there_are_none(self, x):
        x = x.copy()
        x[5, 0, 0] = np.nan
        activations = file_of(x)
        report = report_of(activations)
        found = autopsy(batch_of(activations, report.profile), Running(np.zeros(5), np.full(5, 1.0)))
        counts = counts_of(activations, report.profile)

        assert densities_of(found, counts, 720, 0) is None
        assert densities_of(found, counts, 720, 1) is not None

    def test_as_a_table_have_a_row_for_each_bin_of_either(self, found):
        densities = both(found, 0)
        table = densities_table(densities)

        assert table["mode"].tolist() == ["eval"] * 16 + ["train"] * 16
        assert table["count"].sum() == 2 * 720
        assert table["high"].iloc[-1] == densities.train_mode.edges[-1]


class TestBins:
    def test_are_joined_without_losing_a_value(self, x, found):
        values, counts = x[:, 0], found[1]
        edges, fewer = joined(counts.edges(0), counts.counts[0], bins_for(values.size))

        assert (len(counts.counts[0]), len(fewer)) == (BINS, 16)
        assert fewer.tolist() == np.histogram(values, edges)[0].tolist()


class TestDifference:
    def test_is_the_root_of_the_mean_square_between_both_outputs(self, found, outputs):
        apart = np.sqrt(np.square(outputs["eval_mode"] - outputs["train_mode"]).mean(axis=(0, 2)))

        # 1e-7: the root of what rounding leaves of a difference that is 0
        np.testing.assert_allclose(differences(found[0]), apart, rtol=ROUNDING, atol=1e-7)

    def test_orders_the_channels_and_constant_outputs_come_after_those_that_vary(self, found):
        apart, order = differences(found[0]), most_different(found[0])

        assert found[0].agreement.differs.tolist() == [True, True, True, True, False]
        assert apart[1] > apart[0] > apart[2] == 0
        assert order == (1, 0, 3, 2, 4)

"""Networks measured as they train: what a history of rays, shifts and drift is made of, and what it leaves out."""

from dataclasses import replace

import numpy as np
import pytest
from rounding import CLOSE

from bnsim.data.digits import load_digits
from bnsim.engine.networks.covariate_shift import GradientShift, percentile_range, step_drift
from bnsim.engine.networks.forward import forward
from bnsim.engine.networks.rays import Ray, landscape
from bnsim.engine.networks.settings import HiddenRecord, Run, Split, Watch
from bnsim.engine.networks.structure import Mlp, Norm, layers_of
from bnsim.engine.networks.training import train
from bnsim.experiments.landscape.comparison import by_seed
from bnsim.experiments.landscape.history import (
    History,
    comparable,
    diverged_at,
    largest,
    last,
    mean,
    median,
    smallest,
    typical_unit,
)
from bnsim.experiments.landscape.measurement import Measurement, entering, train_and_measure

SIZES = np.array([0.1, 0.2, 0.3])


@pytest.fixture(scope="module")
def digits():
    shown = load_digits()
    return Split.shuffled(shown.images, shown.labels, 1347, np.random.default_rng(0))


@pytest.fixture(scope="module")
def runs():
    return [Run(net=Mlp(sizes=(64, 8, 8, 10), norm=Norm.BATCH), steps=7, batch=16, seed=seed) for seed in (0, 1)]


@pytest.fixture(scope="module")
def trained(runs, digits):
    return list(train_and_measure(runs, digits, SIZES, every=3))


def of_seeds(rows):
    """Return one number a seed of every measure of a history that is compared with itself, by key."""
    history = History.of(rows)
    return numbers(history, history)


def numbers(history, compared):
    return {measure.name.lower(): values for measure, values in by_seed(history, compared).items()}


def of_run(trained, run):
    return [step.measurement for step in trained if step.run == run and step.measurement]


def measurement(step, *, loss=(1.0, 2.0), norm=2.0, median=0.0, drift=0.1):
    ray = Ray(np.array([0.5, 1.0]), np.array(loss), 1.5, norm, np.array([1.0, 3.0]))
    percentiles = np.array([[-1.0, -1.0], [median, 0.0], [1.0, 1.0]])
    return Measurement(step, ray, GradientShift(np.array([0.0, 0.4]), np.array([1.0, 0.9])), percentiles, drift)


class TestMeasurements:
    def test_every_step_of_every_run_comes_in_order(self, trained):
        assert [(each.step, each.run) for each in trained] == [(step, run) for step in range(8) for run in (0, 1)]

    def test_both_ends_and_every_third_step_are_measured(self, trained):
        assert [each.step for each in of_run(trained, 1)] == [0, 3, 6, 7]

    def test_are_what_landscape_measures(self, runs, trained, digits):
        measured = [each for each in landscape(runs, digits, SIZES, every=3, shift=True) if each.record.run == 1]

        for own, other in zip(of_run(trained, 1), measured, strict=True):
            np.testing.assert_allclose(own.ray.loss, other.ray.loss, **CLOSE)
            np.testing.assert_allclose(own.ray.change, other.ray.change, **CLOSE)
            np.testing.assert_allclose(own.shift.relative, other.shift.relative, **CLOSE)

    def test_drift_is_that_of_every_step(self, runs, trained, digits):
        records = [each for each in train(runs, digits, Watch(every=1, layers=(1,))) if each.run == 0 and each.step]

        assert np.isnan(of_run(trained, 0)[0].drift)
        drift = step_drift([record.hidden[0] for record in records])
        assert of_run(trained, 0)[-1].drift == pytest.approx(drift, rel=CLOSE["rtol"])

    def test_a_run_alone_is_measured_as_among_others(self, runs, trained, digits):
        alone = of_run(train_and_measure(runs[1:], digits, SIZES, every=3), 0)

        for one, other in zip(alone, of_run(trained, 1), strict=True):
            np.testing.assert_allclose(one.ray.loss, other.ray.loss, **CLOSE)
            np.testing.assert_allclose(one.percentiles, other.percentiles, **CLOSE)
            assert one.drift == pytest.approx(other.drift, nan_ok=True)


class TestEntering:
    def test_is_the_distribution_over_one_batch(self, digits):
        net = Mlp(sizes=(64, 8, 8, 10), norm=Norm.BATCH)
        flat = np.random.default_rng(0).standard_normal(net.numbers)
        h = forward(net, layers_of(net, flat[None]), digits.test_x[None]).traces[-1].h[0]

        np.testing.assert_allclose(entering(net, flat, digits.test_x)[1], np.median(h, axis=0), **CLOSE)

    def test_noise_and_ghosts_do_not_matter(self, digits):
        net = Mlp(sizes=(64, 8, 8, 10), norm=Norm.BATCH)
        flat = np.random.default_rng(0).standard_normal(net.numbers)

        for norm in (Norm.NOISY, Norm.GHOST):
            found = entering(replace(net, norm=norm), flat, digits.test_x)
            np.testing.assert_allclose(found, entering(net, flat, digits.test_x), **CLOSE)


class TestHistory:
    def test_hold_the_summaries_of_the_rays(self):
        rows = [[measurement(0), measurement(0, loss=(1.0, 5.0))], [measurement(9), measurement(9)]]
        history, found = History.of(rows), of_seeds(rows)

        assert history.steps.tolist() == [0, 9]
        assert history.loss_range.tolist() == [[1.0, 4.0], [1.0, 1.0]]
        assert found["loss_range"].tolist() == [1.0, 2.5]
        assert found["relative_change"].tolist() == [1.5, 1.5]
        assert found["smoothness_largest"].tolist() == [1.5, 1.5]  # 3 over 1.0 times 2
        assert found["gradient_shift"].tolist() == [0.4, 0.4]  # not of the first layer, which has none below

    def test_movement_is_that_of_ioffe_and_szegedy(self):
        rows = [[measurement(0, median=0.0)], [measurement(1, median=3.0)], [measurement(2, median=1.0)]]
        hidden = [HiddenRecord(1, only.percentiles, only.percentiles[1]) for (only,) in rows]

        assert of_seeds(rows)["percentile_range"][0] == percentile_range(hidden)[1] == 1.5

    def test_the_first_are_those_of_fewer_steps(self):
        history = History.of([[measurement(0)], [measurement(1, loss=(0.0, 9.0))]])

        assert numbers(history, history.first(1))["loss_range"].tolist() == [1.0]

    def test_the_loss_at_the_end_is_that_of_the_last_step_compared(self):
        history = History.of([[measurement(0)], [measurement(1)]])

        assert numbers(history, history.first(1))["end_loss"].tolist() == [1.5]
        assert np.isnan(numbers(history, history.first(0))["end_loss"]).tolist() == [True]

    def test_the_typical_unit_is_in_the_middle(self):
        rows = [[measurement(0, median=0.0)], [measurement(1, median=3.0)]]  # unit 0 moves by 3, unit 1 does not

        assert typical_unit(History.of(rows)) == 1

    def test_before_anything_is_measured_every_number_is_missing(self):
        nothing = History.nothing(2, SIZES, depth=3, units=8)

        assert diverged_at(nothing) == ()
        assert typical_unit(nothing) in range(8)
        for measure, values in by_seed(nothing, nothing).items():
            np.testing.assert_array_equal(values, [np.nan, np.nan], err_msg=measure)


class TestDivergence:
    @pytest.fixture
    def history(self):
        broken = measurement(5, loss=(1.0, np.inf), drift=np.nan)
        return History.of([[measurement(0), measurement(0)], [measurement(5), broken]])

    def test_is_seen_at_its_step(self, history):
        assert diverged_at(history) == (5,)

    def test_is_left_out_of_the_means(self, history):
        assert numbers(history, history)["loss_range"].tolist() == [1.0, 1.0]
        assert numbers(history, history)["step_drift"].tolist() == [0.1, 0.1]

    def test_what_is_left_out_is_left_out_of_all(self, history):
        kept = history.where(np.array([[True, False], [True, False]]))

        assert np.isnan(numbers(kept, kept)["loss_range"]).tolist() == [False, True]
        assert np.isnan(kept.percentiles).any(axis=(0, 2, 3)).tolist() == [False, True]
        assert kept.steps.tolist() == history.steps.tolist()

    def test_what_one_network_lacks_is_left_out_of_both(self, history):
        other = History.of([[measurement(0), measurement(0)], [measurement(5), measurement(5)], [measurement(9)] * 2])

        for compared in comparable(history, other):
            assert compared.steps.tolist() == [0, 5]
            assert np.isfinite(compared.loss_range).tolist() == [[True, True], [True, False]]

    def test_without_any_number_there_is_none(self):
        missing = np.full((2, 1), np.nan)

        for average in (mean, median, last, largest, smallest):
            assert np.isnan(average(missing)).tolist() == [True], average.__name__


class TestFlatGround:
    def test_a_ray_without_slope_has_no_relative_change(self):
        """A network that is certain and right has a gradient of exactly 0 in single precision."""
        ray = measurement(0, norm=0.0).ray

        assert np.isnan(ray.relative_change)
        assert np.isnan(ray.effective_smoothness)

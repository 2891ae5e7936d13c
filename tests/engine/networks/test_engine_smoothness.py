"""Curves of rays, shifts and drift: what they are made of, and what they leave out."""

from dataclasses import replace

import numpy as np
import pytest
from rounding import CLOSE

from bnsim.data.digits import load_digits
from bnsim.engine.networks.covariate_shift import GradientShift, percentile_range, step_drift
from bnsim.engine.networks.forward import forward
from bnsim.engine.networks.rays import Ray, landscape
from bnsim.engine.networks.settings import HiddenRecord, Run, Split, Watch
from bnsim.engine.networks.smoothness import Curves, Look, entering, last, looks, mean, median
from bnsim.engine.networks.structure import Mlp, Norm, layers_of
from bnsim.engine.networks.training import train

SIZES = np.array([0.1, 0.2, 0.3])


@pytest.fixture(scope="module")
def digits():
    shown = load_digits()
    return Split.shuffled(shown.images, shown.labels, 1347, np.random.default_rng(0))


@pytest.fixture(scope="module")
def runs():
    return [Run(net=Mlp(sizes=(64, 8, 8, 10), norm=Norm.BATCH), steps=7, batch=16, seed=seed) for seed in (0, 1)]


@pytest.fixture(scope="module")
def seen(runs, digits):
    return list(looks(runs, digits, SIZES, every=3))


def of_run(seen, run):
    return [each.look for each in seen if each.run == run and each.look]


def a_look(step, *, loss=(1.0, 2.0), norm=2.0, median=0.0, drift=0.1):
    ray = Ray(np.array([0.5, 1.0]), np.array(loss), 1.5, norm, np.array([1.0, 3.0]))
    percentiles = np.array([[-1.0, -1.0], [median, 0.0], [1.0, 1.0]])
    return Look(step, ray, GradientShift(np.array([0.0, 0.4]), np.array([1.0, 0.9])), percentiles, drift)


class TestLooks:
    def test_every_step_of_every_run_is_seen_in_order(self, seen):
        assert [(each.step, each.run) for each in seen] == [(step, run) for step in range(8) for run in (0, 1)]

    def test_both_ends_and_every_third_step_are_looked_at(self, seen):
        assert [look.step for look in of_run(seen, 1)] == [0, 3, 6, 7]

    def test_are_what_landscape_measures(self, runs, seen, digits):
        measured = [each for each in landscape(runs, digits, SIZES, every=3, shift=True) if each.record.run == 1]

        for look, other in zip(of_run(seen, 1), measured, strict=True):
            np.testing.assert_allclose(look.ray.loss, other.ray.loss, **CLOSE)
            np.testing.assert_allclose(look.ray.change, other.ray.change, **CLOSE)
            np.testing.assert_allclose(look.shift.relative, other.shift.relative, **CLOSE)

    def test_drift_is_that_of_every_step(self, runs, seen, digits):
        records = [each for each in train(runs, digits, Watch(every=1, layers=(1,))) if each.run == 0 and each.step]

        assert np.isnan(of_run(seen, 0)[0].drift)
        drift = step_drift([record.hidden[0] for record in records])
        assert of_run(seen, 0)[-1].drift == pytest.approx(drift, rel=CLOSE["rtol"])

    def test_a_run_alone_is_seen_as_among_others(self, runs, seen, digits):
        alone = of_run(looks(runs[1:], digits, SIZES, every=3), 0)

        for one, other in zip(alone, of_run(seen, 1), strict=True):
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


class TestCurves:
    def test_hold_the_summaries_of_the_rays(self):
        curves = Curves.of([[a_look(0), a_look(0, loss=(1.0, 5.0))], [a_look(9), a_look(9)]])

        assert curves.steps.tolist() == [0, 9]
        assert curves.loss_range.tolist() == [[1.0, 4.0], [1.0, 1.0]]
        assert curves.by_run["loss_range"].tolist() == [1.0, 2.5]
        assert curves.by_run["relative_change"].tolist() == [1.5, 1.5]
        assert curves.by_run["smoothness_largest"].tolist() == [1.5, 1.5]  # 3 over 1.0 times 2
        assert curves.by_run["gradient_shift"].tolist() == [0.4, 0.4]  # not of the first layer, which has none below

    def test_movement_is_that_of_ioffe_and_szegedy(self):
        rows = [[a_look(0, median=0.0)], [a_look(1, median=3.0)], [a_look(2, median=1.0)]]
        hidden = [HiddenRecord(1, look.percentiles, look.percentiles[1]) for (look,) in rows]

        assert Curves.of(rows).by_run["percentile_range"][0] == percentile_range(hidden)[1] == 1.5

    def test_the_first_are_those_of_fewer_looks(self):
        rows = [[a_look(0)], [a_look(1, loss=(0.0, 9.0))]]

        assert Curves.of(rows).first(1).by_run["loss_range"].tolist() == [1.0]

    def test_the_typical_unit_is_in_the_middle(self):
        rows = [[a_look(0, median=0.0)], [a_look(1, median=3.0)]]  # unit 0 moves by 3, unit 1 does not

        assert Curves.of(rows).typical_unit == 1


class TestDivergence:
    @pytest.fixture
    def curves(self):
        broken = a_look(5, loss=(1.0, np.inf), drift=np.nan)
        return Curves.of([[a_look(0), a_look(0)], [a_look(5), broken]])

    def test_is_told_with_its_step(self, curves):
        assert curves.lost_at == [None, 5]

    def test_is_left_out_of_the_means(self, curves):
        assert curves.by_run["loss_range"].tolist() == [1.0, 1.0]
        assert curves.by_run["step_drift"].tolist() == [0.1, 0.1]

    def test_what_is_left_out_is_left_out_of_all(self, curves):
        kept = curves.where(np.array([[True, False], [True, False]]))

        assert np.isnan(kept.by_run["loss_range"]).tolist() == [False, True]
        assert np.isnan(kept.percentiles).any(axis=(0, 2, 3)).tolist() == [False, True]
        assert kept.steps.tolist() == curves.steps.tolist()

    def test_without_any_number_there_is_none(self):
        nothing = np.full((2, 1), np.nan)

        assert [np.isnan(each(nothing)).tolist() for each in (mean, median, last)] == [[True]] * 3


class TestFlatGround:
    def test_a_ray_without_slope_has_no_relative_change(self):
        """A network that is certain and right has a gradient of exactly 0 in single precision."""
        ray = a_look(0, norm=0.0).ray

        assert np.isnan(ray.relative_change)
        assert np.isnan(ray.effective_smoothness)

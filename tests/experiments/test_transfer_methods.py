"""A new domain: what new statistics take out exactly, and what the eps leaves of it."""

from dataclasses import replace

import numpy as np
import pytest
from rounding import CLOSE

from bnsim.engine.networks.adaptation import adapted, eval_accuracy
from bnsim.engine.networks.initialization import Start, initial
from bnsim.engine.networks.settings import Trained
from bnsim.engine.networks.structure import Mlp, Norm, Placement
from bnsim.experiments.transfer.images import Domain
from bnsim.experiments.transfer.methods import (
    Method,
    Pair,
    Tuning,
    accuracies_of_draws,
    logit_change,
    scores,
    tuned,
)

SIZES = (6, 12, 12, 3)
ROUNDING = 1e-11  # scores of size 1 to 10 through three layers, variances far above the roundings


def network(sizes=SIZES, norm=Norm.BATCH, placement=Placement.BEFORE, eps=1e-5, seed=0):
    """A network with random gamma, beta and bias, so that nothing is the identity by chance."""
    net = Mlp(sizes=sizes, norm=norm, placement=placement, eps=eps)
    rng = np.random.default_rng(seed)
    flat = initial(net, Start(), rng) + 0.3 * rng.standard_normal(net.numbers)
    units = sum(sizes[1:-1])
    return Trained(net, flat, rng.standard_normal(units), 0.5 + rng.random(units))


@pytest.fixture
def clean():
    rng = np.random.default_rng(1)
    x, labels = rng.random((90, 6)), np.arange(90) % 3
    return Domain(x[:50], labels[:50], x[50:], labels[50:])


def moved(domain, a, b):
    return replace(domain, pool=a * domain.pool + b, test=a * domain.test + b)


class TestLogitChange:
    @pytest.mark.parametrize(("a", "b"), [(0.3, 0.35), (1, 0.5), (3, 0), (0.1, 0.45), (20, -7)])
    def test_is_zero_without_eps_for_a_positive_factor(self, clean, a, b):
        assert logit_change(network(), clean, moved(clean, a, b), eps=1e-20) < ROUNDING

    @pytest.mark.parametrize(("a", "b"), [(-1, 1), (-0.3, 0)])
    def test_is_not_for_a_negative_one(self, clean, a, b):
        assert logit_change(network(), clean, moved(clean, a, b), eps=1e-20) > 0.1

    def test_is_not_if_the_activation_comes_first(self, clean):
        assert logit_change(network(placement=Placement.AFTER), clean, moved(clean, 3, 1), eps=1e-9) > 0.1

    def test_grows_with_eps_and_with_one_over_a_squared(self, clean):
        """To the first order in eps: the loss of x_hat is eps / (2 var) * (1 / a**2 - 1)."""
        changes = [
            logit_change(network(), clean, moved(clean, a, 0), eps=eps)
            for a, eps in ((0.5, 1e-8), (0.5, 1e-7), (0.25, 1e-8))
        ]

        assert changes[1] / changes[0] == pytest.approx(10, rel=0.01)
        assert changes[2] / changes[0] == pytest.approx((16 - 1) / (4 - 1), rel=0.01)

    def test_a_factor_is_an_eps_one_over_a_squared_as_large_in_the_first_layer(self, clean):
        a, eps, one_layer = 0.3, 1e-3, (6, 12, 3)
        there = moved(clean, a, 0.4)
        with_factor = scores(adapted(network(one_layer, eps=eps), there.pool), there.test)
        with_eps = scores(adapted(network(one_layer, eps=eps / a**2), clean.pool), clean.test)

        np.testing.assert_allclose(with_factor, with_eps, atol=ROUNDING)

    def test_an_inversion_flips_every_x_hat_of_the_first_layer(self, clean):
        one_layer = network((6, 12, 3))
        there = moved(clean, -1, 1)
        old, new = adapted(one_layer, clean.pool), adapted(one_layer, there.pool)
        weight, bias = one_layer.flat[:72].reshape(6, 12), one_layer.flat[72:84]

        np.testing.assert_allclose(new.running_var, old.running_var, rtol=1e-12)
        np.testing.assert_allclose(
            there.test @ weight + bias - new.running_mean,
            -(clean.test @ weight + bias - old.running_mean),
            atol=ROUNDING,
        )


class TestScores:
    def test_decide_as_eval_mode_does(self, clean):
        normed = network()
        right = np.mean(scores(normed, clean.test).argmax(axis=1) == clean.test_labels)

        assert right == pytest.approx(eval_accuracy(normed, clean.test, clean.test_labels), abs=1.5 / len(clean.test))

    def test_of_a_network_without_norm_need_no_statistics(self, clean):
        plain = network(norm=Norm.NONE)

        other = scores(replace(plain, running_mean=plain.running_mean + 1), clean.test)
        np.testing.assert_allclose(scores(plain, clean.test), other, **CLOSE)


class TestMethods:
    def pair(self):
        return Pair(network(norm=Norm.NONE), network())

    def test_are_made_with_the_first_samples_of_the_pool(self, clean):
        pair = self.pair()
        made = pair.methods(clean, 20, Tuning(2, 0.1), np.random.default_rng(0))

        assert list(made) == list(Method)
        assert made[Method.NO_NORM] is pair.plain
        assert made[Method.SOURCE] is pair.normed
        expected = adapted(pair.normed, clean.pool[:20]).running_mean
        np.testing.assert_allclose(made[Method.NEW].running_mean, expected, **CLOSE)

    def test_without_tuning_there_are_three(self, clean):
        assert Method.TUNED not in self.pair().methods(clean, 20, None, np.random.default_rng(0))

    def test_tuning_lowers_the_loss_on_the_samples(self, clean):
        normed = network()
        after = tuned(normed, clean.pool, clean.pool_labels, Tuning(60, 0.3), np.random.default_rng(0))
        loss = [cross_entropy(each, clean.pool, clean.pool_labels) for each in (adapted(normed, clean.pool), after)]

        assert loss[1] < 0.9 * loss[0]

    def test_a_batch_of_tuning_is_never_larger_than_the_samples(self, clean):
        after = tuned(network(), clean.pool[:2], clean.pool_labels[:2], Tuning(1, 0.1), np.random.default_rng(0))

        assert np.isfinite(after.flat).all()

    def test_a_network_of_not_a_number_has_diverged(self):
        pair = self.pair()
        broken = replace(pair.plain, flat=np.full_like(pair.plain.flat, np.nan))

        assert not pair.diverged
        assert replace(pair, plain=broken).diverged


class TestDraws:
    def test_of_the_whole_pool_are_one_and_the_same(self, clean):
        found = accuracies_of_draws(network(), clean, 50, 3, np.random.default_rng(0))

        whole = eval_accuracy(adapted(network(), clean.pool), clean.test, clean.test_labels)
        np.testing.assert_allclose(found, whole, rtol=0, atol=1.5 / len(clean.test))

    def test_of_a_part_differ_and_are_those_of_the_generator(self, clean):
        first, second = (accuracies_of_draws(network(), clean, 4, 8, np.random.default_rng(5)) for _ in range(2))

        np.testing.assert_allclose(first, second, rtol=0, atol=1.5 / len(clean.test))
        assert len(set(first)) > 1


def cross_entropy(trained, x, labels):
    found = scores(trained, x)
    return float(np.mean(np.log(np.exp(found).sum(axis=1)) - found[np.arange(len(x)), labels]))

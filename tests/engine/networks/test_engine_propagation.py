"""What theory says about networks at initialization, and what the engine measures: width 300, batch 128."""

from dataclasses import replace

import numpy as np
import pytest
from cases import together

from bnsim.engine import closed_forms
from bnsim.engine.networks import propagation
from bnsim.engine.networks.forward import forward
from bnsim.engine.networks.initialization import Init, Start, layers_with
from bnsim.engine.networks.kernels import fresh
from bnsim.engine.networks.propagation import draw_networks, look_inside, propagate, propagate_drawn
from bnsim.engine.networks.structure import Activation, Mlp, Norm, Placement
from bnsim.errors import ShapeError

WIDTH, BATCH = 300, 128


def measured(depth=40, batch=BATCH, init=Init.HE, sigma=1.0, seed=0, **changes):
    net = Mlp(sizes=(WIDTH, *[WIDTH] * depth, 1), **changes)
    rng = np.random.default_rng(seed)
    return propagate(net, Start(init=init, sigma=sigma), rng.standard_normal((batch, WIDTH)), rng)


@pytest.fixture(scope="module")
def relu():
    return {norm: measured(norm=norm) for norm in (Norm.NONE, Norm.BATCH, Norm.LAYER)}


class TestGradientOfReluNetworks:
    def test_without_norm_and_he_weights_keeps_its_norm(self, relu):
        assert relu[Norm.NONE].gradient_growth == pytest.approx(1.0, abs=0.02)

    def test_with_batch_norm_explodes_at_the_rate_of_theory(self, relu):
        rate = np.sqrt(closed_forms.RELU_GROWTH_LIMIT)

        assert relu[Norm.BATCH].gradient_growth == pytest.approx(rate, abs=0.02)
        assert relu[Norm.BATCH].gradient_ratio[0] > 1000

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_explodes_with_every_seed(self, seed):
        assert 1.19 < measured(norm=Norm.BATCH, seed=seed).gradient_growth < 1.23

    def test_explodes_whatever_the_spread_of_the_weights(self):
        assert measured(norm=Norm.BATCH, init=Init.XAVIER, sigma=5.0).gradient_growth == pytest.approx(1.211, abs=0.02)

    def test_with_layer_norm_keeps_its_norm(self, relu):
        assert relu[Norm.LAYER].gradient_growth == pytest.approx(1.0, abs=0.02)

    def test_with_xavier_weights_loses_a_factor_of_root_two_a_layer(self):
        assert measured(init=Init.XAVIER).gradient_growth == pytest.approx(np.sqrt(0.5), abs=0.02)

    def test_with_a_large_eps_does_not_explode(self):
        assert measured(norm=Norm.BATCH, eps=1.0).gradient_growth < 1.0


class TestGradientOfOtherNetworks:
    def test_sigmoid_vanishes_without_norm_and_survives_with_it(self):
        without, with_norm = (
            measured(activation=Activation.SIGMOID, init=Init.XAVIER, norm=norm) for norm in (Norm.NONE, Norm.BATCH)
        )

        assert without.gradient_ratio[0] < 1e-20
        assert 1.0 < with_norm.gradient_ratio[0] < 10.0

    @pytest.mark.parametrize("batch", [6, 8, 16, 32])
    def test_linear_grows_at_the_rate_of_theory(self, batch):
        squares = [measured(30, batch, norm=Norm.BATCH, activation=Activation.LINEAR, seed=s) for s in range(3)]
        rate = np.mean([one.gradient_growth**2 for one in squares])

        # The spread over draws of 30 layers of 300 units is about 1 %.
        assert rate == pytest.approx(closed_forms.linear_gradient_growth(batch), rel=0.025)


class TestResidualNetworks:
    BLOCKS = (1, 2, 4, 8, 16, 32)

    def ratio(self, norm):
        square = measured(33, residual=True, norm=norm).mean_square
        return square[list(self.BLOCKS)] / square[0]

    def test_variance_doubles_with_every_block_without_norm(self):
        """Each block adds noise of its own to the factor of two: a spread of about 2 % a block."""
        expected = [closed_forms.residual_var(block, normalized=False) for block in self.BLOCKS]

        np.testing.assert_allclose(np.log2(self.ratio(Norm.NONE)), np.log2(expected), rtol=0.05)

    def test_variance_grows_by_one_a_block_with_batch_norm(self):
        expected = [closed_forms.residual_var(block, normalized=True) for block in self.BLOCKS]

        np.testing.assert_allclose(self.ratio(Norm.BATCH), expected, rtol=0.05)

    def test_the_branch_has_its_share(self):
        share = measured(33, residual=True, norm=Norm.BATCH).branch_share[list(self.BLOCKS)]

        np.testing.assert_allclose(share, [closed_forms.branch_share(block) for block in self.BLOCKS], rtol=0.05)

    def test_skip_init_has_no_branch_at_first(self):
        share = measured(5, residual=True, skip_init=True).branch_share

        assert share.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


class TestForwardMoments:
    def test_batch_norm_gives_mean_zero_and_spread_one(self, relu):
        np.testing.assert_allclose(relu[Norm.BATCH].mean, 0.0, atol=1e-12)
        np.testing.assert_allclose(relu[Norm.BATCH].std, 1.0, rtol=1e-4)

    def test_a_plain_network_is_all_branch(self, relu):
        np.testing.assert_array_equal(relu[Norm.NONE].branch_share, np.ones(40))

    def test_half_of_the_relus_are_zero_and_none_is_dead_with_batch_norm(self, relu):
        np.testing.assert_allclose(relu[Norm.BATCH].flat, 0.5, atol=0.02)
        np.testing.assert_array_equal(relu[Norm.BATCH].dead, np.zeros(40))

    def test_units_die_without_norm_as_inputs_become_alike(self, relu):
        assert relu[Norm.NONE].dead[0] == 0.0
        assert relu[Norm.NONE].dead[-1] > 0.2

    def test_large_weights_saturate_a_sigmoid_and_batch_norm_does_not_let_them(self):
        without, with_norm = (
            measured(3, activation=Activation.SIGMOID, sigma=5.0, norm=norm) for norm in (Norm.NONE, Norm.BATCH)
        )

        # Slope below a tenth: |h| > 3.64, which 61 % of a normal variable of spread 7.07 exceed.
        assert without.flat[0] == pytest.approx(0.607, abs=0.02)
        assert with_norm.flat.max() < 0.001

    def test_a_linear_network_is_never_flat(self):
        assert measured(2, activation=Activation.LINEAR).flat.tolist() == [0.0, 0.0]

    @together("placement", list(Placement))
    @together("norm", [Norm.NONE, Norm.BATCH, Norm.LAYER, Norm.GROUP, Norm.GHOST])
    @together("changes", [{}, {"residual": True}, {"residual": True, "skip_init": True}])
    def test_arrays_that_are_used_again_change_nothing(self, norm, placement, changes, monkeypatch):
        sizes = (5, 8, 12, 8, 8, 1) if not changes else (5, *[8] * 5, 1)
        net = Mlp(
            sizes=sizes, norm=norm, placement=placement, groups=2 if norm is Norm.GROUP else 1, ghost=3, **changes
        )
        rngs = [np.random.default_rng(seed) for seed in range(2)]
        drawn = draw_networks(net, Start(gamma=1.5), [rng.standard_normal((6, 5)) for rng in rngs], rngs)
        found = propagate_drawn(net, Start(gamma=1.5), drawn)

        monkeypatch.setattr(propagation, "_InTurn", lambda net: fresh)
        assert all(turned.flags.c_contiguous and not turned.flags.writeable for turned in drawn.turned)
        # Where they lie is no difference.
        drawn = replace(drawn, turned=[weight.swapaxes(1, 2) for weight in drawn.weights])
        for name, values in vars(propagate_drawn(net, Start(gamma=1.5), drawn)).items():
            np.testing.assert_allclose(getattr(found, name), values, rtol=1e-12, err_msg=name)

    @pytest.mark.parametrize("activation", [Activation.RELU, Activation.TANH, Activation.SIGMOID])
    def test_shares_count_what_is_flat_and_the_units_that_are_so_for_all_examples(self, activation):
        # Three examples, so that some units are flat for none of them, for one, for two and for all.
        net = Mlp(sizes=(5, 40, 40, 40, 1), activation=activation)
        rngs = [np.random.default_rng(seed) for seed in range(2)]
        start = Start(sigma=4.0)
        drawn = draw_networks(net, start, [rng.standard_normal((3, 5)) for rng in rngs], rngs)
        found = propagate_drawn(net, start, drawn)

        slopes = {
            Activation.RELU: lambda h: (h > 0) * 1.0,
            Activation.TANH: lambda h: 1 / np.cosh(h) ** 2,
            Activation.SIGMOID: lambda h: 1 / np.cosh(h / 2) ** 2,
        }
        for index, trace in enumerate(forward(net, layers_with(net, start, drawn.weights), drawn.x).traces):
            flat = slopes[activation](trace.h) < 0.1
            assert 0 < flat.all(axis=1).mean() < flat.mean() < 1
            np.testing.assert_allclose(found.flat[:, index], flat.mean(axis=(1, 2)), rtol=1e-14)
            np.testing.assert_allclose(found.dead[:, index], flat.all(axis=1).mean(axis=1), rtol=1e-14)

    @pytest.mark.parametrize("changes", [{}, {"norm": Norm.BATCH}, {"norm": Norm.LAYER, "residual": True}])
    def test_of_some_layers_only_are_those_of_these_layers(self, changes):
        net = Mlp(sizes=(5, *[8] * 6, 1), **changes)
        rngs = [np.random.default_rng(seed) for seed in range(2)]
        drawn = draw_networks(net, Start(), [rng.standard_normal((9, 5)) for rng in rngs], rngs)
        everything = propagate_drawn(net, Start(), drawn)
        some = propagate_drawn(net, Start(), drawn, described=[0, 3, 5], sampled=[3])
        none = propagate_drawn(net, Start(), drawn, described=[5], sampled=())
        seen = look_inside(net, Start(), drawn)

        # Where arrays lie in memory may decide the order of a sum.
        for name in ("mean", "std", "branch_share", "flat", "dead"):
            expected = getattr(everything, name)
            np.testing.assert_allclose(getattr(some, name), expected[:, [0, 3, 5]], rtol=1e-12, err_msg=name)
            np.testing.assert_allclose(getattr(none, name), expected[:, [5]], rtol=1e-12, err_msg=name)
            np.testing.assert_allclose(getattr(seen, name), expected, rtol=1e-12, err_msg=name)
        for name in ("mean_square", "gradient_norm"):
            np.testing.assert_allclose(getattr(some, name), getattr(everything, name), rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(seen.mean_square, everything.mean_square, rtol=1e-12)
        np.testing.assert_allclose(some.samples, everything.samples[:, [3]], rtol=1e-12)
        np.testing.assert_allclose(seen.samples, everything.samples, rtol=1e-12)
        assert none.samples.shape == (2, 0, 0)

    def test_samples_are_values_of_their_layer(self, relu):
        samples = relu[Norm.NONE].samples

        assert samples.shape == (40, 4000)
        np.testing.assert_allclose(samples.std(axis=1), relu[Norm.NONE].std, rtol=0.1)

    def test_what_overflows_is_not_finite_and_warns_nobody(self):
        assert not np.isfinite(measured(40, sigma=1e20).mean_square[-1])


class TestRefusals:
    @pytest.mark.parametrize("shape", [(1, 5), (4, 6), (5,)])
    def test_x_must_be_a_batch_of_inputs(self, shape):
        with pytest.raises(ShapeError) as error:
            propagate(Mlp(sizes=(5, 4, 3)), Start(), np.zeros(shape), np.random.default_rng(0))

        assert str(error.value) == f"x must have shape (N, 5) with N of at least 2; got {shape}."

    def test_growth_needs_three_layers(self):
        assert np.isnan(measured(2).gradient_growth)

    def test_a_gradient_that_does_not_arrive_has_no_ratio_and_no_warning(self):
        rng = np.random.default_rng(0)
        net = Mlp(sizes=(8, 8, 8, 8, 1), norm=Norm.BATCH, placement=Placement.AFTER)
        found = propagate(net, Start(gamma=0.0), rng.standard_normal((16, 8)), rng)

        assert np.isnan(found.gradient_ratio).all()
        assert np.isnan(found.gradient_growth)

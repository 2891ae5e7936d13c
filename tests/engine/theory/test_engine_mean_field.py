"""Theory of wide networks: its closed forms, its moments against numbers drawn, its layers against networks drawn."""

import math

import numpy as np
import pytest
from cases import together

from bnsim.engine import closed_forms
from bnsim.engine.networks.initialization import Init, Start, weight_spread
from bnsim.engine.networks.propagation import growth_per_layer, propagate
from bnsim.engine.networks.structure import Activation, Mlp, Norm, Placement
from bnsim.engine.theory import mean_field as theory
from bnsim.engine.theory.mean_field import mean_field
from bnsim.engine.theory.moments import moments

EXACT = 1e-12
TINY_EPS = 1e-15
DRAWS = 400_000


def net(width=100, depth=20, **changes):
    return Mlp(sizes=(width, *[width] * depth, 1), **{"eps": TINY_EPS, **changes})


class TestMoments:
    @together(("mean", "var"), [(0.0, 1.0), (0.7, 0.25), (-1.5, 9.0)])
    @together("activation", list(Activation))
    def test_are_those_of_numbers_drawn(self, activation, mean, var):
        h = mean + math.sqrt(var) * np.random.default_rng(0).standard_normal(DRAWS)
        a, slope, flat = {
            Activation.RELU: (np.maximum(h, 0), h > 0, h <= 0),
            Activation.TANH: (np.tanh(h), 1 / np.cosh(h) ** 2, 1 / np.cosh(h) ** 2 < 0.1),
            Activation.SIGMOID: (1 / (1 + np.exp(-h)), 0.25 / np.cosh(h / 2) ** 2, 1 / np.cosh(h / 2) ** 2 < 0.1),
            Activation.LINEAR: (h, np.ones(DRAWS), np.zeros(DRAWS)),
        }[activation]

        drawn = (a, a**2, np.square(slope, dtype=float), flat)
        for value, numbers in zip(moments(activation, mean, var), drawn, strict=True):
            # The last term for what is too rare to be drawn.
            assert value == pytest.approx(numbers.mean(), abs=5 * numbers.std() / math.sqrt(DRAWS) + 1 / DRAWS)

    def test_of_relu_are_the_closed_form(self):
        expected = closed_forms.relu_moments(-0.4, 1.7)
        found = moments(Activation.RELU, -0.4, 1.7**2)

        assert found.mean == pytest.approx(expected.mean, rel=EXACT)
        assert found.square == pytest.approx(expected.mean_square, rel=EXACT)
        assert found.flat == pytest.approx(expected.zeros, rel=EXACT)

    def test_of_relu_what_is_hardly_ever_off_has_all_its_digits(self):
        assert moments(Activation.RELU, 7.0, 1.0).flat == pytest.approx(1.279812543885835e-12, rel=EXACT)
        assert moments(Activation.RELU, 0.0, 0.0).flat == 1.0

    @together("sigmas", [None, np.array([1.0, 2.0])])
    def test_where_rounding_leaves_no_spread_theory_has_no_answer(self, sigmas):
        # Of max(h, 0) for h of mean -10 the variance is about 1e-26, less than the rounding of what it is made of.
        off = net(norm=Norm.BATCH, eps=1e-5)
        found = mean_field(off, Start(beta=-10.0), 64, sigmas=sigmas)

        assert not np.isfinite(found.gradient_ratio[..., 0]).any()

    @together("mean", [-2.0, 0.0, 2.0])
    @together("activation", list(Activation))
    def test_without_spread_are_those_of_one_number(self, activation, mean):
        one = moments(activation, mean, 0.0)

        assert one.square == pytest.approx(one.mean**2, rel=EXACT)
        assert one.flat in (0.0, 1.0)

    @together("std", [0.1, 0.9, 1.2, 3.0, 8.0, 40.0])
    @together("mean", [0.0, 1.3])
    @together("activation", [Activation.TANH, Activation.SIGMOID])
    def test_no_node_is_missing_however_wide_h_is(self, activation, mean, std):
        z = np.linspace(-9, 9, 20_001)
        weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
        a = {Activation.TANH: np.tanh, Activation.SIGMOID: lambda h: 1 / (1 + np.exp(-h))}[activation](mean + std * z)
        slope = 1 - a * a if activation is Activation.TANH else a * (1 - a)
        dense = [weight @ a, weight @ a**2, weight @ slope**2]
        # Where h is as wide as 40 the finest step is what there is: exp(-pi**2) is left of a hill of some height.
        alone, among = (1e-3, 1e-3) if std > 8 else (1e-14, 1e-9)

        np.testing.assert_allclose(moments(activation, mean, std**2)[:3], dense, rtol=0, atol=alone)
        several = moments(activation, mean, np.array([std**2, std**2 / 4]))
        np.testing.assert_allclose([each[0] for each in several[:3]], dense, rtol=0, atol=among)

    @together("mean", [0.0, 1.3])
    @together("activation", list(Activation))
    def test_of_several_spreads_are_those_of_each_alone(self, activation, mean):
        stds = [0.5, 1.0, 7.0, 0.0, *([math.inf] if activation is Activation.RELU else [])]
        several = moments(activation, mean, np.square(stds))

        with np.errstate(invalid="ignore"):
            alone = np.array([moments(activation, mean, std**2) for std in stds]).T
        for found, expected in zip(several, alone, strict=True):
            np.testing.assert_allclose(np.broadcast_to(found, len(stds)), expected, rtol=0, atol=1e-9)


class TestDepth:
    @together("sigmas", [None, np.array([0.5, 1.0, 2.0])])
    @together("activation", list(Activation))
    @together("changes", [{}, {"norm": Norm.BATCH}, {"norm": Norm.LAYER, "residual": True}])
    def test_the_first_layers_of_a_deep_network_are_a_shallow_one(self, activation, changes, sigmas):
        shallow, deep = (
            mean_field(net(depth=depth, activation=activation, **changes), Start(beta=0.5), 16, sigmas=sigmas)
            for depth in (7, 40)
        )

        first = deep.first(7)
        for name in ("mean_square", "branch_share", "flat", "gradient_ratio", "factors", "powers"):
            # Sums over nodes may be ordered otherwise.
            np.testing.assert_allclose(getattr(first, name), getattr(shallow, name), rtol=EXACT, atol=EXACT)


class TestRates:
    def test_without_norm_he_keeps_and_xavier_divides_by_root_two(self):
        assert mean_field(net(), Start(), 128).gradient_growth == pytest.approx(1.0, rel=EXACT)
        assert mean_field(net(), Start(init=Init.XAVIER), 128).gradient_growth == pytest.approx(
            math.sqrt(0.5), rel=EXACT
        )

    def test_relu_with_batch_norm_tends_to_the_limit_of_theory(self):
        found = mean_field(net(norm=Norm.BATCH), Start(), 10**7).gradient_growth

        assert found == pytest.approx(math.sqrt(closed_forms.RELU_GROWTH_LIMIT), rel=1e-7)

    @pytest.mark.parametrize("batch", [5, 8, 128])
    def test_linear_with_batch_norm_is_the_closed_form(self, batch):
        found = mean_field(net(norm=Norm.BATCH, activation=Activation.LINEAR), Start(), batch).gradient_growth

        assert found**2 == pytest.approx(closed_forms.linear_gradient_growth(batch), rel=EXACT)

    @pytest.mark.parametrize("batch", [16, 32, 64, 128])
    def test_relu_with_batch_norm_is_the_finite_batch_form(self, batch):
        found = mean_field(net(norm=Norm.BATCH), Start(), batch).gradient_growth

        assert found**2 == pytest.approx(closed_forms.relu_gradient_growth(batch), rel=1e-9)

    @pytest.mark.parametrize("sigma", [0.1, 1.0, 30.0])
    def test_batch_norm_does_not_see_the_spread_of_the_weights(self, sigma):
        found = mean_field(net(norm=Norm.BATCH), Start(sigma=sigma), 128).gradient_growth

        assert found == pytest.approx(mean_field(net(norm=Norm.BATCH), Start(), 128).gradient_growth, rel=1e-9)

    @pytest.mark.parametrize(
        ("batch", "start", "placement"),
        [(3, Start(), Placement.BEFORE), (128, Start(beta=0.1), Placement.AFTER)],
        ids=["few-values", "dependent-examples"],
    )
    def test_where_theory_has_no_answer_it_gives_none(self, batch, start, placement):
        found = mean_field(net(norm=Norm.BATCH, placement=placement), start, batch)

        assert np.isnan(found.gradient_growth)
        assert np.isfinite(found.mean_square).all()

    def test_growth_is_the_geometric_mean_without_the_last_layer(self):
        assert growth_per_layer(np.array([[8.0, 4.0, 2.0, 77.0], [0.0, 1.0, 1.0, 1.0]])).tolist() == [2.0, 0.0]
        assert np.isnan(growth_per_layer(np.array([2.0, 1.0])))


class TestResidual:
    def test_square_and_share_are_those_of_de_and_smith(self):
        with_norm = mean_field(net(residual=True, norm=Norm.BATCH), Start(), 128)
        without = mean_field(net(residual=True), Start(), 128)
        blocks = range(20)

        np.testing.assert_allclose(with_norm.mean_square, [block + 1 for block in blocks], rtol=EXACT)
        np.testing.assert_allclose(without.mean_square, [2 * 2.0**block for block in blocks], rtol=EXACT)
        np.testing.assert_allclose(
            with_norm.branch_share, [closed_forms.branch_share(block) for block in blocks], rtol=EXACT
        )

    def test_the_gradient_grows_by_one_plus_the_branch(self):
        found = mean_field(net(residual=True, norm=Norm.BATCH), Start(), 10**7).gradient_ratio
        branches = 1 + closed_forms.RELU_GROWTH_LIMIT / np.arange(1, 20)

        np.testing.assert_allclose((found[:-1] / found[1:]) ** 2, branches, rtol=1e-6)

    @pytest.mark.parametrize("norm", [Norm.NONE, Norm.BATCH])
    def test_skip_init_is_the_identity(self, norm):
        found = mean_field(net(residual=True, skip_init=True, norm=norm), Start(), 128)

        assert found.gradient_ratio.tolist() == [1.0] * 20
        assert found.branch_share.tolist() == [1.0] + [0.0] * 19


SETTINGS = {
    "tanh": ({"activation": Activation.TANH}, {"init": Init.XAVIER}),
    "wide-tanh": ({"activation": Activation.TANH}, {"sigma": 5.0}),
    "sigmoid": ({"activation": Activation.SIGMOID}, {"init": Init.XAVIER}),
    "batch-tanh": ({"activation": Activation.TANH, "norm": Norm.BATCH}, {}),
    "batch-sigmoid": ({"activation": Activation.SIGMOID, "norm": Norm.BATCH}, {}),
    "batch-shifted": ({"norm": Norm.BATCH}, {"gamma": 0.5, "beta": 0.5}),
    "batch-eps": ({"norm": Norm.BATCH, "eps": 0.3}, {}),
    "batch-after": ({"norm": Norm.BATCH, "placement": Placement.AFTER}, {}),
    "layer-sigmoid": ({"activation": Activation.SIGMOID, "norm": Norm.LAYER}, {}),
    "layer-after": ({"norm": Norm.LAYER, "placement": Placement.AFTER}, {"beta": 1.0}),
    "group": ({"norm": Norm.GROUP, "groups": 4}, {}),
    "residual-tanh": ({"activation": Activation.TANH, "residual": True}, {}),
    "residual-shifted": ({"norm": Norm.BATCH, "residual": True}, {"branch_gamma": 0.5, "beta": 0.3}),
}


class TestAgainstNetworks:
    @together("name", SETTINGS)
    def test_measured_layers_are_near_theory(self, name):
        structure, start = SETTINGS[name]
        wide, begin = net(200, 10, **structure), Start(**start)
        rngs = [np.random.default_rng(seed) for seed in range(2)]
        measured = [propagate(wide, begin, rng.standard_normal((128, 200)), rng) for rng in rngs]
        theory = mean_field(wide, begin, 128)
        growth, squares = (
            np.exp(np.mean([np.log(getattr(one, name)) for one in measured], axis=0))
            for name in ("gradient_growth", "mean_square")
        )

        # Width 200: a layer strays by some percent, and ten layers by some ten.
        assert growth == pytest.approx(theory.gradient_growth, rel=0.03)
        np.testing.assert_allclose(squares, theory.mean_square, rtol=0.25)
        np.testing.assert_allclose(np.mean([one.flat for one in measured], axis=0), theory.flat, atol=0.05)


class TestRest:
    @together("sigmas", [None, np.array([0.05, 0.5, 1.0, 5.0])])
    @together("activation", list(Activation))
    @together("changes", [{"norm": Norm.BATCH}, {"norm": Norm.LAYER, "placement": Placement.AFTER}, {"residual": True}])
    def test_layers_after_which_nothing_changes_are_those_that_are_walked_through(
        self, activation, changes, sigmas, monkeypatch
    ):
        settled = net(30, 65, activation=activation, eps=1e-3, **changes)
        found = mean_field(settled, Start(beta=0.5), 16, sigmas=sigmas)
        steps = list[int]()
        through = theory._through
        monkeypatch.setattr(theory, "_is_same", lambda above, below: steps.append(1))
        monkeypatch.setattr(theory, "_through", lambda *given: through(*given))
        walked = mean_field(settled, Start(beta=0.5), 16, sigmas=sigmas)

        assert len(steps) == 64
        for name in ("mean", "var", "mean_square", "branch_share", "flat", "factors"):
            # A step that is left out is of four units of the last place at most, of 64 steps.
            np.testing.assert_allclose(getattr(found, name), getattr(walked, name), rtol=64 * theory.SAME, err_msg=name)
        # The powers are sums of up to 64 logarithms.
        np.testing.assert_allclose(found.powers, walked.powers, rtol=0, atol=64 * 64 * theory.SAME)

    def test_is_found_although_rounding_goes_back_and_forth(self, monkeypatch):
        seen = list[int]()
        through = theory._through
        monkeypatch.setattr(theory, "_through", lambda *given: (seen.append(1), through(*given))[1])
        mean_field(net(30, 65, norm=Norm.BATCH), Start(), 16, sigmas=np.linspace(0.05, 5, 25))

        assert len(seen) < 30


class TestPowers:
    @together("sigmas", [None, np.array([0.5, 2.0]), np.array([1.0, 1e20]), np.array([1e-20, 1.0])])
    @together("activation", [Activation.RELU, Activation.LINEAR])
    def test_a_plain_network_makes_are_those_of_one_layer_after_the_other(self, activation, sigmas, monkeypatch):
        plain = net(30, 12, activation=activation)
        at_once = mean_field(plain, Start(), 8, square=2.0, sigmas=sigmas)
        monkeypatch.setattr(theory, "PASSED_ON", {})
        in_turn = mean_field(plain, Start(), 8, square=2.0, sigmas=sigmas)

        for name in ("mean", "var", "mean_square", "branch_share", "flat", "gradient_ratio", "factors", "powers"):
            np.testing.assert_allclose(getattr(at_once, name), getattr(in_turn, name), rtol=EXACT, atol=EXACT)


class TestNoAnswer:
    def test_overflow_leaves_no_gradient(self):
        assert np.isnan(mean_field(net(20, 12), Start(sigma=1e20), 8).gradient_ratio).all()


class TestWeights:
    def test_spread_of_the_weights_by_fans(self):
        spreads = [weight_spread(Start(init=init, sigma=3.0), (50, 150)) for init in Init]

        assert spreads == pytest.approx([3 * 0.2, 3 * 0.1, 3.0], rel=EXACT)

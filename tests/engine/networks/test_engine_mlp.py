"""The network: its structure, its start, and every gradient against finite differences."""

import itertools

import numpy as np
import pytest
from cases import together
from rounding import CLOSE, NARROW

from bnsim.engine import batch_norm, ghost_batch_norm, group_norm, layer_norm
from bnsim.engine.networks.backward import backward, gradients
from bnsim.engine.networks.evaluation import accuracy, precise_statistics
from bnsim.engine.networks.forward import forward
from bnsim.engine.networks.initialization import Init, Start, initial, layers_with, normals_drawn, weights_of
from bnsim.engine.networks.kernels import Scratch, aligned, cross_entropy, fresh
from bnsim.engine.networks.structure import Activation, Mlp, Noise, Norm, Placement, in_one_batch, layers_of, numbers_in
from bnsim.errors import InputError

STEP = 1e-6  # of the finite differences: truncation about STEP**2, rounding about 2e-16 / STEP
NEAR = 2e-7  # relative to the largest gradient
EXAMPLES = 6


def toy(**changes):
    """Three hidden layers of four units; groups and ghosts that divide."""
    return Mlp(**{"sizes": (5, 4, 4, 4, 3), "groups": 2, "ghost": 3} | changes)


def problem(net, seed=0):
    """Return parameters off their starting values, inputs and labels."""
    rng = np.random.default_rng(seed)
    flat = initial(net, Start(init=Init.XAVIER, gamma=1.3, beta=0.2), rng)
    flat += 0.1 * rng.standard_normal(flat.shape)
    return flat, rng.standard_normal((1, EXAMPLES, net.sizes[0])), rng.integers(0, net.sizes[-1], (1, EXAMPLES))


def statistics(net):
    """Return some given statistics of every hidden unit."""
    rng, units = np.random.default_rng(7), (1, 1, sum(net.sizes[1:-1]))
    return np.stack([rng.standard_normal(units), rng.uniform(0.5, 2.0, units)])


def generators(count, random):
    return [np.random.default_rng(5) for _ in range(count)] if random else None


def losses(net, flat, x, labels, given, random):
    """Return the loss of each row of parameters, all with the same noise."""
    tape = forward(net, layers_of(net, flat), x, given=given, rngs=generators(len(flat), random))
    return cross_entropy(tape.scores, labels)[0]


def gradient(net, flat, x, labels, *, given=None, random=False, empty=fresh):
    found = np.full_like(flat, np.nan)
    tape = forward(net, layers_of(net, flat), x, given=given, rngs=generators(len(flat), random), empty=empty)
    dscores = cross_entropy(tape.scores, labels)[1]
    backward(net, layers_of(net, flat), tape, dscores, layers_of(net, found), empty=empty)
    return found


EVERY_KIND = list(itertools.product(Norm, Placement, ("plain", "residual", "skip-init"), (False, True), (False, True)))


@pytest.mark.parametrize("activation", Activation)
class TestEveryGradient:
    def test_is_that_of_finite_differences(self, activation):
        """All numbers of one network are moved at once: every row of the stack has one of them shifted."""
        for norm, placement, skip, frozen, random in EVERY_KIND:
            net = toy(
                activation=activation,
                norm=norm,
                placement=placement,
                residual=skip != "plain",
                skip_init=skip == "skip-init",
                dropout=0.25 if random else 0.0,
            )
            flat, x, labels = problem(net)
            given, shifts = statistics(net) if frozen else None, STEP * np.eye(net.numbers)
            above = losses(net, flat + shifts, x, labels, given, random)
            below = losses(net, flat - shifts, x, labels, given, random)

            exact = gradient(net, flat[None], x, labels, given=given, random=random)[0]

            np.testing.assert_allclose(
                exact,
                (above - below) / (2 * STEP),
                atol=NEAR * max(1.0, np.abs(exact).max()),
                err_msg=str((norm, placement, skip, frozen, random)),
            )

    def test_is_the_same_in_arrays_that_are_used_again(self, activation):
        scratch = Scratch()
        for norm, placement, skip, frozen, _ in EVERY_KIND[::2]:
            net = toy(activation=activation, norm=norm, placement=placement, residual=skip != "plain")
            flat, x, labels = problem(net)
            given = statistics(net) if frozen else None
            first = gradient(net, flat[None], x, labels, given=given)

            again = [gradient(net, flat[None], x, labels, given=given, empty=scratch) for _ in range(2)]

            np.testing.assert_allclose(again[0], first, **CLOSE)
            np.testing.assert_allclose(again[1], first, **CLOSE)


class TestEveryNorm:
    """What stands before the first activation is the norm of the rest of the engine."""

    @pytest.fixture
    def u(self):
        return np.random.default_rng(1).standard_normal((EXAMPLES, 4)) * 3 + 2

    def normed(self, u, **changes):
        """Return the first h of a network whose first layer is the identity."""
        net = Mlp(sizes=(4, 4, 2), bias=False, groups=2, ghost=3, **changes)
        flat = np.zeros((1, net.numbers))
        layer = layers_of(net, flat)[0]
        layer.weight[:], layer.gamma[:], layer.beta[:] = np.eye(4), 1.5, -0.5
        return forward(net, layers_of(net, flat), u[None]).traces[0].h[0]

    @pytest.mark.parametrize(
        ("norm", "expected"),
        [
            (Norm.BATCH, lambda u, gamma, beta: batch_norm(u, gamma, beta).y),
            (Norm.NOISY, lambda u, gamma, beta: batch_norm(u, gamma, beta).y),
            (Norm.GHOST, lambda u, gamma, beta: ghost_batch_norm(u, 3, gamma, beta).y),
            (Norm.LAYER, lambda u, gamma, beta: layer_norm(u, gamma, beta, axes=1, eps=1e-5)),
            (Norm.GROUP, lambda u, gamma, beta: group_norm(u, 2, gamma, beta, eps=1e-5)),
        ],
        ids=lambda value: value.value if isinstance(value, Norm) else "",
    )
    def test_is_that_of_the_engine(self, u, norm, expected):
        np.testing.assert_allclose(
            self.normed(u, norm=norm), expected(u, np.full(4, 1.5), np.full(4, -0.5)), rtol=1e-12
        )

    def test_after_the_activation_normalizes_what_leaves_it(self):
        net = toy(norm=Norm.BATCH, placement=Placement.AFTER)
        flat, x, _ = problem(net)
        layers = layers_of(net, flat[None])
        trace = forward(net, layers, x).traces[0]

        expected = batch_norm(trace.a[0], layers[0].gamma[0, 0], layers[0].beta[0, 0]).y
        np.testing.assert_allclose(trace.out[0], expected, rtol=1e-12)

    def test_a_bias_before_batch_norm_changes_nothing_and_has_no_gradient(self):
        net = toy(norm=Norm.BATCH)
        flat, x, labels = problem(net)
        moved = flat.copy()
        for layer in layers_of(net, moved[None])[:-1]:
            layer.bias[:] += 100.0

        before, after = (forward(net, layers_of(net, each[None]), x).scores for each in (flat, moved))
        biases = [layer.bias for layer in layers_of(net, gradient(net, flat[None], x, labels))[:-1]]

        np.testing.assert_allclose(after, before, atol=1e-11)
        np.testing.assert_allclose(np.stack(biases), 0.0, atol=1e-15)

    def test_alone_in_its_batch_every_example_has_the_same_scores(self):
        net = toy(norm=Norm.BATCH)
        flat, x, _ = problem(net)

        alone = [forward(net, layers_of(net, flat[None]), x[:, at : at + 1]).scores for at in range(EXAMPLES)]

        np.testing.assert_allclose(np.stack(alone), np.broadcast_to(alone[0], (EXAMPLES, 1, 1, 3)), **CLOSE)

    @pytest.mark.parametrize("norm", [Norm.NONE, Norm.LAYER, Norm.GROUP])
    def test_those_within_an_example_take_no_given_statistics(self, norm):
        net = toy(norm=norm)
        flat, x, _ = problem(net)
        layers = layers_of(net, flat[None])
        alone = [forward(net, layers, x[:, at : at + 1]).scores for at in range(EXAMPLES)]

        np.testing.assert_allclose(
            forward(net, layers, x, given=statistics(net)).scores, forward(net, layers, x).scores, **CLOSE
        )
        np.testing.assert_allclose(np.concatenate(alone, axis=1), forward(net, layers, x).scores, rtol=1e-12)

    def test_ghosts_in_one_batch_are_batch_norm(self):
        assert in_one_batch(toy(norm=Norm.GHOST)) == toy(norm=Norm.BATCH)
        assert in_one_batch(toy(norm=Norm.LAYER)) == toy(norm=Norm.LAYER)

    def test_ghosts_must_divide_the_batch(self):
        net = toy(norm=Norm.GHOST, ghost=4)
        flat, x, _ = problem(net)
        with pytest.raises(InputError) as error:
            forward(net, layers_of(net, flat[None]), x)

        assert str(error.value) == "ghost must divide the 6 examples of a batch; got 4."


class TestNoise:
    def test_scale_is_one_and_shift_zero_on_average(self):
        net = Mlp(sizes=(4, 2000, 2), norm=Norm.NOISY, noise=Noise(1.0, 2.0, 0.5))
        flat = initial(net, Start(), np.random.default_rng(0))[None]
        x = np.random.default_rng(1).standard_normal((1, 32, 4))
        quiet = forward(net, layers_of(net, flat), x).traces[0].h
        noisy = forward(net, layers_of(net, flat), x, rngs=[np.random.default_rng(2)]).traces[0]

        # 64,000 values whose noise is shared by the 32 of a unit: standard errors of 0.005 and 0.014.
        assert noisy.noise.mean() == pytest.approx(1.0, abs=0.02)
        assert (noisy.h - noisy.noise * quiet).mean() == pytest.approx(0.0, abs=0.06)

    def test_is_absent_with_given_statistics(self):
        net = toy(norm=Norm.NOISY)
        flat, x, _ = problem(net)
        tape = forward(net, layers_of(net, flat[None]), x, given=statistics(net), rngs=generators(1, True))

        assert tape.traces[0].noise is None

    def test_dropout_keeps_the_mean(self):
        net = Mlp(sizes=(4, 2000, 2), activation=Activation.LINEAR, dropout=0.3)
        flat, x = initial(net, Start(), np.random.default_rng(0))[None], np.ones((1, 8, 4))
        trace = forward(net, layers_of(net, flat), x, rngs=[np.random.default_rng(2)]).traces[0]

        assert set(np.unique(trace.kept)) == {0.0, 1 / 0.7}
        assert trace.kept.mean() == pytest.approx(1.0, abs=0.02)


class TestStack:
    @together(("dtype", "tolerance"), [("float64", CLOSE), ("float32", NARROW)])
    @together("norm", Norm)
    def test_rows_are_the_networks_alone(self, norm, dtype, tolerance):
        net = Mlp(sizes=(7, 33, 33, 5), norm=norm, groups=3, ghost=6, activation=Activation.SIGMOID)
        rng = np.random.default_rng(0)
        flat = np.stack([initial(net, Start(), rng, dtype) for _ in range(5)])
        x, labels = rng.standard_normal((30, 7)).astype(dtype), rng.integers(0, 5, 30)
        loss, slope = gradients(net, flat, x, labels)

        for row in range(5):
            alone_loss, alone_slope = gradients(net, flat[row : row + 1].copy(), x, labels)
            assert alone_loss[0] == pytest.approx(loss[row], rel=tolerance["rtol"])
            np.testing.assert_allclose(alone_slope[0], slope[row], **tolerance)

    def test_aligned_arrays_start_at_a_cache_line(self):
        found = aligned((3, 5), np.dtype(np.float32))

        assert (found.ctypes.data % 64, found.shape, found.dtype) == (0, (3, 5), np.float32)


class TestStructure:
    def test_numbers_are_counted_once(self):
        assert Mlp(norm=Norm.BATCH).numbers == 64 * 100 + 2 * 100 * 100 + 1000 + 3 * 3 * 100 + 10
        assert Mlp(bias=False).numbers == 64 * 100 + 2 * 100 * 100 + 1000 + 10
        assert toy(residual=True, skip_init=True).numbers == toy().numbers + 2

    def test_layers_are_views_of_the_row(self):
        net = toy(norm=Norm.LAYER)
        flat = np.zeros((2, net.numbers))
        for number, layer in enumerate(layers_of(net, flat), start=1):
            for part in layer:
                if part is not None:
                    part[...] = number

        assert np.unique(flat).tolist() == [1, 2, 3, 4]

    def test_only_weights_decay(self):
        net = toy(norm=Norm.BATCH)

        assert numbers_in(net, ("weight",)).sum() == 5 * 4 + 2 * 4 * 4 + 4 * 3

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"sizes": (5, 3)},
                "sizes must give inputs, 1 to 1000 hidden layers and classes, each at least 1; got (5, 3).",
            ),
            (
                {"sizes": (5, 10**5, 10**5, 3)},
                "a network must have at most 20000000 weights; got sizes (5, 100000, 100000, 3).",
            ),
            (
                {"sizes": (5, 4, 3, 2), "residual": True},
                "a residual network must have equal hidden widths; got (4, 3).",
            ),
            ({"skip_init": True}, "skip_init must come with residual; got residual=False."),
            ({"norm": Norm.GROUP, "groups": 3}, "groups must divide the hidden widths (4, 4, 4); got 3."),
            ({"ghost": 0}, "ghost must be at least 1; got 0."),
            ({"eps": 0.0}, "eps must be a number more than 0; got 0."),
            ({"dropout": 1.0}, "dropout must be at least 0 and less than 1; got 1."),
            (
                {"noise": Noise(0.5, 0.5, 0.1)},
                "noise must have shift and jitter of at least 0 and a scale of at least 1; "
                "got Noise(shift=0.5, scale=0.5, jitter=0.1).",
            ),
        ],
    )
    def test_refusals_say_what_is_allowed(self, changes, message):
        with pytest.raises(InputError) as error:
            toy(**changes)

        assert str(error.value) == message

    def test_all_problems_come_at_once(self):
        with pytest.raises(InputError) as error:
            toy(eps=-1.0, dropout=2.0)

        assert len(error.value.problems) == 2


class TestStart:
    @pytest.mark.parametrize(
        ("start", "spread"),
        [
            (Start(), np.sqrt(2 / 300)),
            (Start(init=Init.XAVIER), np.sqrt(2 / 500)),
            (Start(init=Init.FIXED, sigma=0.01), 0.01),
            (Start(sigma=8.0), 8 * np.sqrt(2 / 300)),
        ],
    )
    def test_weights_have_the_spread_of_their_kind(self, start, spread):
        net = Mlp(sizes=(300, 200, 10))
        weight = layers_of(net, initial(net, start, np.random.default_rng(0))[None])[0].weight

        assert weight.std() == pytest.approx(spread, rel=0.02)  # 60,000 draws: a standard error of 0.3 %

    def test_networks_of_one_seed_share_their_weights(self):
        plain, normed = (Mlp(norm=norm) for norm in (Norm.NONE, Norm.BATCH))
        rows = [
            initial(net, Start(), np.random.default_rng(3))[numbers_in(net, ("weight",))] for net in (plain, normed)
        ]

        np.testing.assert_array_equal(*rows)

    def test_branches_may_start_from_another_gamma(self):
        net = toy(norm=Norm.BATCH, residual=True)
        layers = layers_of(net, initial(net, Start(gamma=2.0, branch_gamma=0.0), np.random.default_rng(0))[None])

        assert [layer.gamma.max() for layer in layers[:-1]] == [2.0, 0.0, 0.0]

    @pytest.mark.parametrize("changes", [{"skip_init": True}, {"norm": Norm.BATCH}], ids=["skip-init", "gamma 0"])
    def test_a_block_may_start_as_the_identity(self, changes):
        net = toy(residual=True, **changes)
        flat = initial(net, Start(branch_gamma=0.0), np.random.default_rng(0))[None]
        traces = forward(net, layers_of(net, flat), problem(net)[1]).traces

        np.testing.assert_array_equal(traces[2].h, traces[0].h)


class TestEvaluation:
    def test_accuracy_does_not_depend_on_the_chunks(self):
        net = toy(norm=Norm.BATCH)
        flat, rng = problem(net)[0], np.random.default_rng(0)
        x, labels = rng.standard_normal((700, 5)), rng.integers(0, 3, 700)
        whole = forward(net, layers_of(net, flat[None]), x[None], given=statistics(net)).scores[0].argmax(axis=1)

        assert accuracy(net, layers_of(net, flat[None]), x, labels, statistics(net)) == np.mean(whole == labels)

    @pytest.mark.parametrize("norm", [Norm.BATCH, Norm.GHOST, Norm.NOISY])
    def test_precise_statistics_of_the_first_layer_are_those_of_the_set(self, norm):
        net = toy(norm=norm, ghost=5)
        flat, x = problem(net)[0], np.random.default_rng(0).standard_normal((64, 5))
        layers = layers_of(net, flat[None])
        u = x @ layers[0].weight[0] + layers[0].bias[0]

        mean, var = precise_statistics(net, layers, x, [np.random.default_rng(0)], batches=3, size=64)

        np.testing.assert_allclose(mean[0, 0, :4], u.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(var[0, 0, :4], u.var(axis=0), rtol=1e-12)


class TestCrossEntropy:
    def test_of_equal_scores_is_the_logarithm_of_the_classes(self):
        loss, slope = cross_entropy(np.full((1, 2, 10), 700.0), np.array([[3, 4]]))

        assert loss[0] == pytest.approx(np.log(10), rel=1e-15)
        np.testing.assert_allclose(slope.sum(axis=-1), 0.0, atol=1e-16)

    def test_of_huge_scores_stays_finite(self):
        loss, _ = cross_entropy(np.array([[[1e300, 0.0]]]), np.array([[1]]))

        assert loss[0] == 1e300


class TestLayersWithoutARow:
    """Networks that are measured and not trained: their layers are those of a network that begins to train."""

    @pytest.mark.parametrize("hidden", [(6, 6, 6), (6, 4, 5)])
    @pytest.mark.parametrize("norm", [Norm.NONE, Norm.BATCH, Norm.LAYER])
    def test_have_the_weights_and_constants_that_a_row_begins_with(self, hidden, norm):
        residual = len(set(hidden)) == 1
        net = Mlp(sizes=(3, *hidden, 2), norm=norm, residual=residual, skip_init=residual)
        start = Start(init=Init.XAVIER, sigma=1.5, gamma=2.0, beta=-0.5, branch_gamma=0.25)
        rows = np.stack([initial(net, start, np.random.default_rng(seed)) for seed in range(2)])
        normals = normals_drawn(net.sizes, [np.random.default_rng(seed) for seed in range(2)])
        found = layers_with(net, start, weights_of(net.sizes, start, normals))

        for ours, row in zip(found, layers_of(net, rows), strict=True):
            assert ours.bias is None
            for name in ("weight", "gamma", "beta", "alpha"):
                one, other = getattr(ours, name), getattr(row, name)
                np.testing.assert_array_equal(
                    np.zeros(0) if one is None else one, np.zeros(0) if other is None else other
                )

    def test_share_what_begins_alike_and_nobody_can_write_to_it(self):
        net = Mlp(sizes=(3, 6, 6, 6, 5, 2), norm=Norm.BATCH)
        first, second, third, narrow, _ = layers_with(
            net, Start(), [np.zeros((1, a, b)) for a, b in itertools.pairwise(net.sizes)]
        )

        assert second.gamma is third.gamma
        assert narrow.gamma.shape == (1, 1, 5)
        for array in (first.gamma, first.beta, third.gamma):
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 0

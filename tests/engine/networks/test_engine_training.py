"""Training: the same numbers however it is done, PyTorch's arithmetic, and the findings at toy length."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from rounding import CLOSE, NARROW

from bnsim.data.digits import load_digits
from bnsim.engine.networks.adaptation import batch_accuracy, eval_accuracy
from bnsim.engine.networks.backward import gradients
from bnsim.engine.networks.covariate_shift import percentile_range, step_drift
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.settings import Run, Split, Watch, standardized
from bnsim.engine.networks.structure import Activation, Mlp, Noise, Norm, Placement, layers_of
from bnsim.engine.networks.training import memory_of, steps_to, train
from bnsim.errors import InputError, ShapeError

QUIET = Watch(every=10**6)


@pytest.fixture(scope="module")
def digits():
    """Standardized, split at random: 1,347 to train on and 450 to test."""
    return Split.shuffled(*_digits(), 1347, np.random.default_rng(0), dtype=np.float32)


@pytest.fixture(scope="module")
def pixels():
    """Pixels from 0 to 1, not standardized."""
    images, labels = _digits()
    return Split.shuffled(images / 16, labels, 1347, np.random.default_rng(0), standardize=False, dtype=np.float32)


def _digits():
    return load_digits().images, load_digits().labels


@pytest.fixture(scope="module")
def toy():
    rng = np.random.default_rng(0)
    return Split.shuffled(rng.standard_normal((90, 5)), np.arange(90) % 3, 60, rng)


def small(**changes):
    net = Mlp(sizes=(5, 8, 8, 3), norm=Norm.BATCH)
    return Run(**{"net": net, "steps": 25, "batch": 12, "rate": 0.2} | changes)


def sigmoid(norm, **changes):
    """The network of Ioffe and Szegedy, section 4.1, for 8 x 8 digits."""
    net = Mlp(activation=Activation.SIGMOID, norm=norm, noise=Noise(0.5, 1.25))
    return Run(**{"net": net, "start": Start(init=Init.XAVIER)} | changes)


def last(records, run=0):
    return [record for record in records if record.run == run][-1]


def final(runs, data, **watched):
    """Return the last record of each run."""
    records = list(train(runs, data, replace(QUIET, **watched)))
    return [last(records, run) for run in range(len(runs))]


class TestStream:
    def test_records_come_in_the_order_of_steps_then_runs(self, toy):
        runs = [small(), small(net=Mlp(sizes=(5, 4, 3))), small(seed=1)]

        found = [(record.step, record.run) for record in train(runs, toy, Watch(every=10), stack=1)]

        assert found == [(step, run) for step in (0, 10, 20, 25) for run in range(3)]

    def test_a_shorter_run_ends_first(self, toy):
        found = [(record.step, record.run) for record in train([small(), small(steps=10)], toy, Watch(every=10))]

        assert found == [(0, 0), (0, 1), (10, 0), (10, 1), (20, 0), (25, 0)]

    def test_only_the_last_record_has_the_network(self, toy):
        networks = [record.network for record in train([small()], toy)]

        assert [network is None for network in networks] == [True, True, True, False]

    def test_can_be_stopped_and_what_was_recorded_stays(self, toy):
        stream = train([small(steps=10**9)], toy)
        seen = [next(stream).step for _ in range(3)]
        stream.close()

        assert seen == [0, 10, 20]

    def test_there_is_no_loss_before_the_first_step(self, toy):
        first = next(train([small()], toy, Watch(gradients=True)))

        assert np.isnan([first.loss, *first.gradient_norms]).all()
        assert 0 <= first.test_accuracy <= 1

    def test_learns(self, digits):
        (record,) = final([sigmoid(Norm.BATCH, steps=150, rate=0.5)], digits)

        assert record.test_accuracy > 0.95
        assert record.loss < 0.3

    def test_a_diverging_run_says_so_and_disturbs_nobody(self, toy):
        wild = small(net=Mlp(sizes=(5, 8, 8, 3)), rate=1e6, steps=60)
        calm = replace(wild, rate=0.1)
        together, alone = final([wild, calm], toy), final([calm], toy)

        assert not np.isfinite(together[0].loss)
        assert together[1].loss == alone[0].loss


# Every norm, half of them after the activation with skips and dropout.
KINDS = [
    Mlp(sizes=(5, 8, 8, 3), norm=norm, placement=placement, residual=residual, dropout=dropout, ghost=4)
    for norm in Norm
    for placement, residual, dropout in ((Placement.BEFORE, False, 0.0), (Placement.AFTER, True, 0.2))
]


class TestSameNumbers:
    """But for rounding; to the bit if the same is done again on one machine."""

    def runs(self):
        """Three of every kind, differing in what a stack may differ in."""
        return [
            small(net=net, seed=seed, rate=0.1 * (seed + 1), momentum=0.5 + 0.1 * seed, decay=0.01, frozen=0.4)
            for net in KINDS
            for seed in range(3)
        ]

    def networks(self, runs, data, **options):
        watch = options.pop("watch", QUIET)
        return {record.run: record for record in train(runs, data, watch, **options) if record.network}

    @pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, CLOSE), (np.float32, NARROW)])
    def test_in_stacks_or_alone(self, toy, dtype, tolerance):
        data = Split(toy.x.astype(dtype), toy.labels, toy.test_x.astype(dtype), toy.test_labels)
        runs = self.runs()
        together = self.networks(runs, data, stack=3)

        for index, run in enumerate(runs):
            alone = self.networks([run], data)[0]
            assert alone.loss == pytest.approx(together[index].loss, rel=tolerance["rtol"])
            for name in ("flat", "running_mean", "running_var"):
                one, other = (getattr(record.network, name) for record in (alone, together[index]))
                np.testing.assert_allclose(one, other, **tolerance)

    def test_at_the_size_of_the_digits(self, digits):
        runs = [sigmoid(norm, steps=12, seed=seed) for norm in (Norm.BATCH, Norm.LAYER) for seed in range(5)]
        together = self.networks(runs, digits)

        for index in (0, 4, 7):
            alone = self.networks([runs[index]], digits)[0].network
            np.testing.assert_allclose(alone.flat, together[index].network.flat, **CLOSE)

    def test_watched_or_not(self, toy):
        runs = self.runs()[::3]
        all_of_it = Watch(every=1, precise=True, gradients=True, layers=(0, 1), networks=True)
        watched = {record.run: record for record in train(runs, toy, all_of_it)}

        for index, record in self.networks(runs, toy).items():
            np.testing.assert_allclose(record.network.flat, watched[index].network.flat, **CLOSE)

    def test_twice(self, toy):
        first, second = (self.networks([small()], toy)[0].network.flat for _ in range(2))

        np.testing.assert_array_equal(first, second)

    def test_not_with_another_seed(self, toy):
        first, second = (self.networks([small(seed=seed)], toy)[0].network.flat for seed in (0, 1))

        assert np.abs(first - second).max() > 0.1

    def test_float32_is_near_float64(self, toy):
        narrow = Split(toy.x.astype("f4"), toy.labels, toy.test_x.astype("f4"), toy.test_labels)
        wide_flat, narrow_flat = (self.networks([small()], data)[0].network.flat for data in (toy, narrow))

        # 25 steps carry on rounding of 6e-8.
        np.testing.assert_allclose(narrow_flat, wide_flat, atol=1e-4)


class TestSteps:
    def test_momentum_and_decay_follow_the_formula(self, toy):
        run = small(net=Mlp(sizes=(5, 8, 8, 3)), momentum=0.9, decay=0.1, rate=0.05, steps=2, batch=60)
        records = list(train([run], toy, Watch(every=1, networks=True)))
        start, one, two = (layers_of(run.net, record.network.flat[None])[0].weight for record in records)

        def slope(weights):
            return layers_of(run.net, gradients(run.net, weights[None], toy.x, toy.labels)[1])[0].weight

        velocity = slope(records[0].network.flat) + 0.1 * start
        np.testing.assert_allclose(one, start - 0.05 * velocity, rtol=1e-10, atol=1e-12)
        velocity = 0.9 * velocity + slope(records[1].network.flat) + 0.1 * one
        np.testing.assert_allclose(two, one - 0.05 * velocity, rtol=1e-10, atol=1e-12)

    def test_running_statistics_are_those_of_pytorch(self, toy):
        """After one step from 0 and 1: momentum times the mean, and the unbiased variance, of the batch."""
        run = small(steps=1, batch=60, running_momentum=0.25)
        before, after = (record.network for record in train([run], toy, Watch(every=1, networks=True)))
        layer = layers_of(run.net, before.flat[None])[0]
        u = toy.x @ layer.weight[0] + layer.bias[0]

        np.testing.assert_allclose(after.running_mean[:8], 0.25 * u.mean(axis=0), rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(after.running_var[:8], 0.75 + 0.25 * u.var(axis=0, ddof=1), rtol=1e-10)

    def test_frozen_statistics_stay(self, toy):
        records = list(train([small(frozen=0.4)], toy, Watch(every=5, networks=True)))
        means = [record.network.running_mean for record in records]

        assert [record.step for record in records] == [0, 5, 10, 15, 20, 25]
        assert not np.array_equal(means[3], means[4])
        np.testing.assert_array_equal(means[4], means[5])

    def test_gradient_norms_are_those_of_the_weights(self, toy):
        run = small(net=Mlp(sizes=(5, 8, 8, 3)), steps=1, batch=60)
        before, after = train([run], toy, Watch(every=1, networks=True, gradients=True))
        step = layers_of(run.net, (before.network.flat - after.network.flat)[None])

        expected = [np.linalg.norm(layer.weight) / 0.2 for layer in step]
        np.testing.assert_allclose(after.gradient_norms, expected, rtol=1e-9)

    def test_against_pytorch(self, toy):
        torch = pytest.importorskip("torch")
        run = small(steps=20, batch=60, momentum=0.9, rate=0.05, net=Mlp(sizes=(5, 8, 8, 3), norm=Norm.BATCH))
        first, *_, ours = train([run], toy, Watch(every=1, networks=True))
        block = [torch.nn.Linear(5, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU()]
        block += [torch.nn.Linear(8, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Linear(8, 3)]
        theirs = torch.nn.Sequential(*block).double()
        for part, layer in zip(block[::3], layers_of(run.net, first.network.flat[None]), strict=True):
            part.weight.data, part.bias.data = torch.tensor(layer.weight[0].T), torch.tensor(layer.bias[0, 0])
        optimizer = torch.optim.SGD(theirs.parameters(), lr=0.05, momentum=0.9)
        x, labels = torch.tensor(toy.x), torch.tensor(toy.labels)
        for _ in range(20):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(theirs(x), labels).backward()
            optimizer.step()

        for part, layer in zip(block[::3], layers_of(run.net, ours.network.flat[None]), strict=True):
            np.testing.assert_allclose(layer.weight[0].T, part.weight.detach().numpy(), rtol=1e-8, atol=1e-10)
        means = np.concatenate([part.running_mean.numpy() for part in block[1::3]])
        np.testing.assert_allclose(ours.network.running_mean, means, rtol=1e-8, atol=1e-10)


class TestFindings:
    """Small replicas of published findings; the bands leave room for the seed."""

    def test_batch_norm_trains_a_sigmoid_network_ten_times_faster(self, pixels):
        runs = [sigmoid(Norm.NONE, rate=2.0, steps=900), sigmoid(Norm.BATCH, rate=2.0, steps=60)]
        records = list(train(runs, pixels, Watch(every=30)))
        records += [replace(record, run=2) for record in train([replace(runs[1])], pixels, Watch(every=10))]
        without, with_norm = steps_to(records, 0, 0.9), steps_to(records, 2, 0.9)

        assert with_norm <= 50
        assert without > 10 * with_norm

    def test_noisy_batch_norm_shakes_what_batch_norm_stills_and_trains_as_fast(self, digits):
        drift, steps = {}, {}
        for norm, count in ((Norm.NONE, 420), (Norm.BATCH, 120), (Norm.NOISY, 120)):
            run = sigmoid(norm, rate=0.5, steps=count, batch=64)
            records = list(train([run], digits, Watch(every=20)))
            steps[norm] = steps_to(records, 0, 0.95) or count
            watched = train([replace(run, steps=25)], digits, Watch(every=1, accuracy=False, layers=(2,)))
            drift[norm] = step_drift([record.hidden[0] for record in watched])

        assert drift[Norm.BATCH] < 0.01 < drift[Norm.NONE] < drift[Norm.NOISY]
        assert drift[Norm.NOISY] == pytest.approx(1 / 3, rel=0.1)  # E|m - m'| of two uniform on +-1/2
        assert steps[Norm.NOISY] <= 3 * steps[Norm.BATCH]
        assert steps[Norm.NOISY] < steps[Norm.NONE] / 4

    def test_what_enters_the_last_sigmoid_moves_less_with_batch_norm(self, pixels):
        start = Start(init=Init.FIXED, sigma=0.1)
        runs = [sigmoid(norm, rate=0.5, steps=600, start=start) for norm in (Norm.NONE, Norm.BATCH)]
        records = list(train(runs, pixels, Watch(every=100, accuracy=False, layers=(2,))))
        moved = [percentile_range([r.hidden[0] for r in records if r.run == run and r.step >= 100]) for run in (0, 1)]

        assert moved[1][1] < moved[0][1] / 2

    def test_batch_norm_fails_with_two_examples_and_not_with_eight(self, digits):
        net = Mlp(sizes=(64, 64, 64, 64, 10), norm=Norm.BATCH)
        two, eight = (final([Run(net=net, batch=n, steps=600, rate=0.05)], digits)[0] for n in (2, 8))
        layer = final([Run(net=replace(net, norm=Norm.LAYER), batch=2, steps=600, rate=0.05)], digits)[0]

        assert two.test_accuracy < 0.6
        assert eight.test_accuracy > 0.95
        assert layer.test_accuracy > 0.93

    def test_one_example_teaches_batch_norm_nothing(self, digits):
        net = Mlp(sizes=(64, 64, 10), norm=Norm.BATCH)
        (record,) = final([Run(net=net, batch=1, steps=300, rate=0.05)], digits)

        assert record.test_accuracy < 0.2

    def test_a_frozen_tail_rescues_batches_of_two(self, digits):
        net = Mlp(sizes=(64, 64, 64, 64, 10), norm=Norm.BATCH)
        runs = [Run(net=net, batch=2, steps=1500, rate=0.05, frozen=share) for share in (0.0, 0.2)]
        without, with_tail = (record.test_accuracy for record in final(runs, digits))

        assert with_tail - without > 0.2

    def test_slow_running_statistics_lag_behind_precise_ones(self, digits):
        run = Run(net=Mlp(norm=Norm.BATCH), batch=64, steps=50, rate=0.5, running_momentum=0.001)
        (record,) = final([run], digits, precise=True)

        assert record.precise_accuracy - record.test_accuracy > 0.05

    def test_training_mode_at_inference_fails_on_sorted_classes(self, digits):
        (record,) = final([Run(net=Mlp(norm=Norm.BATCH), batch=64, steps=300, rate=0.2)], digits)
        network, x, labels = record.network, digits.test_x, digits.test_labels
        order = np.argsort(labels, kind="stable")

        assert eval_accuracy(network, x, labels) > 0.95
        assert batch_accuracy(network, x, labels, 128) > 0.95
        assert batch_accuracy(network, x[order], labels[order], 32) < 0.5
        assert batch_accuracy(network, x, labels, 1) < 0.2

    def test_skips_train_where_a_plain_network_and_skips_without_norm_do_not(self, digits):
        plain = Mlp(sizes=(64, *[50] * 30, 10))
        skips = replace(plain, residual=True)
        nets = [plain, skips, replace(skips, norm=Norm.BATCH), replace(skips, skip_init=True)]
        runs = [Run(net=net, batch=64, steps=80, rate=0.02, momentum=0.9) for net in nets]
        reached = [record.train_accuracy for record in final(runs, digits)]

        assert max(reached[:2]) < 0.8
        assert min(reached[2:]) > 0.95


class TestData:
    def test_standardizing_uses_the_training_part_alone(self, toy):
        np.testing.assert_allclose(toy.x.mean(axis=0), 0.0, atol=1e-12)
        np.testing.assert_allclose(toy.x.std(axis=0), 1.0, rtol=1e-12)
        assert abs(toy.test_x.mean()) > 1e-6

    def test_a_constant_feature_becomes_zero(self):
        assert standardized(np.full((3, 1), 7.0), np.full((3, 1), 7.0)).tolist() == [[0.0], [0.0], [0.0]]

    def test_the_first_examples_stay_as_they_were_scaled(self, toy):
        np.testing.assert_array_equal(toy.first(10).x, toy.x[:10])
        assert toy.first(10).test_x is toy.test_x

    def test_labels_must_fit(self):
        with pytest.raises(ShapeError) as error:
            Split.shuffled(np.zeros((4, 2)), np.zeros(3), 2, np.random.default_rng(0))

        assert str(error.value) == "labels must have shape (4,), one for each example; got (3,)."

    def test_both_parts_need_an_example(self):
        with pytest.raises(InputError) as error:
            Split.shuffled(np.zeros((4, 2)), np.zeros(4), 4, np.random.default_rng(0))

        assert str(error.value) == "train must be from 1 to 3; got 4."


class TestMemory:
    @pytest.mark.parametrize("norm", [Norm.NONE, Norm.BATCH, Norm.GROUP])
    def test_stays_below_what_is_stated(self, digits, norm):
        runs = [sigmoid(norm, steps=20, seed=seed, momentum=0.9, decay=1e-4, frozen=0.5) for seed in range(10)]
        tracemalloc.start()
        for _ in train(runs, digits, Watch(layers=(2,))):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert peak < memory_of(runs, digits)

    def test_does_not_grow_with_steps(self, toy):
        def peak(steps):
            tracemalloc.start()
            for _ in train([small(steps=steps)], toy):
                pass
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return found

        peak(10)
        assert peak(2000) < 1.2 * peak(200) + 20_000


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"steps": 0}, "steps must be at least 1; got 0."),
            ({"rate": 0.0}, "rate must be a number more than 0; got 0."),
            ({"decay": -1.0}, "decay must be a number of at least 0; got -1."),
            ({"momentum": 1.0}, "momentum must be at least 0 and less than 1; got 1."),
            ({"frozen": 1.5}, "frozen must be a number from 0 to 1; got 1.5."),
            ({"seed": -1}, "seed must be at least 0; got -1."),
            ({"net": Mlp(norm=Norm.GHOST, ghost=5)}, "ghost must divide the 12 examples of a batch; got 5."),
        ],
    )
    def test_of_a_run_say_what_is_allowed(self, changes, message):
        with pytest.raises(InputError) as error:
            small(**changes)

        assert str(error.value) == message

    def test_all_problems_come_before_the_first_record(self, toy):
        with pytest.raises(InputError) as error:
            train([small(batch=61), small(net=Mlp(sizes=(5, 4, 2)))], toy)

        assert error.value.problems == (
            "batch of run 1 must be at most the 60 examples; got 61.",
            "sizes of run 2 must start with 5 and end with 3 or more; got (5, 4, 2).",
        )

    def test_of_too_much_memory_name_the_bytes(self, toy):
        runs = [small(net=Mlp(sizes=(5, 2000, 2000, 3)), seed=seed) for seed in range(30)]
        with pytest.raises(InputError) as error:
            train(runs, toy)

        needed = memory_of(runs, toy)
        assert str(error.value) == (
            f"training must need at most 1000000000 bytes at once; these 30 runs need {needed}."
        )

    def test_no_runs(self, toy):
        with pytest.raises(InputError) as error:
            train([], toy)

        assert str(error.value) == "runs must be from 1 to 1000; got 0."

    def test_a_level_never_reached_has_no_step(self, toy):
        assert steps_to(list(train([small(steps=1)], toy)), 0, 2.0) is None

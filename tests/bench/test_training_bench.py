"""How fast training is beside PyTorch eager, and the findings at full length over three seeds.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 pytest tests/bench/test_training_bench.py -s

One thread; the contestants take turns, and what counts is the ratio of their medians.
"""

import importlib
import itertools
import statistics
import time

import numpy as np
import pytest

from bnsim.data.digits import load_digits
from bnsim.engine.initialization import Init, Start
from bnsim.engine.landscape import landscape
from bnsim.engine.mlp import Activation, Mlp, Norm
from bnsim.engine.propagation import propagate
from bnsim.engine.runs import Run, Split, Watch
from bnsim.engine.training import steps_to, train

SECONDS = 6.0  # for each comparison
TURN = 20  # steps in a row
SIZES, BATCH = (64, 100, 100, 100, 10), 60
SEEDS = range(3)
ENDLESS = Watch(every=TURN, accuracy=False)


def digits(dtype=np.float32, *, standardize=True):
    shown = load_digits()
    images = shown.images if standardize else shown.images / 16
    return Split.shuffled(images, shown.labels, 1347, np.random.default_rng(0), standardize=standardize, dtype=dtype)


def engine(data, seeds=1, stack=8):
    """Return a call that takes TURN steps with every seed, a record of the last included."""
    net = Mlp(sizes=SIZES, activation=Activation.SIGMOID, norm=Norm.BATCH, bias=False)
    runs = [Run(net=net, steps=10**9, batch=BATCH, rate=0.5, seed=seed) for seed in range(seeds)]
    records = train(runs, data, ENDLESS, stack=stack)
    return lambda: list(itertools.islice(records, seeds))


def pytorch(data):
    """Return the same steps in PyTorch eager."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    layers = []
    for wide, out in itertools.pairwise(SIZES[:-1]):
        layers += [torch.nn.Linear(wide, out, bias=False), torch.nn.BatchNorm1d(out), torch.nn.Sigmoid()]
    x, labels = torch.tensor(data.x), torch.tensor(data.labels)
    net = torch.nn.Sequential(*layers, torch.nn.Linear(*SIZES[-2:])).to(x.dtype)
    optimizer, loss = torch.optim.SGD(net.parameters(), lr=0.5), torch.nn.CrossEntropyLoss()

    def batches():
        while True:
            order = torch.randperm(len(x))
            yield from (order[at : at + BATCH] for at in range(0, len(x) - BATCH + 1, BATCH))

    stream = batches()

    def steps():
        for chosen in itertools.islice(stream, TURN):
            optimizer.zero_grad()
            loss(net(x[chosen]), labels[chosen]).backward()
            optimizer.step()

    return steps


def medians(calls):
    """Return the median time of a step in microseconds; the calls take turns."""
    found = {name: [] for name in calls}
    for call in calls.values():
        call()
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            found[name].append((time.perf_counter() - start) / TURN)
    return {name: 1e6 * statistics.median(times) for name, times in found.items()}


class TestStep:
    """float32, what PyTorch computes in by default; float64 is more arithmetic and less overhead on both sides."""

    @pytest.mark.parametrize(("dtype", "share"), [("float32", 0.5), ("float64", 0.65)])
    def test_beside_pytorch(self, dtype, share):
        pytest.importorskip("torch")
        data = digits(dtype)
        took = medians({"engine": engine(data), "PyTorch": pytorch(data)})
        print(f"\n{dtype}: engine {took['engine']:.0f} us a step, PyTorch {took['PyTorch']:.0f} us")

        assert took["engine"] <= share * took["PyTorch"]

    @pytest.mark.parametrize(("dtype", "gain"), [("float32", 1.3), ("float64", 1.1)])
    def test_four_seeds_at_once(self, dtype, gain):
        data = digits(dtype)
        took = medians({"alone": engine(data), "four": engine(data, 4), "one by one": engine(data, 4, stack=1)})
        print(f"\n{dtype}: " + ", ".join(f"{name} {time:.0f} us a step" for name, time in took.items()))

        assert gain * took["four"] <= 4 * took["alone"]

    def test_memory_of_a_step_is_reused(self, benchmark):
        call = engine(digits(), 4)
        benchmark(call)

        assert len(call()) == 4


class TestPropagation:
    def test_depth_forty_is_instant(self, benchmark):
        rng = np.random.default_rng(0)
        net, x = Mlp(sizes=(300, *[300] * 40, 1), norm=Norm.BATCH), rng.standard_normal((128, 300))
        found = benchmark(propagate, net, Start(), x, rng)

        assert len(found.std) == 40
        assert benchmark.stats.stats.median < 0.5


def final(runs, data):
    return [record for record in train(runs, data, Watch(every=10**6)) if record.network is not None]


def table(name, rows):
    """Print what was measured."""
    print(f"\n{name}")
    for label, values in rows.items():
        print(f"  {label}: " + ", ".join("never" if value is None else f"{value:.3g}" for value in values))


class TestFindingsAtFullLength:
    @pytest.mark.parametrize("depth", [1, 2, 3, 4])
    def test_steps_to_ninety_per_cent_of_sigmoid_networks(self, depth):
        data, rows = digits(standardize=False), {}
        for norm, steps in ((Norm.NONE, 3000), (Norm.BATCH, 100)):
            net = Mlp(sizes=(64, *[100] * depth, 10), activation=Activation.SIGMOID, norm=norm)
            start = Start(init=Init.XAVIER)
            runs = [Run(net=net, start=start, rate=2.0, steps=steps, seed=seed) for seed in SEEDS]
            records = list(train(runs, data))
            rows[norm.value] = [steps_to(records, run, 0.9) for run in range(len(SEEDS))]
        table(f"steps to 90 %, {depth} sigmoid layers", rows)

        assert max(rows["batch"]) <= 40
        assert min(rows["none"]) > {1: 1.5, 2: 5, 3: 10, 4: 20}[depth] * max(rows["batch"])

    def test_largest_usable_rate(self):
        data, rates = digits(), [2.0**power for power in range(-4, 5)]
        largest = {}
        for norm in (Norm.NONE, Norm.BATCH):
            net = Mlp(sizes=(64, *[100] * 10, 10), norm=norm)
            runs = [Run(net=net, batch=64, steps=300, rate=rate, seed=seed) for rate in rates for seed in SEEDS]
            reached = np.array([record.train_accuracy for record in final(runs, data)]).reshape(len(rates), -1)
            largest[norm.value] = [max(np.array(rates)[np.median(reached, axis=1) > 0.8])]
        table("largest usable rate, ReLU depth 10", largest)

        assert largest["batch"][0] >= 8 * largest["none"][0]

    def test_batch_size(self):
        data, sizes = digits(), (1, 2, 3, 4, 8, 16, 32)
        rows = {}
        for norm in (Norm.BATCH, Norm.LAYER):
            net = Mlp(sizes=(64, 64, 64, 64, 10), norm=norm)
            runs = [Run(net=net, batch=size, steps=1500, rate=0.05, seed=seed) for size in sizes for seed in SEEDS]
            reached = np.array([record.test_accuracy for record in final(runs, data)]).reshape(len(sizes), -1)
            rows[norm.value] = reached.mean(axis=1)
        table(f"test accuracy at batches of {sizes}", rows)

        assert max(rows["batch"][:2]) < 0.6
        assert min(rows["batch"][4:]) > 0.95
        assert min(rows["layer"][1:]) > 0.95

    def test_frozen_tail(self):
        data, net = digits(), Mlp(sizes=(64, 64, 64, 64, 10), norm=Norm.BATCH)
        rows = {}
        for share in (0.0, 0.2):
            runs = [Run(net=net, batch=2, steps=1500, rate=0.05, seed=seed, frozen=share) for seed in SEEDS]
            rows[f"frozen {share:g}"] = [record.test_accuracy for record in final(runs, data)]
        table("test accuracy at batches of 2", rows)

        assert np.mean(rows["frozen 0.2"]) - np.mean(rows["frozen 0"]) > 0.2

    def test_landscape(self):
        data, rows = digits(np.float64), {}
        for depth, norm in itertools.product((3, 10), (Norm.NONE, Norm.BATCH)):
            net = Mlp(sizes=(64, *[100] * depth, 10), norm=norm)
            runs = [Run(net=net, batch=128, steps=300, rate=0.1, seed=seed) for seed in SEEDS]
            found = landscape(runs, data, np.linspace(0.05, 0.4, 8), every=20)
            rows[f"depth {depth}, {norm.value}"] = [np.mean([record.ray.loss_range for record in found])]
        table("range of the loss along the gradient, ReLU", rows)

        assert rows["depth 10, none"][0] > 10 * rows["depth 10, batch"][0]
        assert rows["depth 3, none"][0] < rows["depth 3, batch"][0]

    def test_depth_sixty(self):
        data, rates, wide = digits(), (0.001, 0.01, 0.1), [100] * 60
        plain = Mlp(sizes=(64, *wide, 10))
        kinds = {
            "plain": (plain, Start()),
            "plain, batch norm": (Mlp(sizes=plain.sizes, norm=Norm.BATCH), Start()),
            "skips": (Mlp(sizes=plain.sizes, residual=True), Start()),
            "skips, batch norm": (Mlp(sizes=plain.sizes, residual=True, norm=Norm.BATCH), Start()),
            "skips, batch norm, gamma 0": (
                Mlp(sizes=plain.sizes, residual=True, norm=Norm.BATCH),
                Start(branch_gamma=0.0),
            ),
            "SkipInit": (Mlp(sizes=plain.sizes, residual=True, skip_init=True), Start()),
        }
        best = {}
        for name, (net, start) in kinds.items():
            runs = [Run(net=net, start=start, batch=64, steps=150, rate=rate, momentum=0.9) for rate in rates]
            best[name] = [max(record.train_accuracy for record in final(runs, data))]
        table("best training accuracy after 150 steps, depth 60", best)

        assert max(best[name][0] for name in ("plain", "plain, batch norm", "skips")) < 0.5
        assert min(best[name][0] for name in list(kinds)[3:]) > 0.98

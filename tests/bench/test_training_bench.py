"""How fast training is beside PyTorch eager; what it finds at full length is in tests/bands.

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
from bnsim.engine.networks.initialization import Start
from bnsim.engine.networks.propagation import propagate
from bnsim.engine.networks.settings import Run, Split, Watch
from bnsim.engine.networks.structure import Activation, Mlp, Norm
from bnsim.engine.networks.training import train

SECONDS = 6.0  # for each comparison
TURN = 20  # steps in a row
SIZES, BATCH = (64, 100, 100, 100, 10), 60
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
        call()  # the record of step 0, which takes no time and would mislead the benchmark
        benchmark(call)

        assert len(call()) == 4


class TestPropagation:
    def test_depth_forty_is_instant(self, benchmark):
        rng = np.random.default_rng(0)
        net, x = Mlp(sizes=(300, *[300] * 40, 1), norm=Norm.BATCH), rng.standard_normal((128, 300))
        found = benchmark(propagate, net, Start(), x, rng)

        assert len(found.std) == 40
        assert benchmark.stats.stats.median < 0.5

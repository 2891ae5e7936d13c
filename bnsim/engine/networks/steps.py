"""Some runs of one structure trained at once: their state, one step, what is recorded."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.backward import backward, norm_of_runs
from bnsim.engine.networks.evaluation import accuracy, hidden_in_eval_mode, precise_statistics
from bnsim.engine.networks.forward import Given, forward
from bnsim.engine.networks.initialization import initial
from bnsim.engine.networks.kernels import Empty, aligned, cross_entropy, mean_over_examples
from bnsim.engine.networks.settings import HiddenRecord, Leftover, Record, Run, Split, Trained, Watch
from bnsim.engine.networks.structure import Mlp, Norm, layers_of, numbers_in
from bnsim.engine.statistics.running import GhostRule

# A run's generators: weights, order of the batches, noise and dropout, batches of PreciseBN.
WEIGHTS, ORDER, NOISE, PRECISE = range(4)


class Stack:
    """The state of some runs that are trained at once; arrays have the runs in front."""

    def __init__(self, runs: Sequence[Run], members: Sequence[int], data: Split, watch: Watch, scratch: Empty) -> None:
        self.members, self.data, self.watch = tuple(members), data, watch
        self.runs = [runs[index] for index in members]
        self.net, dtype = self.runs[0].net, data.x.dtype
        rows = (len(self.runs), self.net.numbers)
        self.flat, self.gradient = aligned(rows, dtype), aligned(rows, dtype)
        self.gradient[:] = np.nan  # there is none before the first step
        for row, run in zip(self.flat, self.runs, strict=True):
            row[:] = initial(self.net, run.start, _generator(run, WEIGHTS), dtype)
        self.started = layers_of(self.net, self.flat)[0].weight.copy() if watch.moved else None
        self.layers, self.grads = layers_of(self.net, self.flat), layers_of(self.net, self.gradient)
        self.running = np.zeros((2, len(self.runs), 1, sum(self.net.sizes[1:-1])), dtype)
        self.running[1] = 1.0
        self.velocity = np.zeros_like(self.flat) if self.runs[0].momentum else None
        self.rate, self.momentum = self.column("rate")[:, None], self.column("momentum")
        run = self.runs[0]
        decayed = numbers_in(self.net, run.decayed.names)
        self.decay = self.column("decay") * self.column("rate") * decayed if run.decay else None
        self.fixed = numbers_in(self.net, ("gamma", "beta")) if run.frozen_affine else None
        self.gathered = aligned(rows, dtype) if run.micro else None
        new = self.column("running_momentum")[:, None]
        self.old, self.new = 1 - new, new
        self.noise = [_generator(run, NOISE) for run in self.runs]
        self.scratch = scratch
        self.frozen = False

    def column(self, name: str) -> Array:
        """Return one setting of every run, shape (R, 1)."""
        return np.array([[getattr(run, name)] for run in self.runs], self.flat.dtype)

    def batches(self) -> Iterator[NDArray[np.intp]]:
        """Yield the examples of every mini-batch, shape (R, N), without end."""
        generators, count, batch = [_generator(run, ORDER) for run in self.runs], len(self.data.x), self.runs[0].batch
        while True:
            order = np.stack([rng.permutation(count) for rng in generators])
            for first in range(0, count - batch + 1, batch):
                yield order[:, first : first + batch]
            if count % batch and self.runs[0].leftover is Leftover.SHORT:
                yield order[:, count - count % batch :]


def _unbiasing(net: Mlp, examples: int) -> float:
    """Return N / (N - 1) for the N examples that are normalized together; 1 for N = 1, whose variance is 0."""
    count = net.ghost if net.norm is Norm.GHOST else examples
    return count / (count - 1) if count > 1 else 1.0


def _generator(run: Run, use: int, *more: int) -> np.random.Generator:
    return np.random.default_rng((run.seed, use, *more))


def train_stack(stack: Stack) -> Iterator[list[Record]]:
    """Train the runs of a stack; yield the records of all at step 0, every so many steps and at the end."""
    run, batches, every = stack.runs[0], stack.batches(), stack.watch.every
    with quiet():
        before = [np.full((len(stack.runs), 1, width), np.nan) for width in stack.net.sizes[1:-1]]
        records = _records(stack, 0, np.full(len(stack.runs), np.nan), before)
    yield records
    for done in range(0, run.steps, every):
        due = min(done + every, run.steps)
        with quiet():
            for step in range(done + 1, due + 1):
                if step == run.frozen_from + 1 and run.net.pools_examples:
                    stack.running, stack.frozen = _precise(stack, step), True
                loss, means = _step(stack, next(batches), step == due)
            records = _records(stack, due, loss, means)
        yield records


def _step(stack: Stack, batch: NDArray[np.intp], due: bool) -> tuple[Array, list[Array]]:
    """Take one step; return the loss of each run and, if a record is due, the means of the watched layers' h."""
    micro = stack.runs[0].micro
    if stack.gathered is None or batch.shape[1] <= micro:
        loss, means, statistics = _pass(stack, batch, due, 1.0)
        _update_running(stack, statistics, _unbiasing(stack.net, batch.shape[1]))
    else:
        loss, means = _in_micro_batches(stack, stack.gathered, batch, due)
    change = stack.gradient
    if stack.decay is not None:
        change += stack.decay * stack.flat
    if stack.velocity is not None:
        stack.velocity *= stack.momentum
        change = np.add(stack.velocity, change, out=stack.velocity)
    if stack.frozen and stack.fixed is not None:
        change[:, stack.fixed] = 0.0
    stack.flat -= change
    return loss, means


def _pass(stack: Stack, batch: NDArray[np.intp], due: bool, share: float) -> tuple[Array, list[Array], Given | None]:
    """Go forward and back with some examples, which are a share of the batch; the gradient comes out as a step.

    Return the loss, the means of h, and the statistics if they are those of the examples.
    """
    x = np.take(stack.data.x, batch, axis=0)
    given = stack.running if stack.frozen else None
    tape = forward(stack.net, stack.layers, x, given=given, rngs=stack.noise, empty=stack.scratch)
    means = [mean_over_examples(trace.h) for trace in tape.traces] if due and stack.watch.layers else []
    loss, dscores = cross_entropy(tape.scores, stack.data.labels[batch])
    # All gradients are linear in this one: scaled here, they come out as steps.
    dscores *= stack.rate * share
    backward(stack.net, stack.layers, tape, dscores, stack.grads, empty=stack.scratch)
    return loss, means, tape.statistics


def _in_micro_batches(stack: Stack, gathered: Array, batch: NDArray[np.intp], due: bool) -> tuple[Array, list[Array]]:
    """Gather the gradient of a batch over its micro-batches, each with statistics of its own."""
    examples, micro = batch.shape[1], stack.runs[0].micro
    once = stack.runs[0].micro_rule is GhostRule.MEAN
    gathered[:] = 0.0
    losses, means, mean_statistics = [], [], []
    for first in range(0, examples, micro):
        part = batch[:, first : first + micro]
        share = part.shape[1] / examples
        loss, part_means, statistics = _pass(stack, part, due, share)
        gathered += stack.gradient
        losses.append(loss * share)
        means.append([mean * share for mean in part_means])
        unbiasing = _unbiasing(stack.net, part.shape[1])
        if statistics is not None and once:
            statistics[1] *= unbiasing
            mean_statistics.append(statistics * share)
        else:
            _update_running(stack, statistics, unbiasing)
    if mean_statistics:
        _update_running(stack, np.add.reduce(mean_statistics), 1.0)
    stack.gradient[:] = gathered
    return np.add.reduce(losses), [np.add.reduce(parts) for parts in zip(*means, strict=True)]


def _update_running(stack: Stack, statistics: Given | None, unbiasing: float) -> None:
    """Move the running statistics towards those of a batch, its variance times `unbiasing`; uses up its array."""
    if statistics is not None:
        stack.running *= stack.old
        new = np.stack([stack.new, stack.new * unbiasing])
        stack.running += np.multiply(new, statistics, out=statistics)


def _precise(stack: Stack, step: int) -> Given:
    run = stack.runs[0]
    rngs = [_generator(one, PRECISE, step) for one in stack.runs]
    size = min(run.precise_size, len(stack.data.x))
    return precise_statistics(stack.net, stack.layers, stack.data.x, rngs, batches=run.precise_batches, size=size)


def _records(stack: Stack, step: int, loss: Array, means: list[Array]) -> list[Record]:
    watch, data, net, last = stack.watch, stack.data, stack.net, step == stack.runs[0].steps
    known = stack.running if net.pools_examples else None
    scores = {}
    if watch.accuracy:
        for name, x, labels in (("train", data.x, data.labels), ("test", data.test_x, data.test_labels)):
            scores[f"{name}_accuracy"] = accuracy(net, stack.layers, x, labels, known, empty=stack.scratch)
    if watch.precise:
        precise = _precise(stack, step) if known is not None else None
        scores["precise_accuracy"] = accuracy(net, stack.layers, data.test_x, data.test_labels, precise)
    norms = (
        np.stack([norm_of_runs(grad.weight) for grad in stack.grads], axis=1) / stack.rate[:, 0]
        if watch.gradients
        else None
    )
    hidden = hidden_in_eval_mode(net, stack.layers, data.test_x, known) if watch.layers else []
    moved = _moved(stack)
    return [
        Record(
            index,
            step,
            float(loss[at]),
            **{name: float(values[at]) for name, values in scores.items()},
            gradient_norms=() if norms is None else tuple(norms[at].tolist()),
            hidden=tuple(
                HiddenRecord(layer, np.percentile(hidden[layer][at], watch.percentiles, axis=0), means[layer][at, 0])
                for layer in watch.layers
            ),
            network=_network(stack, at) if last or watch.networks else None,
            moved=None if moved is None else float(moved[at]),
        )
        for at, index in enumerate(stack.members)
    ]


def _moved(stack: Stack) -> Array | None:
    """Return how far each run's first layer is from its start, over the norm of the start; None if unwatched."""
    if stack.started is None:
        return None
    now, start = (weight.astype(np.float64) for weight in (stack.layers[0].weight, stack.started))
    moved: Array = norm_of_runs(now - start) / norm_of_runs(start)
    return moved


def _network(stack: Stack, at: int) -> Trained:
    mean, var = stack.running[:, at, 0].copy()
    return Trained(stack.net, stack.flat[at].copy(), mean, var)

"""Training as a stream of records: runs of one structure in stacks, every run the same as if alone."""

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from bnsim.engine.networks.evaluation import CHUNK
from bnsim.engine.networks.kernels import Scratch
from bnsim.engine.networks.settings import Leftover, Record, Run, Split, Watch
from bnsim.engine.networks.steps import Stack, train_stack
from bnsim.engine.networks.structure import Norm
from bnsim.errors import InputError

STACK = 8  # runs in a stack: more gain nothing, the arithmetic itself takes the time
MOST_RUNS = 1000
MOST_BYTES = 1_000_000_000


def train(runs: Sequence[Run], data: Split, watch: Watch | None = None, *, stack: int = STACK) -> Iterator[Record]:
    """Train all `runs` side by side and yield a record of each every `watch.every` steps.

    Parameters
    ----------
    runs : sequence of Run
        At most 1000. Those that share a structure (`Run.stack_key`) are trained in stacks.
    data : Split
        Its dtype, float64 or float32, is what is computed in.
    watch : Watch, optional
    stack : int
        How many runs are computed at once; it changes nothing but the time.

    Yields
    ------
    Record
        In the order of steps, and of `runs` within a step; the last of each run holds the trained network.
        Closing the generator stops the training.

    Raises
    ------
    InputError
        Before the first record, with every problem: no run or too many, a batch larger than the training set, a
        network whose sizes are not those of the data, data that is not float64 or float32, more than 1 GB.

    Notes
    -----
    A run's numbers depend on the run, the data and the machine (numpy, its BLAS and the number of BLAS threads),
    not on the other runs, `stack` or `watch`. Memory is what `memory_of` says, at most 1 GB: all runs advance
    together, so each keeps its parameters, while the arrays of a step serve one stack after the other.

    Examples
    --------
    >>> import numpy as np
    >>> from bnsim.engine.networks.structure import Mlp, Norm
    >>> rng = np.random.default_rng(0)
    >>> x, labels = rng.standard_normal((40, 3)), np.arange(40) % 2
    >>> run = Run(net=Mlp(sizes=(3, 4, 2), norm=Norm.BATCH), steps=20, batch=10)
    >>> [record.step for record in train([run], Split.shuffled(x, labels, 30, rng))]
    [0, 10, 20]
    """
    watch = Watch() if watch is None else watch
    _check(runs, data, stack)
    scratch = Scratch()
    stacks = [Stack(runs, members, data, watch, scratch) for members in _stacks(runs, stack)]
    ticks = zip_longest(*(train_stack(one) for one in stacks), fillvalue=())
    return (record for tick in ticks for record in sorted(chain(*tick), key=lambda record: record.run))


def memory_of(runs: Sequence[Run], data: Split, *, stack: int = STACK) -> int:
    """Return how many bytes `train` may need beside its data and its records.

    For every run its parameters three times, and once more each for momentum, decay and micro-batches; for the largest
    stack eight numbers per unit for the examples of a batch, and of the 256 and the test set, read in eval mode.
    """
    item = data.x.dtype.itemsize
    kept = sum(run.net.numbers * (3 + (run.momentum > 0) + (run.decay > 0) + (run.micro > 0)) for run in runs)
    examples = max(CHUNK, len(data.test_x))
    in_a_step = max(sum(run.net.sizes) * 8 * (run.batch + run.precise_size + examples) for run in runs)
    return item * (kept + in_a_step * min(stack, len(runs)))


def _check(runs: Sequence[Run], data: Split, stack: int) -> None:
    if not 1 <= len(runs) <= MOST_RUNS:
        raise InputError(f"runs must be from 1 to {MOST_RUNS}; got {len(runs)}.")
    if stack < 1:
        raise InputError(f"stack must be at least 1; got {stack}.")
    problems = [] if data.x.dtype.char in "fd" else [f"data must be float32 or float64; got {data.x.dtype}."]
    features, classes = data.x.shape[1], 1 + int(max(data.labels.max(), data.test_labels.max()))
    for number, run in enumerate(runs, start=1):
        if run.batch > len(data.x):
            problems.append(f"batch of run {number} must be at most the {len(data.x)} examples; got {run.batch}.")
        if problem := _last_of_epoch(run, len(data.x)):
            problems.append(f"ghost of run {number} {problem}")
        if run.net.sizes[0] != features or run.net.sizes[-1] < classes:
            problems.append(
                f"sizes of run {number} must start with {features} and end with {classes} or more; got {run.net.sizes}."
            )
    if (needed := memory_of(runs, data, stack=stack)) > MOST_BYTES:
        problems.append(f"training must need at most {MOST_BYTES} bytes at once; these {len(runs)} runs need {needed}.")
    if problems:
        raise InputError(*problems)


def _last_of_epoch(run: Run, examples: int) -> str | None:
    """Return why ghost batches do not fit into a short last batch; None if they do, or there is none."""
    short = examples % run.batch
    if run.net.norm is not Norm.GHOST or run.leftover is Leftover.WAIT or short % run.net.ghost == 0:
        return None
    return (
        f"must divide the {short} examples of the last batch of an epoch; got {run.net.ghost}. "
        "Let them wait, or take the norm batch with micro."
    )


def _stacks(runs: Sequence[Run], size: int) -> list[list[int]]:
    """Return which runs go together, at most `size` in a stack."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for index, run in enumerate(runs):
        alike.setdefault(run.stack_key, []).append(index)
    return [members[at : at + size] for members in alike.values() for at in range(0, len(members), size)]


def steps_to(records: Sequence[Record], run: int, level: float) -> int | None:
    """Return after how many steps the training accuracy of a run was first `level` or more; None if never."""
    reached = (
        record.step
        for record in records
        if record.run == run and record.train_accuracy is not None and record.train_accuracy >= level
    )
    return next(reached, None)

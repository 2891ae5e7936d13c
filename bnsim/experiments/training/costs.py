"""What a run costs in time and memory."""

from bnsim.engine.networks.settings import Run
from bnsim.engine.networks.structure import Mlp, Norm

NUMBER_BYTES = 4  # float32
EVALUATED = 600  # examples for which the arrays of an evaluation are kept


def seconds_of(run: Run, examples: int, tested: int, records: int, *, precise: bool) -> float:
    """Return about how many seconds one seed takes on one core, in a stack of three.

    Parameters
    ----------
    run : Run
    examples, tested : int
        Training and test examples, all of which are read at each of the `records`.
    precise : bool
        Whether each record has PreciseBN as well.

    Notes
    -----
    Fitted to times of networks of 1 to 60 layers and batches of 1 to 1347 on one core at 2.5 GHz: right to a
    factor of about 1.5.
    """
    net = run.net
    weights, units = _weights(net), sum(net.sizes[1:])
    random = 20e-9 * (net.norm is Norm.NOISY) + 5e-9 * (net.dropout > 0)
    step = 14e-6 * net.depth + 2e-9 * weights + run.batch * (0.08e-9 * weights + (4e-9 + random) * units)
    read = 0.027e-9 * weights + 2.2e-9 * units
    pooled = 1.3 * (run.precise_batches * min(run.precise_size, examples) + tested) if precise else 0
    return run.steps * step + records * (20e-6 * net.depth + (examples + tested + pooled) * read)


def bytes_of(run: Run, seeds: int) -> int:
    """Return about how much memory the runs of some seeds need at once: parameters, and the arrays of a step."""
    kept = _weights(run.net) * (3 + (run.momentum > 0) + (run.decay > 0))
    return int(NUMBER_BYTES * seeds * (kept + 3.5 * sum(run.net.sizes[1:]) * (run.batch + EVALUATED)))


def _weights(net: Mlp) -> int:
    return sum(wide * out for wide, out in zip(net.sizes, net.sizes[1:], strict=False))

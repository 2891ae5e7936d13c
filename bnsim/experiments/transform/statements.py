"""Which sentences hold of a transformed batch, and the numbers in them; the words are in `text.toml`."""

import math
from collections.abc import Iterator
from operator import mul

from bnsim.experiment import Answer, Note, Stated, answer, note, stated
from bnsim.experiments.transform.model import Outcome, divisor
from bnsim.text import in_formula

UNIT = 2.0**-53
"""What one rounding can be, relative to the number."""


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield the six classics, the batch's own moments, and identity recovery."""
    p, normalized, output = o.params, o.stages["normalized"], o.stages["output"]
    lost = 2 * UNIT * (abs(p.x) + abs(o.mean)) / o.root  # what rounding can take of x - mean
    yield stated("x_hat", o.x_hat, error=lost, **in_formula(x_hat_of, x=p.x, mean=o.mean, std=o.std, eps=p.eps))
    yield stated(
        "y",
        o.y,
        error=abs(p.gamma) * lost + 2 * UNIT * abs(p.beta),
        **in_formula(y_of, gamma=p.gamma, x_hat=o.x_hat, beta=p.beta),
    )
    yield exactly("normalized_mean", normalized.mean, 0.0)
    yield stated("normalized_std", normalized.std, **in_formula(std_of, std=o.std, eps=p.eps))
    yield exactly("output_mean", output.mean, p.beta)
    yield stated("output_std", output.std, **in_formula(mul, gamma=abs(p.gamma), normalized=normalized.std))
    yield of_the_batch(o, "batch_mean", o.mean, p.mean, o.errors[0])
    yield of_the_batch(o, "batch_std", o.std, p.std, o.errors[1])
    yield stated("identity_gamma", o.root, **in_formula(divisor, std=o.std, eps=p.eps))
    yield stated("identity_beta", o.mean)
    yield stated("identity_error", o.identity_error, error=4 * UNIT * o.largest_sum)


def x_hat_of(x: float, mean: float, std: float, eps: float) -> float:
    """Return the normalized x."""
    return (x - mean) / divisor(std, eps)


def y_of(gamma: float, x_hat: float, beta: float) -> float:
    """Return the scaled and shifted x_hat."""
    return gamma * x_hat + beta


def std_of(std: float, eps: float) -> float:
    """Return the standard deviation of a normalized batch."""
    return std / divisor(std, eps)


def exactly(key: str, value: float, exact: float) -> Stated:
    """Return a mean that algebra knows, and what float64 leaves of it."""
    if value == exact:
        return stated(key, value, "exact", exact=exact)
    return stated(key, value, "rounded", exact=exact, residue=value - exact)


def of_the_batch(o: Outcome, key: str, value: float, wanted: float, error: float) -> Stated:
    """Return the batch's mean or std, and what it is to be held against."""
    source = o.params.source
    if source == "sample":
        return stated(key, value, "sample", population=wanted, standard_error=error)
    if source == "exact" and not o.is_exact and key == "batch_std":
        return stated(key, value, "alone") if o.size == 1 else stated(key, value, "nearest", wanted=wanted)
    return stated(key, value, source)


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield what becomes of the batch, and of the tracked sample."""
    outside = o.params.x != o.mean
    if o.size == 1:
        yield answer("alone-probe" if outside else "alone")
    elif o.std == 0:
        yield answer("no-spread")
        if outside:
            yield answer("no-spread-probe")
    else:
        yield answer("batch")
        yield answer("sample")


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what a reader must know about this very batch."""
    p = o.params
    if o.size == 1:
        yield note("alone")
    if o.std == 0:
        if p.x != o.mean:
            yield note("no-spread", beta=p.beta, root=math.sqrt(p.eps), x_hat=o.x_hat)
        return
    yield note("member" if o.is_member else "probe", bound=o.bound)
    if p.source == "exact" and o.size > 1 and not o.is_exact:
        yield note("nearest")


def actions(o: Outcome) -> dict[str, dict[str, float]]:
    """Return what one click can set: x to a member, or the scale and shift that undo the normalization."""
    batch = o.stages["raw"].members
    return {
        "smallest": {"x": float(batch.min())},
        "largest": {"x": float(batch.max())},
        "undo": {"gamma": o.root, "beta": o.mean},
    }

"""Which sentences hold of batches of N, and the numbers in them; the words are in `text.toml`."""

import math
from collections.abc import Iterator
from operator import truediv

from bnsim.experiment import Answer, Note, Stated, answer, note, stated
from bnsim.experiments.batch_size.model import Outcome
from bnsim.experiments.batch_size.params import LARGEST_BATCH, MOST_VALUES
from bnsim.text import in_formula, to_error

SLOW = 500_000
"""From so many values on a reader is told that drawing them takes longer."""

KOLMOGOROV, FAIR = 1.358, 0.980
"""Times 1 / √R: what 5 % of the largest gaps exceed, to a continuous distribution, and to the share ½ of a coin."""


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield what was simulated, each number beside its theory, and then theory by itself."""
    yield from of_the_simulation(o)
    yield from of_theory(o)
    yield distance(o)
    yield stated(
        "doubling_gain",
        o.gain,
        n=o.params.batch_size,
        twice=2 * o.params.batch_size,
        **in_formula(truediv, one=o.compared["x_hat"].exact, two=o.exact_twice),
    )
    pair = o.pairs.usual
    yield stated("pair_gradient", pair.dx, theory=pair.closed_form, eps=o.params.eps)


def of_the_simulation(o: Outcome) -> Iterator[Stated]:
    """Yield what was simulated, each number beside its theory."""
    n, of = o.params.batch_size, o.compared
    yield simulated(o, "mean_noise", "mean", n=n, theory=of["mean"].exact)
    if n > 1:
        yield simulated(o, "var_noise", "var", "several", below=n - 1, theory=of["var"].exact)
    else:
        yield stated("var_noise", of["var"].simulated, "alone")
    x_hat, scale, gradient = of["x_hat"], of["scale"], of["gradient"]
    yield simulated(o, "x_hat_noise", "x_hat", theory=x_hat.exact, first_order=x_hat.closed_form)
    if n > 2:
        yield simulated(o, "scale_up", "scale", "several", theory=scale.exact, without=scale.closed_form)
    else:
        yield simulated(o, "scale_up", "scale", "few", theory=scale.exact)
    yield stated("largest_x_hat", o.largest, bound=o.bound)
    if n > 1:
        yield simulated(o, "gradient_share", "gradient", "several", theory=gradient.exact, without=gradient.closed_form)
    else:
        yield stated("gradient_share", gradient.simulated, "alone")


def simulated(o: Outcome, key: str, quantity: str, case: str = "", **numbers: float) -> Stated:
    """Return a simulated number, to two digits of its standard error: the others would be noise."""
    found = o.compared[quantity]
    value, uncertainty = found.simulated, found.standard_error
    return stated(key, to_error(value, uncertainty), case, uncertainty=uncertainty, repeats=found.repeats, **numbers)


def of_theory(o: Outcome) -> Iterator[Stated]:
    """Yield the closed forms, and the exact error of x_hat."""
    n, of = o.params.batch_size, o.compared
    yield stated("mean_noise_law", of["mean"].closed_form, n=n)
    yield of_some(o, 2, "var_noise_law", of["var"].closed_form, below=n - 1)
    yield stated("x_hat_noise_law", of["x_hat"].closed_form, n=n)
    yield stated("x_hat_noise_exact", of["x_hat"].exact)
    yield of_some(o, 3, "scale_up_law", of["scale"].closed_form, n=n)
    yield stated("x_hat_bound", o.bound, below=n - 1)
    yield of_some(o, 2, "gradient_share_law", of["gradient"].closed_form, n=n, below=n - 2)


def of_some(o: Outcome, least: int, key: str, value: float, **numbers: float) -> Stated:
    """Return a closed form that batches of at least so many values have; smaller ones have a case of their own."""
    return stated(key, value, "several", **numbers) if o.params.batch_size >= least else stated(key, value, "few")


def distance(o: Outcome) -> Stated:
    """Return how far the members are from their distribution; one or two values have no continuous one."""
    n, key, root = o.params.batch_size, "x_hat_distance", math.sqrt(o.params.repeats)
    if n == 1:
        return stated(key, o.distance, "alone")
    if n == 2:
        return stated(key, o.distance, "pair", usual=FAIR / root)
    return stated(key, o.distance, "several", usual=KOLMOGOROV / root)


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield what batches of this size cost."""
    few = {1: "alone", 2: "pair"}
    of_several = "digits" if o.params.source == "digits" else "several"
    yield answer(few.get(o.params.batch_size, of_several))


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what is special about this N, these values, this much work."""
    p = o.params
    if p.batch_size == 1:
        yield note("alone")
    if p.batch_size == 2:
        yield note("pair-left")
        yield note("pair-gradient", usual=o.pairs.usual.dx, median=o.pairs.median, rms=o.pairs.rms)
    if p.source == "digits":
        yield note("digits", unit=p.unit, kurtosis=o.kurtosis)
    if p.batch_size * p.repeats > SLOW:
        yield note("slow", values=p.batch_size * p.repeats)


def actions(o: Outcome) -> dict[str, dict[str, int]]:
    """Return what one click can set: the batch twice or half as large."""
    sizes = {"double": o.params.batch_size * 2, "halve": o.params.batch_size // 2}
    return {
        name: {"batch_size": size}
        for name, size in sizes.items()
        if 1 <= size <= LARGEST_BATCH and size * o.params.repeats <= MOST_VALUES
    }

"""The exact errors at other batch sizes, for a thumb that goes there."""

import math
from dataclasses import dataclass
from functools import lru_cache

from bnsim.engine.theory.batch_errors import exact_batch_errors
from bnsim.experiments.batch_size.params import BatchSizeParams
from bnsim.scenario.sweep import positions, spans

PLACES = 40
"""At so many batch sizes the exact numbers are made."""


@dataclass(frozen=True)
class Place:
    """The errors of x_hat in batches of one size, for the values nearest to it: from `low` up to `high`.

    `x_hat`: of the values that are drawn, `exact`: of normal ones; `gain`: the latter over that at twice the size.
    """

    control: str
    low: float
    high: float
    size: int
    x_hat: float
    exact: float
    gain: float


def sweep_of(p: BatchSizeParams, kurtosis: float) -> tuple[Place, ...]:
    """Return the errors of x_hat at places of the slider."""
    return places_at(p.batch_size, p.eps, kurtosis)


@lru_cache(maxsize=32)  # the same whatever is drawn
def places_at(present: int, eps: float, kurtosis: float) -> tuple[Place, ...]:
    """Return the errors where the slider stands at `present`, in batches of values of such a kurtosis."""
    sizes = positions(BatchSizeParams.controls()["batch_size"], present, PLACES)
    places = []
    for size, (low, high) in zip(map(int, sizes), spans(sizes), strict=True):
        exact, twice = (exact_batch_errors(count, eps).x_hat for count in (size, 2 * size))
        x_hat = exact if size == 1 else exact * of_kurtosis(kurtosis)
        places.append(Place("batch_size", low, high, size, x_hat, exact, exact / twice))
    return tuple(places)


def of_kurtosis(kurtosis: float) -> float:
    """Return the error of x_hat over that of normal values, to the first order in 1 / N: 1 for a kurtosis of 3.

    By the delta method x_hat is off by the mean and by x (s^2 - 1) / 2, whose variances are 1 / N and
    (kurtosis - 1) / 4 / N.
    """
    return math.sqrt((1 + (kurtosis - 1) / 4) / 1.5)

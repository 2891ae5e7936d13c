"""The modes in which the tracked input is normalized, and what comes out."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """With which statistics the tracked input is normalized."""

    EVAL = "eval mode"
    POPULATION = "population"
    FROZEN = "frozen"
    PRECISE = "precise"
    ALONE = "alone"
    TRAINING = "training mode"


@dataclass(frozen=True)
class Output:
    """The output y of the tracked input, and the mean and variance that it was made with; NaN where there is none.

    `spread`: standard deviation of y over companions. `rounding`: what rounding can have taken of y. `slope`: by how
    much y grows with x.
    """

    mean: float
    var: float
    y: float
    spread: float = 0.0
    rounding: float = 0.0
    slope: float = 0.0

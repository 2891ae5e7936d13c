"""What a class answered: how often what in each vote, who changed to what, and how many are right."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from bnsim.classroom.bounds import FEW
from bnsim.classroom.words import say
from bnsim.learn.lesson import UNSURE, Answer, Kind, Step, Truth, judge
from bnsim.text import short

BINS = 10
"""Bars of a histogram of numbers."""

RIGHT, WRONG, NOT_KNOWN = "right", "wrong", "unsure"


@dataclass(frozen=True)
class Option:
    """What answers are counted under: a choice, a range of numbers, or "I don't know", which comes last.

    Attributes
    ----------
    label : str
        For people.
    low, high : float, optional
        The range; None where it is none. A number on the border of two belongs to the upper one.
    """

    label: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Votes:
    """One vote.

    Attributes
    ----------
    count : int
        How many answered.
    counts : tuple of int
        How many under each option.
    numbers : tuple of float
        What was answered to a number or a point, in order of size.
    right : int or None
        How many are right; None as long as that is not known.
    """

    count: int
    counts: tuple[int, ...]
    numbers: tuple[float, ...] = ()
    right: int | None = None


@dataclass(frozen=True)
class Tally:
    """Both votes on one question.

    Attributes
    ----------
    options : tuple of Option
        What answers are counted under.
    first, second : Votes or None
        None where it is not shown: a projector shows nothing of fewer than five answers.
    flow : tuple of (first, second, count)
        How many answered one option first and another then, by the places of the options, of those who did both.
    turned : mapping of (first, second) to int
        The same by how it went: "right", "wrong" or "unsure"; empty as long as that is not known.
    """

    options: tuple[Option, ...]
    first: Votes | None
    second: Votes | None
    flow: tuple[tuple[int, int, int], ...] = ()
    turned: Mapping[tuple[str, str], int] | None = None


def tally(step: Step, first: Mapping[int, Answer], second: Mapping[int, Answer], truth: Truth | None = None) -> Tally:
    """Count what a class answered to a step.

    Parameters
    ----------
    step : Step
        The question.
    first, second : mapping of int to Answer
        Answers by seat.
    truth : Truth, optional
        What is true; without it nothing is counted as right.
    """
    options = options_of(step)
    both = [seat for seat in first if seat in second]
    flow = Counter((place_of(step, options, first[seat]), place_of(step, options, second[seat])) for seat in both)
    turned = None
    if truth is not None:
        turned = Counter((_went(step, first[seat], truth), _went(step, second[seat], truth)) for seat in both)
    ways = tuple((one, other, count) for (one, other), count in sorted(flow.items()))
    return Tally(options, _votes(step, options, first, truth), _votes(step, options, second, truth), ways, turned)


def for_projector(found: Tally) -> Tally:
    """Return what everybody may see of a tally: no vote of fewer than five, and not who changed to what."""
    first, second = (each if each and each.count >= FEW else None for each in (found.first, found.second))
    return replace(found, first=first, second=second, flow=(), turned=None)


def options_of(step: Step) -> tuple[Option, ...]:
    """Return what answers to a step are counted under."""
    if step.kind is Kind.CHOICE:
        named = [Option(choice.text) for choice in step.choices]
    else:
        edges = _edges(step)
        named = [_range(low, high) for low, high in pairwise(edges)]
    return (*named, Option(say("answer.unsure")))


def place_of(step: Step, options: tuple[Option, ...], answer: Answer) -> int:
    """Return the place of the option that an answer is counted under."""
    if answer == UNSURE:
        return len(options) - 1
    if answer.choice is not None:
        return answer.choice
    inner = [option.low for option in options[1:-1] if option.low is not None]
    return bisect_right(inner, answer.number or 0.0)


def _votes(step: Step, options: tuple[Option, ...], given: Mapping[int, Answer], truth: Truth | None) -> Votes:
    counts = Counter(place_of(step, options, answer) for answer in given.values())
    numbers = sorted(answer.number for answer in given.values() if answer.number is not None)
    right = None if truth is None else sum(_went(step, answer, truth) == RIGHT for answer in given.values())
    return Votes(len(given), tuple(counts[place] for place in range(len(options))), tuple(numbers), right)


def _went(step: Step, answer: Answer, truth: Truth) -> str:
    return {True: RIGHT, False: WRONG, None: NOT_KNOWN}[judge(step, answer, truth).right]


def _edges(step: Step) -> list[float]:
    """Return the borders of the bars, equally far apart; by powers of ten where an answer may be off by a factor."""
    low, high = step.bounds
    if step.close_factor is not None and low > 0:
        logs = [math.log10(low) + (math.log10(high) - math.log10(low)) * at / BINS for at in range(1, BINS)]
        return [low, *(10.0**log for log in logs), high]
    # Each end by its share, not the length by it: high - low may be beyond the largest double.
    return [low, *(low * (1 - at / BINS) + high * (at / BINS) for at in range(1, BINS)), high]


def _range(low: float, high: float) -> Option:
    return Option(say("answer.between", low=short(low), high=short(high)), low, high)

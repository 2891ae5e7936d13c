"""A slow experiment for tests: it counts, as slowly as it is told to, and somebody may hold it up."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import altair as alt
import pandas as pd
from pydantic import Field

from bnsim.charts.template import Figure, Template, freeze
from bnsim.experiment import Experiment, Overlay, Readout
from bnsim.scenario.params import Control, Params
from bnsim.text import Words
from bnsim.work import Found, Work

GATE = threading.Event()
"""Nothing goes on past the first step of a part while it is cleared."""
GATE.set()

STARTED: list[int] = []
"""The seeds of the parts that were begun, in order."""


class ToyParams(Params):
    """How far to count, in how many parts."""

    steps: Annotated[int, Field(ge=1, le=1000), Control("Steps", slider=(1, 100, 1), help="How far to count.")] = 4
    parts: Annotated[int, Field(ge=1, le=20), Control("Parts", slider=(1, 20, 1), help="How many count.")] = 2
    faulty: Annotated[int, Field(ge=0, le=1), Control("Faulty", slider=(0, 1, 1), help="1 fails half-way.")] = 0
    cost: Annotated[
        float, Field(ge=0, le=1e4), Control("Cost", slider=(0, 100, 0.01), help="What it claims to take.")
    ] = 0.01
    seed: Annotated[int, Field(ge=0, le=1000), Control("Seed", help="Where it begins.")] = 0


@dataclass(frozen=True)
class Part:
    """One that counts from a seed."""

    seed: int
    steps: int
    cost: float
    faulty: bool


@dataclass(frozen=True)
class Outcome:
    """How far each has come; None has not begun."""

    params: ToyParams
    counts: tuple[int | None, ...]


def parts(p: ToyParams) -> tuple[Part, ...]:
    return tuple(Part(1000 * p.seed + place, p.steps, p.cost, bool(p.faulty)) for place in range(p.parts))


def do(part: Part) -> Iterator[Found]:
    STARTED.append(part.seed)
    for step in range(1, part.steps + 1):
        yield Found(step / part.steps, part.seed + step)
        GATE.wait(10)
        if part.faulty and 2 * step >= part.steps:
            raise ZeroDivisionError


def join(p: ToyParams, values: Sequence[Any]) -> Outcome:
    return Outcome(p, tuple(values))


def readouts(o: Outcome) -> tuple[Readout, ...]:
    begun = [count for count in o.counts if count is not None]
    return (Readout("x", float(sum(begun)) if begun else float("nan"), f"{len(begun)} have begun"),)


def counts(o: Outcome) -> pd.DataFrame:
    rows = [(place, float(count)) for place, count in enumerate(o.counts) if count is not None]
    frame = pd.DataFrame(rows, columns=["place", "count"])
    return frame.astype({"place": "int64", "count": "float64"}).assign(series="all")


@cache
def template() -> Template:
    chart = alt.Chart(alt.NamedData("counts")).mark_bar().encode(x="place:Q", y="count:Q")
    return Template(freeze(chart), {"counts": ("place", "count")})


def figures(tables: Mapping[str, pd.DataFrame]) -> tuple[Figure, ...]:
    frame = tables["counts"][["place", "count"]]
    return (Figure("counts", "Counts", "Bars.", "A bar chart.", "Bars.", template(), {"counts": frame}),)


def notes(o: Outcome) -> tuple[str, ...]:
    return (f"{sum(count is not None for count in o.counts)} of {len(o.counts)} have begun.",)


WORK = Work(parts, do, join, lambda part: part.cost)

WORDS = Words({"readout": {"x": {"symbol": "x", "label": "Counted", "meaning": "How far all have come."}}}, "slow_toy")

EXPERIMENT = Experiment.slow(
    WORK, words=WORDS, slug="toy", title="Toy", question="How far?", order=1000, params=ToyParams, readouts=readouts,
    tables={"counts": counts}, figures=figures, notes=notes, headline=("x",), look_for="Bars that grow.",
    shown_tables=("counts",), overlay=Overlay("counts", "series", "place", "count", "place", "count", {"all": "all"}),
)  # fmt: skip

"""A slow experiment for tests: it counts, as slowly as it is told to, and somebody may hold it up."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import altair as alt
import pandas as pd
from pydantic import Field

from bnsim.charts.template import Template, freeze
from bnsim.experiment import Experiment, Note, Overlay, Picture, Stated, note, picture, stated
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


def readouts(o: Outcome) -> Iterator[Stated]:
    begun = [count for count in o.counts if count is not None]
    yield stated("x", float(sum(begun)) if begun else float("nan"), begun=len(begun))


def counts(o: Outcome) -> pd.DataFrame:
    rows = [(place, float(count)) for place, count in enumerate(o.counts) if count is not None]
    frame = pd.DataFrame(rows, columns=["place", "count"])
    return frame.astype({"place": "int64", "count": "float64"}).assign(series="all")


@cache
def template() -> Template:
    chart = alt.Chart(alt.NamedData("counts")).mark_bar().encode(x="place:Q", y="count:Q")
    return Template(freeze(chart), {"counts": ("place", "count")})


def figures(tables: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    yield picture("counts", template(), {"counts": tables["counts"][["place", "count"]]})


def notes(o: Outcome) -> Iterator[Note]:
    yield note("begun", begun=sum(count is not None for count in o.counts), parts=len(o.counts))


WORK = Work(parts, do, join, lambda part: part.cost)

WORDS = Words(
    {
        "title": "Toy",
        "question": "How far?",
        "look_for": "Bars that grow.",
        "readout": {
            "x": {
                "symbol": "x",
                "label": "Counted",
                "meaning": "How far all have come.",
                "statement": "{begun} have begun",
            }
        },
        "note": {"begun": "{begun} of {parts} have begun."},
        "figure": {
            "counts": {"title": "Counts", "caption": "Bars.", "alt": "A bar chart.", "description": "Bars."},
        },
        "overlay": {"x": "place", "y": "count", "series": {"all": "all"}},
    },
    "slow_toy",
)

EXPERIMENT = Experiment.worded(
    WORDS,
    Overlay("counts", "series", "place", "count"),
    work=WORK,
    slug="toy",
    order=1000,
    params=ToyParams,
    readouts=readouts,
    tables={"counts": counts},
    figures=figures,
    notes=notes,
    headline=("x",),
    shown_tables=("counts",),
)

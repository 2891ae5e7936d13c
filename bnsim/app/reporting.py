"""A report of what is compared: asked for by a button, made in the queue, its pictures drawn in another process."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice

import streamlit as st

from bnsim.app import waiting
from bnsim.app.coding import address_of_the_app
from bnsim.compare import Comparison
from bnsim.data.apart import apart
from bnsim.errors import InputError
from bnsim.exports.drawing import can_draw, drawn_at_once
from bnsim.exports.html import Report, html_report
from bnsim.exports.pictures import names_of, spec_of
from bnsim.scenario.scenario import ScenarioSet
from bnsim.text import words_of
from bnsim.work import Found, Work
from bnsim.work.queue import Wanted, queue_of

WORDS = words_of("bnsim.exports.html")
TOGETHER = 10
"""So many pictures are drawn by one process: it takes half a second to begin, and a tenth for each."""

EACH, BEGINNING = 0.15, 0.8
"""Seconds that a picture takes, with what goes into it, and a process before its first one."""


@dataclass(frozen=True)
class Asked:
    """What a report is of: two who ask for the same get the same."""

    scenarios: ScenarioSet
    compared: tuple[str, ...]
    name: str
    base: str
    made: date


@dataclass(frozen=True)
class Made:
    """A finished report, packed: the store of results weighs it by that."""

    packed: bytes
    parts: int = 1

    @property
    def page(self) -> bytes:
        """The HTML."""
        return gzip.decompress(self.packed)

    def made(self) -> object:
        """Return all that has been made."""
        return self.packed

    def everything(self) -> object:
        """Return all of it: nothing is made later."""
        return self.packed

    def at_sight(self) -> None:
        """Make nothing: all is there."""

    def complete(self) -> None:
        """Reckon nothing: all is there."""

    def slim(self) -> None:
        """Forget nothing: all of it is needed."""


def offer(scenarios: ScenarioSet, comparison: Comparison, sets: Mapping[str, ScenarioSet]) -> None:
    """Draw the button that has a report made, how far it is, or the one that saves it."""
    run = wanted(scenarios, comparison, sets)
    seconds = waiting.interval([run])
    st.fragment(panel, run_every=seconds)(run, seconds)


def wanted(scenarios: ScenarioSet, comparison: Comparison, sets: Mapping[str, ScenarioSet]) -> Wanted:
    """Return a report as the queue knows it."""
    name = next((name for name, known in sets.items() if known == scenarios), "")
    asked = Asked(scenarios, comparison.names, name, address_of_the_app(), date.today())
    work = Work(partial(parts, comparison), partial(draw, comparison), joined, seconds_of)
    return Wanted("report", asked, work, partial(finished, comparison, asked), is_short=True)


def parts(comparison: Comparison, _: Asked) -> tuple[tuple[str, ...], ...]:
    """Return the names of the pictures, as many together as one process draws."""
    names = iter(names_of(comparison) if can_draw() else ())
    found = tuple(iter(lambda: tuple(islice(names, TOGETHER)), ()))
    return found or ((),)


def seconds_of(part: Sequence[str]) -> float:
    """Return about how long pictures take."""
    return BEGINNING + EACH * len(part)


def draw(comparison: Comparison, part: Sequence[str]) -> Iterator[Found]:
    """Draw pictures in a process of their own; what cannot be drawn is left out."""
    specs = {}
    for at, name in enumerate(part, 1):
        specs[name] = spec_of(comparison, name)
        yield Found(0.5 * at / len(part), {})
    try:
        yield Found(1.0, apart(drawn_at_once, specs) if specs else {})
    except InputError:
        yield Found(1.0, {})


def joined(_: Asked, found: Sequence[dict[str, str] | None]) -> dict[str, str]:
    """Return the pictures that there are."""
    return {name: svg for part in found for name, svg in (part or {}).items()}


def finished(comparison: Comparison, asked: Asked, drawn: Mapping[str, str]) -> Made:
    """Return the report with its pictures."""
    page = html_report(Report(asked.scenarios, comparison, asked.made, asked.base, drawn, asked.name))
    return Made(gzip.compress(page.encode()))


def panel(run: Wanted, seconds: float | None) -> None:
    """Draw the state of a report; the page is drawn anew when the work begins or ends."""
    if (waiting.interval([run]) is None) != (seconds is None):
        st.rerun(scope="app")
    left, right, _ = st.columns([1, 1, 2], vertical_alignment="center")
    found, seen = queue_of([run]).find(run), waiting.glance([run])
    if found is not None:
        # A press must not draw the page anew: that would take away the file it asks for.
        name, page = f"{run.params.scenarios.experiment}-report.html", found.page
        left.download_button(WORDS["label.save"], page, name, "text/html", on_click="ignore", width="stretch")
    elif seen is not None and (seen.running or seen.waiting):
        left.button(WORDS["label.stop"], key="report.stop", on_click=waiting.stop, args=([run],), width="stretch")
        right.progress(seen.done, text=waiting.how_far(seen))
    else:
        left.button(WORDS["label.make"], key="report.make", on_click=waiting.ask, args=([run],), width="stretch")

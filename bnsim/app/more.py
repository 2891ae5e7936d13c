"""What a page keeps closed until somebody asks for it; what is closed is neither computed nor sent."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app import coding, panels, parts, presenter, text
from bnsim.app.lessons.ways import ways_to_lessons
from bnsim.app.pictures import draw_others
from bnsim.app.preparing import asking, files
from bnsim.app.state import PageState
from bnsim.app.varying import asked
from bnsim.app.varying.showing import draw as varying
from bnsim.exports.code import has_code

PICTURES, NUMBERS, TABLES = "More pictures", "All numbers", "Tables"
VARY = asked.TITLE
EXPLAIN, CODE, KEEP = "Explain", "The same in code", "Save and share"


@dataclass(frozen=True)
class Places:
    """Where the open parts are that follow every release of a slider; None for what is closed.

    `pictures` are those of slow work, which grow while it goes on; those of quick work are drawn with the page.
    """

    numbers: DeltaGenerator | None = None
    table: DeltaGenerator | None = None
    explanation: DeltaGenerator | None = None
    link: DeltaGenerator | None = None
    pictures: DeltaGenerator | None = None
    code: DeltaGenerator | None = None


def opened(state: PageState, title: str) -> DeltaGenerator | None:
    """Draw a part of an experiment's page that can be opened, and return its place if it is."""
    return parts.opened(title, f"{state.experiment.slug}.more.{title}")


def shows_pictures(state: PageState) -> bool:
    """Return whether the further pictures are open."""
    return parts.is_open(f"{state.experiment.slug}.more.{PICTURES}") and not presenter.is_on()


def draw(state: PageState) -> Places:
    """Draw the parts that are closed until asked for, and return where those go that follow the controls."""
    if presenter.is_on():
        return Places()
    pictures = opened(state, PICTURES) if len(state.experiment.words.names("figure")) > 1 else None
    if pictures is not None and state.experiment.work is None:
        with pictures:
            draw_others(state.result.figures[1:], state.experiment.slug, state.epoch)
    numbers = inside(opened(state, NUMBERS), state, all_numbers)
    table = inside(opened(state, TABLES), state, panels.tables)
    vary = opened(state, VARY)
    if vary is not None:
        with vary:
            varying(state)
    explanation = inside(opened(state, EXPLAIN), state, explain)
    code = inside(opened(state, CODE), state, coding.choose) if has_code(state.experiment) else None
    link = inside(opened(state, KEEP), state, keep)
    return Places(numbers, table, explanation, link, pictures, code)


def inside(
    part: DeltaGenerator | None, state: PageState, make: Callable[[PageState], DeltaGenerator]
) -> DeltaGenerator | None:
    """Make what an open part holds and return the place in it that follows the controls; nothing of a closed one."""
    if part is None:
        return None
    with part:
        return make(state)


def all_numbers(state: PageState) -> DeltaGenerator:
    """Return the place of all numbers, above their download."""
    place, slug = st.empty(), state.experiment.slug
    # A press must not draw the page anew: that would take away what it asks for, or the answer on its way.
    make = partial(panels.numbers_csv, state)
    st.download_button("Download all numbers as CSV", make, f"{slug}-numbers.csv", "text/csv", on_click="ignore")
    return place


def explain(state: PageState) -> DeltaGenerator:
    """Say what to look for; return the place for what holds of this very setting."""
    text.caption("What to look for", state.experiment.look_for)
    scenarios = panels.chosen_set(state)
    if scenarios is not None:
        text.caption(text.plain(scenarios.title), text.plain(f"{scenarios.question} {scenarios.look_for}"))
    ways_to_lessons(state.experiment.slug)
    return st.empty()


def keep(state: PageState) -> DeltaGenerator:
    """Draw what saves and what shares; return the place of the link."""
    panels.keep(state)
    asking.button(state.experiment.slug, partial(asking.prepare_page, state), arriving=state.linked == 0)
    files.upload(state.experiment.slug)
    return panels.share(state)


def fill(places: Places, state: PageState) -> None:
    """Draw the open parts that follow the controls, but the link, which follows them sooner where work is slow."""
    if places.code is not None:
        coding.draw(places.code, state)
    result = state.result
    if places.numbers is not None:
        text.all_numbers(places.numbers, result.readout_list)
    if places.table is not None:
        panels.table(places.table, state)
    if places.explanation is not None:
        text.sentences(places.explanation, result.notes)


def fill_link(places: Places, state: PageState) -> None:
    """Draw the link of what is set now, if the part is open that shows it."""
    if places.link is not None:
        with places.link.container():
            panels.link_of(state)


def growing_pictures(state: PageState) -> None:
    """Draw the further pictures of slow work, as far as they have come."""
    draw_others(state.result.figures[1:], state.experiment.slug, state.epoch)

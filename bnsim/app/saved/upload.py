"""Scenarios from a file: first what is in it and what would become of it, then, if somebody says so, the change."""

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from bnsim.app import text
from bnsim.app.saved.scenarios import WORDS, add, called, say
from bnsim.app.state import saved
from bnsim.data.apart import apart
from bnsim.errors import InputError
from bnsim.experiments import find, params_of
from bnsim.scenario import toml
from bnsim.scenario.scenario import ScenarioSet
from bnsim.scenario.wording import counted

LARGEST = -(-toml.LARGEST_FILE // 1_000_000)
"""Megabytes that a file may have."""

LARGE_SET = 12_000
"""Bytes up to which a file is read here: to refuse one takes a microsecond for each at most, whatever is in it."""

BROUGHT = "saving.brought"
MOST_OF_A_NAME, MOST_TITLES = 60, 10


@dataclass(frozen=True)
class Brought:
    """What an uploaded file holds: its name, its scenarios, and what is to be said of how it was read."""

    file: str
    scenarios: ScenarioSet
    said: tuple[str, ...]


def read_scenarios(content: str | bytes, name: str) -> tuple[ScenarioSet, list[str]]:
    """Return the scenarios of a file, and what is to be said of how it was read.

    Raises
    ------
    ScenarioError
        If it cannot be read.
    """
    said: list[str] = []
    return toml.read(content, params_of, where=name, say=said.append), said


def look_into() -> None:
    """Read an uploaded file; every problem of it is said, and nothing is changed."""
    st.session_state.pop(BROUGHT, None)
    file = st.session_state.get("saving.file")
    if file is None:
        return
    given = (file.getvalue(), file.name[:MOST_OF_A_NAME])
    try:
        is_large = LARGE_SET < len(given[0]) <= toml.LARGEST_FILE
        found, said = apart(read_scenarios, *given) if is_large else read_scenarios(*given)
    except InputError as error:
        say(*error.problems)
        return
    say()
    st.session_state[BROUGHT] = Brought(given[1], found, tuple(said))


def take(*, instead: bool) -> None:
    """Add what the file held to the visitor's own scenarios, or put it in their place."""
    brought: Brought | None = st.session_state.pop(BROUGHT, None)
    if brought is not None:
        add(brought.scenarios, instead=instead)


def leave() -> None:
    """Take nothing of the file."""
    st.session_state.pop(BROUGHT, None)


def upload() -> None:
    """Draw the field for a file, and what is in it until somebody has decided."""
    st.file_uploader(WORDS["label.upload"], "toml", key="saving.file", on_change=look_into, max_upload_size=LARGEST)
    brought: Brought | None = st.session_state.get(BROUGHT)
    if brought is None:
        return
    slug = brought.scenarios.experiment
    mine = saved(slug)
    text.sentences(st.empty(), preview(brought))
    with st.container(horizontal=True, gap="small"):
        st.button(WORDS["label.preview_merge"], on_click=take, kwargs={"instead": False})
        if mine:
            st.button(WORDS["label.preview_replace"], on_click=take, kwargs={"instead": True})
        st.button(WORDS["label.preview_leave"], on_click=leave)


def preview(brought: Brought) -> list[str]:
    """Return in sentences what a file holds, and what taking it would do."""
    scenarios = brought.scenarios
    mine = saved(scenarios.experiment)
    there = [each for each in scenarios.scenarios if mine.get(each.name) == each]
    taken = [each for each in scenarios.scenarios if each.name in mine and mine[each.name] != each]
    new = [each for each in scenarios.scenarios if each.name not in mine]
    many = counted(len(scenarios.names), "scenario", "scenarios")
    title = find(scenarios.experiment).title
    found = [WORDS.say("label.preview", file=brought.file, many=many, experiment=title), *brought.said]
    for key, some in (("preview_new", new), ("preview_taken", taken), ("preview_there", there)):
        if some:
            found.append(WORDS.say(f"label.{key}", titles=listed(called(each) for each in some)))
    lost = [name for name in mine if mine[name] not in scenarios.scenarios]
    if lost:
        found.append(WORDS.say("label.preview_lost", many=counted(len(lost), "of yours", "of yours")))
    return found


def listed(titles: Iterable[str]) -> str:
    """Return titles in quotation marks, the first ten and how many more there are."""
    every = [f"“{title}”" for title in titles]
    more = [f"and {len(every) - MOST_TITLES} more"] if len(every) > MOST_TITLES else []
    return ", ".join([*every[:MOST_TITLES], *more])

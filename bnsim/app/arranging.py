"""What is arranged of a comparison: columns, second reference, order, what is left out; kept in the link of a set."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from bnsim.app import parts, saving, text
from bnsim.compare import Comparison, told_apart
from bnsim.compare.measures import MEASURES
from bnsim.compare.tables import shown_readouts
from bnsim.compare.view import LONGEST_FIND, MOST_PINNED, SORTS, View, arranged, moved, sorted_by
from bnsim.experiments import find
from bnsim.scenario.scenario import ScenarioSet
from bnsim.text import words_of

WORDS = words_of("bnsim.compare")
LISTED = ("columns", "pinned", "hidden")
"""Controls of which several things are chosen."""

ASKED, VIEW, OWNER = "compare.asked_view", "compare.view", "compare.viewed"
"""Where the session keeps what a link asks for, how the set is shown, and which set that is."""


def view_of(scenarios: ScenarioSet, chosen: str) -> View:
    """Return how a set is shown: as the link says on arrival, then as it was arranged; another set begins anew.

    What the link asks for in vain is said. Only the choice of columns goes from set to set.
    """
    readouts, owner = find(scenarios.experiment).terms, (scenarios.experiment, chosen)
    asked = st.session_state.pop(ASKED, None)
    known: View = st.session_state.get(VIEW, View())
    if asked is not None:
        view, told = View.read(asked, scenarios.names, readouts)
        text.sentences(st.empty(), told)
    elif st.session_state.get(OWNER) == owner:
        view = known.within(scenarios.names, readouts)
    else:
        view = View(columns=known.columns)
    st.session_state[OWNER], st.session_state[VIEW] = owner, view
    return view


def ask(query: Mapping[str, str]) -> None:
    """Keep what a link asks for until the set is known."""
    st.session_state[ASKED] = dict(query)


def arrange(comparison: Comparison, view: View) -> None:
    """Draw the part in which a comparison is arranged; nothing of it is made before it is opened."""
    place = parts.opened(WORDS["label.arrange"], "compare.arrange")
    if place is None or len(comparison.names) < 2:
        return
    titles = told_apart(comparison.titles)
    with place:
        columns_and_order(comparison, view, titles)
        which(comparison, view, titles)
        by_hand(comparison, view, titles)


def columns_and_order(comparison: Comparison, view: View, titles: Mapping[str, str]) -> None:
    """Draw the choice of columns, of the second reference, and of the order."""
    left, middle, right = st.columns(3)
    labels = {name: WORDS[f"label.column.{name}"] for name in MEASURES}
    with left:
        key = keyed("columns", list(view.columns))
        st.segmented_control(
            WORDS["label.columns"], list(MEASURES), selection_mode="multi", format_func=labels.__getitem__, key=key,
            on_change=partial(take, "columns"), persist_state="page",
        )  # fmt: skip
    second = {"": WORDS["label.no_second"], **{name: titles[name] for name in comparison.names[1:]}}
    with middle:
        select("second", second, view.second if view.second in second else "")
    with right:
        select("sort", orders(comparison), view.sort)


def orders(comparison: Comparison) -> dict[str, str]:
    """Return every order by its name, and what it is called."""
    found = {"": WORDS["label.order.own"], **{name: WORDS[f"label.order.{name}"] for name in SORTS}}
    better = find(comparison.experiment).better
    for key in shown_readouts(comparison, every=True):
        ways = {"lower": "smallest", "higher": "largest"}
        readout = comparison.readouts[comparison.baseline][key].term.label
        found[key] = WORDS.say(f"label.order.{ways.get(better.get(key, ''), 'largest')}", readout=readout)
    return found


def which(comparison: Comparison, view: View, titles: Mapping[str, str]) -> None:
    """Draw the search by name, and the choice of what is pinned and what is hidden."""
    left, middle, right = st.columns(3)
    others = list(comparison.names[1:])
    left.text_input(
        WORDS["label.find"], key=keyed("find", view.find), on_change=partial(take, "find"), max_chars=LONGEST_FIND,
        placeholder=WORDS["label.find_hint"], persist_state="page",
    )  # fmt: skip
    for place, part, most in ((middle, "pinned", MOST_PINNED), (right, "hidden", None)):
        chosen = [name for name in getattr(view, part) if name in others]
        place.multiselect(
            WORDS[f"label.{part}"], others, format_func=titles.__getitem__, max_selections=most,
            key=keyed(part, chosen), on_change=partial(take, part), placeholder=WORDS["label.none"],
            persist_state="page",
        )  # fmt: skip


def by_hand(comparison: Comparison, view: View, titles: Mapping[str, str]) -> None:
    """Draw what moves one scenario up and down."""
    fixed = {comparison.baseline, view.second, *view.pinned}
    free = [name for name in arranged(comparison, view).names if name not in fixed]
    if len(free) < 2:
        return
    saving.keep_valid("compare.move", free)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(WORDS["label.move"], free, format_func=titles.__getitem__, key="compare.move")
        for step in (-1, 1):
            neighbour = free.index(name) + step
            is_end = not 0 <= neighbour < len(free)
            beside = name if is_end else free[neighbour]
            st.button(
                WORDS["label.earlier" if step < 0 else "label.later"], disabled=is_end, key=f"compare.move.{step}",
                on_click=partial(move, comparison, name, beside, after=step > 0),
            )  # fmt: skip


def move(comparison: Comparison, name: str, beside: str, *, after: bool) -> None:
    """Put a scenario before or after another one; the order of the page becomes one by hand."""
    view: View = st.session_state[VIEW]
    own = comparison.names[1:]
    wanted = sorted_by(comparison, own, view)
    wanted.remove(name)
    wanted.insert(wanted.index(beside) + after, name)
    st.session_state[VIEW] = replace(view, sort="", order=moved(own, wanted))


def select(part: str, labels: Mapping[str, str], value: str) -> None:
    """Draw a list of which one is chosen."""
    key = keyed(part, value)
    st.selectbox(
        WORDS[f"label.{part}"], list(labels), format_func=labels.__getitem__, key=key, on_change=partial(take, part),
        persist_state="page",
    )  # fmt: skip


def keyed(part: str, value: object) -> str:
    """Return the key of a control that shows a part of the view: what it holds is the view's."""
    key = f"compare.view.{part}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


def take(part: str) -> None:
    """Take a part of the view over from its control."""
    value = st.session_state.get(f"compare.view.{part}")
    view: View = st.session_state[VIEW]
    # A browser may send anything, and more than a box takes.
    words = value[:LONGEST_FIND] if isinstance(value, str) else ""
    found: Any = tuple(value or ()) if part in LISTED else words
    if part == "columns":
        found = tuple(name for name in MEASURES if name in found)
    if part == "pinned":
        found = found[:MOST_PINNED]
    st.session_state[VIEW] = replace(view, **{part: found})

"""The parts of a comparison on the page: sentences and tables."""

import html
from dataclasses import dataclass, replace

import streamlit as st

from bnsim.app import text
from bnsim.app.grids import Head, Lines, grid, tall_grid
from bnsim.charts.overlay import letter_of
from bnsim.compare import Comparison, told_apart
from bnsim.compare.tables import Cell, Row, outcome_rows, setting_rows
from bnsim.compare.view import View, arranged, left_out
from bnsim.text import words_of

WORDS = words_of("bnsim.compare")
FEW = {True: 5, False: 8}
"""So many scenarios have room side by side on a wide screen: with all digits, and with few."""

MOST_ACROSS = 10
"""So many scenarios are columns of a table; more are rows."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A comparison as it is shown.

    Attributes
    ----------
    whole : Comparison
        All scenarios: their places say which letter and which line each has, whatever is left out.
    now : Comparison
        Those that are shown, in their order.
    view : View
        How.
    """

    whole: Comparison
    now: Comparison
    view: View

    @classmethod
    def of(cls, whole: Comparison, view: View) -> "Shown":
        """Return a comparison as a view shows it."""
        return cls(whole, arranged(whole, view), view)

    @property
    def places(self) -> dict[str, int]:
        """The place of every scenario by name."""
        return {name: at for at, name in enumerate(self.whole.names)}

    @property
    def second(self) -> str:
        """The second reference; "" if there is none."""
        return self.view.second if self.view.second in self.now.names[1:] else ""

    @property
    def heads(self) -> list[Head]:
        """Title and letter of every scenario that is shown, and what it is besides."""
        titles, places = told_apart(self.whole.titles), self.places
        return [Head(f"{letter_of(places[name])} · {titles[name]}", *self.role(name)) for name in self.now.names]

    def role(self, name: str) -> tuple[str, str]:
        """Return what a scenario is besides, in words and as a class."""
        roles = {self.now.baseline: ("role_baseline", "b"), self.second: ("role_second", "r")}
        key, mark = roles.get(name, ("role_pinned", "p") if name in self.view.pinned else ("", ""))
        return (WORDS[f"label.{key}"], mark) if key and len(self.now.names) > 1 else ("", mark)


def paragraph(words: str, name: str) -> None:
    """Draw a plain sentence, if there is one; a change is also spoken."""
    if words:
        st.html(f'<p class="{name}" aria-live="polite">{html.escape(words)}</p>')


def tables(shown: Shown) -> None:
    """Draw what came out and what went in, in two tables or in one."""
    together = st.session_state.get("compare.together") is True
    every = headed(
        "came_out_and_in" if together else "came_out", "numbers", *(["settings"] if together else []), "together"
    )
    rows = outcomes_of(shown, every=every["numbers"])
    if together:
        settings = setting_rows(shown.now, every=every["settings"])
        lines: Lines = [WORDS["label.went_in"], *settings, WORDS["label.came_out"], *rows] if settings else rows
        draw(shown, lines, WORDS["label.came_out_and_in"], every=every["numbers"] or every["settings"])
    else:
        draw(shown, rows, WORDS["label.came_out"], every=every["numbers"])
    measure(shown)
    if not together:
        settings_table(shown)


def settings_table(shown: Shown) -> None:
    """Draw what went in: only what is not the same in all scenarios, or every parameter."""
    every = headed("went_in", "settings")["settings"]
    rows = setting_rows(shown.now, every=every)
    if rows:
        draw(shown, rows, WORDS["label.went_in"], every=every)
    else:
        st.caption(text.plain(WORDS.say("label.all_the_same", what=WORDS["label.went_in"])))


def outcomes_of(shown: Shown, *, every: bool) -> list[Row]:
    """Return what came out; the differences from a second reference say whose they are."""
    letter = letter_of(shown.places.get(shown.second, 0))

    def named(cell: Cell) -> Cell:
        lines = filter(None, cell.second.split("\n"))
        return replace(cell, second="\n".join(WORDS.say("label.to", letter=letter, measure=line) for line in lines))

    rows = outcome_rows(shown.now, every=every, view=replace(shown.view, second=shown.second))
    return [replace(row, cells=tuple(map(named, row.cells))) for row in rows]


def draw(shown: Shown, lines: Lines, title: str, *, every: bool) -> None:
    """Draw a table: of few scenarios a column each, of many a row each."""
    many = len(shown.now.names)
    if many > MOST_ACROSS:
        st.html(tall_grid(shown.heads, lines, title))
        return
    if many > FEW[every]:
        st.caption(WORDS.say("label.scroll", count=str(many)))
    st.html(grid(shown.heads, lines, title, narrow=not every))


def measure(shown: Shown) -> None:
    """Say what stands beneath each number."""
    columns = [WORDS[f"label.beneath.{name}"] for name in shown.view.columns]
    if len(shown.now.names) < 2 or not columns:
        return
    *others, last = columns
    what = WORDS.say("label.parameters.few", others=", ".join(others), last=last) if others else last
    title = told_apart(shown.whole.titles)[shown.now.baseline]
    st.caption(text.plain(WORDS.say("label.measure", what=what, title=title)))


def headed(title: str, *switches: str) -> dict[str, bool]:
    """Draw the heading of a table and its switches; return what each says."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        text.section(WORDS[f"label.{title}"])
        return {
            name: st.toggle(WORDS[f"label.switch.{name}"], key=f"compare.{name}", persist_state="page")
            for name in switches
        }


def say_left_out(shown: Shown) -> None:
    """Say how many scenarios are not shown."""
    if words := left_out(shown.whole, shown.now):
        st.caption(text.plain(words))

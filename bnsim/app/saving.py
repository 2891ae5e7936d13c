"""A visitor's own scenarios: save, rename, delete, and load from a file. They last as long as the visit."""

from collections.abc import Callable, Iterable
from functools import partial

import streamlit as st

from bnsim.app import text
from bnsim.app.state import page_state, saved
from bnsim.compare import told_apart
from bnsim.data.apart import apart
from bnsim.errors import InputError
from bnsim.experiments import find, params_of
from bnsim.scenario import toml
from bnsim.scenario.scenario import Scenario, ScenarioSet, name_from
from bnsim.scenario.wording import counted

MOST_SAVED = 200
LARGE_SET = 12_000
"""Bytes up to which a file is read here: to refuse one takes a microsecond for each at most, whatever is in it."""


def my_set(slug: str) -> ScenarioSet | None:
    """Return the saved scenarios of one experiment as a set; None if there are none."""
    mine = saved(slug)
    return ScenarioSet(slug, "My saved scenarios", tuple(mine.values())) if mine else None


def keep_valid(key: str, options: Iterable[str]) -> None:
    """Forget a widget's value that is not among its options: they may have changed, and a browser may send anything."""
    if st.session_state.get(key) not in list(options):
        st.session_state.pop(key, None)


def typed(key: str) -> str:
    """Return the text in a box; empty if there is none."""
    found = st.session_state.get(key)
    return found if isinstance(found, str) else ""


def say(*sentences: str) -> None:
    """Keep sentences for the next run of the page."""
    st.session_state["saving.said"] = sentences


def save(slug: str, title: str) -> None:
    """Save what is set now under a title; say what it is called."""
    mine = saved(slug)
    try:
        if len(mine) >= MOST_SAVED:
            raise InputError(f"At most {MOST_SAVED} scenarios can be kept; delete one on the Compare page.")
        title = title.strip() or f"Scenario {len(mine) + 1}"
        name = name_from(title, mine)
        mine[name] = Scenario(slug, name, page_state(find(slug)).params, title=title)
        say(f"Saved as “{title}”. The Compare page shows it.")
    except InputError as error:
        say(*error.problems)


def my_scenario(slug: str, name: str) -> Scenario:
    """Return a saved scenario; it may have been deleted while its button was on the way.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in saved(slug):
        raise InputError(f"{name} is not among your saved scenarios any more.")
    return saved(slug)[name]


def rename(slug: str, name: str, title: str) -> None:
    """Give a saved scenario another title and the name that goes with it; its place stays."""
    mine = saved(slug)
    try:
        old = my_scenario(slug, name)
        title = title.strip() or old.title
        new = name_from(title, [other for other in mine if other != name])
        renamed = Scenario(slug, new, old.params, title=title, note=old.note)
    except InputError as error:
        say(*error.problems)
        return
    items = [(new, renamed) if key == name else (key, each) for key, each in mine.items()]
    mine.clear()
    mine.update(items)
    say(f"“{old.title or name}” is now “{title or new}”.")


def delete(slug: str, name: str) -> None:
    """Forget a saved scenario."""
    gone = saved(slug).pop(name, None)
    if gone is not None:
        say(f"“{gone.title or name}” is deleted.")


def read_scenarios(content: str | bytes, name: str) -> tuple[ScenarioSet, list[str]]:
    """Return the scenarios of a file, and what is to be said of how it was read.

    Raises
    ------
    ScenarioError
        If it cannot be read.
    """
    said: list[str] = []
    return toml.read(content, params_of, where=name, say=said.append), said


def load() -> None:
    """Add the scenarios of an uploaded file to those saved; a file with a problem changes nothing."""
    file = st.session_state.get("saving.file")
    if file is None:
        return
    given = (file.getvalue(), file.name[:60])
    try:
        is_large = LARGE_SET < len(given[0]) <= toml.LARGEST_FILE
        loaded, said = apart(read_scenarios, *given) if is_large else read_scenarios(*given)
        mine = saved(loaded.experiment)
        if len(mine) + len(loaded.scenarios) > MOST_SAVED:
            raise InputError(
                f"At most {MOST_SAVED} scenarios can be kept; {file.name[:60]} has {len(loaded.scenarios)}."
            )
    except InputError as error:
        say(*error.problems)
        return
    for each in loaded.scenarios:
        name = name_from(each.name, mine)
        mine[name] = Scenario(loaded.experiment, name, each.params, title=each.title, note=each.note)
    many = counted(len(loaded.scenarios), "scenario", "scenarios")
    say(f"{many} of {find(loaded.experiment).title} added to yours.", *said)


def titled(label: str, key: str, action: str, act: Callable[[str], None], *, value: str = "") -> None:
    """Draw a field for a title and the button that acts on it; Enter presses the button.

    The field takes a title of any length: one that is too long is refused in a sentence, not by silence.
    """
    with st.form(f"{key}.form", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        left.text_input(label, value=value, key=key, placeholder="a title")
        right.form_submit_button(action, on_click=lambda: act(typed(key)), width="stretch")


def manage(slug: str) -> None:
    """Draw what can be done with saved scenarios."""
    mine = saved(slug)
    st.caption("**Your saved scenarios.** They last as long as this visit; download the TOML file to keep them.")
    text.sentences(st.empty(), st.session_state.pop("saving.said", ()))
    if mine:
        left, right, last = st.columns([2, 3, 1], vertical_alignment="bottom")
        titles = told_apart({each.name: each.title or each.name for each in mine.values()})
        keep_valid("saving.name", mine)
        name = left.selectbox("Scenario", list(mine), key="saving.name", format_func=titles.__getitem__)
        with right:
            titled("New title", f"saving.title.{name}", "Rename", partial(rename, slug, name), value=mine[name].title)
        last.button("Delete", on_click=delete, args=(slug, name), width="stretch")
    st.file_uploader("Add scenarios from a TOML file", "toml", key="saving.file", on_change=load)

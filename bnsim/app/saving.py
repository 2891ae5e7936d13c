"""What a page shows of a visitor's own scenarios: fields and buttons that save, change, describe and delete them."""

from collections.abc import Callable, Iterable
from functools import partial

import streamlit as st

from bnsim.app import parts, text
from bnsim.app.saved import scenarios as own
from bnsim.app.saved.scenarios import UNDO, Undo
from bnsim.app.saved.scenarios import WORDS as WORDS
from bnsim.app.saved.scenarios import my_set as my_set  # other pages look for it here
from bnsim.app.saved.storage import keep_in_browser, storage
from bnsim.app.saved.upload import listed, upload
from bnsim.app.state import saved
from bnsim.compare import told_apart
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.scenario.stored import TEXTS

NOTE_HEIGHT = 68
"""Pixels of two lines, the least that there is."""


def keep_valid(key: str, options: Iterable[str]) -> None:
    """Forget a widget's value that is not among its options: they may have changed, and a browser may send anything."""
    if st.session_state.get(key) not in list(options):
        st.session_state.pop(key, None)


def typed(key: str) -> str:
    """Return the text in a box; empty if there is none."""
    found = st.session_state.get(key)
    return found if isinstance(found, str) else ""


def titled(label: str, key: str, action: str, act: Callable[[str, str], None], *, value: str = "", note: str) -> None:
    """Draw fields for a title and a note and the button that acts on them; Enter in the title presses the button.

    The fields take texts of any length: one that is too long is refused in a sentence, not by silence.
    """
    with st.form(f"{key}.form", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        left.text_input(label, value=value, key=key, placeholder=WORDS["label.save_hint"])
        st.text_area(
            WORDS["label.save_note"], value=note, key=f"{key}.note", height=NOTE_HEIGHT,
            placeholder=WORDS["label.save_note_hint"],
        )  # fmt: skip
        right.form_submit_button(action, on_click=lambda: act(typed(key), typed(f"{key}.note")), width="stretch")


def save_form(slug: str) -> None:
    """Draw the fields and the button that save what is set now as a scenario to compare."""
    titled(WORDS["label.save_label"], f"{slug}.title", WORDS["label.save"], partial(own.save, slug), note="")
    said()
    keep_in_browser(slug)
    kept_where(slug)


def said() -> None:
    """Say what was done, and draw the button that takes it back."""
    text.sentences(st.empty(), st.session_state.pop(own.SAID, ()))
    before: Undo | None = st.session_state.get(UNDO)
    if before is not None:
        st.button(text.plain(before.label), key="saving.take_back", on_click=own.undo, icon=":material/undo:")


def kept_where(slug: str) -> None:
    """Say where the saved scenarios are kept, and what is wrong with that."""
    known = storage()
    st.caption(f"**{WORDS['label.heading']}** {WORDS['label.kept' if known.works else 'label.not_kept']}")
    if known.full:
        titles = [own.called(item) for item in known.full.values() if isinstance(item, Scenario)]
        text.sentences(st.empty(), [WORDS.say("label.full", titles=listed(titles or [WORDS["label.mine"]]))], bad=True)
    if known.problems.get(slug):
        text.sentences(st.empty(), [WORDS["label.damaged"], *known.problems[slug]], bad=True)


def manage(slug: str) -> None:
    """Draw what can be done with saved scenarios."""
    mine = saved(slug)
    kept_where(slug)
    said()
    if mine:
        choose(slug)
        describe(slug)
    upload()
    if any(own.everything().values()) or storage().problems:
        st.button(WORDS["label.forget"], help=WORDS["label.forget_help"], on_click=forget_all)


def take_over(scenarios: ScenarioSet) -> None:
    """Draw the button that copies a set to the visitor's own scenarios, unless it is there."""
    mine = saved(scenarios.experiment).values()
    if not all(each in mine for each in scenarios.scenarios):
        st.button(WORDS["label.keep_these"], key="compare.take_over", on_click=own.add, args=(scenarios,))


def choose(slug: str) -> None:
    """Draw the choice of a saved scenario, and what can be done with it."""
    mine = saved(slug)
    left, right = st.columns([2, 3])
    titles = told_apart({each.name: own.called(each) for each in mine.values()})
    if st.session_state.get("saving.name") not in mine:
        # Said, and not only left out: the browser would go on showing what was deleted.
        st.session_state["saving.name"] = next(iter(mine))
    with left:
        name = st.selectbox(
            WORDS["label.chosen"], list(mine), key="saving.name", format_func=titles.__getitem__
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            st.button(WORDS["label.duplicate"], on_click=own.duplicate, args=(slug, name))
            st.button(WORDS["label.delete"], on_click=own.delete, args=(slug, name))
    with right:
        change = partial(own.change, slug, name)
        title, label = mine[name].title, WORDS["label.new_title"]
        titled(label, f"saving.title.{name}", WORDS["label.change"], change, value=title, note=mine[name].note)


def describe(slug: str) -> None:
    """Draw the fields for the texts of a visitor's set, in a part that is closed until asked for."""
    place = parts.opened(WORDS["label.set_texts"], "saving.texts")
    if place is None:
        return
    title, question, look_for = own.texts_of(slug)
    keys = [f"saving.text.{slug}.{part}" for part in TEXTS]
    with place, st.form(f"saving.texts.{slug}", border=False):
        st.text_input(WORDS["label.set_title"], value=title, key=keys[0], placeholder=WORDS["label.mine"])
        left, right = st.columns(2)
        left.text_area(WORDS["label.set_question"], value=question, key=keys[1], height=NOTE_HEIGHT)
        right.text_area(WORDS["label.set_look_for"], value=look_for, key=keys[2], height=NOTE_HEIGHT)
        st.form_submit_button(WORDS["label.set_save"], on_click=lambda: own.describe(slug, *map(typed, keys)))


def forget_all() -> None:
    """Delete all saved scenarios, here and in the browser."""
    own.forget()
    storage().forget()

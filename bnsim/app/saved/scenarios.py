"""A visitor's saved scenarios and what can be done with them: save, change, copy, delete, and take that back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from bnsim.app.state import page_state, saved
from bnsim.errors import InputError, ScenarioError
from bnsim.experiments import find
from bnsim.scenario.scenario import LONGEST_TITLE, MOST_SCENARIOS, Scenario, ScenarioSet, name_from, text_problems
from bnsim.scenario.stored import TEXTS
from bnsim.scenario.wording import counted, cut, refuse
from bnsim.text import words_of

WORDS = words_of("bnsim.app.saved")
MOST_SAVED = MOST_SCENARIOS
NO_TEXTS = ("", "", "")
SAID, UNDO = "saving.said", "saving.undo"


@dataclass(frozen=True)
class Undo:
    """What was there before a change, and what the button that brings it back says."""

    label: str
    scenarios: Mapping[str, Mapping[str, Scenario]]
    texts: Mapping[str, tuple[str, ...]]


def texts_of(slug: str) -> tuple[str, ...]:
    """Return title, question and what to look for of a visitor's set of one experiment; "" where none was given."""
    return all_texts().get(slug, NO_TEXTS)


def all_texts() -> dict[str, tuple[str, ...]]:
    """Return the texts of a visitor's sets, by experiment."""
    found: dict[str, tuple[str, ...]] = st.session_state.setdefault("bnsim.saved.texts", {})
    return found


def everything() -> dict[str, dict[str, Scenario]]:
    """Return all saved scenarios, by experiment and name."""
    found: dict[str, dict[str, Scenario]] = st.session_state.setdefault("bnsim.saved", {})
    return found


def my_set(slug: str) -> ScenarioSet | None:
    """Return the saved scenarios of one experiment as a set; None if there are none."""
    mine = tuple(saved(slug).values())
    title, question, look_for = texts_of(slug)
    return ScenarioSet(slug, title or WORDS["label.mine"], mine, question, look_for) if mine else None


def say(*sentences: str) -> None:
    """Keep sentences for the next run of the page."""
    st.session_state[SAID] = sentences


def remember(label: str) -> None:
    """Keep what is saved now, to bring it back when somebody presses the button of that label."""
    scenarios = {slug: dict(mine) for slug, mine in everything().items()}
    st.session_state[UNDO] = Undo(label, scenarios, dict(all_texts()))


def undo() -> None:
    """Bring back what was saved before the last change."""
    before: Undo | None = st.session_state.pop(UNDO, None)
    if before is None:
        return
    for slug in {*everything(), *before.scenarios}:
        mine = saved(slug)
        mine.clear()
        mine.update(before.scenarios.get(slug, {}))
    all_texts().clear()
    all_texts().update(before.texts)
    say(WORDS["label.undone"])


def require_room(slug: str, more: int = 1) -> None:
    """Raise an InputError if so many more scenarios cannot be kept."""
    if len(saved(slug)) + more > MOST_SAVED:
        raise InputError(WORDS.say("label.too_many", most=str(MOST_SAVED), now=str(len(saved(slug))), more=str(more)))


def save(slug: str, title: str, note: str = "") -> None:
    """Save what is set now under a title; say what it is called."""
    mine = saved(slug)
    try:
        require_room(slug)
        title = title.strip() or WORDS.say("label.untitled", number=str(len(mine) + 1))
        name = name_from(title, mine)
        mine[name] = Scenario(slug, name, page_state(find(slug)).params, title=title, note=note.strip())
    except InputError as error:
        say(*error.problems)
        return
    st.session_state.pop(UNDO, None)
    say(WORDS.say("label.saved", title=title))


def my_scenario(slug: str, name: str) -> Scenario:
    """Return a saved scenario; it may have been deleted while its button was on the way.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in saved(slug):
        raise InputError(WORDS.say("label.gone", name=name))
    return saved(slug)[name]


def change(slug: str, name: str, title: str, note: str | None = None) -> None:
    """Give a saved scenario another title, the name that goes with it, and another note; its place stays."""
    mine = saved(slug)
    try:
        old = my_scenario(slug, name)
        title = title.strip() or old.title
        # A title that stays keeps the name, which links and baselines may know.
        new = name if title == old.title else name_from(title, [other for other in mine if other != name])
        changed = Scenario(slug, new, old.params, title=title, note=old.note if note is None else note.strip())
    except InputError as error:
        say(*error.problems)
        return
    if changed == old:
        return
    remember(WORDS.say("label.undo_change", title=called(old)))
    put(slug, [(new, changed) if key == name else (key, each) for key, each in mine.items()])
    renamed = WORDS.say("label.renamed", old=called(old), new=called(changed))
    say(renamed if title != old.title else WORDS.say("label.noted", title=called(old)))


def duplicate(slug: str, name: str) -> None:
    """Put a copy of a saved scenario behind it."""
    mine = saved(slug)
    try:
        old = my_scenario(slug, name)
        require_room(slug)
        title = WORDS.say("label.copy", title=cut(called(old), LONGEST_TITLE - 10))
        copy = replace(old, name=name_from(title, mine), title=title)
    except InputError as error:
        say(*error.problems)
        return
    put(slug, [pair for key, each in mine.items() for pair in ((key, each), *([(copy.name, copy)] * (key == name)))])
    st.session_state.pop(UNDO, None)
    say(WORDS.say("label.copied", title=called(old), copy=title))


def delete(slug: str, name: str) -> None:
    """Forget a saved scenario, which can be brought back."""
    if name in saved(slug):
        gone = saved(slug)[name]
        remember(WORDS.say("label.undo_delete", title=called(gone)))
        del saved(slug)[name]
        say(WORDS.say("label.deleted", title=called(gone)))


def describe(slug: str, *texts: str) -> None:
    """Give a visitor's set its title, its question and what to look for."""
    found = tuple(each.strip() for each in texts)
    try:
        refuse(ScenarioError, text_problems(dict(zip(TEXTS, found, strict=True))))
    except InputError as error:
        say(*error.problems)
        return
    all_texts()[slug] = found
    say(WORDS["label.described"])


def add(scenarios: ScenarioSet, *, instead: bool = False) -> None:
    """Add the scenarios of a set to a visitor's own, or put them in their place; either can be taken back.

    What is there already is not added again. What has the name of another gets a number.
    """
    slug = scenarios.experiment
    mine: dict[str, Scenario] = {} if instead else dict(saved(slug))
    for each in scenarios.scenarios:
        if mine.get(each.name) != each:
            name = name_from(each.name, mine)
            mine[name] = replace(each, name=name)
    many = len(mine) - (0 if instead else len(saved(slug)))
    if len(mine) > MOST_SAVED:
        now = str(len(saved(slug)))
        say(WORDS.say("label.too_many", most=str(MOST_SAVED), now=now, more=str(many)))
        return
    remember(WORDS["label.undo_replace" if instead else "label.undo_add"])
    put(slug, list(mine.items()))
    brought = tuple(getattr(scenarios, key) for key in TEXTS)
    if instead or texts_of(slug) == NO_TEXTS:
        all_texts()[slug] = brought
    key = "label.replaced" if instead else "label.added"
    say(WORDS.say(key, many=counted(many, "scenario", "scenarios"), experiment=find(slug).title))


def put(slug: str, items: Sequence[tuple[str, Scenario]]) -> None:
    """Make these the saved scenarios of an experiment, in this order."""
    mine = saved(slug)
    mine.clear()
    mine.update(items)


def forget() -> None:
    """Delete all saved scenarios of all experiments, which can be brought back."""
    remember(WORDS["label.undo_forget"])
    everything().clear()
    all_texts().clear()
    say(WORDS["label.forgotten"])


def called(scenario: Scenario) -> str:
    """Return what people call a scenario."""
    return scenario.title or scenario.name

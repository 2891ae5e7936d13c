"""The page "Translate": two frameworks, a momentum and an ε; the answer, the layer as code, and what to know."""

import html
from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.app import address, text
from bnsim.app.state import leave
from bnsim.app.text import plain
from bnsim.errors import InputError
from bnsim.frameworks.asked import read_asked
from bnsim.frameworks.table import TITLES, Framework, find, framework_of, unknown_framework
from bnsim.frameworks.translation import WORDS as FOUND
from bnsim.frameworks.translation import Translation, translate, written
from bnsim.text import words_of

WORDS = words_of("bnsim.app.translating")
HERE = "translate"
SIDES = {"from": Framework.KERAS.title, "to": Framework.PYTORCH.title}
"""The frameworks by their names in the link, and those that the page begins with."""

NUMBERS = ("momentum", "eps", "shape", "var", "count")
MOST = 60
"""Characters of a box."""

GIVEN = "bnsim.translate"
"""Where the session keeps what was chosen and typed, while other pages are shown."""


def translate_page() -> None:
    """Draw the answer, below it what is asked, the layer in code, the table, and what to know of it."""
    problems = arrive()
    text.question(WORDS["label.question"])
    text.sentences(st.empty(), problems, bad=True)
    place = st.empty()
    given = controls()
    st.session_state[GIVEN] = given
    source = framework_of(given["from"])
    asked = read_asked(source, {name: given[name].strip() or None for name in NUMBERS})
    try:
        if asked.problems:
            raise InputError(*asked.problems)
        shown(translate(source, framework_of(given["to"]), **asked.settings), asked.told, place)
    except InputError as error:
        text.sentences(place, error.problems, bad=True)
    address.write(HERE, {name: value for name, value in given.items() if value or name in SIDES})


def arrive() -> list[str]:
    """Take over what the link says, or what was there before; return what of the link cannot be used."""
    is_new = st.session_state.get("bnsim.here") != HERE or address.is_history()
    leave()
    st.session_state["bnsim.here"] = HERE
    if not is_new:
        return []
    query = {name: value for name, value in st.query_params.to_dict().items() if name in (*SIDES, *NUMBERS)}
    given, problems = from_link(query) if query else (st.session_state.get(GIVEN) or from_link({})[0], [])
    for name, value in given.items():
        st.session_state[f"{HERE}.{name}"] = value
    return problems


def from_link(query: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return what a link asks for, as far as it can be used, and a sentence for what cannot."""
    given, problems = {**SIDES, **dict.fromkeys(NUMBERS, "")}, []
    for name, value in query.items():
        if name in SIDES:
            framework = find(value)
            given[name] = SIDES[name] if framework is None else framework.title
            problems += [f"{name}: {unknown_framework(value)}"] if framework is None else []
        elif len(value) > MOST:
            problems.append(WORDS.say("label.too_long", name=name, most=MOST, length=len(value)))
        else:
            given[name] = value
    return given, problems


def controls() -> dict[str, str]:
    """Draw what can be chosen and typed, and return it by its name in the link."""
    chosen, typed = st.columns(2, gap="medium"), st.columns(2, gap="medium")
    given = {
        name: str(column.selectbox(WORDS[f"label.{name}"], TITLES, key=f"{HERE}.{name}", persist_state="page"))
        for name, column in zip(SIDES, chosen, strict=True)
    }
    source = framework_of(given["from"])
    defaults = {"momentum": source.value.momentum, "eps": source.eps}
    for (name, number), column in zip(defaults.items(), typed, strict=True):
        hint = WORDS.say("label.default", number=written(number))
        given[name] = box(column, name, source, hint)
    is_asked = any(st.session_state.get(f"{HERE}.{name}") for name in NUMBERS[2:])
    with st.expander(WORDS["label.more"], expanded=is_asked):
        for name, column in zip(NUMBERS[2:], st.columns(3), strict=True):
            given[name] = box(column, name, source, WORDS["label.shape_like"] if name == "shape" else "")
    return given


def box(column: DeltaGenerator, name: str, source: Framework, hint: str) -> str:
    """Draw a box for a text, and return what stands in it."""
    label = WORDS.say(f"label.{name}", source=source.title) if name in ("momentum", "shape") else WORDS[f"label.{name}"]
    key = f"{HERE}.{name}"
    return column.text_input(label, key=key, placeholder=hint, max_chars=MOST, persist_state="page") or ""


def shown(found: Translation, told: tuple[str, ...], place: DeltaGenerator) -> None:
    """Draw a translation: the answer into its place, the layer in code, the table, and what to know."""
    old, new = map(written, found.momentum)
    said = {"old": old, "new": new, "weight": written(found.new_weight), "eps": written(found.eps[0])}
    names = {"source": found.source.title, "target": found.target.title}
    answer = WORDS.say(f"answer.{'same' if old == new else 'turned'}", **said, **names)
    text.fill(place, f'<p class="bna">{html.escape(answer)}</p>{text.noted(told)}')
    rows = list(found.rows())
    st.caption(WORDS.say("label.layer", target=found.target.title))
    # Without colours, which are too light to be read by everybody.
    st.code(rows[-1][2], language=None, wrap_lines=True)
    st.html(table_of((FOUND["label.head.what"], found.source.title, found.target.title), rows))
    for note in found.notes:
        st.caption(plain(note))
    st.caption(WORDS["label.others"])


def table_of(head: tuple[str, ...], rows: list[tuple[str, str, str]]) -> str:
    """Return a table as markup: what, and how either framework writes it."""
    heads = "".join(f'<th scope="col">{html.escape(each)}</th>' for each in head)
    lines = "".join(
        f'<tr><th scope="row">{html.escape(what)}</th>'
        + "".join(f"<td>{html.escape(each)}</td>" for each in sides)
        + "</tr>"
        for what, *sides in rows
    )
    label = html.escape(WORDS["label.table"])
    return (
        f'<div class="bnt f" role="region" tabindex="0" aria-label="{label}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"
    )

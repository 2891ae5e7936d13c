"""What is asked for: which parameter, over which list or range, and perhaps a second one."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from bnsim.app import parts
from bnsim.app.controls import label_of, shown
from bnsim.app.state import PageState
from bnsim.app.varying.asked import Asked
from bnsim.scenario.fields import FieldSpec
from bnsim.scenario.vary import MOST_POINTS, SPACINGS, VARIED, written_range
from bnsim.text import words_of

WORDS = words_of("bnsim.app.varying")
SLOTS = (1, 2)
RANGE, LIST = "range", "list"
POINTS = 11
"""Of a range, until another number is asked for."""

DECADE = 10.0
"""A slider that begins above 0 and spans more than this is looked at in equal ratios."""

LONGEST_TYPED = 500


def ask(state: PageState) -> None:
    """Draw the choice of what is varied, and the button that does it; the page is drawn anew when it is pressed."""
    specs = {spec.name: spec for spec in shown(state) if spec.kind in VARIED}
    first = slot(state, 1, list(specs.values()))
    slot(state, 2, [spec for spec in specs.values() if spec.name != first])
    st.button(
        WORDS["label.vary"], key=f"{state.experiment.slug}.vary", type="primary", on_click=partial(wish, state, specs)
    )
    if parts.is_part() and state.swept is not state.sweep:
        st.rerun(scope="app")


def key(state: PageState, *names: object) -> str:
    """Return the key of a widget of this part."""
    return ".".join(map(str, (state.experiment.slug, "vary", *names)))


def slot(state: PageState, place: int, specs: Sequence[FieldSpec]) -> str | None:
    """Draw the choice of one parameter and of its values; return its name, None for none."""
    asked = state.sweep.texts if state.sweep is not None else ()
    chosen = key(state, place)
    known = {spec.name: spec for spec in specs}
    wanted = asked[place - 1][0] if len(asked) >= place else None
    otherwise = preferred(specs) if place == 1 else None
    begin(chosen, wanted if wanted in known else otherwise, one_of([*known, None]))
    left, right = st.columns([2, 5], vertical_alignment="bottom")
    label = WORDS["label.first" if place == 1 else "label.second"]
    name = left.selectbox(
        label, list(known), index=None, key=chosen, placeholder=WORDS["label.nothing"],
        format_func=lambda each: label_of(known[each]), persist_state="page",
    )  # fmt: skip
    if name in known:
        with right:
            values(state, place, known[name], dict(asked).get(name, ""))
    return name if name in known else None


def preferred(specs: Sequence[FieldSpec]) -> str | None:
    """Return the parameter to offer first: the first one with a slider."""
    return next((spec.name for spec in specs if spec.control.slider), specs[0].name if specs else None)


def values(state: PageState, place: int, spec: FieldSpec, asked: str) -> None:
    """Draw what a parameter is to take: choices by their names, numbers as a range or a list."""
    own = partial(key, state, place, spec.name)
    if spec.kind in ("choice", "flag"):
        fits = some_of(spec.options)
        wanted = [spec.read(each.strip()) for each in asked.split(",")]
        begin(own("choices"), wanted if fits(wanted) else list(spec.options), fits)
        labels = spec.control.choices or {}
        st.multiselect(
            WORDS["label.choices"], spec.options, key=own("choices"),
            format_func=lambda option: labels.get(option, spec.write(option)), persist_state="page",
        )  # fmt: skip
        return
    spelled = asked or usual(spec)
    begin(own("how"), RANGE if ":" in spelled else LIST, one_of([RANGE, LIST]))
    left, right = st.columns([2, 5], vertical_alignment="bottom")
    labels = {each: WORDS[f"label.{each}"] for each in (RANGE, LIST)}
    how = left.segmented_control(
        WORDS["label.how"], list(labels), key=own("how"), format_func=labels.__getitem__, persist_state="page"
    )
    with right:
        if how == LIST:
            begin(own("list"), spelled if ":" not in spelled else "", is_text)
            st.text_input(WORDS["label.values"], key=own("list"), max_chars=LONGEST_TYPED, persist_state="page")
        else:
            numbers(spelled if ":" in spelled else usual_range(spec), own)


def numbers(spelled: str, own: Callable[..., str]) -> None:
    """Draw the ends of a range, the number of its points, and how they are spaced."""
    low, high, count, spacing = (*spelled.split(":", 3), *[""] * 4)[:4]
    places = st.columns(4, vertical_alignment="bottom")
    for place, name, value in zip(places, ("from", "to"), (low, high), strict=False):
        begin(own(name), value.strip(), is_text)
        place.text_input(WORDS[f"label.{name}"], key=own(name), max_chars=LONGEST_TYPED, persist_state="page")
    points = int(count) if count.strip().isascii() and count.strip().isdigit() and len(count) < 4 else POINTS
    begin(own("count"), min(max(points, 2), MOST_POINTS), is_count)
    places[2].number_input(WORDS["label.count"], 2, MOST_POINTS, step=1, key=own("count"), persist_state="page")
    begin(own("spacing"), "log" if spacing.strip() == "log" else "lin", one_of(SPACINGS))
    places[3].selectbox(
        WORDS["label.spacing"], SPACINGS, key=own("spacing"), format_func=lambda each: WORDS[f"label.{each}"],
        persist_state="page",
    )  # fmt: skip


def begin(widget: str, value: object, fits: Callable[[Any], bool]) -> None:
    """Set what a widget begins with, unless it has a value that fits: a browser may send anything."""
    if widget not in st.session_state or not fits(st.session_state[widget]):
        st.session_state[widget] = value


def one_of(options: Sequence[object]) -> Callable[[Any], bool]:
    """Return what says whether a value is one of these options."""
    return lambda value: any(type(value) is type(option) and value == option for option in options)


def some_of(options: Sequence[object]) -> Callable[[Any], bool]:
    """Return what says whether a value is a list of some of these options."""
    fits = one_of(options)
    return lambda value: isinstance(value, list | tuple) and all(map(fits, value))


def is_text(value: object) -> bool:
    """Return whether a value is a text."""
    return isinstance(value, str)


def is_count(value: object) -> bool:
    """Return whether a value is a number of points."""
    return isinstance(value, int) and not isinstance(value, bool) and 2 <= value <= MOST_POINTS


def usual(spec: FieldSpec) -> str:
    """Return the values to offer of a number: those that its control offers, else a range."""
    offered = [value for value in spec.control.choices or {} if not isinstance(value, str)]
    return ",".join(map(spec.write, offered)) if len(offered) > 1 else usual_range(spec)


def usual_range(spec: FieldSpec) -> str:
    """Return the range to offer of a number: that of its slider, else a decade or ten around its default."""
    if spec.control.slider:
        low, high, _ = spec.control.slider
        return written_range(low, high, POINTS, is_log=low > 0 and high / low > DECADE)
    default = 1.0 if isinstance(spec.default, str) else spec.default
    if spec.kind == "integer":
        low, high = default, default + POINTS - 1
    else:
        low, high = (default / DECADE, default * DECADE) if default > 0 else (default - 1, default + 1)
    low, high = (low if spec.low is None else max(low, spec.low)), (high if spec.high is None else min(high, spec.high))
    return written_range(low, high, POINTS, is_log=spec.kind == "number" and low > 0)


def wish(state: PageState, specs: dict[str, FieldSpec]) -> None:
    """Take over what the controls say at the press."""
    texts = []
    for place in SLOTS:
        name = st.session_state.get(key(state, place))
        if isinstance(name, str) and name in specs:
            texts.append((name, spelled(state, place, specs[name])))
    readout = state.sweep.readout if state.sweep is not None else ""
    state.sweep = Asked(tuple(texts), state.params, readout)


def spelled(state: PageState, place: int, spec: FieldSpec) -> str:
    """Return the values of a parameter as the controls say them, spelled as on the command line."""

    def said(name: str) -> Any:
        return st.session_state.get(key(state, place, spec.name, name), "")

    if spec.kind in ("choice", "flag"):
        chosen = said("choices")
        return ",".join(map(spec.write, chosen)) if some_of(spec.options)(chosen) else ""
    if said("how") == LIST:
        return str(said("list"))[:LONGEST_TYPED]
    spacing = ":log" if said("spacing") == "log" else ""
    return f"{said('from')}:{said('to')}:{said('count')}{spacing}"

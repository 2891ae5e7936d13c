"""The sidebar: one control per parameter, made from its declaration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from bnsim.app import panels, parts, presenter, text
from bnsim.app.joined import BOX, FOLLOWING, PICTURE, are_drawn
from bnsim.app.live import live_sliders, needed
from bnsim.app.own import own_numbers
from bnsim.app.state import PageState
from bnsim.charts.following import SWEEP_COLUMNS
from bnsim.charts.template import first_record, short_values
from bnsim.columns import Columns, columns_of
from bnsim.scenario.params import FieldSpec

GROUPS = "groups"
"""The fragment of all groups of controls."""


@dataclass(frozen=True)
class Mirror:
    """A native widget's key and callback, and the value that it begins with and has now."""

    key: str
    changed: Callable[[], None]
    begin: Any
    now: Any
    locked: bool


def shown(state: PageState) -> list[FieldSpec]:
    """Return the parameters whose controls matter at the current settings, but those that a teacher has hidden."""

    def matters(spec: FieldSpec) -> bool:
        if spec.name in state.prepared.hidden:
            return False
        return spec.control.when is None or state.given[spec.control.when[0]] in spec.control.when[1]

    return [spec for spec in state.experiment.params.controls().values() if matters(spec)]


def names_shown(state: PageState) -> tuple[str, ...]:
    """Return the names of the parameters whose controls matter at the current settings."""
    return tuple(spec.name for spec in shown(state))


def same(value: Any) -> Any:
    """Return a value as it is."""
    return value


def nothing(value: Any) -> tuple[str, ...]:
    """Return that there is nothing to say of how a value was read."""
    return ()


def mirrored(
    state: PageState,
    spec: FieldSpec,
    show: Callable[[Any], Any] = same,
    read: Callable[[Any], Any] = same,
    told: Callable[[Any], tuple[str, ...]] = nothing,
) -> Mirror:
    """Return what makes a native widget mirror the state: set before it is drawn, heard when changed.

    `show` makes the widget's value of a parameter's, `read` goes the other way, and `told` says how it was read.

    The widget begins at the value that its epoch began with, and does so whenever the browser comes to draw it: a
    value that is only set would be lost if the page ran again before that, as it does when quick work ends.
    """
    key = f"{state.experiment.slug}.{spec.name}.{state.epoch}"
    begin, now = show(state.begin[spec.name]), show(state.given[spec.name])
    if st.session_state.get(key, begin) != now:
        st.session_state[key] = now
    epoch = state.epoch

    def changed() -> None:
        if state.epoch == epoch:
            state.give({spec.name: read(st.session_state[key])}, told(st.session_state[key]))
            draw_what_follows(state, spec.name)

    return Mirror(key, changed, begin, now, spec.name in state.prepared.locked)


def label_of(spec: FieldSpec) -> str:
    """Return the control's label with its symbol."""
    return f"{spec.control.label} {spec.control.symbol}".strip()


def choice(state: PageState, spec: FieldSpec) -> None:
    """Draw a choice among fixed options."""
    mirror, labels = mirrored(state, spec), spec.control.choices or {}
    st.selectbox(
        label_of(spec), spec.options, index=spec.options.index(mirror.begin), key=mirror.key, on_change=mirror.changed,
        help=spec.control.help, format_func=lambda option: labels.get(option, str(option)), disabled=mirror.locked,
    )  # fmt: skip


def offered(state: PageState, spec: FieldSpec) -> None:
    """Draw a number with offered values; another valid one may be typed."""
    choices = spec.control.choices or {}
    labels = {value if isinstance(value, str) else f"{value:g}": label for value, label in choices.items()}

    def shown_as(value: float | str) -> str:
        return next((text for text in labels if spec.read(text) == value), repr(value))

    mirror = mirrored(state, spec, shown_as, spec.read, spec.told)
    options = [*labels, *(text for text in dict.fromkeys((mirror.begin, mirror.now)) if text not in labels)]
    st.selectbox(
        label_of(spec), options, index=options.index(mirror.begin), key=mirror.key, on_change=mirror.changed,
        help=spec.control.help, format_func=lambda text: labels.get(text, text), accept_new_options=True,
        disabled=mirror.locked,
    )  # fmt: skip


def whole(state: PageState, spec: FieldSpec) -> None:
    """Draw a whole number."""
    mirror = mirrored(state, spec)
    low, high = (None if bound is None else int(bound) for bound in (spec.low, spec.high))
    st.number_input(
        label_of(spec), min_value=low, max_value=high, value=mirror.begin, step=1, key=mirror.key,
        on_change=mirror.changed, help=spec.control.help, disabled=mirror.locked,
    )  # fmt: skip


def sidebar(state: PageState, follow: Callable[[], None]) -> None:
    """Draw every control that matters now: the essential ones, then the closed groups.

    They stand in boxes, each a fragment of its own, so that a release draws one of them anew. The essential sliders
    are drawn by `follow`, the fragment of all that follows a release: how they move numbers changes each time. Closed
    groups have nothing to release: one fragment holds all of them.
    """
    specs = shown(state)
    state.controls, state.boxes = names_shown(state), {}
    essential = [spec for spec in specs if not spec.control.group]
    above = list(takewhile(lambda spec: not spec.control.slider, essential))
    box(state, "above", above, draw_controls)
    state.boxes |= {spec.name: FOLLOWING for spec in essential if spec.control.slider}
    follow()
    box(state, "below", [spec for spec in essential[len(above) :] if not spec.control.slider], draw_controls)
    if presenter.is_on():
        return
    groups: dict[str, list[FieldSpec]] = {}
    for spec in specs:
        if spec.control.group:
            groups.setdefault(spec.control.group, []).append(spec)
    if groups:
        st.fragment(draw_groups, key=GROUPS)(state, groups)


def box(
    state: PageState, name: str, specs: list[FieldSpec], draw: Callable[[PageState, list[FieldSpec], str], None]
) -> None:
    """Draw some controls as a fragment of their own; nothing without controls."""
    if not specs:
        return
    key = f"{BOX}{name}"
    state.boxes |= {spec.name: key for spec in specs}

    def draw_box() -> None:
        draw(state, specs, name)
        if parts.is_part() and not state.is_followed:  # such as by numbers of one's own, whose widgets know of no box
            st.rerun(scope="app")

    st.fragment(draw_box, key=key)()


def draw_what_follows(state: PageState, name: str) -> None:
    """Have the box of a control drawn that was moved, and what follows it; called last in the callback of a widget."""
    if not parts.is_part():
        return
    wanted = [*state.watching, FOLLOWING, state.boxes.get(name, FOLLOWING)]
    if state.follows_itself and state.drawn != state.picture:
        wanted = [PICTURE, *wanted]
    if panels.offers(state) != state.offered and not presenter.is_on():
        wanted = [panels.ACTIONS, *wanted]
    if set(wanted) != {FOLLOWING} and not are_drawn(wanted):
        try:
            st.rerun(list(dict.fromkeys(wanted)))
        except StreamlitAPIException:  # a page that was not drawn to its end has not all of its fragments yet
            st.rerun(scope="app")


def essential_sliders(state: PageState) -> None:
    """Draw the sliders that are always in sight, and let the numbers beside the picture follow them."""
    specs = [spec for spec in shown(state) if spec.control.slider and not spec.control.group]
    if specs:
        sliders(state, specs, "live", live_of(state))


def sliders(state: PageState, specs: list[FieldSpec], owner: str, live: Mapping[str, object] | None = None) -> None:
    """Draw sliders, all of them at once; their release is heard."""

    def released(values: object) -> None:
        state.hear(values)
        draw_what_follows(state, specs[0].name)

    key, locked = f"{state.experiment.slug}.{owner}", state.prepared.locked
    live_sliders(key, specs, state.given, state.epoch, released, live, locked)


def draw_groups(state: PageState, groups: Mapping[str, list[FieldSpec]]) -> None:
    """Draw every group of controls; what is in an open one is a box of its own, with its count."""
    for group, specs in groups.items():
        count = st.empty()
        part = parts.opened(group, key_of(state, group))
        if part is not None:
            with part:
                box(state, group, specs, draw_group)
        elif changed := changed_of(state, specs):
            text.count(count, f"{len(changed)} changed")


def draw_group(state: PageState, specs: list[FieldSpec], group: str) -> None:
    """Draw the controls of an open group, with how many of them were changed, and the way back for all of them."""
    changed = changed_of(state, specs)
    # A fragment in a fragment cannot fill a place outside, so this one is moved up into the title.
    text.count(st.empty(), f"{len(changed)} changed" if changed else "", inside=True)
    draw_controls(state, specs, group)
    free = [name for name in changed if name not in state.prepared.locked]
    if free:
        st.button("Back to the default", key=f"{key_of(state, group)}.back", on_click=put_back, args=(state, free))


def key_of(state: PageState, group: str) -> str:
    """Return the key of a group of controls."""
    return f"{state.experiment.slug}.group.{group}"


def changed_of(state: PageState, specs: list[FieldSpec]) -> list[str]:
    """Return the names of the controls that are not at their defaults; a browser says 0 where we say 0.0."""
    return [spec.name for spec in specs if state.given[spec.name] != spec.default]


def put_back(state: PageState, names: list[str]) -> None:
    """Put controls of a group back to their defaults."""
    state.reset(names)
    draw_what_follows(state, names[0])


def draw_controls(state: PageState, specs: list[FieldSpec], group: str) -> None:
    """Draw controls in their order; all sliders stand where the first of them stands."""
    of_group = [spec for spec in specs if spec.control.slider]
    for spec in specs:
        if not spec.control.slider:
            DRAW[kind_of(spec)](state, spec)
        elif spec is of_group[0]:
            sliders(state, of_group, f"live.{group}")


def live_of(state: PageState) -> dict[str, object]:
    """Return what the browser needs so that the numbers beside the picture follow the thumb."""
    live, figure = state.experiment.live, state.result.first_figure
    if not live or "state" not in figure.given:
        return {}
    return {
        "parameters": needed(figure.template, tuple(live.values())),
        "numbers": dict(live),
        "state": first_record(columns_of(figure.given["state"])),
        "sweep": asked_of(columns_of(figure.given["sweep"]), live) if "sweep" in figure.given else {},
    }


def asked_of(sweep: Columns, live: Mapping[str, str]) -> dict[str, list[object] | str]:
    """Return the columns of a sweep that the numbers ask for: each name is written once, and not in every row.

    A number has seven digits, as many as float32 holds; a column of such numbers is one text.
    """
    written = " ".join(live.values())
    asked = [name for name in sweep if f"sweep('{name}')" in written]
    return {name: short_values(sweep[name]) for name in (*SWEEP_COLUMNS, *asked)}


def kind_of(spec: FieldSpec) -> str:
    """Return which widget draws a parameter."""
    return "offered" if spec.kind == "number" and spec.control.choices else spec.kind


DRAW: dict[str, Callable[[PageState, FieldSpec], Any]] = {
    "choice": choice,
    "offered": offered,
    "integer": whole,
    "values": own_numbers,
}

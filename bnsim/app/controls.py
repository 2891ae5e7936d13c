"""The sidebar: one control per parameter, made from its declaration."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from bnsim.app.live import live_sliders
from bnsim.app.own import own_numbers
from bnsim.app.state import PageState
from bnsim.scenario.params import FieldSpec


def shown(state: PageState) -> list[FieldSpec]:
    """Return the parameters whose controls matter at the current settings."""

    def matters(spec: FieldSpec) -> bool:
        return spec.control.when is None or state.given[spec.control.when[0]] in spec.control.when[1]

    return [spec for spec in state.experiment.params.controls().values() if matters(spec)]


def mirrored(state: PageState, spec: FieldSpec) -> tuple[str, Callable[[], None]]:
    """Return key and callback of a native widget that mirrors the state: set before it is drawn, heard when changed."""
    key = f"{state.experiment.slug}.{spec.name}.{state.epoch}"
    if key not in st.session_state or st.session_state[key] != state.given[spec.name]:
        st.session_state[key] = state.given[spec.name]
    epoch = state.epoch

    def changed() -> None:
        if state.epoch == epoch:
            state.give({spec.name: st.session_state[key]})

    return key, changed


def label_of(spec: FieldSpec) -> str:
    """Return the control's label with its symbol."""
    return f"{spec.control.label} {spec.control.symbol}".strip()


def choice(state: PageState, spec: FieldSpec) -> None:
    """Draw a choice among fixed options."""
    key, changed = mirrored(state, spec)
    labels = spec.control.choices or {}
    st.selectbox(
        label_of(spec), spec.options, key=key, on_change=changed, help=spec.control.help,
        format_func=lambda option: labels.get(option, str(option)),
    )  # fmt: skip


def offered(state: PageState, spec: FieldSpec) -> None:
    """Draw a number with offered values; another valid one may be typed."""
    key = f"{state.experiment.slug}.{spec.name}.{state.epoch}"
    labels = {f"{value:g}": label for value, label in (spec.control.choices or {}).items()}
    now = repr(state.given[spec.name])
    current = next((text for text in labels if float(text) == state.given[spec.name]), now)
    if st.session_state.get(key) != current:
        st.session_state[key] = current
    epoch = state.epoch

    def changed() -> None:
        if state.epoch == epoch:
            state.give({spec.name: spec.read(st.session_state[key])})

    st.selectbox(
        label_of(spec), [*labels, *({current} - set(labels))], key=key, on_change=changed, help=spec.control.help,
        format_func=lambda text: labels.get(text, text), accept_new_options=True,
    )  # fmt: skip


def whole(state: PageState, spec: FieldSpec) -> None:
    """Draw a whole number."""
    key, changed = mirrored(state, spec)
    low, high = (None if bound is None else int(bound) for bound in (spec.low, spec.high))
    st.number_input(
        label_of(spec), min_value=low, max_value=high, step=1, key=key, on_change=changed, help=spec.control.help
    )


def sidebar(state: PageState, sliders: Callable[[], None]) -> None:
    """Draw every control that matters now, in the order of declaration; `sliders` draws all live ones at once."""
    drawn = False
    for spec in shown(state):
        if not spec.control.slider:
            DRAW[kind_of(spec)](state, spec)
        elif not drawn:
            sliders()
            drawn = True


def draw_sliders(state: PageState) -> None:
    """Draw the sliders that matter now."""
    specs = [spec for spec in shown(state) if spec.control.slider]
    live_sliders(f"{state.experiment.slug}.live", specs, state.given, state.epoch, state.hear)


def kind_of(spec: FieldSpec) -> str:
    """Return which widget draws a parameter."""
    return "offered" if spec.kind == "number" and spec.control.choices else spec.kind


DRAW: dict[str, Callable[[PageState, FieldSpec], Any]] = {
    "choice": choice,
    "offered": offered,
    "integer": whole,
    "values": own_numbers,
}

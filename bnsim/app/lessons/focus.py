"""The keyboard's focus: it goes to what a lesson shows next, which a screen reader then reads."""

from pathlib import Path

import streamlit as st

from bnsim.app.live import code

# Registered when this module is imported, as the sliders are. The style takes the component's empty place away.
draw = st.components.v2.component(
    "bnsim_lesson_focus",
    html='<div class="bn-place"></div>',
    css=".stElementContainer:has(.bn-place){display:none}",
    js=code(str(Path("lessons") / "focus.js")),
    isolate_styles=False,
)


def follow(place: str) -> None:
    """Let the focus go to the element that says so (``data-place``), when that is another one than before."""
    draw(data={"place": place}, key="bnsim.lesson.focus")

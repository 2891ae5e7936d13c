"""The countdown of a vote: it ticks in the browser, and is in sight wherever the page is scrolled to."""

import time
from pathlib import Path

import streamlit as st

from bnsim.app.live import code
from bnsim.text import words_of

WORDS = words_of("bnsim.app.classroom")

# Registered when this module is imported, as the sliders are. Its place takes no room: it stands in front of the page.
draw = st.components.v2.component(
    "bnsim_room_countdown",
    html='<div class="bn-clock" role="timer" hidden><span></span> <b></b></div>',
    css=".stElementContainer:has(.bn-clock){position:absolute;height:0}",
    js=code(str(Path("classroom") / "countdown.js")),
    isolate_styles=False,
)


def countdown(remaining: float | None) -> None:
    """Draw how many seconds are left; nothing where no countdown runs."""
    data = {"remaining": remaining, "at": time.time_ns() // 1_000_000, "label": WORDS["label.time_left"]}
    draw(data=data, key="bnsim.room.countdown")

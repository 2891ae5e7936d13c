"""What the browser keeps of a room: the key of a teacher, the seat of a student. Neither stands in an address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from bnsim.app.live import code
from bnsim.app.state import next_epoch

KEY, SEAT = "key", "seat"
"""What there can be of a room."""

SECRET = re.compile(r"[\w-]{1,64}", re.ASCII)

# Registered when this module is imported, as the sliders are. The style takes the component's empty place away.
draw = st.components.v2.component(
    "bnsim_room_keys",
    html='<div class="bn-keys"></div>',
    css=".stElementContainer:has(.bn-keys){display:none}",
    js=code(str(Path("classroom") / "keys.js")),
    isolate_styles=False,
)


@dataclass
class Secret:
    """One secret, as this visit knows it.

    `value` is what is used, "" as long as there is none; `heard` whether the browser has said what it keeps; `refused`
    what the browser kept that was not one of this room; `works` whether the browser keeps anything at all.
    """

    name: str
    value: str = ""
    heard: bool = False
    refused: str = ""
    works: bool = True
    epoch: int = field(default_factory=next_epoch)
    kept: str = ""

    @property
    def message(self) -> dict[str, object]:
        """What the browser is asked, and what it is to keep."""
        return {"name": self.name, "offer": self.value, "instead": self.refused, "epoch": self.epoch}

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing more to say to the browser."""
        return self.heard and (not self.works or self.kept == self.value)

    def take(self, value: str) -> None:
        """Use a secret from now on."""
        self.value, self.epoch = value, next_epoch(self.epoch)

    def refuse(self) -> None:
        """Use no more what is none of this room's."""
        self.refused = self.value
        self.take("")

    def hear(self, said: object) -> bool:
        """Take over what the browser says, which can be anything; return whether the page is to be drawn anew."""
        if not isinstance(said, Mapping) or said.get("name") != self.name or said.get("epoch") != self.epoch:
            return False
        was = self.heard, self.value, self.works
        self.heard = True
        if said.get("none") is True:
            self.works = False
        found = said.get("secret")
        self.kept = found if isinstance(found, str) and SECRET.fullmatch(found) else ""
        if self.kept and self.kept != self.refused:
            self.value = self.kept
        return was != (self.heard, self.value, self.works)


def secret(room: str, kind: str) -> Secret:
    """Return the key or the seat of a room, as this visit knows it."""
    known: dict[str, Secret] = st.session_state.setdefault("bnsim.room.secrets", {})
    name = f"{room}/{kind}"
    if name not in known:
        known[name] = Secret(name)
    return known[name]


def all_of(kind: str) -> dict[str, str]:
    """Return the secrets of a kind that this visit has, by code of the room."""
    known: dict[str, Secret] = st.session_state.get("bnsim.room.secrets", {})
    parted = {name.partition("/")[0]: each for name, each in known.items() if name.endswith(f"/{kind}")}
    return {room: each.value for room, each in parted.items() if each.value}


@st.fragment
def keep_in_browser(known: Secret) -> None:
    """Let the browser say what it kept, and keep what is new; draws the page anew if that changes anything."""
    said = draw(data=known.message, key="bnsim.room.kept", on_said_change=heard).get("said")
    if known.hear(said):
        st.rerun(scope="app")


def heard() -> None:
    """Take notice of a message; it is read where the component is drawn."""

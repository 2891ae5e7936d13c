"""Looking again: every page of a room asks a few times a minute whether something changed, at next to no cost.

The look draws nothing. It reads what the process keeps for all its sessions, and only where what this page shows has
changed, the page is drawn anew.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import streamlit as st

from bnsim.classroom import Room
from bnsim.classroom.shared import classroom
from bnsim.errors import RoomError

EVERY = 2.0
"""Seconds between two looks."""

Sign = Callable[[Room], Hashable]
"""Returns of a room what a page shows of it: as long as that is the same, nothing is drawn."""


@dataclass
class Look:
    """What a page was last drawn with; `last` is the room as the last look saw it."""

    code: str
    sign: Sign
    shown: Hashable = None
    last: Room | None = None

    def begin(self) -> "Look":
        """Note what the page is about to show: what changes while it is drawn is then seen by the next look."""
        room = room_now(self.code)
        self.shown = None if room is None else self.sign(room)
        return self

    def has_changed(self) -> bool:
        """Return whether the page is to be drawn anew."""
        room = room_now(self.code)
        if room is None:
            return self.shown is not None
        last, self.last = self.last, room
        return not is_same(room, last) and self.sign(room) != self.shown


def is_same(room: Room, last: Room | None) -> bool:
    """Return whether nothing at all has changed since the last look, which costs next to nothing to see.

    What this process has written since the room was read is in it, and has no version of its own yet.
    """
    if last is None:
        return False
    is_untouched = room.votes is last.votes and room.seats is last.seats
    return is_untouched and (room.version, room.phase) == (last.version, last.phase)


def room_now(code: str) -> Room | None:
    """Return a room, None where there is none now."""
    try:
        return classroom().room(code)
    except RoomError:
        return None


def watch(look: Look) -> None:
    """Look again and again whether what a page shows of a room has changed."""
    st.fragment(look_again, run_every=EVERY)(look)


def look_again(look: Look) -> None:
    """Draw the whole page anew if something has changed."""
    if look.has_changed():
        st.rerun(scope="app")

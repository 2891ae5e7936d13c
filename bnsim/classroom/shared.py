"""The class of this process, for all its sessions: where it keeps its rooms, the environment says."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from bnsim.classroom.classroom import Classroom
from bnsim.errors import RoomError
from bnsim.once import once

if TYPE_CHECKING:
    from bnsim.classroom.store import Store

PLACE = "BNSIM_ROOMS"
"""The environment variable: path of a file, or a postgresql:// address; without it rooms live in memory."""

EVERY = 600.0
"""Seconds between two deletions of what has ended, should nobody ask for it."""


@once
def classroom() -> Classroom:
    """Return the class of this process.

    Raises
    ------
    RoomError
        If its rooms cannot be kept where BNSIM_ROOMS says, or the database does not answer.
    MissingExtraError
        If they are to be kept in Postgres, and its driver is not installed.
    """
    # Imported here: what talks to databases takes a while to load, and most servers never hold a class.
    from bnsim.classroom.database import engine_of
    from bnsim.classroom.store import Store

    store = Store(engine_of(os.environ.get(PLACE, "")))
    Thread(target=_tidy, args=(store,), name="bnsim rooms", daemon=True).start()
    return Classroom(store)


def _tidy(store: Store) -> None:
    while True:
        time.sleep(EVERY)
        with suppress(RoomError):  # the database may answer again the next time
            store.forget_ended()

"""The errors of bnsim: every refusal is one or more plain sentences for the person at the page."""

import zipfile
import zlib
from collections.abc import Sequence
from difflib import get_close_matches

# What zipfile and zlib raise on what is damaged, locked by a password, or packed in a way they do not know.
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)

LONGEST_COMPARED = 64
"""Characters of a name; to compare takes the longer the longer it is."""


class BnsimError(Exception):
    """Something bnsim refuses or cannot do.

    Parameters
    ----------
    *problems : str
        One plain sentence per problem: what is wrong, where, what is allowed, the way out.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class InputError(BnsimError, ValueError):
    """The input is at fault; the command line answers with exit code 2."""


class ShapeError(InputError):
    """An array has a shape the engine cannot use."""


class ParamsError(InputError):
    """One or more parameters are unknown, of the wrong kind or out of range."""


class ScenarioError(InputError):
    """A scenario file is damaged, too large or asks for something that is not there."""


class LessonError(InputError):
    """A lesson is damaged, too large or asks for something that is not there."""


class DataError(InputError):
    """A file or text of the user's own numbers cannot be read as one batch."""


class RoomError(InputError):
    """A room of a class refuses what is asked of it."""


class NoRoomError(RoomError):
    """There is no room of this code, or it has ended."""


class FullError(RoomError):
    """All seats of a room are taken, or all rooms."""


class StrangerError(RoomError):
    """The key or the seat is not one of this room."""


class LateError(RoomError):
    """An answer comes when none is taken, to something that is asked no more, or too soon after the last one."""


class CheckpointError(InputError):
    """A file of trained weights is damaged, too large or holds what is never read."""


class MissingExtraError(BnsimError):
    """An optional package is needed for this and is not installed."""


def nearest(name: object, names: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the one of the names that somebody may have meant, capitals aside; None if none is like theirs.

    >>> nearest("Gama", ["beta", "gamma"])
    'gamma'
    """
    if not isinstance(name, str):
        return None
    spelled = {known.lower(): known for known in reversed(names)}
    near = get_close_matches(name[:LONGEST_COMPARED].lower(), spelled, n=1, cutoff=cutoff)
    return spelled[near[0]] if near else None

"""The lessons that the app knows."""

from bnsim.learn.lesson import Lessons
from bnsim.once import once


@once
def lessons() -> Lessons:
    """Return the lessons that come with bnsim and the user's own, read once."""
    return Lessons.open()

"""What is varied on a page, and how the link holds it."""

from dataclasses import dataclass

from bnsim.app import parts
from bnsim.scenario.params import Params
from bnsim.scenario.vary import read_link, written_link

TITLE = "Vary a number"
LINK, READOUT = "sweep", "readout"
"""What the address says besides the parameters; no parameter may have these names."""

LONGEST = 600
"""Characters of a sweep that a link holds; a longer one is left out."""


@dataclass(frozen=True)
class Asked:
    """What a visitor wants to see varied.

    Attributes
    ----------
    texts : tuple of (name, values)
        As they were spelled.
    base : Params
        What was set then, and is the same at all points.
    readout : str
        Key of what is shown; "" for the first of the headline.
    """

    texts: tuple[tuple[str, str], ...]
    base: Params
    readout: str = ""


def key_of(slug: str) -> str:
    """Return by which key the part of an experiment's page is open or closed."""
    return f"{slug}.more.{TITLE}"


def arrive(query: dict[str, list[str]]) -> tuple[dict[str, list[str]], tuple[tuple[str, str], ...], str]:
    """Return the rest of a link's query, what it varies, and the readout that it shows."""
    last = {name: query[name][-1] if query.get(name) else "" for name in (LINK, READOUT)}
    rest = {name: values for name, values in query.items() if name not in last}
    return rest, tuple(read_link(last[LINK])) if last[LINK] else (), last[READOUT]


def in_link(asked: Asked | None, slug: str, params: Params) -> dict[str, str]:
    """Return what the address says: nothing where the part is closed, or other settings were made since."""
    if asked is None or asked.base != params or not parts.is_open(key_of(slug)):
        return {}
    text = written_link(asked.texts)
    if len(text) > LONGEST:
        return {}
    return {LINK: text} | ({READOUT: asked.readout} if asked.readout else {})

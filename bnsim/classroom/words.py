"""The words of a room, from `text.toml`."""

import tomllib
from importlib.resources import files
from typing import Any


def say(key: str, **values: object) -> str:
    """Return a text by its dotted key, its braces filled.

    >>> say("phase.discuss")
    'discussion'
    """
    found: Any = WORDS
    for part in key.split("."):
        found = found[part]
    return str(found).format(**values)


WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "text.toml").read_text("utf-8"))

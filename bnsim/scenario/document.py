"""A file that somebody wrote: read as TOML within bounds, its keys and their kinds checked, each problem a sentence."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, TypeVar

from bnsim.errors import ScenarioError
from bnsim.scenario.wording import MOST_OF_A_NAME, cut, shown, unknowns

LARGEST_FILE = 2**20  # bytes
MOST_KEYS = 20_000
"""Twice what the largest set needs; the parser takes a second for a hundred thousand."""
KIND_IN_WORDS = {str: "text", dict: "a table", list: "a list"}
LISTS_IN_WORDS = {
    "scenario": "one or more [[scenario]] tables",
    "readouts": "a list of names",
    "step": "one or more [[step]] tables",
    "choices": "a list of choices",
    "hidden": "a list of names",
    "locked": "a list of names",
    "presets": "a list of names",
}
# The parser takes time and memory by the square of the number of parts in a dotted key.
LONGEST_KEY = 32  # parts
LONG_KEY = re.compile(rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){{{LONGEST_KEY}}}""")

# Python turns the digits of a number into a float by the square of their number, all at once.
LONG_NUMBER = re.compile(r"(?<![0-9_])[0-9_]{4000}")
MOST_DIFFERENT_KEYS = 2000

# What 200 scenarios with all their parameters and full notes need, several times over. The parser takes microseconds
# for each of these signs, and seconds for a file of nothing else; to count them takes no time.
MOST_SIGNS = {
    "tables and lists": (("[", "{"), 2000),
    "quotation marks": (('"', "'"), 20_000),
    "lines of comments": (("\n#",), 20_000),
    "backslashes": (("\\",), 20_000),
    "empty lines": (("\n\n", "\n\r\n"), 20_000),
    "entries that are no numbers": (("true", "false", "nan", "inf"), 20_000),
}

Kind = TypeVar("Kind", str, dict[str, Any], list[Any])


def parsed(text: str | bytes, where: str) -> dict[str, Any]:
    """Return the table that a file holds.

    Parameters
    ----------
    text : str or bytes
        UTF-8, at most 1 MiB.
    where : str
        What the file is called in messages.

    Raises
    ------
    ScenarioError
        If it is too large, no TOML, or made to keep a reader busy.
    """
    text = _decoded(text, where)
    if text.count("=") > MOST_KEYS:
        raise ScenarioError(f"{where} must hold at most {MOST_KEYS} keys; got more.")
    _require_few_signs(text, where)
    if LONG_NUMBER.search(text):
        raise ScenarioError(f"{where} must not hold numbers of thousands of digits.")
    if text.count(".") >= LONGEST_KEY and LONG_KEY.search(text):
        raise ScenarioError(f"{where} must not hold dotted keys of more than {LONGEST_KEY} parts.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{where} must be valid TOML: {cut(str(error), 200)}.") from None
    except RecursionError:
        raise ScenarioError(f"{where} must not nest lists or tables so deeply.") from None
    except ValueError:  # Python reads no whole number of more than some thousand digits
        raise ScenarioError(f"{where} must not hold numbers of thousands of digits.") from None


def _decoded(text: str | bytes, where: str) -> str:
    size = len(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_FILE:
        raise ScenarioError(f"{where} must be at most {LARGEST_FILE} bytes; got more.")
    try:
        return (text.decode() if isinstance(text, bytes) else text).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{where} must be UTF-8 text; byte {error.start + 1} is not.") from None


def _require_few_signs(text: str, where: str) -> None:
    for what, (signs, most) in MOST_SIGNS.items():
        if sum(map(text.count, signs)) > most:
            raise ScenarioError(f"{where} must hold at most {most} {what}; got more.")
    if len({before[-MOST_OF_A_NAME:].rpartition("\n")[2].strip() for before in text.split("=")}) > MOST_DIFFERENT_KEYS:
        raise ScenarioError(f"{where} must hold at most {MOST_DIFFERENT_KEYS} different keys; got more.")


def unknown_keys(table: Mapping[str, Any], keys: tuple[str, ...], what: str, path: str) -> list[str]:
    """Return a sentence for every key of a table that is not one of those that may be; `path` begins each."""
    odd = (key for key in table if key not in keys)
    return [f"{path}{sentence}" for sentence in unknowns(odd, what, keys, "Its keys are")]


def taken(table: Mapping[str, Any], key: str, kind: type[Kind], problems: list[str], path: str = "") -> Kind:
    """Return the value of a key, or an empty one when it is missing or, which is a problem, of another kind."""
    value = table.get(key, kind())
    if isinstance(value, kind):
        return value
    problems.append(f"{path}{key} must be {LISTS_IN_WORDS.get(key, KIND_IN_WORDS[kind])}; got {shown(value)}.")
    return kind()

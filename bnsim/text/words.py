"""The words of one experiment: read once from its `text.toml`, checked, and filled with numbers.

A sentence is a template: ``"With {n} examples x̂ is off by {error:3}."`` What stands in braces is the name of a number
that the code gives. A number without more is written with all digits that are right; ``{error:3}`` with three
significant digits; ``{mean:()}`` in brackets where it is negative, ``{mean:3()}`` both; ``{count:,}`` with thousands
separated; ``{share:%}`` as a percentage in few digits. Text is put in as it is. In an answer a number without more is
written in few digits.
"""

import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from bnsim.once import kept, once
from bnsim.text.numbers import SIGNIFICANT_DIGITS, number
from bnsim.text.short import percent, short
from bnsim.text.terms import Term

TOP = {
    "title", "question", "look_for", "answer", "params", "group",
    "readout", "note", "action", "figure", "overlay", "label",
}  # fmt: skip
PARAM = {"label", "symbol", "help", "choices"}
READOUT = {"label", "symbol", "meaning", "digits", "stage", "statement"}
FIGURE = {"title", "caption", "alt", "description", "axis", "label"}
OVERLAY = {"x", "y", "series"}


class WordsError(RuntimeError):
    """A text is missing, unknown, or does not fit the numbers that the code gives: a fault of ours, said loudly."""


class Filler(string.Formatter):
    """Fills a template with numbers, written as people read them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a number with the digits asked for, or a text as it is."""
        if isinstance(value, str):
            return value
        if format_spec == ",":
            return f"{value:,}"
        if format_spec == "%":
            return percent(float(value))
        brackets = format_spec.endswith("()")
        digits = format_spec.removesuffix("()")
        written = number(float(value), int(digits) if digits else SIGNIFICANT_DIGITS)
        return f"({written})" if brackets and value < 0 else written


FILLER = Filler()


class ShortFiller(Filler):
    """Fills a template with numbers in few digits, unless it asks for others."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a number in few digits, with the digits asked for, or a text as it is."""
        if format_spec or isinstance(value, str):
            return super().format_field(value, format_spec)
        return short(float(value))


SHORT_FILLER = ShortFiller()


def placeholders(template: str) -> set[str]:
    """Return the names of the numbers that a template asks for."""
    return {name for _, name, _, _ in FILLER.parse(template) if name is not None}


class Words:
    """The words of one experiment.

    Parameters
    ----------
    tables : mapping
        What `text.toml` holds.
    source : str
        What it is called in messages.

    Raises
    ------
    WordsError
        If it holds a key that means nothing here.
    """

    def __init__(self, tables: Mapping[str, Any], source: str) -> None:
        self.source = source
        self._tables = tables
        self._refuse_unknown("", tables, TOP)
        for kind, known in (("params", PARAM), ("readout", READOUT), ("figure", FIGURE)):
            for name, table in tables.get(kind, {}).items():
                self._refuse_unknown(f"{kind}.{name}.", table, known)
        self._refuse_unknown("overlay.", tables.get("overlay", {}), OVERLAY)
        self._sentences = MappingProxyType(dict(_leaves("", tables)))
        self._parted: dict[str, tuple[tuple[str, str, str], ...]] = {}

    @property
    def params(self) -> Mapping[str, Mapping[str, Any]]:
        """Label, symbol, help and choices of every parameter, by name."""
        found: Mapping[str, Mapping[str, Any]] = self._tables.get("params", {})
        return found

    @kept
    def terms(self) -> Mapping[str, Term]:
        """Symbol, label, meaning and digits of every readout, by key."""
        found = self._tables.get("readout", {})
        parts = ("symbol", "label", "meaning", "digits", "stage")
        terms = {key: Term(**{part: table[part] for part in parts if part in table}) for key, table in found.items()}
        return MappingProxyType(terms)

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the names of what has texts of one kind: of the pictures, for "figure"."""
        return tuple(self._tables.get(kind, ()))

    def segments(self, key: str) -> tuple[tuple[str, str, str], ...]:
        """Return a template in parts: the words before a number, its name and its format, each of which may be "".

        Raises
        ------
        WordsError
            If there is no such text, or it has braces without a name or with more than a name and a format.
        """
        if key not in self._parted:
            parsed = list(FILLER.parse(self[key]))
            if any(name == "" or turned for _, name, _, turned in parsed):
                raise WordsError(f"{self.source}, {key}: braces must hold a name, and perhaps a format: {self[key]}")
            self._parted[key] = tuple((words, name or "", form or "") for words, name, form, _ in parsed)
        return self._parted[key]

    @property
    def sentences(self) -> Mapping[str, str]:
        """Every text by its dotted key."""
        return self._sentences

    def __getitem__(self, key: str) -> str:
        """Return a text as it stands, by its dotted key: ``words["figure.map.title"]``."""
        if key not in self._sentences:
            raise WordsError(f"{self.source} must have the text {key}; it has none.")
        return self._sentences[key]

    def group(self, key: str) -> Mapping[str, str]:
        """Return the texts under a dotted key, by what follows it; in the order of the file."""
        start = f"{key}."
        return {each.removeprefix(start): text for each, text in self._sentences.items() if each.startswith(start)}

    def say(self, key: str, /, **numbers: object) -> str:
        """Return a sentence with its numbers in it.

        Raises
        ------
        WordsError
            If there is no such text, or it does not ask for exactly these numbers.
        """
        parts = self.segments(key)
        wanted = {name for _, name, _ in parts if name}
        if wanted != numbers.keys():
            asked, given = (", ".join(sorted(names)) or "none" for names in (wanted, numbers))
            raise WordsError(f"{self.source}, {key}: the text asks for the numbers {asked}; given are {given}.")
        filled = (words + (FILLER.format_field(numbers[name], form) if name else "") for words, name, form in parts)
        return "".join(filled)

    def require(self, kind: str, names: Iterable[str], optional: Iterable[str] = ()) -> None:
        """Raise a WordsError unless the tables of one kind are exactly those named."""
        there, names = set(self._tables.get(kind, {})), set(names)
        missing, odd = sorted(names - there), sorted(there - names - set(optional))
        problems = [f"{kind}.{name} is missing" for name in missing] + [f"{kind}.{name} is of nothing" for name in odd]
        if problems:
            raise WordsError(f"{self.source}: {'; '.join(problems)}.")

    def _refuse_unknown(self, place: str, table: object, known: set[str]) -> None:
        if not isinstance(table, Mapping):
            raise WordsError(f"{self.source}: {place.rstrip('.')} must be a table.")
        odd = sorted(set(table) - known)
        if odd:
            raise WordsError(
                f"{self.source}: {place}{odd[0]} is not a text that anything shows. Known are {sorted(known)}."
            )


def _leaves(start: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(f"{start}{key}.", value)
        elif isinstance(value, str):
            yield f"{start}{key}", value


@once
def words_of(package: str) -> Words:
    """Return the words of a package, from the `text.toml` in it, read once; what it does not say the glossary does."""
    tables = tomllib.loads(files(package).joinpath("text.toml").read_text("utf-8"))
    return Words(tables, f"{package.replace('.', '/')}/text.toml")


@once
def glossary() -> Mapping[str, Any]:
    """Return the texts that experiments share, by kind: parameters such as eps and seed, the names of the stages."""
    return tomllib.loads(files(__package__).joinpath("glossary.toml").read_text("utf-8"))

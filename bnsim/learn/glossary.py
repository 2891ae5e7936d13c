"""Every symbol and term that is shown anywhere, one line each.

Symbols and labels of parameters and readouts are those of the experiments; the terms stand in `glossary.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from bnsim.experiment import Experiment
from bnsim.experiments import all_experiments
from bnsim.once import once

TERM = {"title", "symbol", "text", "see", "stage", "also"}


class GlossaryError(RuntimeError):
    """An entry that is not complete, or twice there: a fault of ours, said loudly."""


@dataclass(frozen=True)
class Entry:
    """One line: the symbol, what it is called, what it means, where to see it.

    `see` is where a link leads (see `bnsim.learn.targets`); `stage` is "raw", "normalized" or "output" for what is
    drawn in the colour of that stage; `also` are other words for it.
    """

    name: str
    title: str
    text: str
    symbol: str = ""
    see: str = ""
    stage: str = ""
    also: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """What is said where its symbol stands in a text."""
        return f"{self.symbol}: {self.title}. {self.text}" if self.symbol else f"{self.title}: {self.text}"


@dataclass(frozen=True)
class Glossary:
    """The terms by name, and what each experiment shows, by its slug."""

    terms: Mapping[str, Entry]
    shown: Mapping[str, tuple[Entry, ...]]

    @property
    def symbols(self) -> Mapping[str, Entry]:
        """The terms that have a symbol, by it: those that a text explains where they stand."""
        return {entry.symbol: entry for entry in self.terms.values() if entry.symbol}

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds these symbols in a text, each standing alone, the longest first."""
        longest_first = sorted(self.symbols, key=len, reverse=True)
        return re.compile(rf"(?<![\w^′'])(?:{'|'.join(map(re.escape, longest_first))})(?![\w\u0302²′'*(])")


@once
def glossary() -> Glossary:
    """Return the glossary.

    Raises
    ------
    GlossaryError
        If a term has an unknown or a missing key, or two have one symbol.
    """
    document = tomllib.loads(files(__package__).joinpath("glossary.toml").read_text("utf-8"))
    terms = {name: _term(name, table) for name, table in document["term"].items()}
    found = Glossary(terms, {slug: tuple(_shown(each)) for slug, each in all_experiments().items()})
    if len(found.symbols) < sum(1 for entry in terms.values() if entry.symbol):
        raise GlossaryError("glossary.toml: two terms have the same symbol.")
    return found


def _term(name: str, table: Mapping[str, Any]) -> Entry:
    odd, missing = sorted(set(table) - TERM), sorted({"title", "text", "see"} - set(table))
    if odd or missing:
        raise GlossaryError(f"glossary.toml, {name}: {', '.join(odd or missing)} is {'unknown' if odd else 'missing'}.")
    return Entry(name, **{**table, "also": tuple(table.get("also", ()))})


def _shown(experiment: Experiment) -> Iterator[Entry]:
    """Yield what one experiment shows: its controls, with what can be chosen, and its readouts."""
    here = f"experiment:{experiment.slug}"
    for name, spec in experiment.params.controls().items():
        named = " · ".join((spec.control.choices or {}).values())
        choices = f" One of: {named}." if named else ""
        yield Entry(name, spec.control.label, f"{spec.control.help}{choices}", spec.control.symbol, here)
    for key, term in experiment.terms.items():
        yield Entry(key, term.label, term.meaning, term.symbol, here, term.stage)

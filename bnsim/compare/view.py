"""How a comparison is shown: against what, which columns, in which order, and what is left out; in a link as text."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from bnsim.compare.comparison import Comparison, told_apart
from bnsim.compare.differences import differences, is_number
from bnsim.compare.measures import MEASURES
from bnsim.experiments import find
from bnsim.scenario.wording import unknown
from bnsim.text import words_of

WORDS = words_of("bnsim.compare")

MOST_PINNED = 6
LONGEST_FIND = 64
LONGEST_LIST = 1500
"""Characters of a list of names in a link; a longer one is not in it."""

SORTS = ("size", "name")
"""Orders besides that by a readout: by the largest difference from the baseline, by title."""

LISTS = ("hidden", "order", "pinned")
"""What holds names of scenarios."""


@dataclass(frozen=True)
class View:
    """How a comparison is shown.

    Attributes
    ----------
    second : str
        Name of the scenario that is a second reference, beside the baseline; "" for none.
    columns : tuple of str
        Which measures stand beside each number: "difference", "percent", "ratio".
    sort : str
        "" for the order of the set, "size", "name", or the key of a readout: best first where one way is better, else
        the largest first. What is not a number comes last.
    find : str
        Only scenarios whose title or name holds these words; references and pinned ones always stay.
    hidden, order, pinned : tuple of str
        Names of scenarios that are left out, that come first in their own order, that stay beside the baseline.
    """

    second: str = ""
    columns: tuple[str, ...] = ("difference",)
    sort: str = ""
    find: str = ""
    hidden: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()

    def query(self) -> dict[str, str]:
        """Return what differs from the usual as text for a link; lists of names that are too long are left out."""
        usual = View()
        texts = {}
        for name in (each.name for each in fields(self)):
            value = getattr(self, name)
            text = ",".join(value) if isinstance(value, tuple) else value
            if value != getattr(usual, name) and len(text) <= LONGEST_LIST:
                texts[name] = text or "none"
        return texts

    @classmethod
    def read(
        cls, query: Mapping[str, str], names: Collection[str], readouts: Collection[str]
    ) -> tuple["View", list[str]]:
        """Return what a link asks for as far as it goes, and a sentence for each part that is ignored.

        Parameters
        ----------
        query : mapping of str to str
            The parts of the link, from anybody.
        names, readouts : collection of str
            The scenarios there are, and the readouts by which they can be sorted.
        """
        told = list[str]()
        parts: dict[str, Any] = {}
        for part in (each.name for each in fields(cls) if each.name in query):
            known = known_of(part, names, readouts)
            parts[part] = read_part(part, query[part][: LONGEST_LIST + 1], known, told)
        return replace(cls(), **{part: value for part, value in parts.items() if value is not None}), told

    def within(self, names: Collection[str], readouts: Collection[str]) -> "View":
        """Return the view without scenarios and readouts that are not there (any more)."""
        lists: dict[str, Any] = {name: tuple(each for each in getattr(self, name) if each in names) for name in LISTS}
        lists["pinned"] = lists["pinned"][:MOST_PINNED]
        return replace(
            self,
            second=self.second if self.second in names else "",
            sort=self.sort if self.sort in (*SORTS, *readouts) else "",
            **lists,
        )


def known_of(part: str, names: Collection[str], readouts: Collection[str]) -> Sequence[str]:
    """Return what a part of a link may name."""
    if part == "columns":
        return list(MEASURES)
    return [*SORTS, *readouts] if part == "sort" else list(names)


def read_part(part: str, text: str, known: Sequence[str], told: list[str]) -> str | tuple[str, ...] | None:
    """Return one part of a link as a view holds it, None to leave it as usual; what is ignored goes to `told`."""
    longest = LONGEST_FIND if part == "find" else LONGEST_LIST
    if len(text) > longest:
        told.append(f"{part} must be at most {longest} characters; got more.")
        return None
    if part == "find":
        return text
    listed = [] if text in ("", "none") else list(dict.fromkeys(text.split(",")))
    strange = [name for name in listed if name not in known]
    if strange:
        told.append(f"{part}: {unknown(strange[0], 'here', known, 'There are')}")
    found = tuple(name for name in listed if name in known)
    if part in ("second", "sort"):
        return found[0] if found else ""
    if part == "pinned" and len(found) > MOST_PINNED:
        told.append(f"pinned must name at most {MOST_PINNED} scenarios; got {len(found)}.")
        return found[:MOST_PINNED]
    return tuple(name for name in MEASURES if name in found) if part == "columns" else found


def arranged(comparison: Comparison, view: View) -> Comparison:
    """Return the scenarios that are shown, in their order: baseline, second reference, pinned ones, the others."""
    first, *others = comparison.names
    fixed = [name for name in dict.fromkeys((view.second, *view.pinned)) if name in others]
    free = [name for name in others if name not in fixed and name not in view.hidden]
    sought = [name for name in free if holds(comparison, name, view.find)]
    return comparison.only((first, *fixed, *sorted_by(comparison, sought, view)))


def holds(comparison: Comparison, name: str, words: str) -> bool:
    """Return whether the title or the name of a scenario holds words, whatever their capitals."""
    wanted = words.strip().casefold()
    return wanted in comparison.titles[name].casefold() or wanted in name


def sorted_by(comparison: Comparison, names: Sequence[str], view: View) -> list[str]:
    """Return scenarios in the order that is asked for; those that are equal keep the order of the set."""
    moved = [name for name in view.order if name in names]
    own = [*moved, *(name for name in names if name not in moved)]
    if not view.sort:
        return own
    if view.sort == "name":
        titles = told_apart(comparison.titles)
        return sorted(own, key=lambda name: titles[name].casefold())
    if view.sort == "size":
        sizes = size_of(comparison)
        return sorted(own, key=lambda name: -sizes.get(name, 0.0))
    falls = find(comparison.experiment).better.get(view.sort) != "lower"
    values = {name: number_of(comparison, name, view.sort) for name in own}
    known = [name for name in own if not math.isnan(values[name])]
    last = [name for name in own if math.isnan(values[name])]
    return [*sorted(known, key=values.__getitem__, reverse=falls), *last]


def number_of(comparison: Comparison, name: str, key: str) -> float:
    """Return a readout as a number; NaN where it is a word."""
    value = comparison.readouts[name][key].best
    return float(value) if is_number(value) else math.nan


def size_of(comparison: Comparison) -> dict[str, float]:
    """Return the largest difference from the baseline, for its size, by scenario; those without one are not there.

    It is measured as in the sentence of what differs most. Where a word or nothing stands in place of every number
    that differs there is no size: −1, after all others.
    """
    found = dict[str, float]()
    for item in differences(comparison):
        size = -1.0 if math.isnan(item.relative) else item.relative
        found[item.scenario] = max(found.get(item.scenario, -1.0), size)
    return found


def moved(own: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the shortest beginning of an order from which the rest follows in the order of the set.

    Examples
    --------
    >>> moved(["a", "b", "c", "d"], ["a", "c", "b", "d"])
    ('a', 'c')
    """
    for count in range(len(wanted) + 1):
        start = list(wanted[:count])
        if [*start, *(name for name in own if name not in start)] == list(wanted):
            return tuple(start)
    return tuple(wanted)


def left_out(comparison: Comparison, shown_ones: Comparison) -> str:
    """Return in a sentence how many scenarios are not shown; "" if all are."""
    count, there = len(comparison.names), len(shown_ones.names)
    return "" if count == there else WORDS.say("label.left_out", shown=str(there), count=str(count))

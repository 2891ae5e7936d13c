"""One parameter over a list or a range: read from text or from Python, with every problem said."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from bnsim.frameworks.quoting import bare_momenta, names_framework, rejoined
from bnsim.scenario.fields import LONGEST_NUMBER, WHOLE, FieldSpec
from bnsim.scenario.values import NUMBER
from bnsim.scenario.wording import counted, number_text, shown
from bnsim.text import number, short
from bnsim.text.numbers import MOST_DIGITS

MOST_POINTS = 50
"""Of a sweep; so many still have room in one picture, and instant ones are worked out in a second."""

SPACINGS = ("lin", "log")
"""Equal steps, and equal ratios."""

SPELLINGS = "a list such as 1,2,3 or a range such as 0.1:10:5 or 0.1:10:5:log"
VARIED = ("number", "integer", "choice", "flag")
MOST_TOLD = 6
MINUS = "\N{MINUS SIGN}"
ENOUGH_DIGITS = Context(prec=40)


@dataclass(frozen=True)
class Variation:
    """A parameter and the values it takes, in order, each once.

    Attributes
    ----------
    spec : FieldSpec
        The parameter.
    values : tuple
        At least two valid ones.
    text : str
        How it is spelled: "0.001:10:25:log", "1,2,3".
    is_log : bool
        Whether the values stand in equal ratios.
    """

    spec: FieldSpec
    values: tuple[Any, ...]
    text: str
    is_log: bool = False

    @property
    def is_numeric(self) -> bool:
        """Whether every value is a number, so that it has its place on an axis."""
        return self.spec.kind in ("number", "integer") and not any(isinstance(value, str) for value in self.values)

    @property
    def is_ordered(self) -> bool:
        """Whether the values are numbers that rise, or that fall."""
        return self.is_numeric and self.values in (tuple(sorted(self.values)), tuple(sorted(self.values))[::-1])

    @property
    def symbol(self) -> str:
        """What stands before a value: the symbol, or the label of a parameter that has none."""
        return self.spec.control.symbol or self.spec.control.label

    @property
    def label(self) -> str:
        """What it is called, with its symbol."""
        return f"{self.spec.control.label} {self.spec.control.symbol}".strip()

    def places(self) -> tuple[float, ...]:
        """Return where the values stand on an axis: numbers where they are, words one after the other."""
        return tuple(float(value) if self.is_numeric else float(at) for at, value in enumerate(self.values))

    def written(self) -> tuple[str, ...]:
        """Return the values as people read them, in few digits where those tell them apart."""
        few = tuple(value_text(self.spec, value) for value in self.values)
        return few if len(set(few)) == len(few) else tuple(value_text(self.spec, v, every=True) for v in self.values)

    def in_names(self) -> Iterator[str]:
        """Yield what stands in the name of a scenario for each value, a minus as a word: "mean minus 1", "eps 1e-5"."""
        name = self.spec.name.replace("_", "-")
        for value, text in zip(self.values, self.written(), strict=True):
            word = self.spec.write(value) if isinstance(value, str) or self.spec.options else text.replace("-", MINUS)
            yield f"{name} {word.replace(f'e{MINUS}', 'e-').replace(MINUS, 'minus ')}"

    def nearest(self, value: object) -> int:
        """Return the place of the value nearest to one: the first where there is no telling how near they are."""
        if value in self.values:
            return self.values.index(value)
        if not self.is_numeric or not isinstance(value, int | float) or (self.is_log and value <= 0):
            return 0
        scale = math.log if self.is_log else float
        gaps = [abs(scale(each) - scale(value)) for each in self.values]
        return gaps.index(min(gaps))


def value_text(spec: FieldSpec, value: object, *, every: bool = False) -> str:
    """Return a value of a parameter as people read it: a choice by its label, a number in few or in `every` digit."""
    if isinstance(value, float):
        return number(value, MOST_DIGITS) if every else short(value)
    return (spec.control.choices or {}).get(value) or spec.write(value)


def read_variation(
    spec: FieldSpec, asked: str | Sequence[object], problems: list[str], told: list[str]
) -> Variation | None:
    """Return the values that a parameter is to take; None where that cannot be, and `problems` say why.

    Parameters
    ----------
    spec : FieldSpec
        The parameter.
    asked : str or sequence
        ``a,b,c``, ``low:high:count`` or ``low:high:count:log``; or the values themselves.
    problems, told : list of str
        Get a sentence for everything that is wrong, and for what is left out.
    """
    if spec.kind not in VARIED:
        problems.append(f"a sweep must vary a number or a choice; got {spec.name}.")
        return None
    before = len(problems)
    is_text = isinstance(asked, str)
    is_range = isinstance(asked, str) and ":" in asked and spec.kind in ("number", "integer")
    read = _range(spec, str(asked), problems, told) if is_range else (_listed(spec, asked, problems, told), False)
    values, is_log = read
    if len(problems) > before:
        return None
    bad = [value for value in values if not _fits(spec, value)]
    if bad:
        hints = dict.fromkeys(filter(None, map(spec.hint, bad[:MOST_TOLD])))
        problems.append(" ".join((f"{spec.name} must {spec.rule()}; got {_some(bad)}.", *hints)))
        return None
    different = tuple(dict.fromkeys(values))
    if len(different) < 2:
        problems.append(f"{spec.name} must have two different values at least; got {_some(different)}.")
        return None
    if len(different) < len(values):
        told.append(_said_of_equals(spec, len(values), len(different), is_range=is_range))
    text = str(asked).strip() if is_text else ",".join(map(spec.write, different))
    return Variation(spec, different, text, is_log)


def spaced(low: float, high: float, count: int, *, is_log: bool) -> Iterator[float]:
    """Yield so many numbers from one to another: in equal steps, or in equal ratios.

    Each is the double nearest to the exact number, so that 0.001:10:5:log gives 0.01 and 0:1:11 gives 0.3, and not
    what rounding at every step makes of them.

    Examples
    --------
    >>> list(spaced(0.001, 10, 5, is_log=True)), list(spaced(-0.1, 0.2, 4, is_log=False))
    ([0.001, 0.01, 0.1, 1.0, 10.0], [-0.1, 0.0, 0.1, 0.2])
    """
    first, last = Decimal(repr(float(low))), Decimal(repr(float(high)))
    for at in range(count):
        if at in (0, count - 1):
            yield float(last if at else first)
        elif is_log:
            ratio = ENOUGH_DIGITS.divide(last, first)
            share = ENOUGH_DIGITS.divide(Decimal(at), Decimal(count - 1))
            yield float(ENOUGH_DIGITS.multiply(first, ENOUGH_DIGITS.power(ratio, share)))
        else:
            yield float(Fraction(first) + (Fraction(last) - Fraction(first)) * Fraction(at, count - 1))


def written_range(low: float, high: float, count: int, *, is_log: bool = False) -> str:
    """Return a range as it is spelled: ``0.1:10:5:log``."""
    return f"{number_text(low)}:{number_text(high)}:{count}{':log' if is_log else ''}"


def _range(spec: FieldSpec, text: str, problems: list[str], told: list[str]) -> tuple[list[Any], bool]:
    """Return the numbers of ``low:high:count[:log|lin]``, and whether they stand in equal ratios.

    The ends may be given as a framework quotes them, "0.9, Keras:0.99, Keras:4": they are turned before the steps are.
    """
    parts = [part.strip() for part in text.split(":", 4)]
    if not 3 <= len(parts) <= 4:
        problems.append(
            f"{spec.name} must be low:high:count, low:high:count:lin or low:high:count:log; got {shown(text)}."
        )
        return [], False
    quoted = [spec.understood(part) for part in parts[:2]]
    low, high = (_finite(part) if end is None else end[0] for part, end in zip(parts, quoted, strict=False))
    count, spacing = _whole(parts[2]), parts[3] if len(parts) == 4 else "lin"
    found = list(_quoted_problems(spec, parts, quoted))
    found = found or list(_range_problems(spec.name, parts, (low, high), count, spacing))
    problems += found
    told += [end[1] for end in quoted if end is not None and not found]
    if found or low is None or high is None or count is None:
        return [], False
    is_log = spacing == "log"
    numbers = spaced(low, high, count, is_log=is_log)
    # Halves upwards, as people round: round() would make 2 of 2.5.
    return [math.floor(each + 0.5) if spec.kind == "integer" else each for each in numbers], is_log


def _range_problems(
    name: str, parts: Sequence[str], ends: Sequence[float | None], count: int | None, spacing: str
) -> Iterator[str]:
    odd = [part for part, end in zip(parts, ends, strict=False) if end is None]
    if odd:
        yield f"{name} must begin and end at numbers; got {' and '.join(map(shown, odd))}."
    if count is None or not 2 <= count <= MOST_POINTS:
        got = shown(parts[2]) if count is None else number_text(count)
        yield f"{name} must have a whole number of points from 2 to {MOST_POINTS}; got {got}."
    if spacing not in SPACINGS:
        yield f"{name} must be spaced by lin or log; got {shown(spacing)}."
    not_above = [number_text(end) for end in ends if end is not None and end <= 0]
    if spacing == "log" and not_above:
        yield f"{name} must begin and end above 0 to be spaced by log; got {' and '.join(not_above)}. Or say lin."


def _quoted_problems(spec: FieldSpec, parts: Sequence[str], ends: Sequence[tuple[float, str] | None]) -> Iterator[str]:
    # Where one end alone names a framework, or the count does, the other number could be meant in its way or in ours.
    named = [spec.control.quoted is not None and names_framework(part) for part in parts]
    for part, end, is_named in zip(parts, ends, named, strict=False):
        if is_named and end is None:
            yield spec.refusal(part)
    if any(named) and named != [True, True, *(False for _ in parts[2:])]:
        yield (
            f"{spec.name} must name a framework at both ends of a range, as in 0.9, Keras:0.99, Keras:4, or nowhere; "
            f"got {shown(':'.join(parts))}."
        )


def _whole(text: str) -> int | None:
    return int(text) if len(text) <= LONGEST_NUMBER and WHOLE.fullmatch(text) else None


def _finite(text: str) -> float | None:
    bare = text.replace("\N{MINUS SIGN}", "-")
    value = float(bare) if len(bare) <= LONGEST_NUMBER and NUMBER.fullmatch(bare) else math.nan
    return value if math.isfinite(value) else None


def _listed(spec: FieldSpec, asked: str | Sequence[object], problems: list[str], told: list[str]) -> list[Any]:
    """Return the entries of a list, read as this parameter reads them."""
    entries = _entries(spec, asked) if isinstance(asked, str) else asked
    if len(entries) > MOST_POINTS:
        problems.append(f"{spec.name} must have at most {MOST_POINTS} values; got {len(entries)}.")
        return []
    if isinstance(asked, str) and not all(entries):
        problems.append(f"{spec.name} must have values: {SPELLINGS}; got {shown(asked)}.")
        return []
    meant = [spec.understood(entry) for entry in entries]
    told += _told_of_quoted(spec, entries, meant)
    typed = [spec.read(str(entry)) for entry in entries] if isinstance(asked, str) else entries
    return [spec.tidy(value if quoted is None else quoted[0]) for value, quoted in zip(typed, meant, strict=True)]


def _entries(spec: FieldSpec, text: str) -> list[str]:
    """Return what stands between the commas, a framework with the number before it."""
    entries = [entry.strip() for entry in text.split(",")]
    # With a framework for each value there are twice as many; a list that is longer still is refused as it is.
    is_short = len(entries) <= 2 * MOST_POINTS
    return rejoined(entries) if spec.control.quoted and is_short else entries


def _told_of_quoted(
    spec: FieldSpec, entries: Sequence[object], meant: Sequence[tuple[float, str] | None]
) -> Iterator[str]:
    """Yield what quoted entries mean; beside a quoted momentum also what bare numbers mean, which may surprise."""
    sentences = [quoted[1] for quoted in meant if quoted is not None]
    yield from sentences
    numbers = [str(entry) for entry in entries if _finite(str(entry)) is not None]
    if sentences and numbers and spec.control.quoted == "momentum":
        yield f"{spec.name}: {bare_momenta(numbers)}"


def _fits(spec: FieldSpec, value: Any) -> bool:
    """Return whether a value is one of this parameter's."""
    if spec.options:
        return any(value is option or (type(value) is type(option) and value == option) for option in spec.options)
    if isinstance(value, str):
        return value in spec.words
    kinds = (int,) if spec.kind == "integer" else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value) and spec.allows(value)


def _said_of_equals(spec: FieldSpec, many: int, different: int, *, is_range: bool) -> str:
    if is_range:
        return f"{spec.name}: rounded to whole numbers, {many} points are {different} different ones."
    return f"{spec.name}: {counted(many - different, 'value is', 'values are')} there already and left out."


def _some(values: Sequence[object]) -> str:
    more = f" and {len(values) - MOST_TOLD} more" if len(values) > MOST_TOLD else ""
    return ", ".join(map(shown, values[:MOST_TOLD])) + more


def written_link(asked: Sequence[tuple[str, str]]) -> str:
    """Return what is varied as a link holds it: ``std:0.001:10:25:log;gamma:1,2,3``."""
    return ";".join(f"{name}:{text}" for name, text in asked)


def read_link(text: str) -> list[tuple[str, str]]:
    """Return what a link varies, each parameter by its name, with its values as they are spelled."""
    parts = (part.partition(":") for part in text.split(";", 3))
    return [(name.strip(), values) for name, _, values in parts]

"""What an experiment says: which sentence of its text holds, and the numbers in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bnsim.once import kept
from bnsim.text import SIGNIFICANT_DIGITS, Term, to_error


@dataclass(frozen=True)
class Readout:
    """One number of a result, and the exact statement that makes it, with the current numbers in it.

    `exact` is the value in exact arithmetic where algebra knows it and `value` differs only by rounding: people are
    shown that, programs get what was computed. `error` is the standard error of a simulated value, or what rounding
    can leave of a computed one: people are shown the value to two digits of it. `said` is the statement, or what makes
    it: of most numbers nobody reads it.
    """

    key: str
    value: float | str
    term: Term
    said: str | Callable[[], str] = field(default="", compare=False)
    exact: float | None = None
    error: float = 0.0

    @kept
    def statement(self) -> str:
        """What makes the number, with the current numbers in it."""
        return self.said if isinstance(self.said, str) else self.said()

    @property
    def best(self) -> float | str:
        """What people are shown: the exact value where it is known, else the digits of the value that mean anything."""
        if self.exact is not None:
            return self.exact
        return self.value if isinstance(self.value, str) else to_error(self.value, self.error)


@dataclass(frozen=True)
class Stated:
    """One number of an outcome, and which statement of the text makes it, with which numbers in it.

    Parameters
    ----------
    key : str
        Of the readout; its label, symbol, meaning and statement stand in the text under ``readout.KEY``.
    value : float or str
        What was computed.
    case : str
        Which of several statements holds: ``readout.KEY.statement.CASE``.
    exact : float, optional
        The value in exact arithmetic, where algebra knows it.
    error : float
        Standard error of a simulated value, or what rounding can leave: see `Readout`.
    numbers : mapping of str to float or str
        What the statement asks for.
    """

    key: str
    value: float | str
    case: str = ""
    exact: float | None = None
    error: float = 0.0
    numbers: Mapping[str, object] = field(default_factory=dict)


def stated(
    key: str,
    value: float | str,
    case: str = "",
    /,
    *,
    exact: float | None = None,
    error: float = 0.0,
    **numbers: object,
) -> Stated:
    """Return a `Stated`; the numbers of its statement are given by name."""
    return Stated(key, value, case, exact, error, numbers)


@dataclass(frozen=True)
class Note:
    """A sentence that holds of an outcome: its key in the text, under ``note``, and the numbers in it.

    `warns`: nobody should overlook it, so it stands in sight; others stand where the page explains.
    """

    key: str
    numbers: Mapping[str, object] = field(default_factory=dict)
    warns: bool = False


def note(key: str, /, **numbers: object) -> Note:
    """Return a `Note`; its numbers are given by name."""
    return Note(key, numbers)


def warning(key: str, /, **numbers: object) -> Note:
    """Return a `Note` that nobody should overlook."""
    return Note(key, numbers, warns=True)


@dataclass(frozen=True)
class Answer:
    """A sentence of the answer to the page's question: its key in the text, under ``answer``.

    The names in the text are those of readouts and parameters, whose values they take; what is neither is given here.
    """

    key: str
    numbers: Mapping[str, object] = field(default_factory=dict)


def answer(key: str, /, **numbers: object) -> Answer:
    """Return an `Answer`; numbers that are neither readouts nor parameters are given by name."""
    return Answer(key, numbers)


@dataclass(frozen=True)
class Segment:
    """A part of a sentence: words, or a number by the name of its readout or parameter.

    `form` is what the text says of how the number is written, `digits` how many of it mean anything.
    """

    text: str
    name: str = ""
    form: str = ""
    digits: int = SIGNIFICANT_DIGITS

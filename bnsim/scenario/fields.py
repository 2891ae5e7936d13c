"""What one parameter is: its kind, its valid range, its control; how it is read from text and refused in words."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bnsim.frameworks.quoting import Quantity, Quoted, instead, read_quoted, why_not
from bnsim.scenario.values import MOST_VALUES, NUMBER, Values
from bnsim.scenario.wording import number_text, shown

Kind = Literal["number", "integer", "choice", "flag", "values", "text"]

KINDS: dict[object, Kind] = {float: "number", int: "integer", bool: "flag", Values: "values", str: "text"}
DEFAULTS: dict[Kind, Callable[[Any], object]] = {"number": float, "values": Values}
LARGEST_WHOLE = 2**53  # beyond it a double skips whole numbers, and with it the browser's sliders
LONGEST_NUMBER = 400  # characters; the shortest text of any double has 24
WHOLE = re.compile(r"[+-]?[0-9]+")
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which no file or link can hold
FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True)
class Control:
    """How the page shows a parameter; attached to its field through ``Annotated``.

    Parameters
    ----------
    label : str
        In words: "Batch standard deviation".
    symbol : str
        As in a formula: "σ_B".
    slider : (low, high, step), optional
        Range of the slider. The valid range, ``Field(ge=..., le=...)``, may be wider.
    choices : mapping of value to label, optional
        Values that are offered; other valid ones stay allowed by file or link.
    group : str
        Name of the group, closed at first, in which the control stands; "" is always in sight.
    help : str
        The tooltip: one or two plain sentences.
    live : bool
        Whether the pictures follow the thumb.
    when : (name of another field, values of it), optional
        The control matters only while the other field has one of these values.
    formerly : mapping of number to word
        Numbers, not valid any more, by which earlier versions meant a word. In a link or a file they are still read as
        that word, and that is said.
    quoted : "momentum" or "eps", optional
        What the number is of batch norm, if it is one of these: it may then be given as a framework quotes it, as in
        "0.99, Keras". The momentum of an optimizer is none.
    """

    label: str
    symbol: str = ""
    slider: tuple[float, float, float] | None = None
    choices: Mapping[Any, str] | None = field(default=None, hash=False)
    group: str = ""
    help: str = ""
    live: bool = False
    when: tuple[str, tuple[object, ...]] | None = None
    formerly: Mapping[float, str] = field(default_factory=dict, hash=False)
    quoted: Quantity | None = None


@dataclass(frozen=True)
class FieldSpec:
    """One parameter, as the page, the link, the file and the messages see it.

    Parameters
    ----------
    name : str
        Name of the field.
    kind : str
        "number", "integer", "choice", "flag", "values" or "text".
    control : Control
        How the page shows it.
    default : object
        Its value when nothing else is said.
    low, high : float, optional
        Valid range; None is unbounded.
    low_open, high_open : bool
        Whether the bound itself is outside the range.
    options : tuple
        Every allowed value of a choice or flag, else empty.
    longest : int, optional
        Most characters of a text.
    words : tuple of str
        What may stand in place of a number: ``("own",)``.
    """

    name: str
    kind: Kind
    control: Control
    default: Any
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    options: tuple[Any, ...] = ()
    longest: int | None = None
    words: tuple[str, ...] = ()

    def rule(self) -> str:
        """Return what is allowed, to follow "must": "be a number from 0 to 1000000"."""
        match self.kind:
            case "choice":
                return f"be one of {', '.join(map(self.write, self.options))}"
            case "flag":
                return "be true or false"
            case "values":
                return f"be a list of at most {MOST_VALUES} numbers"
            case "text":
                return "be text" if self.longest is None else f"be text of at most {self.longest} characters"
            case "number":
                return f"be {''.join(f'{word}, or ' for word in self.words)}a number{self._range()}"
            case "integer":
                return f"be a whole number{self._range()}"

    def _range(self) -> str:
        low = None if self.low is None else number_text(self.low)
        high = None if self.high is None else number_text(self.high)
        if low and high and not self.low_open and not self.high_open:
            return f" from {low} to {high}"
        at_least = low and (f" more than {low}" if self.low_open else f" of at least {low}")
        # "a number of at most 5", but "a number more than 0 and at most 5"
        at_most = high and (f" less than {high}" if self.high_open else f"{'' if low else ' of'} at most {high}")
        return " and".join(filter(None, (at_least, at_most)))

    def allows(self, value: Any) -> bool:
        """Return whether a value of the right type is in the valid range."""
        if self.options:
            return value in self.options
        if self.words and isinstance(value, str):
            return value in self.words
        if self.kind == "text":
            return not SURROGATE.search(value)
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        return above and (self.high is None or value < self.high or (value == self.high and not self.high_open))

    def refusal(self, value: object) -> str:
        """Return the sentence that refuses a value, with its `hint`."""
        return f"{self.name} must {self.rule()}; got {shown(value)}. {self.hint(value)}".rstrip()

    def hint(self, value: object) -> str:
        """Return what a text in a framework's way means, or why it means nothing; "" for every other value.

        One that means a number in range is refused only where numbers alone are read, as in a lesson: write that.
        """
        if self.control.quoted is None or not isinstance(value, str):
            return ""
        meant = self._meant(value)
        if meant is None:
            return why_not(value, self.control.quoted)
        return instead(meant) if self.allows(meant.value) else meant.sentence

    def tidy(self, value: object) -> object:
        """Return a typed value as this field holds it, or the value itself when it is of another kind.

        Numpy scalars become Python's, 32.0 becomes 32 where a whole number is due, the value of a choice its option.
        """
        if isinstance(value, np.generic):
            value = float(value) if isinstance(value, np.floating) else value.item()
        if self.kind == "integer" and isinstance(value, float) and value.is_integer():
            return int(value)
        return self._option(value) if self.kind == "choice" else value

    def _option(self, value: object) -> object:
        if isinstance(value, str | int | float | Enum):
            for option in self.options:
                plain = option.value if isinstance(option, Enum) and not isinstance(value, Enum) else option
                # True == 1 for Python, not for a person.
                if plain == value and isinstance(plain, bool) == isinstance(value, bool):
                    return option
        # For pydantic too: a stray true must not pass for the option 1.
        return str(value).lower() if isinstance(value, bool) else value

    def read(self, text: str) -> object:
        """Return the typed value a text stands for, or the text itself when it is of another kind."""
        bare = text.strip()
        if len(bare) > LONGEST_NUMBER or self.kind in ("text", "values"):
            return text
        match self.kind:
            case "flag":
                return FLAGS.get(bare.lower(), text)
            case "choice":
                return next((option for option in self.options if self.write(option) == bare), text)
        return self._number(bare.replace("\N{MINUS SIGN}", "-"), text)

    def _number(self, bare: str, text: str) -> object:
        """Return the number or the word that a short text is, else the text as it was given."""
        if bare in self.words:
            return bare
        if self.kind == "integer" and WHOLE.fullmatch(bare):
            return int(bare)
        number = float(bare) if NUMBER.fullmatch(bare) else math.nan
        if self.kind == "integer":
            return int(number) if number.is_integer() else text
        understood = self.understood(bare)
        if understood is not None:
            return understood[0]
        return number if math.isfinite(number) else text

    def told(self, text: str) -> tuple[str, ...]:
        """Return what to say of how `read` reads a text: of a number in a framework's way, what it means here."""
        understood = self.understood(text)
        return () if understood is None else (understood[1],)

    def understood(self, value: object) -> tuple[float, str] | None:
        """Return the number that a text in a framework's way means, and the sentence that says so.

        None for every other value, and where the number is out of range: `refusal` then says what it means.

        Examples
        --------
        >>> spec = FieldSpec("eps", "number", Control("", quoted="eps"), 1e-5)
        >>> spec.understood("0.001, Keras")
        (0.001, 'eps: “0.001, Keras” is read as 0.001: ε means the same in Keras and here.')
        """
        meant = self._meant(value) if isinstance(value, str) else None
        return (meant.value, f"{self.name}: {meant.sentence}") if meant and self.allows(meant.value) else None

    def _meant(self, text: str) -> Quoted | None:
        """Return what a text in a framework's way means, in range or not."""
        bare = text.strip().replace("\N{MINUS SIGN}", "-")
        if self.control.quoted is None or bare in self.words:
            return None
        return read_quoted(bare, self.control.quoted)

    def renewed(self, value: object) -> tuple[str, str] | None:
        """Return the word that earlier versions meant by a number and the sentence that says so; None for any other."""
        if isinstance(value, bool) or not isinstance(value, int | float) or value not in self.control.formerly:
            return None
        word = self.control.formerly[value]
        meaning = (self.control.choices or {}).get(word, word)
        sentence = (
            f"{self.name}={shown(value)} is read as {word}, {meaning}: that is what it meant in earlier versions."
        )
        return word, sentence

    def write(self, value: Any) -> str:
        """Return a value as text from which `read` and the field's own check give exactly that value again."""
        if isinstance(value, Values):
            return ",".join(map(repr, value.tolist()))
        if isinstance(value, Enum):
            value = value.value
        return str(value).lower() if isinstance(value, bool) else str(value)


def spec_of(name: str, info: FieldInfo) -> FieldSpec:
    """Return the specification of a pydantic field.

    Raises
    ------
    TypeError
        If the field cannot be a parameter: no default, an odd name, a type without a control, a slider or a choice
        that is out of range.
    """
    if not (name.isascii() and name.isidentifier()):
        raise TypeError(f"The parameter {name} must have a name of ASCII letters, digits and underscores.")
    if info.default is PydanticUndefined:
        raise TypeError(f"The parameter {name} must have a default.")
    annotation, limits, words = _number_or_words(info)
    kind, options = _kind_and_options(name, annotation)
    control = next((item for item in info.metadata if isinstance(item, Control)), Control(label=name))
    default = DEFAULTS[kind](info.default) if kind in DEFAULTS and info.default not in words else info.default
    longest = next((item.max_length for item in info.metadata if hasattr(item, "max_length")), None)
    spec = FieldSpec(name, kind, control, default, *_range(kind, limits), options, longest, words)
    if not all(map(spec.allows, [*(control.slider or ())[:2], *(control.choices or ())])):
        raise TypeError(f"The control of the parameter {name} must offer values from its valid range only.")
    return spec


def _number_or_words(info: FieldInfo) -> tuple[Any, Sequence[Any], tuple[str, ...]]:
    """Return type, limits and words of a field; words are in ``Annotated[float, Field(...)] | Literal["own"]``."""
    if get_origin(info.annotation) not in (Union, UnionType):
        return info.annotation, info.metadata, ()
    number, words = get_args(info.annotation)
    plain, *limits = get_args(number) if get_origin(number) is Annotated else (number,)
    nested = [item for limit in limits for item in getattr(limit, "metadata", ())]
    return plain, nested, get_args(words)


def _kind_and_options(name: str, annotation: Any) -> tuple[Kind, tuple[Any, ...]]:
    if get_origin(annotation) is Literal:
        return "choice", get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "choice", tuple(annotation)
    if annotation not in KINDS:
        raise TypeError(f"The parameter {name} must be a float, int, bool, str, Literal, Enum or Values.")
    return KINDS[annotation], (False, True) if annotation is bool else ()


def _range(kind: Kind, limits: Sequence[Any]) -> tuple[float | None, float | None, bool, bool]:
    """Return low, high, low_open, high_open."""
    low, low_open = _bound(limits, "ge", "gt")
    high, high_open = _bound(limits, "le", "lt")
    if kind != "integer":
        return low, high, low_open, high_open
    low = -LARGEST_WHOLE if low is None else math.floor(low) + 1 if low_open else math.ceil(low)  # gt=0 is ge=1
    high = LARGEST_WHOLE if high is None else math.ceil(high) - 1 if high_open else math.floor(high)
    return low, high, False, False


def _bound(limits: Sequence[Any], closed: str, opened: str) -> tuple[float | None, bool]:
    for item in limits:
        for attribute in (closed, opened):
            bound = getattr(item, attribute, None)
            if bound is not None:
                return bound, attribute == opened
    return None, False

"""Momentum and eps as people quote them, with the framework that means it so: "0.99, Keras"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bnsim.frameworks.table import Framework, find, new_weight, unknown_framework
from bnsim.text import words_of

WORDS = words_of(__package__)

Quantity = Literal["momentum", "eps"]

LONGEST = 60  # characters; the longest that means something has about 30
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
APART = r"[\s,;:]*"
NAME = r"[A-Za-z][A-Za-z.]*(?: ?[23])?"
FORMS = (
    re.compile(rf"(?P<number>{NUMBER}){APART}(?P<name>{NAME})"),
    re.compile(rf"(?P<name>{NAME})(?:[\s,;:]+(?P<number>{NUMBER}))?"),
)


@dataclass(frozen=True)
class Quoted:
    """What was read.

    Attributes
    ----------
    value : float
        As bnsim means it: of a momentum the weight of the new batch.
    framework : Framework
    number : float, optional
        As it was quoted; None where the framework's default was asked for.
    sentence : str
        What to say of it.
    """

    value: float
    framework: Framework
    number: float | None
    sentence: str


def read_quoted(text: str, quantity: Quantity) -> Quoted | None:
    """Return a momentum or an eps quoted in a framework's way; None if the text is no such thing.

    Parameters
    ----------
    text : str
        "0.99, Keras" and "Keras 0.99" are the momentum 0.01 here, "Keras" alone is the default of Keras.
    quantity : "momentum" or "eps"

    Examples
    --------
    >>> read_quoted("0.99, Keras", "momentum").sentence
    '“0.99, Keras” is read as 0.01, the weight of the new batch: Keras gives the weight of the old value.'
    >>> read_quoted("tf", "eps").sentence
    '“tf” is read as 0.001, the default of TensorFlow.'
    """
    parts = _parts(text)
    framework = parts and find(parts[0])
    if not parts or not framework:
        return None
    number = parts[1]
    if number is None:
        value = framework.new_weight if quantity == "momentum" else framework.eps
    elif quantity == "eps":
        value = number
    elif 0 <= number <= 1:
        value = new_weight(number, framework)
    else:
        return None
    given = " ".join(text.split())
    key = f"label.read.{_sentence(quantity, framework, number)}"
    return Quoted(value, framework, number, WORDS.say(key, given=given, value=value, framework=framework.title))


def why_not(text: str, quantity: Quantity) -> str:
    """Return why a text that looks like a number with a framework is none; "" if it does not look so."""
    parts = _parts(text)
    if not parts or parts[1] is None:
        return ""
    if find(parts[0]) is None:
        return unknown_framework(parts[0])
    return WORDS["label.why_not.momentum"] if read_quoted(text, quantity) is None else ""


def instead(found: Quoted) -> str:
    """Return what to write where a number alone is read."""
    return WORDS.say("label.read.instead", value=found.value)


def names_framework(text: str) -> bool:
    """Return whether a text is the name of a framework, or a number with one."""
    parts = _parts(text)
    return parts is not None and find(parts[0]) is not None


def bare_momenta(numbers: Sequence[str]) -> str:
    """Return what to say of momenta without a framework that stand beside some that name one."""
    return WORDS.say("label.read.bare" if len(numbers) == 1 else "label.read.bare_several", given=", ".join(numbers))


def rejoined(entries: Sequence[str]) -> list[str]:
    """Return the entries of a list with a framework that follows a number joined to it: "0.99, Keras" is one of them.

    Examples
    --------
    >>> rejoined(["0.1", "0.99", "Keras", "PyTorch"])
    ['0.1', '0.99, Keras', 'PyTorch']
    """
    found: list[str] = []
    for entry in entries:
        if found and find(entry) and re.fullmatch(NUMBER, found[-1].strip()):
            found[-1] = f"{found[-1]}, {entry}"
        else:
            found.append(entry)
    return found


def _parts(text: str) -> tuple[str, float | None] | None:
    """Return name and number of a text, if it is short and has that form."""
    bare = text.strip()
    if len(bare) > LONGEST:
        return None
    for form in FORMS:
        if found := form.fullmatch(bare):
            number = found["number"]
            return found["name"], None if number is None else float(number)
    return None


def _sentence(quantity: Quantity, framework: Framework, number: float | None) -> str:
    """Return which sentence says what was read."""
    if number is None:
        return f"{quantity}_default"
    if quantity == "eps":
        return "eps"
    return "momentum_old" if framework.value.quotes_old else "momentum_new"

"""Whether a long text is a plain list of numbers, found out at the speed of memory: a nanosecond or two a character.

What is no number is looked for in pieces, by what may follow what; only a piece that has it is read entry by entry.
"""

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bnsim.data.notation import LONGEST

PIECE = 2**16
"""Characters that are looked at at once; they stay in the processor's cache."""

DIGIT, POINT, EXPONENT, SIGN, BLANK, COMMA, STRANGE = range(7)
SIGNS = {DIGIT: b"0123456789", POINT: b".", EXPONENT: b"eE", SIGN: b"+-", COMMA: b",;"}
# What may follow each kind of sign. A point that has no digit on either side is looked for apart.
MAY_FOLLOW = {
    DIGIT: {DIGIT, POINT, EXPONENT, BLANK, COMMA},
    POINT: {DIGIT, EXPONENT, BLANK, COMMA},
    EXPONENT: {DIGIT, SIGN},
    SIGN: {DIGIT, POINT},
    BLANK: {DIGIT, POINT, SIGN, BLANK, COMMA},
    COMMA: {DIGIT, POINT, SIGN, BLANK, COMMA},
    STRANGE: set(),
}
BAD, OPENS, CLOSES = 1, 2, 4
"""What a pair of signs is: not allowed; a point without digits before it; a point without digits after it."""

BLANKS = b" \t\n\r\f\v\x1c\x1d\x1e\x1f"
SEPARATE = BLANKS.decode() + ",;"
TIGHT_COMMA = re.compile(r",(?<=[^\s,;],)(?=[^\s,;])")


def _kinds() -> bytes:
    table = bytearray([STRANGE]) * 256
    for kind, signs in {**SIGNS, BLANK: BLANKS}.items():
        for sign in signs:
            table[sign] = kind
    return bytes(table)


def _pairs() -> bytes:
    """Return what every pair of kinds is, by 8 times the first and once the second."""
    table = bytearray([BAD]) * 256
    for first, allowed in MAY_FOLLOW.items():
        for second in allowed:
            opens = OPENS if second == POINT and first in (SIGN, BLANK, COMMA) else 0
            closes = CLOSES if first == POINT and second != DIGIT else 0
            table[8 * first + second] = opens | closes
    return bytes(table)


KINDS, PAIRS = _kinds(), _pairs()
# Of a number's signs only points and exponents are left, to see that each has one at most and in this order.
MAY_BE_IN_NUMBERS = b"0123456789.,;+-eE'_" + BLANKS
MARKS = bytes(sign if chr(sign) in ".e" else ord("e") if chr(sign) == "E" else ord(" ") for sign in range(256))
TWICE = (b"..", b"e.", b"ee")
# A comma is 1, another separator 2, all else 0; a comma is tight if both beside it are 0.
TIGHTNESS = bytes(1 if chr(sign) == "," else 2 if kind in (BLANK, COMMA) else 0 for sign, kind in enumerate(KINDS))
COMMAS = bytes(ord(",") if chr(sign) == ";" else sign for sign in range(256))


@cache
def _wide_blanks() -> tuple[str, ...]:
    return tuple(chr(code) for code in range(0x80, 0x3001) if chr(code).isspace())


def narrow(text: str) -> str:
    """Return a text with a plain blank for each of the rare ones."""
    if not text.isascii():
        for blank in _wide_blanks():
            text = text.replace(blank, " ")
    return text


def pieces(text: str) -> Iterator[str]:
    """Yield the pieces of a text without rare blanks, cut after separators; what stands before and after shows as 0.

    So an empty entry between two pieces, or at either end, is one within a piece.
    """
    before, start = "0,", 0
    while start < len(text):
        end = _cut(text, start)
        piece = text[start:end]
        yield f"{before}{piece}{'0' if end < len(text) else ',0'}"
        left = piece.rstrip()
        before = "0," if left.endswith((",", ";")) or (not left and before == "0,") else "0 "
        start = end


def _cut(text: str, start: int) -> int:
    """Return where a piece ends: after the last separator that has room, or after the first one of all."""
    if len(text) - start <= PIECE:
        return len(text)
    last = max(text.rfind(sign, start, start + PIECE) for sign in SEPARATE)
    if last < 0:
        last = min((at for sign in SEPARATE if (at := text.find(sign, start)) >= 0), default=len(text) - 1)
    return last + 1


def check(piece: str) -> tuple[int, bool]:
    """Return how many entries a piece has, and whether they are surely numbers of at most 400 characters each."""
    raw = piece.encode("ascii", "replace")
    kinds = np.frombuffer(raw.translate(KINDS), np.uint8)
    separates = kinds >= BLANK
    separates &= kinds <= COMMA
    count = int(np.count_nonzero(separates[:-1] & ~separates[1:])) - 1
    return count, _pairs_are_good(kinds) and _entries_are_short(separates) and _is_in_order(raw)


def first_strange(text: str) -> int:
    """Return where the first sign stands that is in no number and separates none; -1 if there is none."""
    raw = narrow(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).encode("ascii", "replace")
    strange = raw.translate(None, MAY_BE_IN_NUMBERS)
    return raw.find(strange[:1]) if strange else -1


def has_tight_comma(text: str) -> bool:
    """Say whether a comma somewhere has no blank and no other separator beside it."""
    if not text.isascii():
        return TIGHT_COMMA.search(text) is not None
    for start in range(0, len(text), PIECE):
        kinds = np.frombuffer(text[start : start + PIECE + 2].encode().translate(TIGHTNESS), np.uint8)
        if ((kinds[1:-1] == 1) & ((kinds[:-2] | kinds[2:]) == 0)).any():
            return True
    return False


def _pairs_are_good(kinds: NDArray[np.uint8]) -> bool:
    pairs = np.frombuffer(((kinds[:-1] << 3) | kinds[1:]).tobytes().translate(PAIRS), np.uint8)
    if (pairs & BAD).any():
        return False
    return not ((pairs[:-1] & OPENS) & (pairs[1:] >> 1)).any()


def _entries_are_short(separates: NDArray[np.bool_]) -> bool:
    return bool((np.diff(np.flatnonzero(separates)) <= LONGEST + 1).all())


def _is_in_order(raw: bytes) -> bool:
    marks = raw.translate(MARKS, b"0123456789+-")
    if any(pair in marks for pair in TWICE):
        return False
    return b",," not in raw.translate(COMMAS, BLANKS)

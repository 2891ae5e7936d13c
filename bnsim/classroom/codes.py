"""Codes of rooms, and the secrets by which a teacher and a seat are known again."""

import secrets
from hashlib import sha256

from bnsim.classroom.words import say
from bnsim.errors import RoomError
from bnsim.scenario.wording import shown

LETTERS = "CDFHJKMNPRTWX"
"""No I or L (a one), O or Q (a nought), U or V (each other), S (a five), Z (a two), B (an eight), G (a six, and C); nor
A, E or Y: without vowels a code is no word. Six of them are 4.8 million codes."""

LENGTH = 6
SHOWN_IN = 3
"""Letters that stand together where a code is shown."""


def new_code() -> str:
    """Return a code by chance."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def code_in(text: str) -> str:
    """Return the code that somebody typed: capitals, blanks and hyphens aside.

    Raises
    ------
    RoomError
        If it can be no code.
    """
    letters = "".join(text[:50].split()).replace("-", "").upper()
    if len(letters) != LENGTH or not set(letters) <= set(LETTERS):
        raise RoomError(say("error.code", letters=LENGTH, alphabet=" ".join(LETTERS), got=shown(text)))
    return letters


def spaced(code: str) -> str:
    """Return a code as people read it aloud.

    >>> spaced("CDFHJK")
    'CDF HJK'
    """
    return f"{code[:SHOWN_IN]} {code[SHOWN_IN:]}"


def new_secret() -> str:
    """Return a key or a seat's token: 256 bits by chance, as 43 characters that need no escape in a link."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return what is kept of a secret. It holds 256 bits of chance, so nobody finds it by trying, salted or not."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(one_hash: str, other_hash: str) -> bool:
    """Return whether two hashes are the same, in a time that does not tell where they differ."""
    return secrets.compare_digest(one_hash, other_hash)

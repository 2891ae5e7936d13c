"""A column of the user's own numbers: immutable, compared by content, safe to show and to store."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property
from itertools import islice
from typing import Any, NoReturn, Self

import numpy as np
from numpy.typing import NDArray
from pydantic_core import CoreSchema, core_schema

from bnsim.errors import DataError
from bnsim.scenario.wording import number_text, shown

MOST_VALUES = 1_000_000
LARGEST = 1e12
# One way only to read each digit: "[0-9]+\.?[0-9]*" could part a run of n digits in n places, and try them all.
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# Two separators with nothing between them leave an empty entry, which is reported: a skipped one would move the mean.
SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")
RANGE = f"from {number_text(-LARGEST)} to {number_text(LARGEST)}"
MOST_REPORTED = 3
SHOWN_IN_REPR = 6


class Values:
    """Numbers of one feature, in the order given.

    Parameters
    ----------
    numbers : array, shape (N,), or iterable of numbers, or text
        At most 1,000,000 finite numbers from -1e12 to 1e12. Text is read by `from_text`.

    Raises
    ------
    DataError
        If there are too many, or one of them is not a finite number in range.
    """

    def __init__(self, numbers: "Iterable[object] | str | Values" = ()) -> None:
        array = _array_of(numbers)
        array.setflags(write=False)
        self._array = array

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the numbers in a text, separated by commas, semicolons or white space.

        Raises
        ------
        DataError
            If an entry is empty or not a number; the first three are named by their position, counted from 1.
        """
        return cls(_entries(text))

    @property
    def array(self) -> NDArray[np.float64]:
        """The numbers as a read-only array, shape (N,)."""
        return self._array

    @cached_property
    def digest(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the numbers as little-endian doubles."""
        return hashlib.sha256(self._array.astype("<f8", copy=False).tobytes()).hexdigest()[:12]

    def tolist(self) -> list[float]:
        """Return the numbers as a new list of Python floats."""
        numbers: list[float] = self._array.tolist()
        return numbers

    def __len__(self) -> int:
        return len(self._array)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Values):
            return NotImplemented
        return self is other or np.array_equal(self._array, other._array)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        head = ", ".join(map(number_text, self._array[:SHOWN_IN_REPR].tolist()))
        more = f", … {len(self)} numbers" if len(self) > SHOWN_IN_REPR else ""
        return f"Values([{head}{more}])"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[NDArray[np.float64]]]:
        return type(self), (self._array,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        """Let a pydantic field read anything the constructor reads, and write a list of floats."""
        return core_schema.no_info_plain_validator_function(
            cls._validated,
            json_schema_input_schema=core_schema.list_schema(core_schema.float_schema(), max_length=MOST_VALUES),
            serialization=core_schema.plain_serializer_function_ser_schema(
                cls.tolist, return_schema=core_schema.list_schema(core_schema.float_schema())
            ),
        )

    @classmethod
    def _validated(cls, value: Any) -> Self:
        # The same object back: a million numbers are neither checked nor copied again when another field changes.
        return value if isinstance(value, cls) else cls(value)


def _array_of(numbers: object) -> NDArray[np.float64]:
    if isinstance(numbers, Values):
        return numbers.array
    if isinstance(numbers, str):
        numbers = _entries(numbers)
    if isinstance(numbers, np.ndarray):
        array = _from_array(numbers)
    elif isinstance(numbers, Iterable) and not isinstance(numbers, Mapping | Set | bytes | bytearray):
        array = _from_items(list(islice(numbers, MOST_VALUES + 1)))
    else:
        raise DataError(f"values must be a list of numbers; got {shown(numbers)}.")
    _require_finite_in_range(array)
    return array + 0.0  # a copy of our own, with -0.0 made 0.0: equal columns have equal digests


def _from_array(source: NDArray[Any]) -> NDArray[np.float64]:
    if source.ndim != 1:
        raise DataError(f"values must be one column of numbers; got an array of shape {source.shape}.")
    _require_few(source.size)
    if source.dtype.kind in "ObUS":
        return _from_items(source.tolist())
    if source.dtype.kind not in "iuf":
        raise DataError(f"values must be numbers; got an array of {source.dtype}.")
    with np.errstate(over="ignore"):
        return source.astype(np.float64)


def _from_items(items: Sequence[Any]) -> NDArray[np.float64]:
    _require_few(len(items))
    odd = {kind for kind in set(map(type, items)) if not _is_number(kind)}
    if odd:
        _refuse_entries("be numbers", [(at, shown(item)) for at, item in enumerate(items, 1) if type(item) in odd])
    try:
        with np.errstate(over="ignore"):
            return np.array(items, dtype=np.float64)
    except OverflowError:  # a whole number beyond the largest double
        large = [(at, shown(item)) for at, item in enumerate(items, 1) if abs(item) > LARGEST]
        _refuse_entries(f"be {RANGE}", large)


def _is_number(kind: type) -> bool:
    return issubclass(kind, int | float | np.integer | np.floating) and not issubclass(kind, bool | np.timedelta64)


def _entries(text: str) -> list[float]:
    stripped = text.replace("\N{MINUS SIGN}", "-").strip()
    stripped = stripped[:-1].rstrip() if stripped.endswith((",", ";")) else stripped
    # One entry more than allowed is enough to see that there are too many.
    entries = SEPARATOR.split(stripped, maxsplit=MOST_VALUES) if stripped else []
    _require_few(len(entries))
    bad = [
        (at, shown(entry) if entry else "empty") for at, entry in enumerate(entries, 1) if not NUMBER.fullmatch(entry)
    ]
    if bad:
        _refuse_entries("be numbers", bad)
    return list(map(float, entries))


def _require_few(count: int) -> None:
    if count > MOST_VALUES:
        raise DataError(f"values must be at most {MOST_VALUES} numbers; got more.")


def _require_finite_in_range(array: NDArray[np.float64]) -> None:
    for rule, bad in (("be finite numbers", ~np.isfinite(array)), (f"be {RANGE}", np.abs(array) > LARGEST)):
        if bad.any():
            _refuse_entries(rule, [(int(at) + 1, number_text(array[at])) for at in np.flatnonzero(bad)])


def _refuse_entries(rule: str, bad: Sequence[tuple[int, str]]) -> NoReturn:
    named = ", ".join(f"entry {at} is {what}" for at, what in bad[:MOST_REPORTED])
    more = f", and {len(bad) - MOST_REPORTED} more" if len(bad) > MOST_REPORTED else ""
    raise DataError(f"values must {rule}; {named}{more}.")

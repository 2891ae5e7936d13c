"""A column of the user's own numbers: immutable, compared by content, safe to show and to store."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice
from typing import Any, NoReturn, Self

import numpy as np
from numpy.typing import NDArray
from pydantic_core import CoreSchema, core_schema

from bnsim.data.pasted import NUMBER, read_text
from bnsim.errors import DataError
from bnsim.once import kept
from bnsim.scenario.wording import number_text, shown

__all__ = ["LARGEST", "MOST_VALUES", "NUMBER", "Values"]

MOST_VALUES = 1_000_000
LARGEST = 1e12
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
        """Return the numbers in a text, separated by commas, semicolons or white space; see `bnsim.data.pasted`.

        Raises
        ------
        DataError
            If an entry is empty or not a number, or the text has two readings.
        """
        return cls(read_text(text).values)

    @property
    def array(self) -> NDArray[np.float64]:
        """The numbers as a read-only array, shape (N,)."""
        return self._array

    @kept
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
        numbers = read_text(numbers).values
    _refuse_what_hides_numbers(numbers)
    if isinstance(numbers, np.ndarray):
        array = _from_array(numbers)
    elif isinstance(numbers, Iterable) and not isinstance(numbers, Mapping | Set | bytes | bytearray):
        array = _from_items(list(islice(numbers, MOST_VALUES + 1)))
    else:
        raise DataError(f"values must be a list of numbers; got {shown(numbers)}.")
    _require_finite_in_range(array)
    return array + 0.0  # a copy of our own, with -0.0 made 0.0: equal columns have equal digests


def _refuse_what_hides_numbers(numbers: object) -> None:
    """Refuse what looks like a list of numbers and would be read as other numbers, or in a roundabout way."""
    if isinstance(numbers, np.ma.MaskedArray) and np.ma.is_masked(numbers):
        masked = int(np.ma.getmaskarray(numbers).sum())
        raise DataError(
            f"values must be numbers without a mask; got {masked} of {numbers.size} masked. "
            "Leave them out with .compressed()."
        )
    if hasattr(numbers, "detach") and hasattr(numbers, "numpy"):
        raise DataError("values must be a list of numbers; got a tensor. Pass x.detach().cpu().numpy().")
    if hasattr(numbers, "columns") and hasattr(numbers, "iloc"):
        raise DataError('values must be one column of numbers; got a table of them. Pass one column: frame["name"].')


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
        bad = ((at, shown(item)) for at, item in enumerate(items, 1) if type(item) in odd)
        _refuse_entries("be numbers", bad, _way_out_of(odd))
    try:
        with np.errstate(over="ignore"):
            return np.array(items, dtype=np.float64)
    except OverflowError:  # a whole number beyond the largest double
        large = [(at, shown(item)) for at, item in enumerate(items, 1) if abs(item) > LARGEST]
        _refuse_entries(f"be {RANGE}", large)


def _is_number(kind: type) -> bool:
    return issubclass(kind, int | float | np.integer | np.floating) and not issubclass(kind, bool | np.timedelta64)


def _require_few(count: int) -> None:
    if count > MOST_VALUES:
        raise DataError(f"values must be at most {MOST_VALUES} numbers; got more.")


def _require_finite_in_range(array: NDArray[np.float64]) -> None:
    for rule, bad in (("be finite numbers", ~np.isfinite(array)), (f"be {RANGE}", np.abs(array) > LARGEST)):
        if bad.any():
            _refuse_entries(rule, ((int(at) + 1, number_text(array[at])) for at in np.flatnonzero(bad)))


def _way_out_of(kinds: Set[type]) -> str:
    names = {kind.__name__ for kind in kinds}
    if names & {"NAType", "NaTType"}:
        return " Leave what is missing out with .dropna()."
    if "MaskedConstant" in names:
        return " Leave what is masked out with .compressed()."
    return " Pass x.detach().cpu().numpy()." if any(hasattr(kind, "detach") for kind in kinds) else ""


def _refuse_entries(rule: str, bad: Iterable[tuple[int, str]], way_out: str = "") -> NoReturn:
    """Refuse, naming the first few only: a million of them need not be looked at."""
    first = [f"entry {at} is {what}" for at, what in islice(bad, MOST_REPORTED + 1)]
    more = ", and more" if len(first) > MOST_REPORTED else ""
    raise DataError(f"values must {rule}; {', '.join(first[:MOST_REPORTED])}{more}.{way_out}")

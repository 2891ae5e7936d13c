"""What every engine function asks of its arrays: real numbers, a known shape, one number per channel."""

import math
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bnsim.errors import InputError, ShapeError

Array: TypeAlias = NDArray[Any]
Result = TypeVar("Result")

CHANNEL_AXIS = 1
MOST_DIMENSIONS = 5  # (N, C, D, H, W)
CACHE_LINE = 64  # bytes

# numpy keeps what it warns of in the context, so one context can be made as silent as `quiet`, once and for all.
_QUIET = copy_context()
_QUIET.run(np.seterr, invalid="ignore", over="ignore", divide="ignore")


def real_array(values: ArrayLike, name: str = "x") -> Array:
    """Return `values` as an array of floating-point numbers; all but float16 and float32 become float64."""
    array = values if type(values) is np.ndarray else _read(values, name)
    if array.dtype.char in "efd":
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype.kind == "f":
        return fitting(array, np.dtype(np.float64), name, "Divide it by a constant first.")
    raise InputError(f"{name} must hold real numbers; got dtype {array.dtype}.")


def _read(values: ArrayLike, name: str) -> Array:
    """Return np.asarray(values), where whatever a foreign tensor raises becomes a sentence."""
    if isinstance(values, np.ma.MaskedArray) and (hidden := np.count_nonzero(np.ma.getmaskarray(values))):
        raise InputError(
            f"{name} must not hold masked values; got {hidden}. Leave them out with {name}.compressed(), or call "
            "masked_batch_norm with a mask that is true where values count."
        )
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise InputError(_unreadable(values, name)) from error


def _unreadable(values: object, name: str) -> str:
    inner = values
    while isinstance(inner, (list, tuple)) and inner:
        inner = next((one for one in inner if hasattr(one, "detach")), inner[0])
    if not hasattr(inner, "detach"):
        kind = f"a {type(inner).__name__}" if inner is values else f"a {type(values).__name__} of unequal parts"
        return f"{name} must be numbers that numpy can read as one array; got {kind}."
    way = "detach().cpu()" + (".float()" if "bfloat16" in str(getattr(inner, "dtype", "")) else "") + ".numpy()"
    what = f"a {type(inner).__name__}" if inner is values else f"a {type(values).__name__} of {type(inner).__name__}s"
    way = f"{name}.{way}" if inner is values else f"each as .{way}"
    return f"{name} must be numbers that numpy can read; got {what} that numpy cannot. Pass {way}."


def fitting(exact: Array, dtype: np.dtype[Any], name: str, way_out: str = "Pass x as float64.") -> Array:
    """Return `exact` in `dtype`; a finite number that is too large for it is refused, never made infinite."""
    if exact.dtype == dtype:
        return exact
    with quiet():
        narrow = exact.astype(dtype)
    lost = np.isinf(narrow)
    if lost.any() and (lost := lost & np.isfinite(exact)).any():
        worst, most = exact[lost][0], np.finfo(dtype).max
        raise InputError(f"{name} must fit into {dtype}, up to {most:.6g}; got {worst:.8g}. {way_out}")
    return narrow


def all_finite(values: Array) -> bool:
    """Whether no value is NaN or infinite; for float32 by a sum of squares first, which is twice as fast."""
    if values.dtype.char == "f" and values.flags.c_contiguous:
        flat = values.reshape(-1)
        if math.isfinite(flat.dot(flat)):
            return True
    # Unlike an array of yes and no they take no memory; NaN is the least and the largest.
    return math.isfinite(values.min()) and math.isfinite(values.max())


def float64(values: ArrayLike, name: str) -> Array:
    """Return `values` in float64: an array, or a scalar if it has no axes."""
    wide: Array = real_array(values, name).astype(np.float64, copy=False)[()]
    return wide


def batch_array(values: ArrayLike, name: str = "x") -> Array:
    """Return `values` as one batch: real numbers of shape (N,), (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)."""
    array = real_array(values, name)
    if not 1 <= array.ndim <= MOST_DIMENSIONS:
        raise ShapeError(f"{name} must have from 1 to {MOST_DIMENSIONS} dimensions; got shape {array.shape}.")
    if array.size == 0:
        raise ShapeError(f"{name} must hold at least one value per channel; got shape {array.shape}.")
    return array


def pooled(x: Array) -> Array:
    """View a batch as (N, C, L): examples, channels, positions. A batch (N,) is one channel of N positions."""
    if x.ndim == 1:
        return x.reshape(1, 1, -1)
    return x.reshape(x.shape[0], x.shape[CHANNEL_AXIS], -1)


def channels_of(x: Array) -> int:
    """Return C; a batch of shape (N,) is one channel."""
    return 1 if x.ndim == 1 else int(x.shape[CHANNEL_AXIS])


def values_per_channel(x: Array) -> int:
    """Return how many values of x each channel holds."""
    return x.size // channels_of(x)


def outward(per_channel: Array, x: Array) -> Array:
    """Return one number per channel as the user sees it: shape (C,), or a scalar beside a batch of shape (N,)."""
    return per_channel[0] if x.ndim == 1 else per_channel


def per_channel(values: ArrayLike, x: Array, name: str) -> Array:
    """Return `values` as float64 of shape (C,); a single number serves every channel."""
    shape = x.shape[CHANNEL_AXIS : CHANNEL_AXIS + 1] or (1,)
    array = real_array(values, name)
    if array.shape == shape:
        return array if array.dtype.char == "d" else array.astype(np.float64)
    if array.ndim:
        allowed = "be one number" if x.ndim == 1 else f"be one number or have shape {shape}"
        raise ShapeError(f"{name} must {allowed}; got shape {array.shape}.")
    return np.full(shape, array, np.float64)


def quiet() -> np.errstate:
    """Let NaN and infinity pass without a warning: they are the answer of their channel, and stay in it."""
    return np.errstate(invalid="ignore", over="ignore", divide="ignore")


def quietly(function: Callable[..., Result], *arguments: object) -> Result:
    """Return function(*arguments) as it is inside `with quiet()`, a microsecond sooner."""
    return _QUIET.copy().run(function, *arguments)


def positive(value: float, name: str) -> float:
    """Return `value` if it is finite and more than 0 (NaN is not)."""
    if not isinstance(value, (int, float)):
        value = number(value, name)
    if not 0 < value < math.inf:
        raise InputError(f"{name} must be a number more than 0; got {value:g}.")
    return float(value)


def number(value: object, name: str) -> float:
    """Return one real number as a float."""
    array = real_array(value, name)  # type: ignore[arg-type]
    if array.ndim:
        raise InputError(f"{name} must be one number; got shape {array.shape}.")
    return float(array)


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return a new array like np.empty that starts a cache line: numpy writes to it up to twice as fast."""
    size, spare = math.prod(shape), CACHE_LINE // dtype.itemsize
    room = np.empty(size + spare, dtype)
    skip = -room.ctypes.data % CACHE_LINE // dtype.itemsize
    return room[skip : skip + size].reshape(shape)

"""Fast sums and a fast affine map over a whole batch, in blocks that stay in the cache.

Each function equals the one-line formula in its docstring, and a test says so. A batch of shape (N, C, L) is taken
in one of two ways. With short runs of positions it is N rows of C * L values, and one number per channel becomes a
tile a few rows wide. With long runs it is N * C rows of L values, and each row has its number.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from bnsim.engine.arrays import Array

FEW = 16384  # values up to which blocks are not worth their calls
BLOCK = 32768  # values in a block: the four that one step touches take a megabyte of float64
LONG_RUN = 256  # positions from which a run pays for its own call
SHORT_SUM = 64  # rows added up in float32 before float64 carries on
WIDE_ROW = 1024  # columns up to which rows are joined, because numpy takes as long over a short row

Cut: TypeAlias = tuple[slice, ...]


def sums(x: Array, pivot: Array | None = None) -> tuple[Array, Array]:
    """Return sum(x - pivot) and sum((x - pivot)**2) over examples and positions, float64, each of shape (C,).

    x is C-contiguous, of shape (N, C, L). A large batch of float32 rows is summed 64 rows at a time in float32 and
    from there in float64: a relative error below 1e-7. All others are summed in float64 throughout.
    """
    examples, channels, length = x.shape
    if x.size <= FEW:
        total, squares = _sums_of_few(x, pivot)
    elif length < LONG_RUN:
        total, squares = _sums_of_rows(x, pivot)
    else:
        total, squares = _sums_of_runs(x, pivot)
        return total.reshape(examples, channels).sum(axis=0), squares.reshape(examples, channels).sum(axis=0)
    if length == 1:
        return total, squares
    return total.reshape(channels, length).sum(axis=1), squares.reshape(channels, length).sum(axis=1)


def affine(x: Array, pivot: Array | None, scale: Array, shift: Array, out: Array) -> None:
    """Write (x - pivot) * scale + shift into `out`, computed in the dtype of `scale`; no pivot means 0.

    x and `out` have shape (N, C, L), C-contiguous, and may be the same array; the others have shape (C,).
    """
    if x.size <= FEW:
        if x.shape[2] == 1:
            _affine_block(x[:, :, 0], pivot, scale, shift, out[:, :, 0])
        else:
            _affine_block(x, None if pivot is None else pivot[:, None], scale[:, None], shift[:, None], out)
        return
    view, cuts = _cuts(x.shape)
    beside_x = None if pivot is None else _spread(pivot, x.shape)
    scales, shifts = _spread(scale, x.shape), _spread(shift, x.shape)
    x, out = x.reshape(view), out.reshape(view)
    # Backwards, because the sums have just left the end of x in the cache.
    for cut in reversed(cuts):
        part = x[cut]
        _affine_block(part, None if beside_x is None else beside_x(cut), scales(cut), shifts(cut), out[cut])


def _affine_block(x: Array, pivot: Array | None, scale: Array, shift: Array, out: Array) -> None:
    work = out if out.dtype == scale.dtype else np.empty(x.shape, scale.dtype)
    if pivot is None:
        np.multiply(x, scale, out=work)
    else:
        np.subtract(x, pivot, out=work)
        np.multiply(work, scale, out=work)
    if work is out:
        np.add(work, shift, out=out)
    else:
        out[...] = work + shift


@lru_cache(maxsize=32)
def _cuts(shape: tuple[int, ...]) -> tuple[tuple[int, ...], list[Cut]]:
    """Return the view of a batch that is cut up, and the cuts."""
    examples, channels, length = shape
    if length >= LONG_RUN:
        rows, step = examples * channels, max(1, BLOCK // length)
        down, across = range(0, rows, step), range(0, length, BLOCK)
        return (rows, length), [(slice(i, i + step), slice(j, j + BLOCK)) for i in down for j in across]
    width = channels * length
    size = max(1, BLOCK // width) * width
    total = examples * width
    return (total,), [(slice(i, min(i + size, total)),) for i in range(0, total, size)]


def _spread(values: Array, shape: tuple[int, ...]) -> Callable[[Cut], Array]:
    """Return what stands beside each cut when every channel has one of `values`."""
    examples, channels, length = shape
    if length >= LONG_RUN:
        column: Array = np.tile(values, examples)[:, None]
        return lambda cut: column[cut[0]]
    tile = _tile(values, max(1, min(examples, BLOCK // (channels * length))), length)
    return lambda cut: tile[: cut[0].stop - cut[0].start]


def _tile(values: Array, rows: int, length: int) -> Array:
    """Return one number per channel as it lies beside so many rows of C * L values, flat."""
    return np.broadcast_to(values[:, None], (rows, len(values), length)).reshape(-1)


def _sums_of_few(x: Array, pivot: Array | None) -> tuple[Array, Array]:
    rows = x.reshape(x.shape[0], -1).astype(np.float64, copy=False)
    if pivot is not None:
        rows = rows - (np.repeat(pivot, x.shape[2]) if x.shape[2] > 1 else pivot)
    return _ones_dot(rows), _ones_dot(np.square(rows))


def _sums_of_runs(x: Array, pivot: Array | None) -> tuple[Array, Array]:
    """Sum over the positions of each of the N * C runs."""
    view, cuts = _cuts(x.shape)
    rows = x.reshape(view)
    if pivot is None and x.dtype == np.float64:
        return rows.sum(axis=1), np.vecdot(rows, rows)
    total, squares = np.zeros(len(rows)), np.zeros(len(rows))
    beside_x = None if pivot is None else _spread(pivot, x.shape)
    for cut in cuts:
        apart = rows[cut].astype(np.float64)
        if beside_x is not None:
            apart -= beside_x(cut)
        total[cut[0]] += apart.sum(axis=1)
        squares[cut[0]] += np.vecdot(apart, apart)
    return total, squares


def _sums_of_rows(x: Array, pivot: Array | None) -> tuple[Array, Array]:
    """Sum over the N rows of C * L values each."""
    width = x.shape[1] * x.shape[2]
    if pivot is None and x.dtype != np.float16:
        return _column_sums(x.reshape(-1), width), _column_squares(x.reshape(-1), width)
    step = _rows_at_once(width)
    apart = np.empty(step * width, np.result_type(x.dtype, np.float32))
    tile = _tile(np.zeros(x.shape[1], apart.dtype) if pivot is None else pivot.astype(apart.dtype), step, x.shape[2])
    flat, total, squares = x.reshape(-1), np.zeros(width), np.zeros(width)
    for start in range(0, flat.size, tile.size):
        part = flat[start : start + tile.size]
        block = np.subtract(part, tile[: part.size], out=apart[: part.size])
        total += _column_sums(block, width)
        squares += _column_sums(np.square(block, out=block), width)
    return total, squares


def _rows_at_once(width: int) -> int:
    """Return how many rows make a block: some whole short sums, if one fits."""
    rows = max(1, BLOCK // width)
    return rows - rows % SHORT_SUM if rows > SHORT_SUM else rows


def _joined(rows: int, width: int) -> int:
    """Return how many rows to lay end to end, so that numpy's loops are long and short sums still fit."""
    return max(1, min(WIDE_ROW // width, rows // SHORT_SUM))


def _column_sums(flat: Array, width: int) -> Array:
    """Return flat.reshape(-1, width).sum(axis=0), with at most 64 values in a sum that is not float64."""
    if flat.size <= SHORT_SUM * width:
        return _ones_dot(flat.reshape(-1, width)).astype(np.float64, copy=False)
    short, rest = _short_and_rest(flat, width)
    total: Array = np.matmul(_ones(SHORT_SUM, flat.dtype), short).reshape(-1, width).sum(axis=0, dtype=np.float64)
    return total if rest.size == 0 else total + _ones_dot(rest)


def _column_squares(flat: Array, width: int) -> Array:
    """Return (flat.reshape(-1, width)**2).sum(axis=0), as `_column_sums` does."""
    short, rest = _short_and_rest(flat, width)
    total: Array = np.einsum("knt,knt->kt", short, short).reshape(-1, width).sum(axis=0, dtype=np.float64)
    return total if rest.size == 0 else total + _ones_dot(np.square(rest))


def _short_and_rest(flat: Array, width: int) -> tuple[Array, Array]:
    """Return most rows as (sums, 64, joined rows), and the rest as rows, of float64 if they are more than 64."""
    rows = flat.size // width
    joined = _joined(rows, width)
    whole = (rows - rows % (joined * SHORT_SUM)) * width
    rest = flat[whole:].reshape(-1, width)
    return (
        flat[:whole].reshape(-1, SHORT_SUM, joined * width),
        rest if len(rest) <= SHORT_SUM else rest.astype(np.float64, copy=False),
    )


def _ones_dot(rows: Array) -> Array:
    """Return rows.sum(axis=0) in the dtype of rows; several times faster than numpy's sum."""
    total: Array = _ones(len(rows), rows.dtype).dot(rows)
    return total


@lru_cache(maxsize=32)
def _ones(count: int, dtype: np.dtype[Any]) -> Array:
    return np.ones(count, dtype)

"""Fast sums and a fast affine map over a whole batch, in blocks that stay in the cache.

Each function equals the one-line formula in its docstring, and a test says so. A batch of shape (N, C, L) is taken
in one of two ways. With short runs of positions it is N rows of C * L values, and one number per channel becomes a
tile a few rows wide. With long runs it is N * C rows of L values, and each row has its number.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from bnsim.engine.arrays import Array, aligned

FEW = 16384  # values up to which blocks are not worth their calls
BLOCK = 131072  # bytes in a block, so that the four that one step touches fit into a common second cache
SHARE = 32  # a block is at most such a part of the batch, so that four of them are little beside it
LONG_RUN = 256  # positions from which a run pays for its own call
SHORT_SUM = 64  # rows added up in float32 before float64 carries on
LEAST_ROWS = 8  # rows added up in one call, however wide they are
LEAST_BLOCKS = 8  # that a batch is cut into if its rows are joined, so that few rows are left over
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
        _affine_block(x, None if pivot is None else pivot[:, None], scale[:, None], shift[:, None], out)
        return
    view, cuts = _cuts(x.shape, min(BLOCK, x.nbytes // SHARE) // scale.itemsize)
    beside_x = None if pivot is None else _spread(pivot, x.shape, cuts)
    scales, shifts = _spread(scale, x.shape, cuts), _spread(shift, x.shape, cuts)
    x, out = x.reshape(view), out.reshape(view)
    # Backwards, because the sums have just left the end of x in the cache.
    for cut in reversed(cuts):
        part = x[cut]
        _affine_block(part, None if beside_x is None else beside_x(cut), scales(cut), shifts(cut), out[cut])


def few_affine(x: Array, scale: Array, shift: Array) -> Array | None:
    """Return x * scale + shift for a few rows x of shape (N, C), in the dtype of x; None if `scale` overflows that."""
    if x.dtype.char == "f":
        scale, shift = scale.astype(np.float32), shift.astype(np.float32)
        if not math.isfinite(scale.dot(scale)):
            return None
    y = np.empty(x.shape, x.dtype)
    # numpy multiplies two whole arrays, in place, faster than an array and a row.
    y[...] = scale
    np.multiply(y, x, y)
    np.add(y, shift, y)
    return y


def _affine_block(x: Array, pivot: Array | None, scale: Array, shift: Array, out: Array) -> None:
    work = out if out.dtype == scale.dtype else np.empty(x.shape, scale.dtype)
    if pivot is None:
        np.multiply(x, scale, out=work)
    else:
        np.subtract(x, pivot, out=work)
        np.multiply(work, scale, out=work)
    np.add(work, shift, out=work)
    if work is not out:
        out[...] = work


@lru_cache(maxsize=32)
def _cuts(shape: tuple[int, ...], block: int) -> tuple[tuple[int, ...], list[Cut]]:
    """Return the view of a batch that is cut up, and the cuts, of about `block` values each."""
    examples, channels, length = shape
    if length >= LONG_RUN:
        rows, step = examples * channels, max(1, block // length)
        down, across = range(0, rows, step), range(0, length, block)
        return (rows, length), [(slice(i, i + step), slice(j, j + block)) for i in down for j in across]
    width = channels * length
    size, total = max(1, block // width) * width, examples * width
    return (total,), [(slice(i, min(i + size, total)),) for i in range(0, total, size)]


def _spread(values: Array, shape: tuple[int, ...], cuts: list[Cut]) -> Callable[[Cut], Array]:
    """Return what stands beside each cut when every channel has one of `values`."""
    examples, channels, length = shape
    if length >= LONG_RUN:
        column: Array = np.tile(values, examples)[:, None]
        return lambda cut: column[cut[0]]
    tile = _tile(values, cuts[0][0].stop // (channels * length), length)
    return lambda cut: tile[: cut[0].stop - cut[0].start]


def _tile(values: Array, rows: int, length: int) -> Array:
    """Return one number per channel as it lies beside so many rows of C * L values, flat."""
    if rows == length == 1:
        return values
    tile = aligned((rows, len(values), length), values.dtype)
    tile[...] = values[:, None]
    return tile.reshape(-1)


def few_sums(rows: Array) -> tuple[Array, Array]:
    """Return rows.sum(axis=0) and (rows**2).sum(axis=0) for a few rows of float64."""
    ones = _ones(len(rows), rows.dtype)
    return ones.dot(rows), ones.dot(np.square(rows))


def _sums_of_few(x: Array, pivot: Array | None) -> tuple[Array, Array]:
    rows = x.reshape(len(x), x.shape[1] * x.shape[2]).astype(np.float64, copy=pivot is not None)
    if pivot is not None:
        rows -= np.repeat(pivot, x.shape[2]) if x.shape[2] > 1 else pivot
    return few_sums(rows)


def _sums_of_runs(x: Array, pivot: Array | None) -> tuple[Array, Array]:
    """Sum over the positions of each of the N * C runs."""
    view, cuts = _cuts(x.shape, BLOCK // 8)
    rows = x.reshape(view)
    if pivot is None and x.dtype == np.float64:
        return rows.sum(axis=1), np.vecdot(rows, rows)
    total, squares = np.zeros(len(rows)), np.zeros(len(rows))
    beside_x = None if pivot is None else _spread(pivot, x.shape, cuts)
    for cut in cuts:
        apart = rows[cut].astype(np.float64)
        if beside_x is not None:
            apart -= beside_x(cut)
        total[cut[0]] += apart.sum(axis=1)
        squares[cut[0]] += np.vecdot(apart, apart)
    return total, squares


def _sums_of_rows(x: Array, pivot: Array | None) -> tuple[Array, Array]:
    """Sum over the N rows of C * L values each: block by block, then over the rows that fill no block."""
    examples, width = x.shape[0], x.shape[1] * x.shape[2]
    flat, dtype = x.reshape(-1), np.result_type(x.dtype, np.float32)
    depth, joined = _block_of_rows(examples, width, dtype.itemsize)
    work, centre = aligned((depth * joined * width,), dtype), _centre(pivot, x, depth * joined, dtype)
    total, squares = np.zeros(joined * width), np.zeros(joined * width)
    whole = flat.size - flat.size % work.size
    for start in range(0, whole, work.size):
        more, more_squares = _sums_of_block(flat[start : start + work.size], centre, work, depth)
        total += more
        squares += more_squares
    total, squares = total.reshape(joined, width).sum(axis=0), squares.reshape(joined, width).sum(axis=0)
    if 0 < flat.size - whole <= depth * width:
        more, more_squares = _sums_of_block(flat[whole:], centre, work, (flat.size - whole) // width)
    else:
        more, more_squares = _sums_of_few(flat[whole:].reshape(-1, *x.shape[1:]), pivot)
    return total + more, squares + more_squares


def _sums_of_block(part: Array, centre: Array | None, work: Array, depth: int) -> tuple[Array, Array]:
    """Sum over so many rows laid end to end; `centre` and `work` have as many values, or more."""
    work = work[: part.size]
    rows = work.reshape(depth, -1)
    if centre is None:
        # The squares first: their arithmetic hides the wait for memory.
        np.square(part, out=work)
        return _ones_dot(part.reshape(depth, -1)), _ones_dot(rows)
    np.subtract(part, centre[: part.size], out=work)
    total = _ones_dot(rows)
    np.square(work, out=work)
    return total, _ones_dot(rows)


def _block_of_rows(examples: int, width: int, itemsize: int) -> tuple[int, int]:
    """Return how many rows to add up in one call, and how many to lay end to end for numpy's loops to be long."""
    depth = min(examples, SHORT_SUM, max(LEAST_ROWS, 2 * BLOCK // (itemsize * width)))
    return depth, max(1, min(WIDE_ROW // width, examples // (LEAST_BLOCKS * depth)))


def _centre(pivot: Array | None, x: Array, rows: int, dtype: np.dtype[Any]) -> Array | None:
    """Return what to take from so many rows, flat: a pivot, or 0 where that makes float16 wider; None if nothing."""
    if pivot is not None:
        return _tile(pivot.astype(dtype), rows, x.shape[2])
    return None if x.dtype == dtype else _tile(np.zeros(x.shape[1], dtype), rows, x.shape[2])


def _ones_dot(rows: Array) -> Array:
    """Return rows.sum(axis=0) in the dtype of rows; several times faster than numpy's sum."""
    total: Array = _ones(len(rows), rows.dtype).dot(rows)
    return total


@lru_cache(maxsize=32)
def _ones(count: int, dtype: np.dtype[Any]) -> Array:
    return np.ones(count, dtype)

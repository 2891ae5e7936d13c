"""Numbers that each follow from the one before by a factor and a summand."""

import numpy as np
from numpy.typing import ArrayLike

from bnsim.engine.arrays import Array, quiet


def recursion(start: ArrayLike, kept: ArrayLike, added: Array) -> Array:
    """Return x[0], x[1], ... x[t] with x[i + 1] = kept[i] x[i] + added[i], of K rows at once.

    Parameters
    ----------
    start : array, shape (K,)
        x[0] of each row.
    kept : array, shape (K, t) or (t,), or a number
        Factors from 0 to 1.
    added : array, shape (K, t)
        Summands.

    Returns
    -------
    array, shape (K, t + 1)

    Notes
    -----
    All of them take log2(t) steps instead of t: what i steps do is a factor and a summand again, so two such make what
    2 i steps do (Hillis and Steele, 1986). No factor is larger than 1, so roundings are not made larger.

    Examples
    --------
    >>> recursion([0.0], 0.5, np.array([[1.0, 1.0, 1.0]]))
    array([[0.  , 1.  , 1.5 , 1.75]])
    """
    factors = np.array(np.broadcast_to(kept, added.shape), np.float64)
    found = np.empty((added.shape[0], added.shape[1] + 1))
    found[:, 0] = start
    if not (np.isfinite(found[:, 0]).all() and np.isfinite(added).all()):
        return _one_after_the_other(found, factors, added)
    sums = found[:, 1:]
    sums[...] = added
    with quiet():
        sums[:, :1] += factors[:, :1] * found[:, :1]
        # Each of `sums` holds what the last `reach` steps make that began with 0; the first `reach` of them are done.
        reach = 1
        while reach < sums.shape[1]:
            sums[:, reach:] += factors[:, reach:] * sums[:, :-reach]
            factors[:, reach:] *= factors[:, :-reach]
            reach *= 2
    return found


def _one_after_the_other(found: Array, factors: Array, added: Array) -> Array:
    """Do so where infinity stays what it is: a product of many factors can be 0."""
    with quiet():
        for step in range(added.shape[1]):
            found[:, step + 1] = factors[:, step] * found[:, step] + added[:, step]
    return found

"""How far an estimate from independent draws is from what it estimates: one standard error."""

import math


def spread_error(std: float, kurtosis: float, count: int) -> float:
    """Return the standard error of a standard deviation that is estimated from `count` draws.

    It is std sqrt((kurtosis - 1) / n + 2 / (n (n - 1))) / 2.

    Parameters
    ----------
    std, kurtosis : float
        Of the distribution drawn from; the kurtosis of a normal one is 3.
    count : int, at least 2
        Independent draws.

    Notes
    -----
    The first order of the root of the unbiased variance.

    Examples
    --------
    >>> round(spread_error(1.0, 3.0, 200), 4)
    0.0501
    """
    return std / 2 * math.sqrt(max(kurtosis - 1, 0.0) / count + 2 / (count * (count - 1)))


def share_error(share: float, count: int) -> float:
    """Return the standard error of a share that is estimated from `count` draws: sqrt(share (1 - share) / count).

    Examples
    --------
    >>> share_error(0.5, 100)
    0.05
    """
    return math.sqrt(share * (1 - share) / count)

"""Where a sweep over one slider looks: some of its positions, and which values are nearest to each."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from bnsim.scenario.fields import FieldSpec

MOST_POSITIONS = 60


def positions(spec: FieldSpec, present: float, most: int = MOST_POSITIONS) -> tuple[float, ...]:
    """Return positions of a slider in rising order: all, or at most `most` spread over it; the present one is there.

    Parameters
    ----------
    spec : FieldSpec
        A parameter with a slider.
    present : float
        Its value now; it may be beyond the slider.
    most : int
        At least 2.

    Returns
    -------
    tuple of float
        Whole numbers where the parameter is one. Those of a slider that begins above 0 and spans more than a decade
        lie closer at its low end, where a step matters most.

    Examples
    --------
    >>> from bnsim.scenario.fields import Control
    >>> positions(FieldSpec("n", "integer", Control("", slider=(1, 1024, 1)), 1), 37, most=5)
    (1, 6, 32, 37, 181, 1024)
    """
    own = _own(spec.control.slider or (present, present, 1.0), spec.kind == "integer", most)
    return tuple(sorted({*own, int(present) if spec.kind == "integer" else present}))


@lru_cache(maxsize=64)
def _own(slider: tuple[float, float, float], whole: bool, most: int) -> tuple[float, ...]:
    """Return the positions that a slider has whatever its value."""
    low, high, step = slider
    many = round((high - low) / step) + 1
    if many <= most:
        found = [low + step * at for at in range(many)]
    else:
        shares = [at / (most - 1) for at in range(most)]
        is_wide = low > 0 and high / low > 10
        ideal = [low * (high / low) ** share if is_wide else low + (high - low) * share for share in shares]
        found = [low + step * round((value - low) / step) for value in ideal]
    digits = 0 if whole else max(0, 2 - math.floor(math.log10(step)))
    return tuple(int(value) if whole else value for value in (round(value, digits) for value in found))


def spans(at: Sequence[float]) -> list[tuple[float, float]]:
    """Return for each position the values from which on and up to which it is the nearest; none is left out.

    Examples
    --------
    >>> spans([1, 2, 4])
    [(-1e+300, 1.5), (1.5, 3.0), (3.0, 1e+300)]
    """
    between = [(one + other) / 2 for one, other in pairwise(at)]
    return list(zip([-1e300, *between], [*between, 1e300], strict=True))

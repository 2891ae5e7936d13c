"""What theory expects of one of the two networks, and which of its formulas holds."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.theory.closed_forms import RELU_GROWTH_LIMIT
from bnsim.engine.theory.mean_field import MeanField
from bnsim.experiments.depth.networks import Network
from bnsim.experiments.depth.params import DepthParams

RELU_LIMIT = math.sqrt(RELU_GROWTH_LIMIT)
"""By how much a layer of ReLU and batch norm multiplies the gradient in large batches."""

FEWEST = 4
"""Statistics of fewer values have no expected gradient."""

NEAR = 0.01
"""How near E[h²] must be to a short formula without ε for that to be shown."""


class Growth(StrEnum):
    """Where the factor comes from by which a layer multiplies the gradient, or why there is none."""

    FORMULA = "formula"
    RELU = "relu"  # the formula, which has a closed form in large batches
    LINEAR = "linear"
    IDENTITY = "identity"
    FEW = "few"
    DEPENDENT = "dependent"
    OVERFLOW = "overflow"
    NONE = "none"
    NOTHING = "nothing"
    LARGE = "large"


class Rate(StrEnum):
    """The formula of what the squared gradient is multiplied by in a branch."""

    NO_NORM = "no-norm"
    BATCH_BEFORE = "batch-before"
    OTHER_BEFORE = "other-before"
    AFTER = "after"


class Square(StrEnum):
    """The formula of E[h²] from layer to layer, or why there is none."""

    IDENTITY = "identity"
    BLOCKS = "blocks"  # one more with every block
    DOUBLING = "doubling"
    RELU_BLOCKS = "relu-blocks"
    RESIDUAL = "residual"
    NO_NORM = "no-norm"
    BEFORE = "before"
    AFTER = "after"
    ZERO = "zero"
    OVERFLOW = "overflow"
    NONE = "none"


class Branch(StrEnum):
    """The formula of the share of E[h²] that a branch has, or why there is none."""

    IDENTITY = "identity"
    BLOCKS = "blocks"
    RESIDUAL = "residual"
    WHOLE = "whole"  # nothing is skipped
    ZERO = "zero"
    OVERFLOW = "overflow"
    NONE = "none"


@dataclass(frozen=True, eq=False)
class Theory:
    """Expectations for wide layers; arrays of shape (depth,) are those of `MeanField`.

    `growth`: by how much a layer multiplies the gradient on its way back; `square_ratio`: E[h²] of the last layer over
    that of the first. The other fields say which formula holds.
    """

    mean_square: Array
    branch_share: Array
    flat: Array
    gradient: Array
    growth: float
    square_ratio: float
    growth_from: Growth
    rate: Rate
    square_from: Square
    branch_from: Branch


def theory_of(p: DepthParams, network: Network, field: MeanField) -> Theory:
    """Return what is expected of wide layers, and which formulas hold."""
    first, last = float(field.mean_square[0]), float(field.mean_square[-1])
    growth, ratio = field.gradient_growth, last / first if first else math.nan
    return Theory(
        mean_square=field.mean_square,
        branch_share=field.branch_share,
        flat=field.flat,
        gradient=field.gradient_ratio,
        growth=growth,
        square_ratio=ratio,
        growth_from=growth_from(p, network, field, growth),
        rate=rate_of(p, network),
        square_from=square_from(p, network, field, ratio),
        branch_from=branch_from(p, network, field),
    )


def growth_from(p: DepthParams, network: Network, field: MeanField, growth: float) -> Growth:
    """Return where the factor of the gradient comes from."""
    if 0 < growth < math.inf:
        if p.skip_init:
            return Growth.IDENTITY
        has_limit = network is Network.WITH and p.norm == "batch" and not p.residual and p.beta == 0
        limits = {"relu": Growth.RELU, "linear": Growth.LINEAR} if has_limit else {}
        return limits.get(p.activation, Growth.FORMULA)
    if not np.isfinite(field.mean_square).all():
        return Growth.OVERFLOW if np.isinf(field.mean_square).any() else Growth.NONE
    if network is Network.WITH:
        values = {"batch": p.batch_size, "layer": p.width, "group": p.width // p.groups}[p.norm]
        if values < FEWEST:
            return Growth.FEW
        if p.norm == "batch" and p.placement == "after" and p.beta != 0:
            return Growth.DEPENDENT
    return Growth.LARGE if math.isinf(growth) else Growth.NOTHING


def rate_of(p: DepthParams, network: Network) -> Rate:
    """Return which formula multiplies the squared gradient."""
    if network is Network.WITHOUT:
        return Rate.NO_NORM
    if p.placement == "after":
        return Rate.AFTER
    return Rate.BATCH_BEFORE if p.norm == "batch" else Rate.OTHER_BEFORE


def has_unit_blocks(p: DepthParams, network: Network, field: MeanField) -> bool:
    """Return whether every residual block adds a branch of mean square 1; ε can be too large for that."""
    branches = p.residual and not p.skip_init and abs(p.gamma) == 1 and p.beta == 0
    if not (branches and network is Network.WITH and p.placement == "before"):
        return False
    return bool(np.allclose(field.mean_square, np.arange(p.depth) + 1, rtol=NEAR, atol=0))


def square_from(p: DepthParams, network: Network, field: MeanField, ratio: float) -> Square:
    """Return where the growth of E[h²] comes from."""
    if not math.isfinite(ratio):
        missing = Square.ZERO if field.mean_square[0] == 0 else Square.NONE
        return Square.OVERFLOW if math.isinf(ratio) else missing
    if p.skip_init:
        return Square.IDENTITY
    if has_unit_blocks(p, network, field):
        return Square.BLOCKS
    if p.residual:
        if network is Network.WITH or p.activation != "relu":
            return Square.RESIDUAL
        return Square.DOUBLING if p.init == "he" and p.sigma == 1 else Square.RELU_BLOCKS
    return Square.NO_NORM if network is Network.WITHOUT else Square(p.placement)


def branch_from(p: DepthParams, network: Network, field: MeanField) -> Branch:
    """Return where the share of the branch comes from."""
    last = field.mean_square[-1]
    if math.isnan(field.branch_share[-1]):
        missing = Branch.ZERO if last == 0 else Branch.NONE
        return Branch.OVERFLOW if math.isinf(last) else missing
    if p.skip_init:
        return Branch.IDENTITY
    if has_unit_blocks(p, network, field):
        return Branch.BLOCKS
    return Branch.RESIDUAL if p.residual else Branch.WHOLE

"""A layer and its batch norm against the one layer that they fold into: everything the page says, in numbers."""

import math
from dataclasses import dataclass

import numpy as np

from bnsim.experiments.folding.bias import BiasEffect, effect_of, effects_of
from bnsim.experiments.folding.costs import (
    TIMING_SECONDS,
    Cost,
    Counts,
    Timing,
    both_ways,
    costs_of,
    counts_of,
    measure,
    timings_of,
)
from bnsim.experiments.folding.differences import (
    Gap,
    Precision,
    Sample,
    Variant,
    expected_gap,
    gaps_of,
    pairs_of,
    precisions_of,
    relu_offset,
    samples_of,
)
from bnsim.experiments.folding.layer import draw, largest
from bnsim.experiments.folding.moves import Moves, moves_of
from bnsim.experiments.folding.params import FoldingParams
from bnsim.experiments.folding.thumbs import Thumbs, thumbs_of


@dataclass(frozen=True, eq=False)
class Outcome:
    """What folding a layer leaves, gets wrong and saves, and what a bias before batch norm does.

    `outputs`: how many values are compared. `precisions`: in eval mode, per dtype; `gaps`: of each variant.
    `noise`: the difference in training mode to expect without a shift; `gap_without_eps`: with it, if eps were 0.
    `relu_bound`: if gamma > 0 no difference across a ReLU is larger; `relu_is_dead`: no output of the batch is above 0.
    `effect`: of the bias that is set; `effects`: of biases of all sizes. `least_var`: the least running variance.
    `timings`: empty unless the time was asked for. `thumbs`: what the page needs to follow the main sliders.
    """

    params: FoldingParams
    outputs: int
    precisions: tuple[Precision, Precision]
    gaps: tuple[Gap, Gap, Gap]
    noise: float
    gap_without_eps: float
    relu_bound: float
    relu_is_dead: bool
    moves: Moves
    samples: tuple[Sample, ...]
    effect: BiasEffect
    effects: tuple[BiasEffect, ...]
    least_var: float
    counts: Counts
    costs: tuple[Cost, Cost, Cost]
    timings: tuple[Timing, ...]
    thumbs: Thumbs


def cost(params: FoldingParams) -> float:
    """Return about how many seconds a run and its page take on one core: values, weights, sums, and windows.

    A convolution first copies the windows that its kernel sees; a layer that is timed runs some fifty times, as long
    as that is allowed.
    """
    p = params
    values, windows = math.prod(p.x_shape) + p.count * p.outputs, p.count * p.inputs * p.kernel**2
    copied = 3e-9 * windows if p.layer == "conv" else 0.0
    measured = min(TIMING_SECONDS, 0.012 + 2.2e-8 * p.multiply_adds) if p.timing == "on" else 0.0
    weights = 3e-8 * p.outputs * p.fan_in
    return 0.005 + 1.2e-7 * values + weights + 1e-9 * p.multiply_adds + copied + measured


def run(params: FoldingParams) -> Outcome:
    """Draw a layer and a batch, fold the layer, and compare; measure the time only where it is asked for."""
    layer, counts = draw(params), counts_of(params)
    pairs = pairs_of(layer)
    effect = effect_of(layer)
    return Outcome(
        params=params,
        outputs=layer.z.size,
        precisions=precisions_of(layer, pairs[Variant.EVAL]),
        gaps=gaps_of(layer, pairs),
        noise=expected_gap(layer, 0.0),
        gap_without_eps=expected_gap(layer, params.shift, eps=0.0),
        relu_bound=largest(relu_offset(layer)),
        relu_is_dead=not np.any(layer.z > 0),
        moves=moves_of(layer),
        samples=samples_of(pairs),
        effect=effect,
        effects=effects_of(layer, effect),
        least_var=float(layer.running.var.min()),
        counts=counts,
        costs=costs_of(counts),
        timings=timings_of(measure(*both_ways(layer))) if params.timing == "on" else (),
        thumbs=thumbs_of(layer, pairs),
    )

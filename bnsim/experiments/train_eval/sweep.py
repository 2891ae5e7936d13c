"""What training mode makes of the input at other places of two sliders: batch at inference, and the input itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bnsim.engine.arrays import Array
from bnsim.engine.theory.companion_tails import companion_quantile
from bnsim.engine.theory.companions import companion_means
from bnsim.engine.theory.inference import alone_output, positive_share
from bnsim.experiments.train_eval.companions import SELDOM, Companions, law_of
from bnsim.experiments.train_eval.decisions import Decisions
from bnsim.experiments.train_eval.modes import Mode, Output
from bnsim.experiments.train_eval.params import TrainEvalParams
from bnsim.scenario.sweep import positions, spans

SWEPT = {"inference_size": 20, "x": 25}
"""The sliders that the main picture follows, and at how many places the exact numbers are made."""


SETTLED = 3e-4
"""How exactly the ends are sought: what is missing after so small a step is about its square. What follows a thumb is
sent with seven digits, and few of them are shown."""

ENDS = np.array([[SELDOM], [1 - SELDOM]])


@dataclass(frozen=True, eq=False)
class Sweep:
    """Exact numbers at places of the sliders, each of shape (K,), and what carries them from there to the thumb.

    `control`, `low`, `high`: of which slider, and its values nearest to the place; there the batch has `size`, and the
    input is `x`. 19 in 20 outputs are from `lower` to `upper`, on average they are `mean`: these are distances from the
    base, which is `base_y` at the x that is set and grows by `base_slope` with it: the output with the true statistics,
    or of x alone if it is alone. `std`: of the outputs; `right`: the share of right decisions. `slopes`, shape (4, K):
    by how much the first four grow with x.
    """

    control: tuple[str, ...]
    low: Array
    high: Array
    size: Array
    x: Array
    lower: Array
    upper: Array
    mean: Array
    std: Array
    right: Array
    slopes: Array
    base_y: float
    base_slope: float


def sweep_of(p: TrainEvalParams, outputs: Mapping[Mode, Output], present: Companions, found: Decisions) -> Sweep:
    """Return the exact numbers at other places of the sliders; where they are set, those that were found."""
    at = {name: places(p, name) for name in SWEPT}
    low, high = np.array([span for each in at.values() for span in spans(each)]).T
    control = np.repeat(list(at), [len(each) for each in at.values()])
    of_size, place = control == "inference_size", np.concatenate([*at.values()])
    size, x = np.where(of_size, place, p.inference_size), np.where(of_size, p.x, place)
    numbers = np.hstack([ends_and_moments(p, size[part], x[part]) for part in (of_size, ~of_size)])
    here = (size == p.inference_size) & (x == p.x)
    numbers[:, here] = np.array([present.low, present.high, present.exact.mean, present.exact.std])[:, None]
    if p.decision == "digits":
        right = np.where(of_size & ~here, digits_at(size, found), found.random.share)
    else:
        right = signs_kept(p, size, x, outputs[Mode.EVAL].y + outputs[Mode.EVAL].slope * (x - p.x))
    is_alone = p.inference_size == 1 and not math.isnan(outputs[Mode.ALONE].y)
    base = outputs[Mode.ALONE if is_alone else Mode.POPULATION]
    numbers[:3] -= base.y + base.slope * (x - p.x)
    slopes = np.zeros_like(numbers)
    slopes[:, ~of_size] = np.gradient(numbers[:, ~of_size], x[~of_size], axis=1)
    lower, upper, mean, std = numbers
    return Sweep(
        tuple(control.tolist()), low, high, size, x, lower, upper, mean, std, right, slopes, base.y, base.slope
    )


def places(p: TrainEvalParams, name: str) -> tuple[float, ...]:
    """Return places of a slider: where it is set, and always the same ones, unless they are next to that."""
    spec, present = p.controls()[name], getattr(p, name)
    near = spec.control.slider[2] / 2 if spec.control.slider else 0.0  # slopes need a distance
    others = [at for at in positions(spec, spec.default, SWEPT[name]) if abs(at - present) >= near]
    return tuple(sorted([*others, present]))


def ends_and_moments(p: TrainEvalParams, size: Array, x: Array) -> Array:
    """Return where 19 in 20 outputs are, their mean and their spread, exactly, shape (4, K).

    What is set now is known better, and left out: what remains is asked for again and again.
    """
    numbers, asked = np.full((4, size.size), math.nan), (size > 1) & ((size != p.inference_size) | (x != p.x))
    z = (x[asked] - p.center) / p.std
    lower, upper, mean, std = of_x_hat(tuple(z.tolist()), tuple(size[asked].tolist()), law_of(p, 2).eps)
    numbers[:2, asked] = np.sort([p.gamma * lower + p.beta, p.gamma * upper + p.beta], axis=0)
    numbers[2:, asked] = p.gamma * mean + p.beta, abs(p.gamma) * std
    y = outputs_alone(p, x[size == 1])
    numbers[:, size == 1] = np.array([y, y, y, 0.0 * y])
    return numbers


@lru_cache(maxsize=64)
def of_x_hat(z: tuple[float, ...], size: tuple[float, ...], eps: float) -> Array:
    """Return the ends of 19 in 20 x_hat, their mean and their spread, shape (4, K)."""
    cases = np.array(z), np.array(size)
    ends = companion_quantile(ENDS, *cases, eps=eps, settled=SETTLED)
    return np.vstack([ends, *companion_means(*cases, eps=eps)])


def signs_kept(p: TrainEvalParams, size: Array, x: Array, eval_y: Array) -> Array:
    """Return the probability that the output has the sign that it has in eval mode; NaN where it is refused."""
    several, share = size > 1, np.empty(size.size)
    share[several] = positive_share(law_of(p, 2), (x[several] - p.center) / p.std, size[several])
    y = outputs_alone(p, x[~several])
    share[~several] = np.where(np.isnan(y), math.nan, y > 0)
    kept: Array = np.where(eval_y > 0, share, 1 - share)
    return kept


def outputs_alone(p: TrainEvalParams, x: Array) -> Array:
    """Return the outputs of inputs alone in their batch, as the framework has them; NaN if it refuses."""
    alone = [alone_output(each, p.rule, gamma=p.gamma, beta=p.beta, eps=p.used_eps) for each in x.tolist()]
    return np.array(alone, dtype=np.float64)


def digits_at(size: Array, found: Decisions) -> Array:
    """Return the share of digits read right, between the sizes that were put to the test."""
    sizes, shares = zip(*((math.log(each.batch_size), each.share) for each in found.at_sizes), strict=True)
    between: Array = np.interp(np.log(size), sizes, shares)
    return between

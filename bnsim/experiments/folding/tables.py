"""Tidy frames of the folding experiment: what figures draw and people read."""

import math
from dataclasses import asdict

import numpy as np
import pandas as pd

from bnsim.columns import Columns, coded, one_row
from bnsim.experiments.folding.bias import Mode
from bnsim.experiments.folding.costs import When
from bnsim.experiments.folding.model import Outcome
from bnsim.experiments.folding.statements import formula

LEAST_SEEN = 1e-6
"""A difference that is smaller, against the largest output, is drawn as none: rounding is."""

TIMING = ("what", "median", "low", "high", "unit", "pairs")


def failures(o: Outcome) -> Columns:
    """Return how far the folded layer is from what is right, by variant."""
    columns = {name: [getattr(gap, name) for gap in o.gaps] for name in vars(o.gaps[0])}
    return columns | {"variant": [gap.variant.value for gap in o.gaps]}


def precision(o: Outcome) -> pd.DataFrame:
    """Return what each dtype leaves of the difference in eval mode."""
    return pd.DataFrame(o.precisions)


def costs(o: Outcome) -> pd.DataFrame:
    """Return parameters, multiply-adds and bytes before and after, and the percentage saved."""
    return pd.DataFrame(
        {
            "quantity": cost.quantity.value,
            "before": cost.before,
            "after": cost.after,
            "saved_percent": cost.saved_percent,
            "formula_before": formula(o, cost, When.BEFORE),
            "formula_after": formula(o, cost, When.AFTER),
        }
        for cost in o.costs
    )


def bias(o: Outcome) -> pd.DataFrame:
    """Return what biases of all sizes do: mode, bias, change of y, closed form, rounding, gradient of the bias, now."""
    rows: list[tuple[str, float, float, float, float, float]] = []
    for effect in o.effects:
        rows += [
            (Mode.TRAINING.value, effect.bias, effect.train, 0.0, effect.rounding, effect.train_gradient),
            (Mode.EVAL.value, effect.bias, effect.eval, effect.expected_eval, math.nan, effect.eval_gradient),
        ]
    columns = ["mode", "bias", "change", "expected", "rounding", "gradient"]
    return pd.DataFrame(rows, columns=columns).assign(now=lambda frame: frame["bias"] == abs(o.params.bias))


def timing(o: Outcome) -> pd.DataFrame:
    """Return median and middle half of the times and of their ratio, pair by pair; no rows if not measured."""
    if not o.timings:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in TIMING})
    return pd.DataFrame([asdict(timing) | {"what": timing.what.value} for timing in o.timings])


def moves(o: Outcome) -> pd.DataFrame:
    """Return what happens as outputs move away from the running mean: series, shift, value, expected, now.

    `difference`: batch norm in training mode against the folded layer. `bias_eval`, `bias_train`: the change of y when
    a bias of `shift` running stds is added. All root mean square; `now` marks the shift that is set.
    """
    m = o.moves
    series = {
        "difference": (m.difference, m.expected_difference),
        "bias_eval": (m.bias_eval, m.expected_bias_eval),
        "bias_train": (m.bias_train, np.zeros(m.shift.size)),
    }
    frames = [
        pd.DataFrame({"series": name, "shift": m.shift, "value": value, "expected": expected})
        for name, (value, expected) in series.items()
    ]
    by_shift = pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)
    return by_shift.assign(now=by_shift["shift"] == o.params.shift)


def outputs(o: Outcome) -> pd.DataFrame:
    """Return some outputs of each variant, spread over the batch: right (two), and folded (one)."""
    frames = [
        pd.DataFrame({"variant": sample.variant.value, "output": sample.output, "two": sample.two, "one": sample.one})
        for sample in o.samples
    ]
    return pd.concat(frames, ignore_index=True)


def points(o: Outcome) -> Columns:
    """Return the outputs that the first picture draws, from which it computes every variant (see `Points`)."""
    return {name: values.astype(np.float32) for name, values in vars(o.thumbs.points).items()}


def state(o: Outcome) -> Columns:
    """Return the one row from which the first picture and the numbers beside it follow the thumb.

    `still`, `tilt`, `bend`: a, b, c of the square of the difference in training mode; `across`: the largest difference
    across a ReLU; `least`: what the axis must hold at least.
    """
    p, (still, tilt, bend) = o.params, o.thumbs.squares
    row = {"shift": p.shift, "spread": p.spread, "bias": p.bias, "gamma": p.gamma, "beta": p.beta, "eps": p.eps}
    row |= {"still": still, "tilt": tilt, "bend": bend, "across": o.thumbs.across}
    largest_output = max(float(np.abs(sample.two).max()) for sample in o.samples)
    row |= {"epoch": -1.0, "least": LEAST_SEEN * largest_output or 1.0}
    return one_row(**{name: float(value) for name, value in row.items()})


def sweep(o: Outcome) -> Columns:
    """Return the numbers that no expression follows, at positions of the sliders: control, low, high, number."""
    sweeps = o.thumbs.sweeps
    names = coded([swept.control for swept in sweeps], [len(swept.spans) for swept in sweeps])
    lows, highs = np.concatenate([swept.spans for swept in sweeps]).round(4).T
    # Five digits are more than are shown; all of them would be sent.
    numbers = [float(f"{number:.5g}") for swept in sweeps for number in swept.number]
    return {"control": names, "low": lows, "high": highs, "number": numbers}


TABLES = {
    "failures": failures,
    "precision": precision,
    "costs": costs,
    "bias": bias,
    "timing": timing,
    "moves": moves,
    "outputs": outputs,
    "points": points,
    "state": state,
    "sweep": sweep,
}

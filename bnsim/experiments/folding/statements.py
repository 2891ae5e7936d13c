"""Which sentences hold of a folded layer, and the numbers in them; the words are in `text.toml`."""

import math
from collections.abc import Iterator

from bnsim.experiment import Answer, Note, Stated, answer, note, stated
from bnsim.experiments.folding.costs import Cost, Quantity, When
from bnsim.experiments.folding.model import Outcome
from bnsim.text import in_formula, number, words_of

WORDS = words_of(__package__)
NOT_MEASURED = "not measured"
SLOW_MULTIPLY_ADDS = 1_000_000

WHERE_OFF = {
    (True, True): "not-both",
    (True, False): "not-training",
    (False, True): "not-relu",
    (False, False): "nowhere-off",
}
"""Which sentence holds, by whether outputs are off by more than rounding in training mode, and across a ReLU."""


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield the folding errors, the two failures, the effect of a bias, the costs, the time ratio."""
    for row in o.precisions:
        yield stated(
            f"fold_error_{row.dtype}",
            float(f"{row.difference:.2e}"),  # rounding has no more digits to tell
            outputs=o.outputs,
            largest=row.largest_output,
            rounding=row.rounding,
        )
    yield in_training_mode(o)
    yield from across_a_relu(o)
    yield from of_the_bias(o)
    for cost in o.costs:
        yield stated(key_of(cost, When.BEFORE), float(cost.before), formula=formula(o, cost, When.BEFORE))
        yield stated(key_of(cost, When.AFTER), float(cost.after), formula=formula(o, cost, When.AFTER))
    yield time_ratio(o)


def in_training_mode(o: Outcome) -> Stated:
    """Return the difference in training mode, beside what is expected."""
    p, gap = o.params, o.gaps[1]
    if p.gamma == 0:
        return stated("fold_train_error", gap.rms, "constant")
    is_plain = number(gap.expected_rms, 4) == number(o.gap_without_eps, 4)
    case = ("plain" if is_plain else "eps") + ("" if p.independent == p.count else "-at-most")
    numbers = {"expected": gap.expected_rms, "standard_error": gap.rms_error}
    return stated("fold_train_error", gap.rms, case, error=gap.rms_error, **numbers)


def across_a_relu(o: Outcome) -> Iterator[Stated]:
    """Yield the largest difference across a ReLU, with its bound where there is one, and how many outputs differ."""
    gap = o.gaps[2]
    if o.params.gamma > 0:
        yield stated("fold_relu_error", gap.largest, "bounded", bound=o.relu_bound)
    else:
        yield stated("fold_relu_error", gap.largest, "unbounded")
    if gap.wrong_error == 0:
        yield stated("fold_relu_share", gap.wrong, "certain", expected=gap.expected_wrong)
    else:
        numbers = {"expected": gap.expected_wrong, "standard_error": gap.wrong_error}
        yield stated("fold_relu_share", gap.wrong, "drawn", error=gap.wrong_error, **numbers)


def of_the_bias(o: Outcome) -> Iterator[Stated]:
    """Yield the effect of the bias in training and in eval mode, and its gradient."""
    p, effect = o.params, o.effect
    if p.bias == 0:
        yield stated("bias_train", effect.train, "none", exact=0.0)
    else:
        yield nothing("bias_train", effect.train)
    top = abs(p.gamma * p.bias)
    if top == 0:
        yield stated("bias_eval", effect.eval, "none", exact=effect.expected_eval)
    else:
        numbers = in_formula(change_of, top=top, var=o.least_var, eps=p.eps)
        yield stated("bias_eval", effect.eval, "moved", exact=effect.expected_eval, **numbers)
    yield nothing("bias_gradient", effect.train_gradient, eval=effect.eval_gradient)


def nothing(key: str, value: float, **numbers: float) -> Stated:
    """Return a number that is 0 in exact arithmetic, and what float64 leaves of it."""
    if value == 0:
        return stated(key, value, "exact", exact=0.0, **numbers)
    return stated(key, value, "rounded", exact=0.0, residue=value, **numbers)


def change_of(top: float, var: float, eps: float) -> float:
    """Return how much a bias moves an output in eval mode; top is |gamma b|."""
    return top / math.sqrt(var + eps)


def key_of(cost: Cost, when: When) -> str:
    """Return the key of a readout: ``multiply_adds_before``."""
    return f"{cost.quantity.name.lower()}_{when.value}"


def formula(o: Outcome, cost: Cost, when: When) -> str:
    """Return the formula of a cost, in words and in the numbers that make it."""
    n, key = o.counts, f"label.formula.{key_of(cost, when)}"
    numbers: dict[str, int]
    match cost.quantity:
        case Quantity.PARAMETERS:
            numbers = {"weights": n.weights, "outputs": n.outputs}
        case Quantity.MULTIPLY_ADDS:
            numbers = {"values": n.values, "products": n.products}
        case Quantity.BYTES:
            held = o.costs[0]
            parameters = held.before if when is When.BEFORE else held.after
            numbers = {"x": n.x, "parameters": parameters, "values": n.values}
    if cost.quantity is Quantity.PARAMETERS and when is When.BEFORE:
        key += ".biased" if n.biases else ".unbiased"
    return WORDS.say(key, **numbers)


def time_ratio(o: Outcome) -> Stated:
    """Return the measured ratio of times, if it was asked for."""
    if not o.timings:
        return stated("time_ratio", NOT_MEASURED, "off")
    two, one, ratio = o.timings
    return stated(
        "time_ratio",
        ratio.median,
        "on",
        pairs=ratio.pairs,
        low=ratio.low,
        high=ratio.high,
        two=two.median,
        one=one.median,
    )


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield that folding is right in eval mode, and where it is not."""
    _, in_training, across = o.gaps
    yield answer("yes" if o.precisions[0].difference else "yes-exactly")
    off = (in_training.wrong > 0, across.wrong > 0)
    yield answer(WHERE_OFF[off])


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what a reader must know about this very outcome."""
    p = o.params
    if p.shift == 0 and p.spread == 1 and p.gamma != 0:
        yield note("still", count=p.count, noise=o.noise)
    if p.bias == 0:
        yield note("unbiased")
    if o.relu_is_dead:
        yield note("dead", bias=p.bias)
    single = o.precisions[1]
    if single.two_error > 100 * single.one_error:
        yield note("cancellation", two=single.two_error, one=single.one_error)
    if p.timing == "on":
        yield note("timing")
    if p.multiply_adds > SLOW_MULTIPLY_ADDS:
        yield note("slow")


def actions(_: Outcome) -> dict[str, dict[str, float | str]]:
    """Return what one click can set."""
    return {"still": {"shift": 0.0, "spread": 1.0}, "unbiased": {"bias": 0.0}, "time": {"timing": "on"}}

"""Which sentences hold of training against inference, and the numbers in them; the words are in `text.toml`."""

import math
from collections.abc import Iterator
from operator import sub
from typing import Any

from bnsim.experiment import Answer, Note, Stated, answer, note, stated, warning
from bnsim.experiments.train_eval.decisions import Share
from bnsim.experiments.train_eval.model import Outcome
from bnsim.experiments.train_eval.modes import Mode
from bnsim.experiments.train_eval.params import OWN, SLOW, TEST_IMAGES, UNIT
from bnsim.experiments.train_eval.training import PRECISE_BATCHES, rounding_of
from bnsim.text import in_formula, number, to_error

FORGOTTEN = 0.01
"""Up to so much of the weight the start may still have before a reader is told."""

REFUSED = "refused"
"""What stands in place of a number that the framework refuses to compute."""


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield the output in every mode, the running statistics, and how often training mode decides otherwise."""
    yield output("eval_y", o, Mode.EVAL)
    yield from refused(o, "train_y_mean", "train_y_std", "sign_flips") if o.is_refused else companions(o)
    yield from (running(o, which) for which in o.running)
    yield from (bias(o, which) for which in o.running)
    yield from memory(o)
    yield output("population_y", o, Mode.POPULATION)
    yield frozen(o)
    yield output("precise_y", o, Mode.PRECISE, batches=PRECISE_BATCHES)
    yield alone(o)
    yield from refused(o, "right_in_training", "right_class_sorted") if o.is_refused else decisions(o)
    yield stated("right_in_eval", o.decisions.in_eval, o.params.decision)


def refused(o: Outcome, *keys: str) -> Iterator[Stated]:
    """Yield readouts of what the framework refuses to compute."""
    return (stated(key, REFUSED, "refused", framework=o.params.rule.framework) for key in keys)


def output_of(gamma: float, x: float, mean: float, var: float, eps: float, beta: float) -> float:
    """Return the output of x with given statistics."""
    return gamma * (x - mean) / math.sqrt(var + eps) + beta


def output(key: str, o: Outcome, mode: Mode, case: str = "", **numbers: Any) -> Stated:
    """Return an output with given statistics, and the formula with its numbers."""
    p, made = o.params, o.outputs[mode]
    formula = in_formula(output_of, gamma=p.gamma, x=p.x, mean=made.mean, var=made.var, eps=p.used_eps, beta=p.beta)
    return stated(key, made.y, case, error=made.rounding, **formula, **numbers)


def frozen(o: Outcome) -> Stated:
    """Return the output with statistics that stopped following: at the start, on the way, or never."""
    k = o.params.frozen_after
    if k == 0:
        return output("stale_y", o, Mode.FROZEN, "start")
    return output("stale_y", o, Mode.FROZEN, "frozen" if k < o.params.steps else "never", k=k)


def companions(o: Outcome) -> Iterator[Stated]:
    """Yield mean, spread and sign flips of the output in training mode."""
    p, among = o.params, o.companions
    if p.inference_size == 1:
        yield stated("train_y_mean", among.mean, f"alone-{o.alone}")
        yield stated("train_y_std", among.std, "alone")
        yield stated("sign_flips", among.flips, "alone")
        return
    size, first, exact = p.inference_size, among.first_order, among.exact
    yield drawn(o, "train_y_mean", among.mean, among.mean_error, size=size, exact=exact.mean)
    yield drawn(o, "train_y_std", among.std, among.std_error, exact=exact.std, first=first, z=p.z, kept=among.kept)
    yield drawn(o, "sign_flips", among.flips, among.flips_error, exact=among.exact_flips)


def drawn(o: Outcome, key: str, value: float, error: float, *, exact: float, **numbers: float) -> Stated:
    """Return a number that is simulated with companion sets, beside its exact value."""
    simulated = {"sets": o.params.companion_sets, "simulated": to_error(value, error), "standard_error": error}
    return stated(key, value, "among", error=error, expected=exact, **simulated, **numbers)


def running(o: Outcome, which: str) -> Stated:
    """Return a running statistic, with what theory expects and what the repeats gave."""
    statistic = o.running[which]
    lost = rounding_of(o.params, statistic)
    mean, error = statistic.repeats_mean, statistic.mean_error
    theory = {"expected": to_error(float(statistic.expected[-1]), lost), "spread": float(statistic.spread[-1])}
    simulated = {"repeats": o.params.repeats, "simulated": to_error(mean, error), "standard_error": error}
    return stated(f"running_{which}", statistic.last, error=lost, **theory, **simulated)


def bias(o: Outcome, which: str) -> Stated:
    """Return how far a running statistic is from the population's, and what theory expects of it."""
    statistic, key = o.running[which], f"running_{which}_bias"
    truth = float(statistic.population[-1])
    lost = rounding_of(o.params, statistic) + 2 * UNIT * abs(truth)
    value, expected = statistic.last - truth, to_error(float(statistic.expected[-1]) - truth, lost)
    formula = in_formula(sub, running=statistic.last, population=truth)
    if which == "var":
        return stated(key, value, error=lost, expected=expected, **formula)
    if math.isnan(o.memory.lag):
        return stated(key, value, "still", error=lost, expected=expected, **formula)
    case = "average" if o.params.new_weight is None else "moves"
    return stated(key, value, case, error=lost, expected=expected, lag=-o.memory.lag, **formula)


def half_life_of(m: float) -> float:
    """Return after how many batches a batch counts half as much; m may be printed as 1 where it is a little less."""
    return math.log(0.5) / math.log1p(-m) if m < 1 else 0.0


def memory(o: Outcome) -> Iterator[Stated]:
    """Yield half-life and weight of the start."""
    p, half, left = o.params, o.memory.half_life, o.memory.initial_weight
    m, t = p.new_weight, p.steps
    if p.unmoved:
        yield stated("half_life", half, "unmoved")
        yield stated("initial_weight", left, "unmoved")
    elif m is None:
        yield stated("half_life", half, "average", t=t)
        yield stated("initial_weight", left, "average")
    else:
        if m == 1:
            yield stated("half_life", half, "last")
        elif p.momentum == OWN:
            yield stated("half_life", half, "own", framework=p.rule.framework, **in_formula(half_life_of, m=m))
        else:
            yield stated("half_life", half, "set", **in_formula(half_life_of, m=m))
        yield stated("initial_weight", left, "power", t=t, **in_formula(lambda kept: kept**t, kept=1 - m))


def alone(o: Outcome) -> Stated:
    """Return the output of x alone in training mode, and what the framework makes of it."""
    y = o.outputs[Mode.ALONE].y
    return stated("alone_y", REFUSED if math.isnan(y) else y, o.alone, framework=o.params.rule.framework)


def decisions(o: Outcome) -> Iterator[Stated]:
    """Yield the share of right decisions: among random companions, and among those of one class."""
    p, random, by_class = o.params, o.decisions.random, o.decisions.sorted
    if p.decision == "digits":
        yield digits_read("right_in_training", o, random)
        yield digits_read("right_class_sorted", o, by_class)
    elif p.inference_size == 1:
        yield stated("right_in_training", random.share, "sign-alone")
        yield stated("right_class_sorted", by_class.share, "sign-alone")
    else:
        yield stated("right_in_training", random.share, "sign", error=random.standard_error, sets=p.companion_sets)
        yield stated("right_class_sorted", by_class.share, "sign", error=by_class.standard_error)


def digits_read(key: str, o: Outcome, read: Share) -> Stated:
    """Return the share of digits read right in training mode."""
    p, error = o.params, read.standard_error
    if p.inference_size == 1:
        return stated(key, read.share, "digits-alone", images=TEST_IMAGES)
    simulated = {"shufflings": p.shufflings, "simulated": to_error(read.share, error), "standard_error": error}
    return stated(key, read.share, "digits", error=error, images=TEST_IMAGES, size=p.inference_size, **simulated)


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield what training mode makes of the input, and what eval mode; of digits what either costs."""
    yield in_training_mode(o)
    if o.params.decision == "sign":
        yield answer(in_eval_mode(o))
    elif o.is_refused:
        yield answer("digits-refused")
    else:
        yield answer("digits" if o.params.inference_size > 1 else "digits-alone")


def in_training_mode(o: Outcome) -> Answer:
    """Return where the output is among companions, with two digits of what they make of it, or what it is alone."""
    if o.params.inference_size == 1:
        return answer(f"alone-{o.alone}")
    low, high = o.companions.low, o.companions.high
    between = {key: number(to_error(end, high - low)) for key, end in (("low", low), ("high", high))}
    return answer("among", **between) if between["low"] != between["high"] else answer("regardless")


def in_eval_mode(o: Outcome) -> str:
    """Return which sentence holds of eval mode: what is wrong with the averages that training has kept, if anything."""
    if o.params.batch_size == 1 and not o.params.unmoved:
        return "eval-no-spread"
    if o.memory.initial_weight > FORGOTTEN:
        return "eval-start"
    return "eval-behind" if o.memory.lag and not math.isnan(o.memory.lag) else "eval"


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what a reader must know about this very setting."""
    p, kept = o.params, o.memory
    if kept.is_misread:
        yield warning("misread", m=p.momentum, half_life=kept.half_life, theirs=1 - float(p.momentum))
    if kept.initial_weight > FORGOTTEN:
        yield note("start", t=p.steps, percent=100 * kept.initial_weight)
    if not math.isnan(kept.lag):
        if p.new_weight is None:
            yield note("lag-average", v=p.drift, t=p.steps, lag=kept.lag)
        else:
            yield note("lag", v=p.drift, t=p.steps, lag=kept.lag, long_run=kept.long_run_lag)
    if p.batch_size == 1:
        yield note("trained-alone-paddle") if p.unmoved else note("trained-alone", least=math.sqrt(p.used_eps))
    yield from at_inference(o)
    if p.drawn > SLOW:
        yield note("slow", millions=p.drawn / 1e6)


def at_inference(o: Outcome) -> Iterator[Note]:
    """Yield what a reader must know about this very batch at inference."""
    p, right = o.params, o.decisions
    if p.inference_size == 1:
        if o.alone == "x":
            yield note("alone-x", x=p.x, beta=p.beta)
        else:
            yield note("alone-beta" if o.alone == "beta" else "alone-refused", beta=p.beta)
    if p.inference_size == 2:
        yield note("two", least=2 * math.sqrt(p.used_eps))
    if p.decision == "digits":
        alone_in_batches = {"accuracy": right.one_by_one, "difference": right.one_by_one_difference}
        yield note("one-by-one", images=TEST_IMAGES, unchanged=right.one_by_one_unchanged, **alone_in_batches)
        yield note("luck", images=TEST_IMAGES)


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: an x that every second set of companions turns over, x alone, real digits."""
    other = {"sign": ("network", "digits"), "digits": ("output", "sign")}
    key, decision = other[o.params.decision]
    return {
        "center": {"x": o.params.center},
        "alone": {"inference_size": 1},
        key: {"decision": decision},
    }

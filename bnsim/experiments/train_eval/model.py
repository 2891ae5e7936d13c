"""Training in a stream of mini-batches, then one input at inference in every mode."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bnsim.engine.normalization.batchnorm import batch_norm_eval
from bnsim.engine.statistics.momentum import half_life, initial_weight, is_likely_of_the_old
from bnsim.engine.statistics.running import Convention
from bnsim.engine.theory.closed_forms import running_mean_lag
from bnsim.engine.theory.inference import Alone, treats_alone
from bnsim.experiments.train_eval.companions import Companions, alone_y, among_companions
from bnsim.experiments.train_eval.decisions import Decisions, Share, by_size, decide, unread
from bnsim.experiments.train_eval.modes import Mode, Output
from bnsim.experiments.train_eval.params import OWN, UNIT, TrainEvalParams
from bnsim.experiments.train_eval.sweep import Sweep, sweep_of
from bnsim.experiments.train_eval.training import PRECISE_BATCHES, Running, precise, rounding_of, train

BASE, DRAW, SHUFFLING = 8e-3, 1e-8, 1.5e-3
"""Seconds that a run takes whatever is set, per number drawn, and per shuffling of the test images."""

STEP = 50
"""One step of training takes as long as so many draws."""


@dataclass(frozen=True)
class Memory:
    """What the running statistics remember after the last batch.

    `half_life`: after how many batches a batch counts half as much. `initial_weight`: what the start still counts.
    `lag`: how far the age of its batches puts the running mean behind a population that moves, `long_run_lag` after
    many batches; both NaN if nothing moves, and the last one too if it grows for ever. `is_misread`: whether the
    momentum that was set looks like a weight of the old value.
    """

    half_life: float
    initial_weight: float
    lag: float
    long_run_lag: float
    is_misread: bool


@dataclass(frozen=True)
class Framework:
    """What one framework averages by default, and what it makes of x alone in training mode; y is NaN if it refuses."""

    rule: Convention
    default: str
    y: float
    alone: Alone


@dataclass(frozen=True)
class Check:
    """A closed form beside its simulation, and how many standard errors they are apart."""

    quantity: str
    closed_form: float
    simulated: float
    standard_error: float
    apart: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """Training, what theory says of it, and one input at inference in every mode.

    `running`: by name, "mean" and "var". `alone`: what the chosen framework makes of one example alone. `is_refused`:
    whether it refuses the batch at inference in training mode, as PyTorch refuses one.
    """

    params: TrainEvalParams
    running: Mapping[str, Running]
    memory: Memory
    outputs: Mapping[Mode, Output]
    alone: Alone
    is_refused: bool
    companions: Companions
    decisions: Decisions
    sweep: Sweep


@dataclass(frozen=True, eq=False)
class Complete(Outcome):
    """With decisions by the size of the batch, a row for each framework, and the closed forms put to the test."""

    by_size: tuple[Share, ...]
    frameworks: tuple[Framework, ...]
    checks: tuple[Check, ...]


def run(p: TrainEvalParams) -> Outcome:
    """Train, then send the tracked input through in every mode."""
    running, alone = train(p), treats_alone(p.rule)
    outputs = dict(outputs_with(p, running))
    eval_y = outputs[Mode.EVAL].y
    companions = among_companions(p, eval_y)
    y_alone = alone_y(p)
    own = (p.x, 0.0) if alone is Alone.BETA else (math.nan, math.nan)
    outputs[Mode.ALONE] = Output(*own, y_alone, 0.0 * y_alone, slope=float(alone is Alone.X))
    outputs[Mode.TRAINING] = Output(math.nan, math.nan, companions.mean, companions.std)
    is_refused = p.inference_size == 1 and alone is Alone.REFUSED
    decisions = decide(p, eval_y, companions)
    return Outcome(
        params=p,
        running=running,
        memory=memory_of(p),
        outputs=outputs,
        alone=alone,
        is_refused=is_refused,
        companions=companions,
        decisions=decisions,
        sweep=sweep_of(p, outputs, companions, decisions),
    )


def complete(o: Outcome) -> Complete:
    """Put decisions to the test in batches of other sizes, look at every framework, and check the closed forms."""
    p = o.params
    return Complete(
        **vars(o),
        by_size=by_size(p, o.outputs[Mode.EVAL].y),
        frameworks=tuple(Framework(rule, quoted(rule), alone_y(p, rule), treats_alone(rule)) for rule in Convention),
        checks=(*training_checks(o), *(() if o.is_refused else companion_checks(p, o.companions))),
    )


def cost(p: TrainEvalParams) -> float:
    """Return about how many seconds `run` takes, if of all it draws only the digits read before are known."""
    drawn = p.steps * (p.batch_size + STEP) + 3 * p.remembered * p.repeats + p.inference_size * p.companion_sets
    return BASE + DRAW * drawn + SHUFFLING * unread(p)


def outputs_with(p: TrainEvalParams, running: Mapping[str, Running]) -> Iterator[tuple[Mode, Output]]:
    """Yield the outputs of the tracked input that depend on no companion."""
    k = min(p.frozen_after, p.steps)
    statistics = {
        Mode.EVAL: (running["mean"].last, running["var"].last),
        Mode.POPULATION: (p.center, p.std**2),
        Mode.FROZEN: (float(running["mean"].running[k]), float(running["var"].running[k])),
        Mode.PRECISE: precise(p),
    }
    for mode, (mean, var) in statistics.items():
        y = float(batch_norm_eval([p.x], mean, var, p.gamma, p.beta, eps=p.used_eps)[0])
        is_running = mode in (Mode.EVAL, Mode.FROZEN)
        of_mean, of_var = (rounding_of(p, running[which]) if is_running else 0.0 for which in ("mean", "var"))
        lost = 2 * UNIT * (abs(p.x) + abs(mean)) + of_mean  # what rounding can take of x - mean
        slope = p.gamma / math.sqrt(var + p.used_eps)
        after = abs(y - p.beta) * of_var / (2 * (var + p.used_eps)) + 2 * UNIT * abs(p.beta)
        yield mode, Output(mean, var, y, rounding=abs(slope) * lost + after, slope=slope)


def memory_of(p: TrainEvalParams) -> Memory:
    """Return what the running statistics remember after the last batch."""
    m, t = p.new_weight, p.steps
    lag = long_run = math.nan
    if p.unmoved:
        return Memory(math.inf, 1.0, lag, long_run, is_misread=False)
    if m is None:
        return Memory(float(t), 0.0, p.drift * (t - 1) / 2 if p.drift else lag, long_run, is_misread=False)
    if p.drift:
        lag, long_run = running_mean_lag(p.drift, m, t), p.drift * (1 - m) / m
    return Memory(half_life(m), initial_weight(m, t), lag, long_run, p.momentum != OWN and is_likely_of_the_old(m))


def quoted(rule: Convention) -> str:
    """Return the default momentum as the framework itself writes it."""
    if rule.momentum is None:
        return "momentum=None"
    return f"momentum={1 - rule.momentum if rule.quotes_old else rule.momentum:g}"


def check(quantity: str, closed_form: float, simulated: float, error: float) -> Check:
    """Return a closed form beside its simulation; they are not apart where there is no standard error."""
    gap = simulated - closed_form
    return Check(quantity, closed_form, simulated, error, gap / error if error > 0 and not math.isnan(gap) else 0.0)


def training_checks(o: Outcome) -> Iterator[Check]:
    """Yield the checks of the running statistics, over the repeats without the stream shown, and of precise ones."""
    p, pooled = o.params, o.outputs[Mode.PRECISE]
    for which, statistic in o.running.items():
        expected, spread = float(statistic.expected[-1]), float(statistic.spread[-1])
        yield check(f"running_{which}", expected, statistic.repeats_mean, statistic.mean_error)
        yield check(f"running_{which}_std", spread, statistic.repeats_std, statistic.std_error)
    count = PRECISE_BATCHES * p.batch_size
    yield check("precise_mean", p.center, pooled.mean, p.std / math.sqrt(count))
    yield check("precise_var", p.std**2 * (count - 1) / count, pooled.var, p.std**2 * math.sqrt(2 / count))


def companion_checks(p: TrainEvalParams, among: Companions) -> Iterator[Check]:
    """Yield the checks of the output among companions."""
    unbiased_std = among.std * math.sqrt(p.companion_sets / (p.companion_sets - 1))
    yield check("train_y_mean", among.exact.mean, among.mean, among.mean_error)
    yield check("train_y_std", among.exact.std, unbiased_std, among.std_error)
    yield check("sign_flips", among.exact_flips, among.flips, among.flips_error)

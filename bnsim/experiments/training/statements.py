"""Which sentences hold of two networks in training, and the numbers in them; the words are in `text.toml`."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bnsim.experiment import Better, Note, Stated, note, stated, warning
from bnsim.experiments.training.model import NOT_KNOWN, POOLING, USABLE, Outcome, Small, to_four_digits
from bnsim.experiments.training.names import name_of, varied_of
from bnsim.experiments.training.parts import NETWORKS, TESTED, norm_of
from bnsim.experiments.training.seed_curves import Spread
from bnsim.experiments.training.seed_results import Paired, SeedResults
from bnsim.experiments.training.sweeps import Window
from bnsim.text import words_of

WORDS = words_of(__package__)
ENDS = {(False, False): "neither", (True, False): "smallest", (False, True): "largest", (True, True): "both"}

LOWER = ("steps_to_90", "steps_to_95", "loss", "diverged")
HIGHER = ("train_accuracy", "test_accuracy", "precise_accuracy")
WAYS: Mapping[str, Better] = {**dict.fromkeys(LOWER, "lower"), **dict.fromkeys(HIGHER, "higher")}
BETTER: Mapping[str, Better] = {f"{key}_{network}": way for key, way in WAYS.items() for network in NETWORKS}
"""Which way is better, for either network."""

NOTHING = 0.01
"""A share of the gradient that is next to nothing."""


def say(key: str, /, **numbers: object) -> str:
    """Return a sentence that several numbers share."""
    return WORDS.say(f"label.{key}", **numbers)


def counted(what: str, count: int) -> str:
    """Return how many there are of something, in words."""
    return say(f"{what}.one") if count == 1 else say(f"{what}.many", count=count)


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield how soon each network gets there, where it ends, and what the values tried have shown."""
    for item in every_readout(o):
        # One NaN for all: results that are equal are to compare equal, and NaN does so only with itself.
        yield replace(item, value=math.nan) if item.value != item.value else item


def every_readout(o: Outcome) -> Iterator[Stated]:
    """Yield the readouts in their order."""
    for percent in (90, 95):
        yield from speed(o, percent)
    for quantity in ("loss", "train_accuracy", "test_accuracy"):
        yield from (last(o, network, quantity) for network in NETWORKS)
    yield from accuracy_gain(o)
    yield from (last(o, network, "precise_accuracy") for network in NETWORKS)
    yield from precise_gain(o)
    yield from drift(o)
    yield from (moved(o, network) for network in NETWORKS)
    yield from (diverged(o, network) for network in NETWORKS)
    yield from rates(o)
    for pick in (best, fastest, sweep_gain):
        yield from (pick(o, network) for network in NETWORKS)


def speed(o: Outcome, percent: int) -> Iterator[Stated]:
    """Yield after how many steps each network has a training accuracy, and the ratio."""
    steps_to = f"steps_to_{percent}"
    for network in NETWORKS:
        shown = o.shown(network)
        steps = math.nan if shown is None else shown.middles[steps_to].middle
        yield stated(f"{steps_to}_{network}", steps, how=reached(o, shown, steps_to))
    yield stated(f"speedup_{percent}", to_four_digits(o.speedups[percent]), how=ratio_of_steps(o, steps_to))


def reached(o: Outcome, shown: SeedResults | None, steps_to: str) -> str:
    """Return which seeds have reached a training accuracy, and when."""
    if shown is None:
        return say("unknown")
    arrived, seeds, every = shown.reached[steps_to], counted("seeds", o.params.seeds), counted("every", o.every)
    within = say("within.all" if shown.complete else "within.so_far", steps=counted("steps", shown.step))
    if arrived.seeds == 0 and o.params.seeds == 1:
        return say("reached.never_one", within=within, best=shown.best)
    if arrived.seeds == 0:
        return say("reached.never", seeds=seeds, within=within, best=shown.best)
    if arrived.seeds < o.params.seeds:
        return say("reached.some", reached=arrived.seeds, seeds=seeds, within=within, first=arrived.first, every=every)
    if arrived.seeds == 1:
        return say("reached.one", every=every)
    return say("reached.all", seeds=seeds, first=arrived.first, last=arrived.last, every=every)


def ratio_of_steps(o: Outcome, steps_to: str) -> str:
    """Return what makes the ratio of the steps of both networks, or why there is none."""
    shown = [o.shown(network) for network in NETWORKS]
    norm, against = (math.nan if each is None else each.middles[steps_to].middle for each in shown)
    names, steps = [name_of(o, network) for network in NETWORKS], counted("steps", o.params.steps)
    if math.isinf(norm):
        return say("speedup.never", name=names[0], steps=steps)
    if math.isnan(norm + against):
        return say("speedup.unknown")
    if math.isinf(against) and norm == 0:
        return say("speedup.at_start_no_end", name=names[1], steps=steps)
    if math.isinf(against):
        return say("speedup.no_end", most=o.params.steps, norm=norm, name=names[1], steps=steps)
    return say("speedup.ratio", against=against, norm=norm) if norm else say("speedup.at_start", name=names[0])


def last(o: Outcome, network: str, quantity: str) -> Stated:
    """Return what was recorded last of a network: the mean over the seeds, and their range."""
    key, shown = f"{quantity}_{network}", o.shown(network)
    if shown is None:
        return stated(key, math.nan, how=say("unknown"))
    spread = shown.middles[quantity]
    if quantity == "precise_accuracy" and math.isnan(spread.middle):
        return stated(key, math.nan, how=not_precise(o, network))
    if quantity == "loss" and shown.lost:
        return stated(key, math.nan, how=lost_seeds(o, shown))
    what = say("last.loss") if quantity == "loss" else share_of(quantity)
    how = say("measured", what=what, seeds=spread_of("mean", spread, o.params.seeds), so_far=so_far(shown))
    return stated(key, to_four_digits(spread.middle), how=how)


def share_of(quantity: str) -> str:
    """Return of which digits an accuracy is a share."""
    return say("last.train_accuracy") if quantity == "train_accuracy" else say(f"last.{quantity}", tested=TESTED)


def not_precise(o: Outcome, network: str) -> str:
    """Return why there is no accuracy with PreciseBN."""
    return say("last.not_measured" if norm_of(o.params, network) in POOLING else "last.no_statistics")


def lost_seeds(o: Outcome, shown: SeedResults) -> str:
    """Return how many seeds diverged."""
    return say("diverged", lost=shown.lost, seeds=counted("seeds", o.params.seeds))


def spread_of(middle: str, spread: Spread, count: int) -> str:
    """Return of how many seeds a number is the mean or the median, and their range."""
    return say("spread.one") if count == 1 else say(f"spread.{middle}", count=count, low=spread.low, high=spread.high)


def so_far(*shown: SeedResults | None) -> str:
    """Return after how many steps a number was taken if there are more to come."""
    growing = [each for each in shown if each is not None and not each.complete]
    return say("so_far", step=growing[0].step, steps=growing[0].steps) if growing else say("done")


def accuracy_gain(o: Outcome) -> Iterator[Stated]:
    """Yield by how much the test accuracies differ."""
    if o.accuracy_gain is None:
        yield stated("accuracy_gain", math.nan, how=say("unknown"))
    else:
        growing = so_far(*(o.shown(network) for network in NETWORKS))
        yield stated("accuracy_gain", to_four_digits(o.accuracy_gain.mean), how=paired(o.accuracy_gain, growing))


def precise_gain(o: Outcome) -> Iterator[Stated]:
    """Yield what PreciseBN adds to the test accuracy of the network."""
    if o.shown("norm") is None:
        yield stated("precise_gain", math.nan, how=say("unknown"))
    elif o.precise_gain is None:
        yield stated("precise_gain", math.nan, how=not_precise(o, "norm"))
    else:
        how = paired(o.precise_gain, so_far(o.shown("norm")))
        yield stated("precise_gain", to_four_digits(o.precise_gain.mean), how=how)


def paired(gain: Paired, growing: str) -> str:
    """Return the standard error of a mean of differences, one a seed, in words."""
    if gain.seeds == 1:
        return say("paired.one", so_far=growing)
    return say("paired.many", count=gain.seeds, error=gain.error, so_far=growing)


def drift(o: Outcome) -> Iterator[Stated]:
    """Yield how far the inputs of activations move in a step, and the ratio."""
    values = {network: to_four_digits(o.drift[network].overall.middle) for network in NETWORKS}
    for network, value in values.items():
        moves = o.drift[network]
        if math.isnan(value):
            how = say("drift.none" if moves.done else "unknown")
        else:
            how = say("drift.measured", steps=moves.steps, seeds=spread_of("mean", moves.overall, o.params.seeds))
        yield stated(f"drift_{network}", value, how=how)
    ratio = to_four_digits(o.drift_ratio)
    if not math.isnan(ratio):
        yield stated("drift_ratio", ratio, "ratio", **values)
    else:
        yield stated("drift_ratio", ratio, "still" if values["against"] == 0 else "unknown")


def moved(o: Outcome, network: str) -> Stated:
    """Return how far the weights of the first layer have moved from where they started."""
    key, shown = f"moved_{network}", o.shown(network)
    if shown is None:
        return stated(key, math.nan, how=say("unknown"))
    spread = shown.middles["moved"]
    if shown.lost:
        return stated(key, math.nan, how=lost_seeds(o, shown))
    if not math.isfinite(spread.middle):
        return stated(key, math.nan, how=say("not_finite"))
    # The median: with batches of two a few steps decide how far, and the mean would be that of the luckiest seed.
    seeds = spread_of("median", spread, o.params.seeds)
    return stated(key, to_four_digits(spread.middle), how=say("moved.measured", seeds=seeds, so_far=so_far(shown)))


def diverged(o: Outcome, network: str) -> Stated:
    """Return how many seeds diverged."""
    key, shown = f"diverged_{network}", o.shown(network)
    if shown is None:
        return stated(key, math.nan, how=say("unknown"))
    return stated(key, shown.lost, how=say("of_seeds", seeds=counted("seeds", o.params.seeds)))


def rates(o: Outcome) -> Iterator[Stated]:
    """Yield the largest usable learning rate of each network, their ratio, and how wide the windows are."""
    for network, window in o.windows.items():
        highest = math.nan if window is None else window.highest
        yield stated(f"largest_rate_{network}", highest, how=no_rates(o) if window is None else usable_rates(o, window))
    yield stated("rate_ratio", to_six_digits(o.rate_ratio), how=ratio_of_rates(o))
    for network, window in o.windows.items():
        width = math.nan if window is None else to_six_digits(window.width)
        yield stated(f"rate_window_{network}", width, how=no_rates(o) if window is None else width_of(window))


def to_six_digits(ratio: float) -> float:
    """Return a ratio of two rates with six digits: those tried have twelve, their ratio loses the last few."""
    return float(f"{ratio:.6g}")


def no_rates(o: Outcome) -> str:
    """Return why nothing is known of the rates tried."""
    return say("unknown" if o.params.vary == "rate" else "rates.not_varied")


def usable_rates(o: Outcome, window: Window) -> str:
    """Return which rates are usable, what that means, and whether it ends within the rates tried."""
    rule = say("rates.rule", floor=USABLE, steps=counted("steps", o.params.steps))
    if not window.highest and len(o.texts) == 1:
        return say("rates.none_of_one", low=o.texts[0], rule=rule)
    if not window.highest:
        return say("rates.none", count=len(o.texts), low=o.texts[0], high=o.texts[-1], rule=rule)
    ends = say(f"rates.ends.{ENDS[window.open_below, window.open_above]}")
    if window.lowest == window.highest:
        return say("rates.one", high=window.highest, rule=rule, ends=ends)
    return say("rates.range", low=window.lowest, high=window.highest, rule=rule, ends=ends)


def ratio_of_rates(o: Outcome) -> str:
    """Return what makes the ratio of the largest usable rates, or which network has none."""
    tops = [0.0 if window is None else window.highest for window in o.windows.values()]
    if None in o.windows.values():
        return no_rates(o)
    if 0 in tops:
        return say("rates.none_usable_with", name=name_of(o, NETWORKS[tops.index(0)]))
    return say("rates.over", top=tops[0], bottom=tops[1])


def width_of(window: Window) -> str:
    """Return what makes the width of a window of rates."""
    return say("rates.over", top=window.highest, bottom=window.lowest) if window.highest else say("rates.none_usable")


def unswept(o: Outcome) -> str:
    """Return why nothing can be said of the values tried."""
    return say("one_value" if len(o.texts) == 1 else "unknown")


def best(o: Outcome, network: str) -> Stated:
    """Return at which value the mean test accuracy is the highest."""
    key, swept = f"best_{network}", o.swept[network]
    if swept is None:
        return stated(key, NOT_KNOWN, how=unswept(o))
    most, least = swept.best, swept.worst
    if most.where == least.where:
        return stated(key, most.where, how=say("sweep.best_of_equals", best=most.middle))
    return stated(key, most.where, how=say("sweep.best", best=most.middle, worst=least.middle, where=least.where))


def fastest(o: Outcome, network: str) -> Stated:
    """Return at which value the level is reached in the fewest steps."""
    key, swept, level = f"fastest_{network}", o.swept[network], o.params.level
    if swept is None:
        return stated(key, NOT_KNOWN, how=unswept(o))
    if math.isinf(swept.fastest.middle):
        return stated(key, NOT_KNOWN, how=say("sweep.never", level=level, steps=counted("steps", o.params.steps)))
    return stated(key, swept.fastest.where, how=say("sweep.fastest", steps=swept.fastest.middle, level=level))


def sweep_gain(o: Outcome, network: str) -> Stated:
    """Return what the last value tried gains in test accuracy over the first."""
    key, swept = f"sweep_gain_{network}", o.swept[network]
    if swept is None or swept.gain is None:
        return stated(key, math.nan, how=unswept(o))
    how = say("sweep.gain", last=o.texts[-1], first=o.texts[0], paired=paired(swept.gain, say("done")))
    return stated(key, to_four_digits(swept.gain.mean), how=how)


def notes(o: Outcome) -> Iterator[Note]:
    """Yield how small the experiment is, what is drawn, and what has gone wrong."""
    p, seeds = o.drawn, counted("seeds", o.params.seeds)
    layers, units = counted("layers", p.depth), say(f"units.{p.activation}")
    yield note("setting", examples=p.examples, tested=TESTED, layers=layers, width=p.width, units=units, seeds=seeds)
    if p.vary != "nothing":
        yield warning("drawn", what=varied_of(o), value=o.texts[o.drawn_at])
    for network, small in o.small.items():
        if small is not None:
            yield from small_batches(o, network, small)
    if o.old_momentum is not None:
        m, batches = o.old_momentum
        yield warning("old-momentum", m=m, batches=batches, here=1 - m)
    for network, curves in o.curves.items():
        shown = o.shown(network)
        if curves is not None and shown is not None and shown.lost:
            yield warning("diverged", name=name_of(o, network), lost=shown.lost, seeds=seeds, step=curves.lost_by)
    if o.made < o.due:
        yield note("unfinished", made=o.made, due=o.due)
    elif any(moves.done < 1 for moves in o.drift.values()):
        yield note("drift-unfinished")


def small_batches(o: Outcome, network: str, small: Small) -> Iterator[Note]:
    """Yield what batches of one or two do: nearly nothing of most pairs passes, and kicks of a few."""
    name = name_of(o, network)
    if small.size == 1:
        yield note("one-until-frozen" if small.freezes else "one", name=name)
        return
    yield note("two-until-frozen" if small.freezes else "two", name=name)
    yield note("pairs", typical=small.typical, largest=small.largest, rms=small.rms)
    if small.typical <= NOTHING and small.rms >= 1:
        yield note("kicks")
    way = moved(o, network).value
    if isinstance(way, float) and not math.isnan(way):
        yield note("moved", name=name, moved=way)


def actions(o: Outcome) -> dict[str, dict[str, Any]]:
    """Return what one click can set: other seeds, more steps, the learning rate varied."""
    p = o.params
    offered: dict[str, dict[str, Any]] = {
        "seeds": {"seed": (p.seed + p.seeds) % 2**31},
        "steps": {"steps": 2 * p.steps},
        "rates": {"vary": "rate", "grid": "standard"},
    }
    allowed = {key: p.examine({**dict(p), **changes})[0] for key, changes in offered.items()}
    return {key: offered[key] for key, params in allowed.items() if params not in (None, p)}

"""Which sentences hold of the two networks, and the numbers in them; the words are in `text.toml`."""

import math
from collections.abc import Iterator
from typing import Any

from bnsim.experiment import Answer, Note, Stated, answer, note, stated
from bnsim.experiments.depth.model import Measured, Outcome, OverSeeds, WayBack
from bnsim.experiments.depth.networks import Network
from bnsim.experiments.depth.params import DEEPEST, MOST_VALUES
from bnsim.experiments.depth.theory import RELU_LIMIT, Branch, Growth, Square
from bnsim.text import number, words_of

WORDS = words_of(__package__)
GROWS = 1.02
"""A layer that multiplies the gradient by more makes it explode."""


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield rates, sizes and shares of both networks, each beside its theory."""
    pairs = [of_network(o, network) for network in Network]
    for both in zip(*pairs, strict=True):
        yield from both


def of_network(o: Outcome, network: Network) -> Iterator[Stated]:
    """Yield the readouts of one network."""
    p, measured, key = o.params, o.networks[network], network.key
    theory, depth = measured.theory, o.params.depth
    off = {"relu": "relu", "linear": "linear"}.get(p.activation, "bounded")

    def mean(quantity: str, case: str = "", **numbers: Any) -> Stated:
        over_seeds = measured.over_seeds[quantity]
        return stated(f"{quantity}_{key}", rounded(over_seeds.mean), case, seeds=in_words(over_seeds), **numbers)

    yield mean("growth", start=depth - 1, theory=short(theory.growth, 5))
    yield growth_theory(p.residual, measured, key)
    yield mean("gradient", depth=depth, theory=short(float(theory.gradient[0]), 4))
    yield mean("square", depth=depth, theory=short(theory.square_ratio, 4))
    yield square_theory(depth, measured, key)
    yield mean("std", depth=depth, first=short(float(measured.ends["std"][0]), 4))
    yield mean("flat", off, depth=depth, theory=short(float(theory.flat[-1]), 4))
    yield mean("dead", off, depth=depth, n=p.batch_size)
    share = short(float(theory.branch_share[-1]), 4)
    yield mean("branch", "residual" if p.residual else "plain", depth=depth, theory=share)
    yield branch_theory(depth, measured, key)


def growth_theory(residual: bool, measured: Measured, key: str) -> Stated:
    """Return the factor a layer in theory, and its formula."""
    theory, name = measured.theory, f"growth_{key}_law"
    value, case = rounded(theory.growth, 6), theory.growth_from
    if case not in (Growth.FORMULA, Growth.RELU, Growth.LINEAR):
        return stated(name, value, case)
    root = "label.root.residual" if residual else "label.root.plain"
    formula = WORDS.say(root, rate=WORDS[f"label.rate.{theory.rate}"])
    if case is Growth.RELU:
        return stated(name, value, case, formula=formula, limit=RELU_LIMIT)
    return stated(name, value, case, formula=formula)


def square_theory(depth: int, measured: Measured, key: str) -> Stated:
    """Return the growth of E[h²] in theory, and its formula."""
    theory, name = measured.theory, f"square_{key}_law"
    value, case = rounded(theory.square_ratio, 6), theory.square_from
    if case in (Square.BLOCKS, Square.DOUBLING, Square.RELU_BLOCKS):
        return stated(name, value, case, blocks=depth - 1)
    return stated(name, value, case)


def branch_theory(depth: int, measured: Measured, key: str) -> Stated:
    """Return the share of the last branch in theory, and its formula."""
    theory, name = measured.theory, f"branch_{key}_law"
    value, case = rounded(float(theory.branch_share[-1]), 6), theory.branch_from
    return stated(name, value, case, blocks=depth - 1) if case is Branch.BLOCKS else stated(name, value, case)


def in_words(values: OverSeeds) -> str:
    """Return the range of a measured number over the seeds."""
    low, high = short(values.low, 4), short(values.high, 4)
    if values.seeds == 1:
        return WORDS["label.seeds.one"]
    if values.missing:
        return WORDS.say("label.seeds.missing", missing=values.missing, seeds=values.seeds)
    if low == high:
        return WORDS.say("label.seeds.same", value=low, seeds=values.seeds)
    return WORDS.say("label.seeds.range", low=low, high=high, seeds=values.seeds)


def short(value: float, digits: int = 3) -> str:
    """Return a number in a few characters, large ones with an exponent."""
    if math.isnan(value):
        return WORDS["label.none"]
    if not 1e4 <= abs(value) < math.inf:
        return number(value, digits)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−")


def rounded(value: float, digits: int = 4) -> float:
    """Return a number with the digits that are worth reading: four of what was measured, six of theory."""
    return math.nan if math.isnan(value) else float(f"{value:.{digits}g}")


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield what becomes of the gradient on its way back, with norm and without it."""
    for network in (Network.WITH, Network.WITHOUT):
        measured = o.networks[network]
        numbers: dict[str, object] = {"norm": WORDS[f"label.norm.{o.params.norm}"]} if network is Network.WITH else {}
        match measured.way_back:
            case WayBack.GROWS | WayBack.SHRINKS | WayBack.KEEPS:
                numbers |= {f"way_{network.key}": WORDS[f"label.way.{measured.way_back}"]}
            case WayBack.CHANCE | WayBack.VARIES:
                gradient = measured.over_seeds["gradient"]
                numbers |= {"low": gradient.low, "high": gradient.high}
                numbers |= {f"way_{network.key}": WORDS[f"label.way.{measured.way_back}"]}
            case WayBack.SOME:
                numbers |= {"lost": measured.lost}
            case WayBack.OVERFLOWS:  # without norm only: a norm keeps h in bounds, and a sum of a hundred such
                numbers |= {"layer": measured.overflow}
        yield answer(f"{network.key}-{measured.way_back}", **numbers)


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what was measured, and what a reader must not miss about it."""
    p = o.params
    yield note(
        "noise" if p.inputs == "noise" else "digits", depth=p.depth, width=p.width, n=p.batch_size, seeds=p.seeds
    )
    without, with_norm = (measured.over_seeds["growth"].mean for measured in o.networks.values())
    # Not if the gradient grows as fast without norm; there it may be NaN.
    if not p.residual and p.norm == "batch" and with_norm > GROWS and not with_norm < without * GROWS:
        if without > 0:
            yield note("explodes", rate=short(with_norm), without=short(without))
        else:
            yield note("explodes-alone", rate=short(with_norm))
    for network, measured in o.networks.items():
        yield from strange(WORDS[f"label.network.{network.key}"], measured)


def strange(network: str, measured: Measured) -> Iterator[Note]:
    """Yield what is beyond numbers, or beyond theory, in one network."""
    if measured.overflow:
        yield note("overflow", network=network, layer=measured.overflow)
    elif not measured.gradient_arrives:
        yield note("no-gradient", network=network)
    if measured.strays:
        rate, theory = short(measured.over_seeds["growth"].mean), short(measured.theory.growth)
        yield note("strays", network=network, rate=rate, theory=theory)


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set."""
    p = o.params
    deeper = min(2 * p.depth, DEEPEST)
    changes: dict[str, dict[str, object]] = {
        "residual": {"connections": "residual"},
        "plain": {"connections": "plain"},
        "sigmoid": {"activation": "sigmoid", "init": "xavier"},
        "relu": {"activation": "relu", "init": "he"},
        "other": {"seed": (p.seed + p.seeds) % 2**32},
    }
    if p.seeds * deeper * p.width * p.batch_size <= MOST_VALUES:
        changes["deeper"] = {"depth": deeper}
    present = dict(p)
    return {key: settings for key, settings in changes.items() if not settings.items() <= present.items()}

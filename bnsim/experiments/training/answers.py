"""Which network needs fewer steps, or what the values tried have shown: the answer, in the words of `text.toml`."""

import math
from collections.abc import Iterator

from bnsim.experiment import Answer, answer
from bnsim.experiments.training.model import ALL_THE_SAME, Outcome, Swept
from bnsim.experiments.training.names import varied_of
from bnsim.experiments.training.parts import NETWORKS, norm_of
from bnsim.experiments.training.seed_results import Reached
from bnsim.experiments.training.statements import counted, say

NOT_YET = Reached(0, 0.0, 0.0)
"""How many seeds have got there where there are no results."""


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield which network needs fewer steps; of several values tried, what becomes of both as these change."""
    if len(o.texts) > 1:
        yield from of_values(o)
        return
    if o.params.vary != "nothing":
        yield answer("one-value", what=varied_of(o), value=o.texts[0])
    yield from of_one_value(o)


def names(o: Outcome) -> dict[str, str]:
    """Return how a sentence says of which network it is: "with batch norm"."""
    ours, theirs = (say(f"with.{norm_of(o.params, network)}") for network in NETWORKS)
    return {"ours": ours, "theirs": theirs}


def of_one_value(o: Outcome) -> Iterator[Answer]:
    """Yield which network reads 90 % of the training digits sooner, as far as the seeds agree."""
    shown, seeds = [o.shown(network) for network in NETWORKS], o.params.seeds
    ours, theirs = (NOT_YET if each is None else each.reached["steps_to_90"] for each in shown)
    counts = {"ours_seeds": ours.seeds, "theirs_seeds": theirs.seeds, "seeds": counted("seeds", seeds)}
    if ours.seeds == theirs.seeds == seeds:
        yield from both_arrive(o, ours, theirs)
    elif not all(each is not None and each.complete for each in shown):
        yield answer("so-far", made=o.made, due=o.due, **counts, **names(o))
    elif (ours.seeds, theirs.seeds) in ((seeds, 0), (0, seeds)):
        yield answer("only-ours" if ours.seeds else "only-theirs", **names(o))
        yield from if_one_seed(o)
    elif ours.seeds == theirs.seeds == 0:
        yield answer("neither", **names(o))
    else:
        yield answer("some", **counts, **names(o))


def both_arrive(o: Outcome, ours: Reached, theirs: Reached) -> Iterator[Answer]:
    """Yield who was there first; no lead is one while the seeds of both overlap."""
    middles = [results.middles["steps_to_90"].middle for results in map(o.shown, NETWORKS) if results is not None]
    if ours.last < theirs.first:
        yield answer("fewer", **names(o))
        if not math.isnan(o.speedups[90]):
            yield answer("times")
        yield from if_one_seed(o)
    elif theirs.last < ours.first:
        yield answer("more", **names(o))
        yield from if_one_seed(o)
    else:
        yield answer("equal" if middles[0] == middles[1] else "overlap", **names(o))


def if_one_seed(o: Outcome) -> Iterator[Answer]:
    """Yield that a single seed proves little."""
    if o.params.seeds == 1:
        yield answer("one-seed")


def of_values(o: Outcome) -> Iterator[Answer]:
    """Yield which rates can be used, or how test accuracy depends on the values tried; then the fastest value."""
    ours, theirs = o.swept.values()
    if ours is None or theirs is None:
        yield answer("values-so-far", made=o.made, due=o.due)
        return
    if o.params.vary == "rate":
        yield of_rates(o)
    else:
        yield answer("values", what=varied_of(o), ours_range=span(ours), theirs_range=span(theirs), **names(o))
    yield of_fastest(o, ours.fastest.middle, theirs.fastest.middle)


def of_rates(o: Outcome) -> Answer:
    """Return up to which learning rate each network still trains."""
    usable = tuple(window is not None and window.highest > 0 for window in o.windows.values())
    keys = {(True, True): "rates", (True, False): "rates-ours", (False, True): "rates-theirs"}
    return answer(keys[usable], **names(o)) if usable in keys else answer("rates-neither")


def span(swept: Swept) -> str:
    """Return the range of the mean test accuracy over the values tried, in words."""
    if swept.best.where == ALL_THE_SAME:
        return say("range.same", value=swept.best.middle)
    return say("range.between", low=swept.worst.middle, high=swept.best.middle)


def of_fastest(o: Outcome, ours: float, theirs: float) -> Answer:
    """Return how many steps each network needs to the level at the value that suits it best."""
    if math.isinf(ours) and math.isinf(theirs):
        return answer("fastest-neither")
    if math.isinf(theirs):
        return answer("fastest-ours", ours_steps=ours, **names_of_one(o, "ours"))
    if math.isinf(ours):
        return answer("fastest-theirs", theirs_steps=theirs, **names_of_one(o, "theirs"))
    return answer("fastest", ours_steps=ours, theirs_steps=theirs, **names(o))


def names_of_one(o: Outcome, which: str) -> dict[str, str]:
    """Return how a sentence says of which network it is, of one of the two."""
    return {which: names(o)[which]}

"""Which sentences hold of the networks in a new domain, and the numbers in them; the words are in `text.toml`."""

import math
from collections.abc import Iterator, Mapping

from bnsim.experiment import Answer, Better, Note, Stated, answer, note, stated, warning
from bnsim.experiments.transfer.images import POOL, TEST, TRAIN, Change
from bnsim.experiments.transfer.model import NO_EPS, SIZES
from bnsim.experiments.transfer.outcome import DIFFERENCES, SHARES, WITHIN, Outcome, Spread
from bnsim.text import number, words_of

WORDS = words_of(__package__)
NUMBERS = {
    "changed_adapted": ("samples",),
    "changed_tuned": ("samples", "tuning_steps"),
    "tuning_gain": ("samples", "tuning_steps"),
}
"""Settings that stand in the statement of a readout."""

BETTER: Mapping[str, Better] = {**dict.fromkeys(SHARES, "higher"), "samples_needed": "lower"}


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield accuracy by method and domain, what new statistics gain and cost, and how exact the repair is."""
    for key in (*SHARES, *DIFFERENCES):
        spread = o.readouts.get(key)
        numbers = {name: getattr(o.params, name) for name in NUMBERS.get(key, ())}
        if key in SHARES:
            numbers["images"] = TEST
        yield stated(key, spread.mean if spread else math.nan, pairs=over_pairs(spread), **numbers)
    if o.enough is None:
        yield stated("samples_needed", math.nan, "unknown")
    else:
        sizes = ", ".join(map(str, SIZES))
        here, whole = o.enough.here, o.enough.whole
        yield stated("samples_needed", float(o.enough.size), "known", sizes=sizes, all=POOL, here=here, whole=whole)
    yield from of_scores(o)


def over_pairs(spread: Spread | None) -> str:
    """Return over how many pairs of networks a mean is, and their range, in words."""
    if spread is None:
        return WORDS["label.pairs.unknown"]
    if spread.count == 1:
        return WORDS["label.pairs.one"]
    return WORDS.say("label.pairs.several", count=spread.count, low=spread.low, high=spread.high)


def of_scores(o: Outcome) -> Iterator[Stated]:
    """Yield how much the scores change when images and statistics both move, with eps and without."""
    if o.scores is None:
        case = "diverged" if any(pair.logit_changes for pair in o.pairs) else "unknown"
        yield stated("logit_change", math.nan, case)
        yield stated("logit_change_no_eps", math.nan, case)
        return
    change, left = o.scores.with_eps, o.scores.without_eps
    over = {"images": TEST, "pairs": o.scores.pairs}
    if not o.is_repaired:
        yield stated("logit_change", change, "measured", **over)
        yield stated("logit_change_no_eps", math.nan, why_not(o))
        return
    if o.scores.weight == 1:
        yield stated("logit_change", change, "shift", exact=0.0, left=change)
    else:
        yield stated("logit_change", change, "eps", weight=o.scores.weight, **over)
    yield stated("logit_change_no_eps", left, "exact", exact=0.0, eps=NO_EPS, left=left)


def why_not(o: Outcome) -> str:
    """Return why a repair but for eps is not asked for."""
    if is_unchanged(o):
        return "unchanged"
    return "other" if o.line is None or o.line[0] <= 0 else "after"


def is_unchanged(o: Outcome) -> bool:
    """Return whether the strength that is set changes nothing."""
    return (o.params.strength == 0) if o.line is None else o.line == (1.0, 0.0)


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield what the change costs, and what new statistics do about it."""
    if o.diverged:
        yield answer("diverged", diverged=o.diverged)
    elif o.harm is None:
        yield answer("unknown")
    else:
        yield from of_repair(o, o.harm)
        if o.harm.count < o.params.seeds:
            yield answer("so-far", count=o.harm.count)
        elif o.params.seeds == 1:
            yield answer("one-pair")


def of_repair(o: Outcome, harm: Spread) -> Iterator[Answer]:
    """Yield what becomes of accuracy; what is within two points is called the same, as for the samples that suffice."""
    if is_unchanged(o):
        yield answer("unchanged")
    elif o.line is not None and o.line[0] == 0:
        yield answer("grey")
    else:
        yield answer("harmed" if harm.mean > WITHIN else "unharmed")
        yield answer(repair(o, harm))


def repair(o: Outcome, harm: Spread) -> str:
    """Return the key of the sentence that says what new statistics do."""
    gain, gap = o.readouts["adaptation_gain"], o.readouts["adaptation_gap"]
    if abs(gain.mean) <= WITHIN:
        return "hardly"
    if gain.low < 0 < gain.high:
        return "mixed"
    if gain.mean < 0:
        return "worse"
    if harm.mean <= WITHIN:
        return "better"
    return "repaired" if gap.mean <= WITHIN else "partly"


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what was compared, what the change can and cannot leave to repair, and what is not finished."""
    p = o.params
    images = {"layers": p.depth, "width": p.width, "train": TRAIN, "pool": POOL, "test": TEST}
    yield note("setting", count=p.seeds, all=TRAIN + POOL + TEST, **images)
    yield of_change(o)
    if o.waiting:
        few, many = min(o.waiting), max(o.waiting)
        if few == many:
            yield note("training", waiting=len(o.waiting), count=p.seeds, steps=p.steps, made=few)
        else:
            yield note("training-apart", waiting=len(o.waiting), count=p.seeds, steps=p.steps, few=few, many=many)
    elif not o.is_finished:
        yield note("reading")
    if o.diverged:
        yield warning("diverged", diverged=o.diverged, count=p.seeds)
    gain = o.readouts.get("adaptation_gain")
    if gain and gain.count == p.seeds and gain.high < 0:
        yield note("worse", loss=-gain.mean)


def of_change(o: Outcome) -> Note:
    """Return the note about the chosen change."""
    if is_unchanged(o):
        return note("unchanged")
    if o.line is None:
        return note("blur" if Change(o.params.change) is Change.BLUR else "noise")
    a, b = o.line
    if a == 0:
        return note("grey", grey=b)
    if a < 0:
        return note("negative" if o.params.placement == "before" else "negative-after", formula=line(a, b))
    return note("repaired" if o.is_repaired else "after", formula=line(a, b))


def line(a: float, b: float) -> str:
    """Return a · x + b as it is written: "0.3 · x + 0.35", "x − 0.5", "−x + 1"."""
    slope = {1.0: "x", -1.0: "−x"}.get(a, f"{number(a, 4)} · x")
    return slope if b == 0 else f"{slope} {'+' if b > 0 else '−'} {number(abs(b), 4)}"


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: few samples, a change that is not repaired, other networks."""
    offers: dict[str, dict[str, object]] = {
        "few": {"samples": 8},
        "all": {"samples": POOL},
        "negative": {"change": "inversion", "inversion": 1.0},
        "others": {"seed": (o.params.seed + o.params.seeds) % 2**32},
    }
    return {key: changes for key, changes in offers.items() if o.params.replace(**changes) != o.params}

"""Which sentences hold of the two networks, and the numbers in them; the words are in `text.toml`."""

from collections.abc import Iterable, Iterator

from bnsim.experiment import Answer, Note, Stated, answer, note, stated, warning
from bnsim.experiments.landscape.comparison import SMOOTH, Contrast, Measure, Opinions, Span, Verdict
from bnsim.experiments.landscape.model import Network, Outcome
from bnsim.text import words_of

WORDS = words_of(__package__)

BETWEEN_LAYERS = (Measure.GRADIENT_SHIFT, Measure.GRADIENT_COSINE)
"""What there is only where a hidden layer has another one below it."""

STILL = (Measure.PERCENTILE_RANGE, Measure.STEP_DRIFT, Measure.GRADIENT_SHIFT)

OF_SMOOTH = {
    Verdict.SMALLER: "smoother",
    Verdict.LARGER: "rougher",
    Verdict.MIXED: "smooth-by-seed",
    Verdict.EQUAL: "as-smooth",
}
OF_STILL = {
    Verdict.SMALLER: "stiller",
    Verdict.LARGER: "livelier",
    Verdict.MIXED: "still-by-seed",
    Verdict.EQUAL: "as-still",
}
"""The note that says which measures have that verdict."""


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield every measure for both networks: the mean over the seeds."""
    at_the_end, loss_range, *others = Measure
    yield from of_both(o, loss_range)
    yield range_ratio(o)
    yield share_of_rays(o)
    for measure in (*others, at_the_end):
        yield from of_both(o, measure)


def of_both(o: Outcome, measure: Measure) -> Iterator[Stated]:
    """Yield one measure of the reference and of the network with the norm."""
    key = measure.name.lower()
    yield of_network(o, measure, o.reference, f"{key}_reference")
    yield of_network(o, measure, o.norm, key)


def of_network(o: Outcome, measure: Measure, network: Network, key: str) -> Stated:
    """Return one measure of one network, or why there is none."""
    span, name = network.spans[measure], name_of(network)
    if not span.count:
        return stated(key, span.mean, "none", network=name, reason=reason(o, measure))
    return stated(key, span.mean, "known", network=name, steps=counted("step", o.common_steps), seeds=over_seeds(span))


def range_ratio(o: Outcome) -> Stated:
    """Return by how much the mean loss range is smaller with the norm."""
    key, reference, norm = "loss_range_ratio", name_of(o.reference), name_of(o.norm)
    span = o.ratio_span
    if span.count > 1:
        return stated(key, o.ratio, "seeds", reference=reference, norm=norm, low=span.low, high=span.high)
    if span.count:
        return stated(key, o.ratio, "seed", reference=reference, norm=norm)
    if o.norm.spans[Measure.LOSS_RANGE].mean == 0:
        return stated(key, o.ratio, "flat", norm=norm)
    return stated(key, o.ratio, "none", reason=reason(o, Measure.LOSS_RANGE))


def share_of_rays(o: Outcome) -> Stated:
    """Return on which share of the rays the loss range is smaller with the norm."""
    if not o.rays:
        return stated("smoother_share", o.smoother_share, "none", reason=reason(o, Measure.LOSS_RANGE))
    return stated(
        "smoother_share",
        o.smoother_share,
        "known",
        norm=name_of(o.norm),
        smaller=o.smaller_rays,
        rays=counted("ray", o.rays),
        steps=counted("step", o.common_steps),
        seeds=counted("seed", o.params.seeds),
    )


def name_of(network: Network) -> str:
    """Return what a network is called in a sentence."""
    return WORDS[f"label.network.{network.norm}"]


def counted(what: str, count: int) -> str:
    """Return a count with its noun: "1 seed", "2 seeds"."""
    key = f"label.count.{what}"
    return WORDS[f"{key}.one"] if count == 1 else WORDS.say(f"{key}.many", count=count)


def over_seeds(span: Span) -> str:
    """Return what the seeds span, in words."""
    if span.count == 1:
        return WORDS["label.over.one"]
    return WORDS.say("label.over.many", low=span.low, high=span.high, count=span.count)


def reason(o: Outcome, measure: Measure) -> str:
    """Return why there is no number."""
    if o.params.depth == 1 and measure in BETWEEN_LAYERS:
        return WORDS["label.reason.one-layer"]
    if o.common_steps < 2:
        return WORDS["label.reason.too-early"]
    if measure is Measure.STEP_DRIFT and o.last_step < 2:
        return WORDS["label.reason.one-step"]
    has_diverged = o.reference.diverged_at or o.norm.diverged_at
    return WORDS["label.reason.diverged" if has_diverged else "label.reason.no-number"]


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield whether the loss range is smaller with the norm, and what the other measures say."""
    if not o.common_steps:
        yield answer("not-yet")
        return
    names = {"norm": name_of(o.norm), "reference": name_of(o.reference)}
    loss_range = o.contrasts[Measure.LOSS_RANGE]
    match loss_range.verdict:
        case Verdict.UNKNOWN:
            yield answer("unknown")
        case Verdict.MIXED:
            yield answer("by-seed", **names, smaller=loss_range.smaller, compared=loss_range.seeds)
        case verdict:
            yield answer(OF_SMOOTH[verdict], **names)
    yield from second_opinion(o.opinions, loss_range.seeds)


def second_opinion(said: Opinions, seeds: int) -> Iterator[Answer]:
    """Yield what the measures of smoothness say together, where there are several and any can tell."""
    if said.measures < 2 or not (said.smoother or said.rougher):
        return
    only = "" if seeds > 1 else "-one"
    if said.measures in (said.smoother, said.rougher):
        yield answer(f"agree{only}", measures=said.measures)
    else:
        yield answer(f"disagree{only}", smoother=said.smoother, rougher=said.rougher, measures=said.measures)


def notes(o: Outcome) -> Iterator[Note]:
    """Yield where the claim holds and where not, for these very networks, and what is unfinished or diverged."""
    p = o.params
    yield note(
        "setting",
        layers=counted("layer", p.depth),
        units=counted("unit", p.width),
        activation=WORDS[f"params.activation.choices.{p.activation}"],
        seeds=counted("seed", p.seeds),
    )
    if o.common_steps < p.measured_steps:
        yield warning("unfinished", step=o.last_step, steps=p.steps)
    yield from verdicts(o, SMOOTH, OF_SMOOTH)
    yield from of_rays(o)
    yield from verdicts(o, STILL, OF_STILL)
    for network in (o.reference, o.norm):
        if lost := network.diverged_at:
            seeds = counted("seed", p.seeds)
            yield warning("diverged", network=name_of(network), lost=len(lost), seeds=seeds, step=min(lost))
    if p.norm == "noisy":
        yield note("noise")


def of_rays(o: Outcome) -> Iterator[Note]:
    """Yield on how many rays the norm has the smaller loss range, and where the loss of both ends."""
    if o.rays:
        yield note("rays", norm=name_of(o.norm), smaller=o.smaller_rays, rays=counted("ray", o.rays))
    end, reference_end = (network.spans[Measure.END_LOSS] for network in (o.norm, o.reference))
    if end.count and reference_end.count:
        names = {"norm": name_of(o.norm), "reference": name_of(o.reference)}
        yield note("end", **names, loss=end.mean, reference_loss=reference_end.mean)


def verdicts(o: Outcome, measures: Iterable[Measure], keys: dict[Verdict, str]) -> Iterator[Note]:
    """Yield a note for each verdict, with the measures that have it."""
    for verdict, key in keys.items():
        listed = [weighed(each, o.contrasts[each]) for each in measures if o.contrasts[each].verdict is verdict]
        if listed:
            yield note(key, norm=name_of(o.norm), reference=name_of(o.reference), measures=", ".join(listed))


def weighed(measure: Measure, contrast: Contrast) -> str:
    """Return a measure in words, with its numbers for both networks."""
    numbers = {"norm": contrast.norm, "reference": contrast.reference}
    name = WORDS[f"label.measure.{measure.name.lower()}"]
    if contrast.verdict is Verdict.MIXED:
        return WORDS.say("label.weighed.mixed", measure=name, **numbers, smaller=contrast.smaller, seeds=contrast.seeds)
    return WORDS.say("label.weighed.clear", measure=name, **numbers)


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: three layers, where the claim is shaky, another norm, other seeds."""
    p = o.params
    changes: dict[str, dict[str, object]] = {"seeds": {"seed": o.next_seed}}
    if p.depth != 3:
        changes["shallow"] = {"depth": 3}
    if p.norm == "batch" and p.against == "none":
        changes["layer-norm"] = {"norm": "layer"}
    return changes

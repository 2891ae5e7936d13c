"""What was found, in words: the answer, what was assumed, and of each finding why it matters and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bnsim.checkpoint.findings import Finding
from bnsim.checkpoint.inspection import Inspection
from bnsim.text import words_of
from bnsim.text.words import FILLER, placeholders

WORDS = words_of("bnsim.checkpoint")
MOST_CHANNELS = 8
MOST_LAYERS = 5


@dataclass(frozen=True)
class Told:
    """One finding in words.

    Attributes
    ----------
    title, text, why, do : str
        What it is called, what was found, why it matters, what to do.
    severity, sure : str
        How bad and how sure, in a word.
    """

    title: str
    text: str
    why: str
    do: str
    severity: str
    sure: str


def told(finding: Finding, inspection: Inspection) -> Told:
    """Return a finding in words."""
    layer = inspection.by_name[finding.layer]
    numbers: dict[str, float | str] = {
        **finding.numbers, "channels": len(finding.channels), "all": layer.channels, "other": inspection.against,
    }  # fmt: skip
    title, text, why, do = (_filled(f"note.{finding.key}.{part}", numbers) for part in ("title", "text", "why", "do"))
    severity = WORDS[f"label.severities.{finding.severity.value}"]
    return Told(title, text, why, do, severity, WORDS[f"label.sureness.{finding.sure.value}"])


def answer(inspection: Inspection) -> str:
    """Return in a sentence or two what is in the file."""
    layers = len(inspection.layers)
    if not layers:
        return WORDS[f"answer.{inspection.without or 'unread'}"]
    touched = len({finding.layer for finding in inspection.findings})
    kind = "found" if touched else "fine"
    if layers == 1:
        return WORDS[f"answer.{kind}.one"]
    return (
        WORDS.say("answer.found.many", layers=layers, touched=touched)
        if touched
        else WORDS.say("answer.fine.many", layers=layers)
    )


def assumptions(inspection: Inspection) -> str:
    """Return what was assumed of ε, and of momentum where batches were counted; "" if there is no layer."""
    if not inspection.layers:
        return ""
    if inspection.assumed.eps is None and all(layer.eps is not None for layer in inspection.layers):
        return WORDS["label.eps_read"]
    eps = _eps(inspection)
    if all(layer.batches is None for layer in inspection.layers):
        return WORDS.say("label.assumed_eps", eps=eps)
    return WORDS.say("label.assumed", eps=eps, momentum=_momentum(inspection))


def _eps(inspection: Inspection) -> str:
    layer, assumed = inspection.layers[0], inspection.assumed
    if assumed.eps is not None:
        return WORDS.say("label.eps_given", eps=assumed.eps)
    return WORDS.say("label.eps_taken", eps=assumed.eps_of(layer), framework=layer.convention.framework)


def _momentum(inspection: Inspection) -> str:
    layer, assumed = inspection.layers[0], inspection.assumed
    if assumed.momentum is not None:
        return WORDS.say("label.momentum_given", momentum=assumed.momentum)
    framework = layer.convention.framework
    return WORDS.say("label.momentum_taken", momentum=assumed.momentum_of(layer), framework=framework)


def remarks(inspection: Inspection) -> Iterator[str]:
    """Yield what else is to be said: layers that the other file has not, or that nothing differs."""
    if not inspection.against or not inspection.layers:
        return
    if inspection.unmatched:
        names = few([shown_name(name) for name in inspection.unmatched])
        yield WORDS.say("label.unmatched", other=inspection.against, layers=names)
    elif not any(finding.key in ("copied-statistics", "statistics-differ") for finding in inspection.findings):
        yield WORDS.say("label.same", other=inspection.against)


def where(finding: Finding, inspection: Inspection) -> str:
    """Return which channels a finding is about, the first few; "" if it is about all of them."""
    channels = finding.channels
    if len(channels) == inspection.by_name[finding.layer].channels:
        return ""
    names = ", ".join(map(str, channels[:MOST_CHANNELS]))
    more = len(channels) - MOST_CHANNELS
    return WORDS.say("label.at_more", channels=names, more=more) if more > 0 else WORDS.say("label.at", channels=names)


def few(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - MOST_LAYERS
    listed = ", ".join(names[:MOST_LAYERS])
    return f"{listed} {WORDS.say('label.also', more=more)}" if more > 0 else listed


def shown_name(name: str) -> str:
    """Return the name of a layer; the one of a file that holds nothing else has none."""
    return name or WORDS["label.batch_norm"]


def _filled(key: str, numbers: Mapping[str, float | str]) -> str:
    template = WORDS[key]
    return FILLER.format(template, **{name: numbers[name] for name in placeholders(template)})

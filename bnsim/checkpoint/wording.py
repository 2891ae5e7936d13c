"""What was found, in words: the answer, what was assumed, and of each finding why it matters and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bnsim.checkpoint.contents import Guess
from bnsim.checkpoint.findings import Finding
from bnsim.checkpoint.inspection import Inspection
from bnsim.checkpoint.layers import Layer
from bnsim.text import words_of
from bnsim.text.words import FILLER, placeholders

WORDS = words_of("bnsim.checkpoint")
MOST_CHANNELS = 8
MOST_LAYERS = 5
WEIGHTS_ALONE = "hdf5"
"""The format of a file of Keras that may hold weights without the description of their model."""


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


@dataclass(frozen=True)
class Ways:
    """How the reader says what the file does not: the options of the command, or what a page calls its boxes."""

    eps: str
    momentum: str


COMMAND = Ways("--eps", "--momentum")


def told(finding: Finding, inspection: Inspection, ways: Ways = COMMAND) -> Told:
    """Return a finding in words."""
    layer = inspection.by_name[finding.layer]
    numbers: dict[str, float | str] = {
        **finding.numbers, "channels": len(finding.channels), "all": layer.channels, "other": inspection.against,
        "eps_way": ways.eps, "momentum_way": ways.momentum,
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


def assumptions(inspection: Inspection, ways: Ways = COMMAND) -> str:
    """Return what stands in the file of ε and momentum, what was assumed, and what was guessed; "" without a layer.

    Momentum counts only where batches were counted, or where the file says it.
    """
    if not inspection.layers:
        return ""
    phrases = {"eps": _eps(inspection, ways), "momentum": _momentum(inspection, ways)}
    standing = {"eps": _standing(inspection, "eps"), "momentum": _standing(inspection, "momentum")}
    if all(layer.batches is None and layer.momentum is None for layer in inspection.layers):
        del standing["momentum"]
    said = []
    for how in ("read", "instead", "assumed"):
        which = [what for what, is_so in standing.items() if is_so == how]
        if which == ["eps", "momentum"] and how == "read" and _is_same(inspection):
            said.append(WORDS.say("label.read.same", **_settings(inspection, inspection.layers[0])))
        elif which:
            said.append(_filled(f"label.{how}.{'both' if len(which) > 1 else which[0]}", phrases))
    return " ".join((*said, *_guesses(inspection)))


def _standing(inspection: Inspection, what: str) -> str:
    """Return whether ε or momentum was read, or given instead of what could be read, or assumed."""
    is_there = all(getattr(layer, what) is not None for layer in inspection.layers)
    is_given = getattr(inspection.assumed, what) is not None
    if not is_there:
        return "assumed"
    return "instead" if is_given else "read"


def _settings(inspection: Inspection, layer: Layer) -> dict[str, float]:
    return {"eps": inspection.assumed.eps_of(layer), "momentum": inspection.assumed.momentum_of(layer)}


def _is_same(inspection: Inspection) -> bool:
    settings = [_settings(inspection, layer) for layer in inspection.layers]
    return all(each == settings[0] for each in settings)


def _eps(inspection: Inspection, ways: Ways) -> str:
    assumed = inspection.assumed
    layer = next((layer for layer in inspection.layers if layer.eps is None), inspection.layers[0])
    if assumed.eps is not None:
        return WORDS.say("label.eps_given", eps=assumed.eps)
    framework = layer.convention.framework
    return WORDS.say("label.eps_taken", eps=assumed.eps_of(layer), framework=framework, way=ways.eps)


def _momentum(inspection: Inspection, ways: Ways) -> str:
    assumed = inspection.assumed
    layer = next((layer for layer in inspection.layers if layer.momentum is None), inspection.layers[0])
    if assumed.momentum is not None:
        return WORDS.say("label.momentum_given", momentum=assumed.momentum)
    framework = layer.convention.framework
    return WORDS.say(
        "label.momentum_taken", momentum=assumed.momentum_of(layer), framework=framework, way=ways.momentum
    )


def _guesses(inspection: Inspection) -> Iterator[str]:
    for guess in Guess:
        names = [shown_name(layer.name) for layer in inspection.layers if layer.guess is guess]
        if guess is Guess.ORDER:
            names += [shown_name(layer.name) for layer in inspection.layers if layer.guess is Guess.ONE_MISSING]
        if names:
            yield WORDS.say(f"label.guess.{guess.value}", layers=few(names))
            if guess is Guess.ORDER and inspection.form == WEIGHTS_ALONE:
                yield WORDS["label.guess.whole"]


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


def _filled(key: str, numbers: Mapping[str, Any]) -> str:
    template = WORDS[key]
    return FILLER.format(template, **{name: numbers[name] for name in placeholders(template)})

"""What was found in activations, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bnsim.activations.autopsy import Autopsy, Verdict
from bnsim.activations.profile import FAR, FINDINGS, Report
from bnsim.engine.arrays import quiet
from bnsim.text import words_of
from bnsim.text.words import FILLER, placeholders

WORDS = words_of("bnsim.activations")
MOST_CHANNELS = 8


@dataclass(frozen=True)
class Told:
    """A finding in words: its title, what was found, why it matters, what to do."""

    title: str
    text: str
    why: str
    do: str


def answer(report: Report) -> str:
    """Return in a sentence what is in a file of activations."""
    touched, channels = sum(map(bool, report.findings)), len(report.labels)
    numbers = {"count": report.profile.count, "examples": report.profile.examples}
    if channels == 1:
        return WORDS.say(f"answer.{'found' if touched else 'fine'}.one", **numbers)
    if touched:
        return WORDS.say("answer.found.many", channels=channels, touched=touched, **numbers)
    return WORDS.say("answer.fine.many", channels=channels, **numbers)


def told(report: Report) -> Iterator[Told]:
    """Yield every finding in words, the worst first."""
    for key in FINDINGS:
        channels = report.channels_of(key)
        if channels:
            named = named_channels([report.labels[each] for each in channels])
            numbers: dict[str, float | str] = {"channels": named, "eps": report.eps, "far": FAR}
            yield Told(*(_filled(f"note.{key}.{part}", numbers) for part in ("title", "text", "why", "do")))


def reading(name: str, shape: Sequence[int], guesses: Sequence[str]) -> str:
    """Return how a file was read, every guess aloud."""
    if guesses:
        return WORDS.say("label.read", name=name, told="; ".join(guesses))
    return WORDS.say("label.read_plain", name=name, shape=str(tuple(shape)))


def verdict(found: Autopsy) -> str:
    """Return what an autopsy says, in a sentence or two."""
    key = "alone" if found.found.examples == 1 else found.verdict.value
    return _filled(f"answer.{key}", {**found.numbers, "how": ", ".join(_how(found))})


def _how(found: Autopsy) -> Iterator[str]:
    """Yield by how much means and variances differ, where they do."""
    if found.agreement.has_shifted.any():
        yield WORDS.say("label.means_by", shift=found.numbers["shift"])
    if found.agreement.has_spread.any():
        ratio = found.numbers["ratio"]
        is_finite = np.isfinite(ratio)
        yield WORDS.say("label.variances_by", ratio=ratio) if is_finite else WORDS["label.variances_gone"]


def remarks(found: Autopsy) -> Iterator[str]:
    """Yield how the verdict was reached, and what new estimates would give."""
    running, tested = found.running, int(found.numbers["tested"])
    yield WORDS.say("label.running_source", source=running.source or WORDS["label.of_typed"])
    yield WORDS.say(
        "label.method", tests=2 * tested, rests_on=round(running.rests_on), batch_size=running.batch_size,
        momentum=running.momentum, eps=running.eps,
    )  # fmt: skip
    if tested < len(found.labels):
        yield WORDS.say("label.not_tested", number=len(found.labels) - tested)
    if found.verdict not in (Verdict.UNUSABLE, Verdict.SMALL):
        yield WORDS.say("label.re_estimated", text=_new_estimates(found))


def _new_estimates(found: Autopsy) -> str:
    differs = found.agreement.differs
    if not differs.any():
        return WORDS["label.re_estimated_none"]
    with quiet():
        moved = np.abs(found.train_mode.mean - found.eval_mode.mean)[differs]
        stretched = (found.train_mode.std / found.eval_mode.std)[differs]
        stretched = np.fmax(stretched, 1 / stretched)
    return WORDS.say(
        "label.re_estimated_change", moved=float(np.fmax.reduce(moved)), stretched=float(np.fmax.reduce(stretched))
    )


def named_channels(labels: Sequence[str]) -> str:
    """Return the channels of a finding, the first few by their names."""
    if len(labels) == 1:
        return WORDS.say("label.channel_at", channel=labels[0])
    names, more = ", ".join(labels[:MOST_CHANNELS]), len(labels) - MOST_CHANNELS
    if more > 0:
        return WORDS.say("label.channels_more", number=len(labels), channels=names, more=more)
    return WORDS.say("label.channels_at", number=len(labels), channels=names)


def _filled(key: str, numbers: Mapping[str, float | str]) -> str:
    template = WORDS[key]
    return FILLER.format(template, **{name: numbers[name] for name in placeholders(template)})

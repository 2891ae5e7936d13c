"""A whole set of scenarios in a link: exact when written, bounded, and read as far as it goes when it is damaged.

What stands in the link is a version, a dot, and lines of JSON, compressed: first what all scenarios share, then a line
for each. So of a link that was cut off the scenarios before the cut can still be read.
"""

import json
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bnsim.errors import InputError, ScenarioError
from bnsim.scenario import link
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import (
    MOST_SCENARIOS,
    Scenario,
    ScenarioSet,
    name_from,
    name_problems,
    readouts_problems,
    text_problems,
)
from bnsim.scenario.toml import warned
from bnsim.scenario.wording import counted, limited, shown, shown_name

KEY = "mine"
"""The name under which a link holds a set."""

VERSION = "1"
LONGEST_WRITTEN, LONGEST_READ = link.LONGEST_WRITTEN, link.LONGEST_READ
MOST_TEXT = 2**16
"""Bytes that a link may unfold to: five times what a set fills whose link is as long as one may be."""

ENOUGH_REPORTS = 100
"""After so many the next scenarios are not looked at."""

FOLDED = re.compile(r"[A-Za-z0-9_-]*+")
TEXTS = ("title", "question", "look_for")
FILE = "Share the file instead."
NOTHING_LEFT = "Ask for the link again, or for the file."

ParamsOf = Callable[[str], type[Params]]


@dataclass(frozen=True)
class Linked:
    """What a link held.

    Attributes
    ----------
    scenarios : ScenarioSet, optional
        What could be read of it; None if that was no scenario.
    reports : tuple of str
        A sentence for everything that is otherwise than it was sent.
    """

    scenarios: ScenarioSet | None
    reports: tuple[str, ...] = ()


def encode(scenarios: ScenarioSet) -> str:
    """Return a set as it stands in a link.

    Raises
    ------
    ScenarioError
        If it has no room there: in the sentence why, with the way out.
    """
    large = next((each.name for each in scenarios.scenarios if not link.holds_everything(each.params)), None)
    if large is not None:
        raise ScenarioError(f"a link must leave out your own numbers, and {large} has too many to do without. {FILE}")
    lines = "".join(f"{json.dumps(line, ensure_ascii=False, separators=(',', ':'))}\n" for line in _lines(scenarios))
    content = lines.encode()
    text = f"{VERSION}.{urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip('=')}"
    if len(text) > LONGEST_WRITTEN or len(content) > MOST_TEXT:
        raise ScenarioError(
            f"a link must have at most {LONGEST_WRITTEN} characters, as many as mail, chat and browsers pass on whole; "
            f"{counted(len(scenarios.names), 'scenario', 'scenarios')} would need {len(text)}. {FILE}"
        )
    return text


def url(base: str, scenarios: ScenarioSet) -> str:
    """Return the link to the comparison of a set; `base` is the address of the app. ScenarioError as in `encode`."""
    return f"{base.rstrip('/')}/compare?{KEY}={encode(scenarios)}"


def in_address(address: str) -> str | None:
    """Return what an address holds of a set, for `decode`; None if it is no link of a set."""
    if "://" not in address[:20] or f"{KEY}=" not in address:
        return None
    try:
        found = parse_qs(urlsplit(address[: 2 * LONGEST_READ]).query, max_num_fields=link.MOST_KEYS).get(KEY)
    except ValueError:  # no address, or one of hundreds of keys
        return None
    return found[-1] if found else None


def decode(text: str, params_of: ParamsOf) -> Linked:
    """Return the set that stands in a link, as far as it can be read, and a sentence for all that is not as it was.

    Parameters
    ----------
    text : str
        At most 8000 characters are read, and what they unfold to is bounded as well.
    params_of : callable
        Gives the parameter class of an experiment by its slug; raises InputError when there is no such experiment.
    """
    version, dot, folded = text[: LONGEST_READ + 1].partition(".")
    if len(text) > LONGEST_READ:
        return Linked(None, (f"{KEY} must be at most {LONGEST_READ} characters; got {len(text)}. {NOTHING_LEFT}",))
    if not dot or not version.isascii() or not version.isdigit():
        return Linked(None, (f"{KEY} must begin with its version and a dot; got {shown(text)}. {NOTHING_LEFT}",))
    if version != VERSION:
        sentence = f"the link of a set must be of version {VERSION}; got {shown(version)}. Use a newer bnsim."
        return Linked(None, (sentence,))
    content, said = _unfolded(folded)
    *lines, _ = content.split(b"\n")
    return _Reader(params_of, [said] if said else []).read([_parsed(line) for line in lines[: MOST_SCENARIOS + 1]])


def read(text: str, params_of: ParamsOf, *, say: Callable[[str], object] = warned) -> ScenarioSet:
    """Return the set that stands in a link; `say` gets a sentence for all that is not as it was, by default a warning.

    Raises
    ------
    ScenarioError
        If no scenario can be read.
    """
    linked = decode(text, params_of)
    if linked.scenarios is None:
        raise ScenarioError(*linked.reports)
    for sentence in linked.reports:
        say(sentence)
    return linked.scenarios


def _lines(scenarios: ScenarioSet) -> Iterator[list[object]]:
    first = scenarios.scenarios[0].params
    differing = {name for each in scenarios.scenarios for name in first.changed(each.params)}
    shared = {name: text for name, text in link.encode(first).items() if name not in differing}
    texts = [getattr(scenarios, key) for key in TEXTS]
    more = [scenarios.baseline or "", list(scenarios.readouts), len(scenarios.names)]
    yield [scenarios.experiment, *texts, *more, shared]
    for each in scenarios.scenarios:
        own = {name: text for name, text in link.encode(each.params).items() if name in differing}
        yield [each.name, each.title, each.note, own]


def _unfolded(folded: str) -> tuple[bytes, str]:
    """Return what was compressed, or as much of it as can be had, and the sentence that says why not all of it."""
    folded, *_ = FOLDED.findall(folded)
    # A single character at the end is a part of a byte.
    folded = folded[:-1] if len(folded) % 4 == 1 else folded
    packed = urlsafe_b64decode(folded + "=" * (-len(folded) % 4))
    unpacker, found = zlib.decompressobj(), bytearray()
    for at in range(len(packed)):
        try:
            # Byte by byte: what comes before the damage is kept.
            found += unpacker.decompress(packed[at : at + 1], MOST_TEXT + 1 - len(found))
        except zlib.error:
            return bytes(found), "the link is damaged: what is read of it may differ from what was sent."
        if len(found) > MOST_TEXT:
            return b"", f"the link must unfold to at most {MOST_TEXT} bytes; got more. {NOTHING_LEFT}"
    return bytes(found), "" if unpacker.eof else "the link is cut off; what comes after the cut is missing."


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


@dataclass
class _Reader:
    """Reads the lines of a link; what is not as it should be is told in `reports`."""

    params_of: ParamsOf
    reports: list[str]
    taken: dict[str, Scenario] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)  # by sentence, of which scenarios it holds

    def read(self, lines: Sequence[object]) -> Linked:
        """Return what the lines hold."""
        head = lines[0] if lines else None
        if not (isinstance(head, list) and len(head) == len(TEXTS) + 5 and isinstance(head[-1], dict)):
            return Linked(None, (*self.reports, f"the link of a set must say what it is about. {NOTHING_LEFT}"))
        experiment, *texts, baseline, readouts, count, shared = head
        try:
            params_class = self.params_of(experiment if isinstance(experiment, str) else "")
        except InputError as error:
            return Linked(None, (*self.reports, *error.problems))
        for at, line in enumerate(lines[1:], 1):
            if sum(map(len, self.told.values())) + len(self.reports) > ENOUGH_REPORTS:
                self.reports.append(f"scenario {at} and what follows were not looked at.")
                break
            self._scenario(at, line, experiment, params_class, shared)
        if isinstance(count, int) and count > len(lines) - 1:
            self.reports.append(f"{len(lines) - 1} of {shown(count)} scenarios are in the link.")
        self._say_told(len(self.taken))
        if not self.taken:
            return Linked(None, limited([*self.reports, f"no scenario is left. {NOTHING_LEFT}"]))
        known = params_class.readouts()
        kept = dict(zip(TEXTS, (self._text("", *pair) for pair in zip(TEXTS, texts, strict=True)), strict=True))
        found = ScenarioSet(
            experiment, scenarios=tuple(self.taken.values()), **kept,
            baseline=self._baseline(baseline), readouts=self._readouts(readouts, known),
        )  # fmt: skip
        return Linked(found, limited(self.reports))

    def _scenario(
        self, at: int, line: object, experiment: str, params_class: type[Params], shared: Mapping[str, Any]
    ) -> None:
        if not (isinstance(line, list) and len(line) == 4 and isinstance(line[-1], dict)):
            self.reports.append(f"scenario {at} is damaged and left out.")
            return
        name, title, note, own = line
        where = f"scenario {at}" if name_problems("name", name) else f'scenario {at} ("{name}")'
        texts = {"title": self._text(f"{where}: ", "title", title), "note": self._text(f"{where}: ", "note", note)}
        values = {**shared, **own}
        if len(values) > link.MOST_KEYS:
            self.reports.append(f"{where} must hold at most {link.MOST_KEYS} parameters; got {len(values)}.")
            return
        params, sentences = params_class.read_leniently(values)
        for sentence in sentences:
            self.told.setdefault(sentence, []).append(where)
        free = self._name(where, name, texts["title"])
        self.taken[free] = Scenario(experiment, free, params, **texts)

    def _say_told(self, count: int) -> None:
        """Say what is wrong with parameters: once where it holds of every scenario."""
        for sentence, places in self.told.items():
            if len(places) == count > 1:
                self.reports.append(f"every scenario: {sentence}")
            else:
                self.reports += [f"{place}: {sentence}" for place in places]

    def _text(self, where: str, key: str, text: object) -> str:
        problems = text_problems({key: text}) if isinstance(text, str) else [f"{key} must be text; got {shown(text)}."]
        self.reports += [f"{where}{problem}" for problem in problems]
        return text if isinstance(text, str) and not problems else ""

    def _name(self, where: str, name: object, title: str) -> str:
        problems = name_problems("name", name)
        if name in self.taken:
            problems = [f"the names of scenarios must differ; {shown_name(name)} is there more than once."]
        self.reports += [f"{where}: {problem}" for problem in problems]
        return name_from(title or where, self.taken) if problems else str(name)

    def _baseline(self, baseline: object) -> str | None:
        if not baseline or baseline in self.taken:
            return str(baseline) if baseline else None
        self.reports.append(f"baseline must be one of the scenarios that could be read; got {shown(baseline)}.")
        return None

    def _readouts(self, readouts: object, known: Sequence[str]) -> tuple[str, ...]:
        problems = readouts_problems(readouts, known) if isinstance(readouts, list) else ["readouts must be a list."]
        self.reports += problems
        return () if problems or not isinstance(readouts, list) else tuple(readouts)

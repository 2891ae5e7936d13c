"""What the browser keeps of the saved scenarios: asked for once, and told of every change, each scenario by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from bnsim.app.live import code
from bnsim.app.saved.scenarios import MOST_SAVED, NO_TEXTS, all_texts, everything
from bnsim.app.state import next_epoch, saved
from bnsim.data.apart import apart
from bnsim.errors import ScenarioError
from bnsim.experiments import params_of
from bnsim.scenario import stored
from bnsim.scenario.scenario import Scenario, name_from
from bnsim.scenario.stored import HEAD, MOST_READ, Head, Stored

LARGE = 40_000
"""Characters up to which what a browser kept is read here, in 40 milliseconds: some sixty scenarios have so many, and a
process of its own, one at a time, would take half a second of every visitor of a class."""

Item = Scenario | Head
Place = tuple[str, str]
"""An experiment and the name of a scenario of it, or `HEAD`."""

# Registered when this module is imported, as the sliders are. The style takes the component's empty place away.
draw = st.components.v2.component(
    "bnsim_storage",
    html='<div class="bn-storage"></div>',
    css=".stElementContainer:has(.bn-storage){display:none}",
    js=code(str(Path("saved") / "storage.js")),
    isolate_styles=False,
)


@dataclass
class Storage:
    """What this visit knows of what the browser keeps.

    `heard`: the experiments of which the browser has said what it keeps, or had nothing to say. `kept`: what it keeps
    as far as is known. `sent`: the changes on their way, by the epoch of the message. `clears`: whether everything is
    to be forgotten first. `works`: whether the browser keeps anything at all. `full`: what it had no room for.
    `problems`: what could not be read, by experiment.
    """

    heard: set[str] = field(default_factory=set)
    kept: dict[Place, Item] = field(default_factory=dict)
    sent: dict[Place, Item | None] = field(default_factory=dict)
    written: dict[str, str | None] = field(default_factory=dict)
    epoch: int = 0
    clears: bool = False
    works: bool = True
    full: dict[Place, Item] = field(default_factory=dict)
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def message(self, slug: str) -> dict[str, object]:
        """Return what the browser is told on a page of one experiment: what to say, and what to write."""
        changes = self.changes({*self.heard, slug})
        if changes != self.sent:
            self.epoch, self.sent, self.written = next_epoch(self.epoch), changes, {}
            for place, item in changes.items():
                self._write(place, item)
        ask = self.works and slug not in self.heard and not self.clears
        return {"slug": slug, "ask": ask, "epoch": self.epoch, "clear": self.clears, "writes": self.written}

    def _write(self, place: Place, item: Item | None) -> None:
        try:
            self.written["/".join(place)] = None if item is None else stored.write(item)
        except ScenarioError:  # too large for any browser
            if item is not None:
                self.full[place] = item

    def changes(self, slugs: set[str]) -> dict[Place, Item | None]:
        """Return what the browser does not keep yet, and None for what it is to keep no longer."""
        mine = {(slug, name): item for slug in slugs for name, item in held(slug).items()}
        self.full = {place: item for place, item in self.full.items() if mine.get(place) == item}
        new = {place: item for place, item in mine.items() if item not in (self.kept.get(place), self.full.get(place))}
        return {**new, **{place: None for place in self.kept if place not in mine and place[0] in slugs}}

    def hear(self, said: object) -> bool:
        """Take over what the browser says, which can be anything; return whether the page is to be drawn anew."""
        if not isinstance(said, Mapping):
            return False
        slug, found = said.get("slug"), said.get("found")
        if said.get("none") is True:
            works, self.works = self.works, False
            return works
        if isinstance(found, Mapping) and isinstance(slug, str) and slug in everything() and slug not in self.heard:
            self.take(slug, read(slug, found))
            return True
        if said.get("done") == self.epoch and isinstance(said.get("full"), list):
            return self.done(slug, {each for each in said["full"] if isinstance(each, str)})
        return False

    def take(self, slug: str, found: Stored) -> None:
        """Put what the browser kept before what was saved in this visit; what has the same name gets a number."""
        mine, own = saved(slug), dict(saved(slug))
        mine.clear()
        # What has no room beside what was saved meanwhile stays in the browser.
        there = dict(list(found.scenarios.items())[: max(MOST_SAVED - len(own), 0)])
        mine.update(there)
        for name, item in own.items():
            if mine.get(name) != item:
                free = name_from(name, mine)
                mine[free] = replace(item, name=free)
        if slug not in all_texts() and found.head.texts != NO_TEXTS:
            all_texts()[slug] = found.head.texts
        self.heard.add(slug)
        self.problems[slug] = found.problems
        self.kept.update({(slug, name): item for name, item in there.items()})
        self.kept[slug, HEAD] = found.head

    def done(self, slug: object, full: set[str]) -> bool:
        """Note that a message was obeyed, but for what the browser had no room for."""
        self.clears = False
        for place, item in self.sent.items():
            if item is None:
                self.kept.pop(place, None)
            elif "/".join(place) in full:
                self.full[place] = item
            elif place not in self.full:
                self.kept[place] = item
        self.sent, self.written = {}, {}
        if isinstance(slug, str) and slug in everything():
            self.heard.add(slug)
        return bool(full)

    def forget(self) -> None:
        """Let the browser forget everything of all experiments, read or not."""
        self.clears, self.epoch = True, next_epoch(self.epoch)
        self.kept, self.sent, self.written, self.full, self.problems = {}, {}, {}, {}, {}


def held(slug: str) -> dict[str, Item]:
    """Return what is to be kept of one experiment."""
    mine = saved(slug)
    return {HEAD: Head(all_texts().get(slug, NO_TEXTS), tuple(mine)), **mine} if mine else {}


def read(slug: str, found: Mapping[object, object]) -> Stored:
    """Return what a browser said it kept of one experiment, as far as it can be read; what is large in a process."""
    entries: dict[str, str] = {}
    room = MOST_READ
    for name, text in found.items():
        if isinstance(name, str) and isinstance(text, str) and room >= len(text):
            room -= len(text)
            entries[name] = text
    is_large = MOST_READ - room > LARGE
    return apart(stored.read, slug, entries, params_of) if is_large else stored.read(slug, entries, params_of)


def storage() -> Storage:
    """Return what this visit knows of the browser's storage."""
    found: Storage = st.session_state.setdefault("bnsim.storage", Storage())
    return found


@st.fragment
def keep_in_browser(slug: str) -> None:
    """Let the browser say what it kept of one experiment, and keep what was changed; draws the page anew if need be."""
    known = storage()
    saved(slug)
    if known.hear(draw(data=known.message(slug), key="bnsim.browser", on_said_change=heard).get("said")):
        st.rerun(scope="app")


def heard() -> None:
    """Take notice of a message; it is read where the component is drawn."""

"""What one visitor has set: the single truth that widgets mirror, kept while other pages are shown."""

import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import streamlit as st

from bnsim.app import address, parts, presenter
from bnsim.app.shared import at_hand, result_of, weigh
from bnsim.app.varying import asked
from bnsim.app.varying.asked import Asked
from bnsim.errors import ParamsError
from bnsim.experiment import Experiment, Result
from bnsim.scenario import link, prepared
from bnsim.scenario.fields import LONGEST_NUMBER
from bnsim.scenario.params import FieldSpec, Params
from bnsim.scenario.prepared import Possible, Prepared
from bnsim.scenario.scenario import Scenario
from bnsim.scenario.values import Values
from bnsim.work.memory import tidying_up


def next_epoch(epoch: int = 0) -> int:
    """Return a larger epoch, larger also than those of earlier sessions that a browser may still hold."""
    return max(epoch + 1, time.time_ns() // 1_000_000)


@dataclass
class PageState:
    """The state of one experiment's page for one visitor.

    `given` is what the controls say, `begin` what they began with in this epoch; `params` the last of it that was
    valid; `problems` why the two differ; `reports` what a link asked for in vain. For slow work: `found` is what is
    shown, perhaps of other parameters; `fresh` whether the parameters were just set from outside; `looked_at` the
    ended job that `found` has heard of. `linked` is the epoch that the address was last written in, 0 on arrival.
    For quick work: `shown` is what the result belongs to that is shown, `asked` what was put into the queue.
    `controls`: those that were last drawn; `boxes`: which fragment of the page holds which control; `followed`: what
    the controls said when what follows them was last drawn; `watching`: the fragments of slow work that follow them
    too. `sweep`: what is to be varied; `swept`: what of it the page was last drawn with. `told`: how what was typed
    last was read, where that is not plain. `prepared`: what a teacher has hidden, locked and offered; `possible`: what
    there is to prepare.
    """

    experiment: Experiment
    params: Params
    given: dict[str, Any] = field(default_factory=dict)
    begin: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    epoch: int = field(default_factory=next_epoch)
    drawn: object = None
    offered: tuple[str, ...] = ()
    found: Result | None = None
    fresh: bool = True
    looked_at: object = None
    linked: int = 0
    shown: Params | None = None
    asked: Params | None = None
    controls: tuple[str, ...] = ()
    boxes: dict[str, str] = field(default_factory=dict)
    followed: object = None
    watching: tuple[str, ...] = ()
    sweep: Asked | None = None
    swept: Asked | None = None
    told: tuple[str, ...] = ()
    prepared: Prepared = field(default_factory=Prepared)
    possible: Possible = field(default_factory=Possible)

    @property
    def result(self) -> Result:
        """The result of the valid parameters, the same for all visitors; of slow work what has been found.

        Where it has to wait, the one that was shown before. A session keeps parameters only: see `bnsim.work.store`.
        """
        if self.found is not None:
            return self.found
        if self.experiment.work is not None:
            return result_of(self.experiment, self.params)
        for params in (self.params, self.shown):
            result = None if params is None else at_hand(self.experiment, params)
            if result is not None:
                self.shown = params
                return result
        self.shown = self.experiment.params()
        return result_of(self.experiment, self.shown)

    @property
    def said(self) -> tuple[object, ...]:
        """All that the controls say by now."""
        return self.epoch, self.params, self.problems, dict(self.given)

    @property
    def is_followed(self) -> bool:
        """Whether what follows the controls has been drawn since they last said something."""
        return self.followed == self.said

    @property
    def late(self) -> bool:
        """Whether the result of the parameters takes more than a moment, and is not there yet."""
        return self.experiment.work is None and at_hand(self.experiment, self.params) is None

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Weigh, after it was looked at, what has been made of the result."""
        try:
            yield
        finally:
            weigh(self.experiment, [self.shown or self.params])

    @property
    def picture(self) -> tuple[object, ...]:
        """What the pictures cannot follow in the browser by themselves.

        That is everything but the live sliders within their ranges, and whether the result has to wait; `drawn` is
        what it was when they were last sent.
        """
        specs = self.experiment.params.controls().values()
        values = ((spec, getattr(self.params, spec.name)) for spec in specs)
        return self.epoch, self.late, *(value for spec, value in values if not followed(spec, value))

    @property
    def follows_itself(self) -> bool:
        """Whether the pictures follow some slider to the last digit, so that they need not be sent at its release."""
        return any(spec.control.live for spec in self.experiment.params.controls().values())

    @property
    def waiting(self) -> bool:
        """Whether nothing is wrong but that the visitor's own numbers are not there yet."""
        controls = self.experiment.params.controls()
        empty = [name for name, spec in controls.items() if spec.kind == "values" and not len(self.given.get(name, ()))]
        if not self.problems or not empty:
            return False
        params, _ = self.experiment.params.examine({**self.given, **dict.fromkeys(empty, Values([0.0]))})
        return params is not None

    def give(self, values: Mapping[str, Any], told: tuple[str, ...] = ()) -> None:
        """Take over what a control says, and how it was read; keep the last valid parameters if it cannot be."""
        specs = self.experiment.params.controls()
        self._take({name: value for name, value in values.items() if can_be_drawn(specs[name], value)}, values)
        self.told = told

    def hear(self, values: object) -> None:
        """Take over what the live sliders say, unless a preset or a link has overtaken them.

        What comes from a browser can be anything: what is no message is passed over, what is no number refused.
        """
        if isinstance(values, Mapping) and values.get("epoch") == self.epoch:
            sliders = [spec.name for spec in self.experiment.params.controls().values() if spec.control.slider]
            said = {name: values[name] for name in sliders if name in values}
            self._take({name: value for name, value in said.items() if is_finite(value)}, said)

    def _take(self, usable: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        """Take over what is usable of what was said; the rest is told and changes nothing."""
        tidying_up.wish()  # a release draws parts of the page, and does not begin with all of it
        specs, guarded = self.experiment.params.controls(), self.prepared.guarded
        self.told = ()
        self.given.update({name: value for name, value in usable.items() if name not in guarded})
        odd = ((name, value) for name, value in said.items() if name not in usable and name not in guarded)
        self.problems = tuple(specs[name].refusal(value) for name, value in odd)
        try:
            self.params = self.experiment.params.of(self.given)
        except ParamsError as error:
            self.problems += error.problems

    def act(self, label: str) -> None:
        """Do what the action of that label sets, from where the controls are now."""
        # As long as the result has to wait, the one that is shown belongs to other controls.
        changes = {} if self.late else self.result.offers.get(label, {})
        if self.prepared.guarded.intersection(changes):
            return
        try:
            self.apply(self.params.replace(**changes))
        except ParamsError as error:
            self.problems = error.problems

    def reset(self, names: Iterable[str]) -> None:
        """Put some parameters back to their defaults, from where the controls are now."""
        specs = self.experiment.params.controls()
        try:
            self.apply(self.params.replace(**{name: specs[name].default for name in names}))
        except ParamsError as error:
            self.problems = error.problems

    def unlock(self) -> None:
        """Show and free every control, and offer everything; what is set stays, and Back takes it back."""
        self.prepared = Prepared()
        self.apply(self.params)
        self.fresh = False  # nothing else is set, so work that was stopped stays stopped

    def apply(self, params: Params, reports: tuple[str, ...] = ()) -> None:
        """Set everything from Python's side: a preset, a link, a tracked member."""
        self.params, self.problems, self.reports, self.told = params, (), reports, ()
        self.given, self.begin = dict(params), dict(params)
        self.epoch, self.fresh = next_epoch(self.epoch), True


def followed(spec: FieldSpec, value: Any) -> bool:
    """Return whether pictures follow this value in the browser to the last digit shown."""
    slider = spec.control.slider
    return spec.control.live and slider is not None and slider[0] <= value <= slider[1]


def is_finite(value: object) -> bool:
    """Return whether a value from a browser is a number that a slider can stand at."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def can_be_drawn(spec: FieldSpec, value: object) -> bool:
    """Return whether a control can show a value, valid or not: a list its options only, no control a long text.

    What is typed is sent back to the browser with everything that is drawn.
    """
    if spec.options:
        return isinstance(value, Hashable) and spec.allows(value)
    if isinstance(value, str):
        return len(value) <= (spec.longest or LONGEST_NUMBER)
    return isinstance(value, Values) or (spec.kind in ("number", "integer") and is_finite(value))


def page_state(experiment: Experiment) -> PageState:
    """Return this visitor's state of one experiment, made of defaults on the first visit."""
    pages: dict[str, PageState] = st.session_state.setdefault("bnsim.pages", {})
    if experiment.slug not in pages:
        params = experiment.params()
        pages[experiment.slug] = PageState(experiment, params, dict(params), dict(params))
    return pages[experiment.slug]


def enter(experiment: Experiment, possible: Callable[[], Possible] = Possible) -> PageState:
    """Return the page's state; on arrival take over what the link says, and let the browser take over ours.

    `possible` gives what there is to prepare on the page.

    The query is read on arrival and after Back only: else it is written by us, and a rerun that was asked for before
    the browser heard of our last change carries an old one.
    """
    state = page_state(experiment)
    if st.session_state.get("bnsim.here") != experiment.slug or address.is_history():
        st.session_state["bnsim.here"] = experiment.slug
        state.linked = 0
        told: tuple[str, ...] = ()
        query = {key: st.query_params.get_all(key) for key in islice(st.query_params, link.MOST_SEEN)}
        query = presenter.arrive(query)
        asked_for = bool(query)
        query, texts, readout = asked.arrive(query)
        state.possible = possible()
        if asked_for:
            state.prepared, told = prepared.decode(query, state.possible)
            query = {key: values for key, values in query.items() if key not in prepared.KEYS}
        params, reports = link.decode(experiment.params, query) if query else (state.params, ())
        state.apply(params, (*told, *reports))
        if texts:
            state.sweep = Asked(texts, params, readout)
            parts.open_part(asked.key_of(experiment.slug))
        elif asked_for:
            state.sweep = None
    return state


def write_link(state: PageState) -> None:
    """Put the whole state into the address, so that it can be copied from there; Back undoes a preset."""
    preset = state.linked not in (0, state.epoch)
    state.linked = state.epoch
    varied = asked.in_link(state.sweep, state.experiment.slug, state.params)
    guides = prepared.encode(state.prepared, state.possible)
    query = link.encode(state.params) | guides | presenter.in_link() | varied
    address.write(state.experiment.slug, query, step=preset)


def leave() -> None:
    """Note that a page without an experiment is shown, so that coming back counts as an arrival."""
    st.session_state["bnsim.here"] = None


def saved(slug: str) -> dict[str, Scenario]:
    """Return this visitor's saved scenarios of one experiment, by name, in the order of saving."""
    everything: dict[str, dict[str, Scenario]] = st.session_state.setdefault("bnsim.saved", {})
    return everything.setdefault(slug, {})

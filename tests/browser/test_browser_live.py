"""Sliders of single experiments: theory follows the thumb, nothing is sent meanwhile, and after it all is exact."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pytest
from lab import Lab
from sight import arrive

from bnsim.charts.following import SWEEP_COLUMNS
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.scenario.link import decode

# What a frame shows is what the document holds when the browser asks for the frame.
WATCH = """([name, marks]) => {
  const seen = { values: [], frames: [] };
  const hear = ({ target }) => target.id === "bnsim-" + name && seen.values.push(Number(target.value));
  const frame = () => {
    if (window.seen !== seen) return document.removeEventListener("input", hear, true);
    const slider = document.getElementById("bnsim-" + name);
    const picture = document.querySelector(".st-key-first-figure svg.marks");
    const places = (e) => ["transform", "d", "x2", "y2"].map((name) => e.getAttribute(name)) + e.textContent;
    const drawn = [...picture.querySelectorAll(marks)].map(places);
    seen.frames.push([Number(slider.value), drawn.join(" "), document.querySelector(".bna").textContent]);
    requestAnimationFrame(frame);
  };
  window.seen = seen;
  document.addEventListener("input", hear, true);
  requestAnimationFrame(frame);
}"""


@dataclass(frozen=True)
class Case:
    """A slider that is dragged: on which page, in which group of controls, and what follows it.

    `marks`: what of the main picture follows, as a selector. `values`: as many it takes at least. `answers`: whether
    the numbers of the answer depend on it.
    """

    slug: str
    name: str
    marks: str
    group: str = ""
    query: str = ""
    values: int = 10
    answers: bool = True

    def __str__(self) -> str:
        return f"{self.slug}-{self.name}"

    @property
    def place(self) -> tuple[str, str, str]:
        """Where the slider is, and what is set there at first."""
        return self.slug, self.query, self.group


MOVES = 12
"""Of the thumb, in one drag."""

BLOCKS = ".mark-rect path, .mark-text text"
OUTPUTS = ".mark-rect path, .mark-text text"

EVERYTHING = "path, text, line"

CASES = [
    Case("batch-size", "batch_size", EVERYTHING),
    Case("train-eval", "x", EVERYTHING),
    Case("train-eval", "inference_size", EVERYTHING),
    Case("depth", "depth", ".mark-symbol path[stroke-width='1.6'], .mark-text text"),
    Case("depth", "sigma", ".mark-symbol path[stroke-width='1.6']", "Weights and inputs"),
    Case("micro-batches", "batch_size", ".mark-rect path", query="micro=1&momentum=0.01"),
    Case("norm-family", "batch_size", BLOCKS, query="side=3", values=5),
    Case("norm-family", "channels", BLOCKS, query="groups=1", values=8),
    Case("norm-family", "side", BLOCKS, values=4),
    # Where the groups do not divide the channels the picture says so, and the numbers stay.
    Case("norm-family", "groups", BLOCKS, query="norm=group&channels=11&groups=11&side=3", values=8, answers=False),
    Case("folding", "shift", OUTPUTS),
    Case("folding", "spread", OUTPUTS),
    Case("folding", "bias", OUTPUTS),
    Case("folding", "gamma", OUTPUTS),
    Case("folding", "beta", OUTPUTS),
]


@dataclass(frozen=True)
class Dragged:
    case: Case
    values: set[float]
    frames: list[tuple[float, str, str]]
    sent: int
    said: str
    start: Result
    expected: Result

    def followed(self, part: int) -> bool:
        """Whether the picture, or the answer, was seen in as many ways as there are on the way.

        Where a sweep has fewer positions than the slider, several values share the one nearest to them.
        """
        ways = len(set(map(self.nearest, self.values)))
        return len({frame[part] for frame in self.frames}) >= ways

    def nearest(self, value: float) -> object:
        """Return the numbers of the position nearest to a value of the slider, or the value where there is no sweep."""
        sweep = self.start.first_figure.data.get("sweep")  # what is shown in a drag was worked out before it
        if sweep is None:
            return value
        rows = sweep[(sweep["control"] == self.case.name) & (sweep["low"] <= value) & (value < sweep["high"])]
        return tuple(rows.drop(columns=list(SWEEP_COLUMNS)).iloc[0]) if len(rows) else value


def expected(lab: Lab, slug: str) -> Result:
    """Return what the engine makes of the address."""
    experiment = find(slug)
    params, reports = decode(experiment.params, lab.query)
    assert not reports
    return Result(experiment, params)


def answer(lab: Lab) -> str:
    return str(lab.page.locator(".bna").text_content())


def drag(lab: Lab, case: Case, before: Case | None) -> Dragged:
    """Go to a page where it is not there from before, drag a slider, let it go, and wait until the page is at rest."""
    if before is None or before.place != case.place:
        arrive(lab, case.slug, **dict(parse_qsl(case.query)))
    if case.group:
        lab.reveal(case.group)
    lab.slider(case.name).scroll_into_view_if_needed()
    start, messages = expected(lab, case.slug), lab.sent
    lab.page.evaluate(WATCH, [case.name, case.marks])
    lab.press(case.name, 0.2)
    lab.pull(case.name, 0.2, 0.9, moves=MOVES)
    lab.drawn()
    seen: dict[str, Any] = lab.page.evaluate("() => { const seen = window.seen; window.seen = null; return seen; }")
    sent = lab.sent - messages
    lab.page.mouse.up()
    lab.until(lambda: lab.query and answer(lab) == expected(lab, case.slug).answer)
    lab.settled()
    frames = [(float(value), str(drawn), str(said)) for value, drawn, said in seen["frames"]]
    return Dragged(case, set(seen["values"]), frames, sent, answer(lab), start, expected(lab, case.slug))


@pytest.fixture(scope="module")
def done() -> list[Case]:
    """Return the cases that have been dragged, in their order."""
    return []


@pytest.fixture(scope="module", params=CASES, ids=str)
def dragged(request: pytest.FixtureRequest, visit: Lab, done: list[Case]) -> Dragged:
    before = done[-1] if done else None
    done.append(request.param)
    return drag(visit, request.param, before)


class TestDrag:
    def test_takes_many_values(self, dragged):
        assert len(dragged.values) >= dragged.case.values

    def test_sends_nothing(self, dragged):
        assert dragged.sent == 0

    def test_is_followed_by_the_picture(self, dragged):
        assert dragged.followed(1)

    def test_is_followed_by_the_numbers_of_the_answer(self, dragged):
        assert dragged.followed(2) or not dragged.case.answers

    def test_ends_with_the_answer_of_the_engine(self, dragged):
        assert float(getattr(dragged.expected.params, dragged.case.name)) in dragged.values
        assert dragged.said == dragged.expected.answer

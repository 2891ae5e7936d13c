"""Dragging a main slider of a page moves its picture's closed forms and its answer's numbers, and sends nothing."""

from dataclasses import dataclass

import pytest

from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.scenario.link import decode
from bnsim.text.short import short

SLIDERS = [("batch-size", "batch_size"), ("train-eval", "x"), ("train-eval", "inference_size")]

WATCH = """(name) => {
  const slider = document.getElementById("bnsim-" + name);
  const svg = document.querySelector(".st-key-first-figure svg.marks");
  const seen = { values: [], frames: [] };
  const hear = () => seen.values.push(Number(slider.value));
  const places = () => [...svg.querySelectorAll("path, text, line")].map(
    (e) => ["d", "transform", "x2", "y2"].map((a) => e.getAttribute(a)) + e.textContent).join();
  const frame = () => {
    if (window.seen !== seen) return slider.removeEventListener("input", hear);
    const numbers = [...document.querySelectorAll(".bna [data-live]")].map((e) => [e.dataset.live, e.textContent]);
    seen.frames.push([Object.fromEntries(numbers), places(), document.querySelector(".bna").textContent]);
    requestAnimationFrame(frame);
  };
  window.seen = seen;
  slider.addEventListener("input", hear);
  requestAnimationFrame(frame);
}"""


@dataclass(frozen=True)
class Dragged:
    """What was seen: the values taken, those that the answer showed, how many pictures, and messages sent meanwhile."""

    values: frozenset[float]
    painted: frozenset[float]
    pictures: int
    answers: int
    sent: int
    answer_after: str
    expected: str


@pytest.fixture(scope="module", params=SLIDERS, ids=" ".join)
def dragged(request, module_tab):
    slug, name = request.param
    lab = module_tab().open(f"/{slug}", wait=False)
    lab.page.locator(".st-key-first-figure svg.marks").first.wait_for()
    lab.slider(name).wait_for()
    lab.settled()
    before = lab.sent
    lab.page.evaluate(WATCH, name)
    lab.press(name, 0.2)
    lab.pull(name, 0.2, 0.8, 40)
    lab.page.wait_for_timeout(100)
    seen = lab.page.evaluate("() => { const seen = window.seen; window.seen = null; return seen; }")
    sent = lab.sent - before
    lab.page.mouse.up()
    values = frozenset(seen["values"])
    shown = {numbers.get(name) for numbers, _, _ in seen["frames"]}
    answer = lab.page.locator(".bna")

    def expected():
        params, _ = decode(find(slug).params, lab.query)
        return Result(find(slug), params).answer

    lab.until(lambda: lab.query.get(name) and answer.inner_text() == expected())
    return Dragged(
        values=values,
        painted=frozenset(value for value in values if short(value) in shown),
        pictures=len({places for _, places, _ in seen["frames"]}),
        answers=len({words for _, _, words in seen["frames"]}),
        sent=sent,
        answer_after=answer.inner_text(),
        expected=expected(),
    )


def test_takes_many_values(dragged):
    assert len(dragged.values) >= 20


def test_shows_at_least_95_percent_of_them_before_the_release(dragged):
    assert len(dragged.painted) >= 0.95 * len(dragged.values)


def test_moves_the_picture_and_the_numbers_of_the_answer_as_often(dragged):
    assert dragged.pictures >= 0.95 * len(dragged.values)
    assert dragged.answers >= 0.95 * len(dragged.values)


def test_sends_nothing_to_the_server(dragged):
    assert dragged.sent == 0


def test_ends_with_the_answer_of_the_address(dragged):
    assert dragged.answer_after == dragged.expected

"""A lesson from its first to its last question by keyboard alone, with a reload in the middle; nothing tells before."""

import struct
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from lab import DESKTOP
from test_browser_access import CONTRAST, faults

from bnsim.experiment import Readout
from bnsim.learn.lesson import Lessons, truth

NAME = "one-image"
OTHER = "undoing"
"""A lesson that nobody has begun, before one goes back in it."""
STEPS = Lessons.open().lessons[NAME].steps
LOOKS = {
    "list": ("", ".st-key-lessons"),
    "choice": ("?lesson=tiny-spread", "[data-place='1-question']"),
    "point": (f"?lesson={NAME}&step=2&progress=1.u", "[data-place='2-question']"),
    "number": (f"?lesson={NAME}&progress=1.c1.u.u", "[data-place='4-question']"),
    "marked": (f"?lesson={NAME}&step=2&progress=1.c2.n2", "[data-place='2-answer']"),
    "chosen": (f"?lesson={NAME}&step=3&progress=1.c3.u.c1", "[data-place='3-answer']"),
    "axis": (f"?lesson={NAME}&step=4&progress=1.c3.u.u.n0.5", "[data-place='4-answer']"),
    "end": (f"?lesson={NAME}&step=6&progress=1.c1.n2.c1.n0.2.u", "[data-place='end']"),
}
"""What is to be seen, by name: the query that leads there, and what is there once it is shown.

No link says less of what another one says: a visit would keep what it knows besides.
"""

PLACE = "() => document.activeElement.dataset.place ?? ''"
FOCUSED = """() => {
  const e = document.activeElement;
  if (e === document.body) return "";  // its value is what the sliders say
  return e.getAttribute("aria-label") || e.id || e.value || e.textContent.trim();
}"""
WIDE = "() => [...document.querySelectorAll('[data-testid=stMain], html')].map((e) => e.scrollWidth)"
MARK = "svg.marks .mark-text text"


class Heard:
    """All that a tab receives from the server."""

    def __init__(self, page) -> None:
        self.frames: list[bytes] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    def _take(self, frame: str | bytes) -> None:
        self.frames.append(frame.encode() if isinstance(frame, str) else frame)

    def holds(self, *secrets: bytes) -> list[bytes]:
        """Return those of some secrets that came."""
        return [secret for secret in secrets if any(secret in frame for frame in self.frames)]


def secrets_of(at: int) -> list[bytes]:
    """Return how the truth of a question could be written: its first digits, and a double's and a float's bytes."""
    step = STEPS[at]
    readouts: dict[str, Readout] = {each.key: each for each in truth(step).result.readout_list}
    value = readouts[step.readout].value
    assert isinstance(value, float)
    return [f"{value:.12f}"[:6].encode(), struct.pack("<d", value), struct.pack("<f", value)]


def arrive(lab, query="", place=".st-key-lessons"):
    """Go to the lessons, or to a place in one, and wait until it is there."""
    lab.go(f"/lessons{query}")
    lab.page.locator(".bnq").wait_for()
    lab.page.locator(place).wait_for()
    lab.settled()
    return lab


def tab_to(lab, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    seen = list[str]()
    for _ in range(80):
        seen.append(lab.page.evaluate(FOCUSED))
        if seen[-1].startswith(name):
            return
        lab.page.keyboard.press("Tab")
    pytest.fail(f"{name} cannot be reached by keyboard; reached are {seen}")


def press(lab, name: str, place: str) -> None:
    """Press a button by keyboard; the focus has to come to a place of the page then."""
    tab_to(lab, name)
    lab.page.keyboard.press("Enter")
    assert lab.until(lambda: lab.page.evaluate(PLACE) == place), (place, lab.page.evaluate(PLACE))
    lab.settled()


def marks(lab) -> list[str]:
    """Return what the pictures say of predictions and truths."""
    return sorted(
        words for words in lab.page.locator(MARK).all_text_contents() if words.startswith(("you: ", "true: "))
    )


def is_silent(lab, heard: Heard, at: int) -> None:
    """Assert that nothing tells the truth of a question."""
    secrets = secrets_of(at)
    written = lab.page.evaluate("() => document.documentElement.outerHTML")

    assert heard.frames
    assert heard.holds(*secrets) == []
    assert secrets[0].decode() not in written
    assert lab.page.locator("[role=status].bnv").count() == 0


class TestALesson:
    def test_is_gone_through_by_keyboard_with_a_reload_in_the_middle(self, tab):
        lab = tab()
        heard = Heard(lab.page)
        arrive(lab)
        press(lab, "One image at inference", "1-question")

        tab_to(lab, "0")  # the first sentence, by its value
        lab.page.keyboard.press("Space")
        press(lab, "Lock my prediction", "1-answer")
        assert lab.page.locator(".bnv h3").inner_text() == "✓ Right"
        assert lab.page.locator(".bnv").get_attribute("role") == "status"
        press(lab, "Next question", "2-question")

        is_silent(lab, heard, 1)
        self.move(lab, "ArrowLeft", 3)
        lab.page.reload()
        lab.page.locator("#bnsim-prediction").wait_for()
        lab.settled()
        assert lab.query == {"lesson": NAME, "step": "2", "progress": "1.c1"}
        is_silent(lab, heard, 1)
        self.move(lab, "ArrowLeft", 2)
        press(lab, "Lock my prediction", "2-answer")
        assert heard.holds(*secrets_of(1)) != []
        assert (
            lab.page.locator(".bnv b").first.inner_text()
            == "Your prediction: 2.4. True: 2.41974. You were off by 0.01974."
        )
        assert lab.until(lambda: marks(lab) == ["true: 2.42", "you: 2.4"])

        press(lab, "Next question", "3-question")
        press(lab, "I don't know", "3-answer")
        assert lab.page.locator(".bnv h3").inner_text() == "You did not guess; that is an answer, too"
        press(lab, "Next question", "4-question")
        is_silent(lab, heard, 3)
        tab_to(lab, "Your prediction")
        lab.page.keyboard.type("0.2")
        lab.page.keyboard.press("Enter")
        assert lab.until(lambda: lab.page.evaluate(PLACE) == "4-answer")
        press(lab, "Next question", "5-question")
        is_silent(lab, heard, 4)
        press(lab, "I don't know", "5-answer")
        press(lab, "How it went", "end")

        assert lab.page.locator("h2.bnp").inner_text() == "You got 3 of 5 right"
        assert lab.query == {"lesson": NAME, "step": "6", "progress": "1.c1.n2.4.u.n0.2.u"}

    def move(self, lab, key: str, times: int) -> None:
        """Move the slider by a key; the mark follows."""
        tab_to(lab, "bnsim-prediction")
        start = float(lab.typed("prediction").input_value())
        for _ in range(times):
            lab.page.keyboard.press(key)
        wanted = f"you: {round(start - times * 0.05, 2):g}"
        assert lab.until(lambda: marks(lab) == [wanted]), (wanted, marks(lab))
        lab.settled()


class TestPoint:
    def test_its_mark_follows_the_thumb_silently_and_is_locked_where_it_was_let_go(self, visit):
        lab = arrive(visit, f"?lesson={NAME}&step=2&progress=1.c4", "[data-place='2-question']")
        lab.slider("prediction").wait_for()
        assert lab.until(lambda: marks(lab) == ["you: 2.5"])
        lab.press("prediction", 0.5)
        seen, sent = set[str](), lab.sent
        for k in range(1, 11):
            lab.pull("prediction", 0.5 + 0.03 * (k - 1), 0.5 + 0.03 * k, moves=1)
            seen |= set(marks(lab))

        assert len(seen) >= 8
        assert lab.sent == sent
        lab.page.mouse.up()
        value = float(lab.typed("prediction").input_value())
        lab.settled()
        lab.page.get_by_role("button", name="Lock my prediction").click()
        assert lab.until(lambda: lab.query.get("progress") == f"1.c4.n{value:g}")
        assert lab.until(lambda: marks(lab) == ["true: 2.42", f"you: {value:g}"])


class TestHistory:
    def test_back_goes_a_question_back_and_changes_no_answer(self, visit):
        lab = arrive(visit)
        lab.page.get_by_role("link", name=Lessons.open().lessons[OTHER].title).last.click()
        for at in (1, 2):
            lab.page.locator(f"[data-place='{at}-question']").wait_for()
            lab.page.get_by_role("button", name="I don't know").click()
            lab.page.locator(f"[data-place='{at}-answer']").wait_for()
            lab.settled()
            if at == 1:
                lab.page.get_by_role("button", name="Next question").click()
        lab.page.go_back()

        assert lab.until(lambda: lab.query == {"lesson": OTHER, "step": "1", "progress": "1.u.u"})
        lab.page.locator("[data-place='1-answer']").wait_for()
        lab.settled()
        lab.page.go_back()
        lab.page.locator(".st-key-lessons").wait_for()
        assert urlsplit(lab.page.url).path == "/lessons"
        lab.settled()
        go_on = lab.page.get_by_role("link", name="Go on with question 3 of 5")
        go_on.and_(lab.page.locator(f"a[href*='lesson={OTHER}&']")).click()
        lab.page.locator("[data-place='3-question']").wait_for()
        assert lab.until(lambda: lab.query["progress"] == "1.u.u")


@pytest.fixture(scope="module")
def audited(visit):
    """Return the visit, in which axe-core is at hand."""
    visit.go("/lessons").page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    return visit


@pytest.fixture(scope="module", params=LOOKS)
def look(request, audited):
    """Go to what is to be seen."""
    audited.at_screen(DESKTOP).page.emulate_media(reduced_motion="reduce")
    return arrive(audited, *LOOKS[request.param])


class TestLooks:
    def test_have_no_fault_of_ours(self, look):
        assert faults(look, "lessons") == []
        look.page.emulate_media(color_scheme="dark")
        assert faults(look, "lessons", CONTRAST) == []

    def test_fit_a_narrow_screen(self, look):
        for width in (390, 320):
            look.page.set_viewport_size({"width": width, "height": 844})
            fits = look.until(lambda width=width: max(look.page.evaluate(WIDE)) <= width)
            assert fits, (width, look.page.evaluate(WIDE))

"""A whole round of a class in a browser: a teacher, a projector and three students, none of whom hears too early."""

import struct
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import pytest
from lab import PHONE, Lab
from test_browser_lessons import Heard

from bnsim.learn.lesson import Lessons, truth

LESSON = "one-image"
STEP = Lessons.open().lessons[LESSON].steps[1]
"""A point on an axis: its truth is a number that nothing else on the page says."""

DEAF = """
const start = window.setInterval;
window.setInterval = (call, wait, ...rest) => start(call, wait === 2000 ? 3600e3 : wait, ...rest);
"""
"""Lets a page not look again, as on a telephone whose network fails for a while."""

CONTEXTS = ("teacher", "projector", "one", "two", "three")


def secrets_of() -> list[bytes]:
    """Return how the truth could be written: its first digits, a double's and a float's bytes, and the verdict."""
    value = float(truth(STEP).value)
    digits = f"{value:.12f}"[:6].encode()
    return [digits, struct.pack("<d", value), struct.pack("<f", value), STEP.right[:40].encode()]


@dataclass
class Person:
    """One browser of its own, and all that it has received."""

    lab: Lab
    heard: Heard

    @property
    def page(self):
        return self.lab.page

    def shows(self, words: str) -> None:
        self.page.get_by_text(words, exact=False).first.wait_for()

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).click()

    def stored(self, what: str) -> list[str]:
        """Return the names of what the browser keeps of rooms, that end so."""
        names = self.page.evaluate("() => Object.keys(localStorage).filter((name) => name.startsWith('bnsim.room/'))")
        return [name for name in names if name.endswith(what)]


@pytest.fixture
def people(browser, server):
    """Open a browser for each of them, apart from the others."""
    contexts, found = [], {}
    for name in CONTEXTS:
        is_phone = name in ("one", "two", "three")
        options = {"viewport": PHONE, "is_mobile": True} if is_phone else {"viewport": {"width": 1280, "height": 800}}
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(60_000)
        page = contexts[-1].new_page()
        found[name] = Person(Lab(page, server), Heard(page))
    yield found
    complaints = {name: person.lab.complaints for name, person in found.items() if person.lab.complaints}
    for context in contexts:
        context.close()
    assert complaints == {}


def test_a_round_from_the_opening_to_the_next_question(people):
    teacher, projector = people["teacher"], people["projector"]
    students = [people[name] for name in ("one", "two", "three")]
    code = opened(teacher)
    projector.lab.open(f"/classroom?projector={code}", wait=False)
    projector.shows("Nobody has joined yet.")
    late = students[2]
    late.page.add_init_script(DEAF)
    for student in students:
        student.lab.open(f"/classroom?join={code}", wait=False)
        student.page.locator("#bnsim-prediction").wait_for()
    assert [student.stored(f"{code}/seat") for student in students] == [[f"bnsim.room/{code}/seat"]] * 3

    for student in students:
        student.press("Send my answer")
        student.shows("Your answer has arrived.")
    projector.shows("3 of 3 answered")
    assert countdown(projector) > countdown(projector, after=1.2) > 0

    reloads(students[0], teacher, code)
    is_too_late(teacher, late)
    teacher.press("Let them talk")
    projector.shows("Talk to your neighbours")
    teacher.press("Open the second vote")
    for student in students[:2]:
        student.page.locator("#bnsim-prediction").wait_for()
        student.press("Send my answer")
        student.shows("Your answer has arrived.")
    teacher.shows("Second vote · 2 of 3 answered")
    teacher.press("Close the second vote")
    teacher.page.get_by_role("button", name="Show the answer", exact=True).wait_for()

    silent(projector, *students)
    teacher.press("Show the answer")
    projector.shows("The answer: 2.42")
    late.page.reload()
    for student in students:
        student.page.locator(".bnv[role=status]").wait_for()
    for person in (projector, *students):
        assert person.heard.holds(*secrets_of()) != []
    projector.shows("Fewer than 5 answered")
    teacher.press("Next question")
    for person in (projector, *students[:2]):
        person.shows("Question 3 of 5")


def opened(teacher) -> str:
    """Open a room with a countdown and go on to the question of the test; return its code."""
    teacher.lab.open(f"/classroom?lesson={LESSON}", wait=False)
    teacher.press("Open the room")
    for label in ("Close the vote", "Show the answer"):
        teacher.press(label)
    teacher.lab.choose("Countdown of the next vote", "5 min")
    teacher.press("Next question")
    teacher.shows("Question 2 of 5")
    query = dict(parse_qsl(urlsplit(teacher.page.url).query))
    assert list(query) == ["room"]
    assert teacher.stored("/key") == [f"bnsim.room/{query['room']}/key"]
    return query["room"]


def countdown(person, after: float = 0.0) -> int:
    """Return the seconds that are left, after a while; they are in sight wherever the page is scrolled to."""
    clock = person.page.locator(".bn-clock b")
    person.page.wait_for_timeout(1000 * after)
    person.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 9999)")
    box = person.page.locator(".bn-clock").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < person.page.viewport_size["height"] - box["height"]
    minutes, seconds = clock.inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def reloads(student, teacher, code: str) -> None:
    """Reload a student's page: the seat and the answer are there, and nobody new has joined."""
    student.page.reload()
    student.shows("You answered: 2.5")
    student.page.get_by_role("button", name="Change my answer", exact=True).wait_for()
    teacher.shows("First vote · 3 of 3 answered")
    student.page.goto("about:blank")
    student.lab.open(f"/classroom?join={code}", wait=False)
    student.shows("You answered: 2.5")
    assert "seat" not in student.page.url


def is_too_late(teacher, student) -> None:
    """Close the vote, and press on a page that has not heard of it: that is refused, and a reload changes nothing."""
    teacher.press("Close the vote")
    teacher.page.get_by_role("button", name="Let them talk", exact=True).wait_for()
    student.press("Change my answer")
    student.shows("The vote is closed: answers are taken no more.")
    assert student.page.get_by_text("Your answer has arrived.").count() == 0
    student.page.reload()
    student.shows("The vote is closed. Wait for your teacher.")
    assert student.page.locator("#bnsim-prediction").count() == 0


def silent(*people) -> None:
    """Assert that nothing tells what is true, neither in what came nor in what is there."""
    for person in people:
        assert person.heard.frames
        assert person.heard.holds(*secrets_of()) == []
        written = person.page.evaluate("() => document.documentElement.outerHTML")
        assert secrets_of()[0].decode() not in written
        assert 'bn-bars"' not in written

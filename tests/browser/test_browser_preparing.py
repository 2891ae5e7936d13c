"""A teacher prepares a page; a student elsewhere opens it, sees what is to be seen, and can unlock everything."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from lab import DESKTOP, KEEP, PATIENCE, Lab, Scheme, TooLate
from sight import close_all
from test_browser_access import faults

from bnsim.app.more import PICTURES

OPEN, UNLOCK = "Prepare for a class", "Unlock everything"
PREPARED = "lock=std,eps&hide=x&presets=worked-examples/*"
DAMAGED = "lock=sdt,mean&hide=x,mean&presets=elsewhere/*&lesson=undoing&start=99"

IN_SIGHT = """() => {
  // On a telephone Streamlit draws a button with a tip twice, and shows one.
  const e = [...document.querySelectorAll(".st-key-prepared button")].find((e) => e.offsetWidth > 0);
  const r = e.getBoundingClientRect();
  const hit = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
  return r.top >= 0 && r.bottom <= innerHeight && r.right <= innerWidth && e.contains(hit);
}"""
TO_THE_END = "() => { const e = document.querySelector('.stMain'); e.scrollTop = e.scrollHeight; return e.scrollTop; }"
CHOSEN = {"Locked controls": ("Batch std σ_B", "Epsilon ε"), "Hidden controls": ("Tracked activation x",)}
SLIDERS = """() => Object.fromEntries([...document.querySelectorAll("[data-testid=stSidebar] .bn-row [type=range]")]
  .map((e) => [e.id.slice(6), e.matches(":disabled")]))"""
LOCKED = {"mean": False, "std": True, "gamma": False, "beta": False}
"""What the student sees of the sliders, and which of them cannot be moved."""

CHIPS = ".st-key-presets button"


@pytest.fixture(scope="module")
def student(browser, server) -> Iterator[Lab]:
    """Return the browser of somebody else, who shares nothing with the teacher."""
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(1000 * PATIENCE)
    lab = Lab(context.new_page(), server)
    yield lab
    context.close()
    assert lab.complaints == []


@pytest.fixture(scope="module")
def link(module_tab) -> str:
    """Return the link that a teacher makes by hand, in the window over the page as it is set."""
    lab = module_tab().open("/transform?mean=1.25&std=2.0&eps=0.001")
    page = lab.page
    lab.reveal(KEEP)
    page.get_by_role("button", name=OPEN).click()
    window = page.get_by_role("dialog")
    for label, options in CHOSEN.items():
        box = window.get_by_role("combobox", name=label)
        for option in options:
            pick(lab, box, option)
        page.keyboard.press("Tab")
    window.get_by_text("none", exact=True).filter(visible=True).last.click()
    lab.settled()
    assert audited(lab) == []
    code = window.locator("code")
    assert lab.until(lambda: "presets=none" in code.inner_text() and "hide=x" in code.inner_text())
    found = code.inner_text().removeprefix(lab.base)
    page.keyboard.press("Escape")
    window.wait_for(state="hidden")
    lab.type("gamma", "1.0")  # a page that is drawn anew does not open the window again
    lab.settled()
    assert window.count() == 0
    return found


def pick(lab, box, option: str) -> None:
    """Add an option to a list of several, as somebody does who looks whether it is there, and else picks it again."""
    offered = lab.page.get_by_role("option", name=option, exact=True)
    chosen = lab.page.get_by_role("dialog").get_by_test_id("stMultiSelect").get_by_text(option, exact=True)
    for _ in range(5):
        box.click()
        box.press("ArrowDown")  # where the box has the focus already, the click alone does not open the list
        with suppress(TooLate):  # the window was drawn anew, and the list closed under the pointer
            offered.click(timeout=5_000)
        lab.settled()
        if chosen.count():
            return
    pytest.fail(f"{option} cannot be picked")


def audited(lab) -> list[object]:
    """Return what axe-core finds on the page that is shown."""
    lab.page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    return list(faults(lab, "transform"))


def seen(lab) -> dict[str, bool]:
    """Return the sliders that are there, and which of them are disabled to whoever uses them."""
    found: dict[str, bool] = lab.page.evaluate(SLIDERS)
    return found


def arrive(lab, query: str) -> Lab:
    lab.go(f"/transform?mean=3.0&std=2.5&gamma=1.0&beta=0.0&x=6.0&eps=1e-05&{query}&view=page")
    lab.page.locator(".st-key-prepared").wait_for()
    lab.settled()
    close_all(lab)
    return lab


@pytest.fixture(scope="module")
def there(link, student):
    """Return the page that the link opens, at the student's."""
    student.open(link, wait=False)
    student.page.get_by_role("button", name=UNLOCK).wait_for()
    student.settled()
    return student


class TestStudent:
    def test_sees_what_is_set_without_what_is_hidden_and_cannot_move_what_is_locked(self, there):
        assert there.until(lambda: seen(there) == LOCKED)
        assert there.typed("std").is_disabled()
        assert there.typed("std").input_value() == "2.00"
        assert there.page.get_by_role("slider", name="Batch std").is_disabled()
        assert there.page.locator(CHIPS).count() == 0
        assert (there.query["lock"], there.query["hide"], there.query["presets"]) == ("std,eps", "x", "none")
        assert (
            "Prepared for a class · 2 locked · 1 hidden · no scenarios"
            in there.page.locator(".bn-prepared").inner_text()
        )

    def test_moves_what_is_free_and_the_page_stays_prepared_through_a_reload(self, there):
        before = there.query
        there.press("std", 0.9)
        there.page.mouse.up()
        there.slider("gamma").press("ArrowRight")
        assert there.until(lambda: there.query.get("gamma") == "1.05")
        there.page.reload()
        there.page.get_by_role("button", name=UNLOCK).wait_for()
        there.settled()

        assert there.query == {**before, "gamma": "1.05"}
        assert there.until(lambda: seen(there) == LOCKED)

    def test_unlocks_everything_and_back_takes_it_back(self, there):
        prepared = there.query
        there.page.get_by_role("button", name=UNLOCK).click()
        assert there.until(lambda: seen(there) == dict.fromkeys(("mean", "std", "gamma", "beta", "x"), False))
        free = {key: text for key, text in prepared.items() if key not in ("lock", "hide", "presets")}
        assert there.until(lambda: there.query == free)
        assert there.page.locator(".st-key-prepared").count() == 0
        assert there.page.locator(CHIPS).count() > 0
        there.type("std", "1.5")
        assert there.until(lambda: there.query["std"] == "1.5")

        there.page.go_back()

        assert there.until(lambda: there.query == prepared)
        assert there.until(lambda: seen(there) == LOCKED)


class TestInSight:
    @pytest.mark.parametrize(
        ("width", "height", "scheme", "view"),
        [(1280, 800, "light", "page"), (1920, 1080, "dark", "presenter"), (1280, 400, "dark", "presenter")],
    )
    def test_the_way_out_stays_when_the_page_is_scrolled(self, visit, width, height, scheme: Scheme, view):
        visit.at_screen({"width": width, "height": height}, scheme)
        arrive(visit, f"{PREPARED}&view={view}")

        visit.page.evaluate(TO_THE_END)

        assert visit.until(lambda: visit.page.evaluate(IN_SIGHT))
        # What is drawn anew fades in.
        assert visit.until(lambda: audited(visit) == []), audited(visit)

    def test_the_way_out_stays_on_a_telephone(self, visit_by_hand):
        arrive(visit_by_hand, PREPARED)

        assert visit_by_hand.page.evaluate(TO_THE_END) > 300
        assert visit_by_hand.until(lambda: visit_by_hand.page.evaluate(IN_SIGHT))

    def test_the_page_fits_one_screen_as_far_as_its_first_further_part(self, visit):
        visit.at_screen(DESKTOP)
        arrive(visit, f"{PREPARED}&lesson=undoing")

        part = visit.page.locator("summary", has_text=PICTURES).bounding_box()
        assert part is not None
        assert part["y"] + part["height"] <= DESKTOP["height"]


class TestDamaged:
    def test_is_told_in_sentences_and_the_rest_is_prepared(self, visit):
        arrive(visit, DAMAGED)

        told = [
            "lock: sdt is not a control of this page. Did you mean std?",
            "lock: mean must be hidden or locked; got both. It is hidden.",
            "presets: 'elsewhere/*' is not a scenario of this page. Its sets are worked-examples/*, epsilon/*, "
            "identity-recovery/*, scale-and-shift/*.",
            "start must be a whole number from 1 to 5, as undoing has 5 questions; got 99.",
        ]
        assert visit.until(lambda: visit.see()["problems"] == told), (visit.page.url, visit.see())
        assert visit.until(lambda: seen(visit) == dict.fromkeys(("std", "gamma", "beta"), False))
        assert (visit.query["hide"], visit.query["lesson"], visit.query["start"]) == ("mean,x", "undoing", "1")
        assert not {"lock", "presets"} & set(visit.query)

    def test_leads_to_the_question_and_the_lesson_begins_there(self, visit):
        arrive(visit, "lesson=undoing&start=3")

        visit.page.get_by_role("link", name="Predict first: question 3 of").click()

        visit.page.locator("[data-place='3-question']").wait_for()
        assert visit.until(lambda: visit.query == {"lesson": "undoing", "start": "3", "step": "3"})
        visit.page.get_by_role("button", name=UNLOCK).click()
        visit.page.locator("[data-place='1-question']").wait_for()
        visit.settled()
        assert visit.until(lambda: visit.query == {"lesson": "undoing", "step": "1"})

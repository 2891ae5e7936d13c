"""The front page and the navigation, by mouse, by keyboard and on a phone."""

from urllib.parse import urlsplit

import pytest
from lab import DESKTOP, PHONE
from sight import at_rest

import bnsim
from bnsim.experiments import slugs

WAYS = {  # one of each kind
    "Lessons: predict, then see": "/lessons",
    "Forgetting eval mode, on a projector": "/train-eval",
    "All its cases compared": "/compare",
    "Your own numbers": "/transform",
}
FOCUSED = "() => document.activeElement.textContent"

BELOW = """(query) => [...document.querySelectorAll(query)].filter((e) => e.getClientRects().length)
  .map((e) => [e.textContent.slice(0, 40), e.getBoundingClientRect()])
  .filter(([, r]) => r.bottom > innerHeight || r.right > innerWidth || r.left < 0).map(([text]) => text)"""


def arrive(lab, path="/"):
    lab.grows = True  # some ways lead to slow work, of which nothing is there yet
    lab.go(path)
    if path == "/":
        lab.page.get_by_role("link", name="Go on with these numbers").wait_for()
        lab.page.locator("svg.marks").wait_for()
        lab.slider("x").wait_for()
    at_rest(lab)  # what is drawn anew under the pointer takes the thumb out of its hand
    lab.page.locator("h1").wait_for()
    lab.drawn()
    return lab


def path_of(lab) -> str:
    return urlsplit(lab.page.url).path


def strip(lab) -> str:
    return " ".join(lab.page.locator("svg.marks .role-title tspan").all_text_contents())


def way(lab, label):
    return lab.page.locator(".st-key-front-ways").get_by_role("link", name=label)


@pytest.fixture
def home(visit):
    """Return the front page on a desk, with the numbers that it has at first."""
    lab = arrive(visit.at_screen(DESKTOP))
    for name, value in (("mean", "3"), ("std", "2.5"), ("x", "6")):
        if float(lab.typed(name).input_value()) != float(value):
            lab.type(name, value)
            assert lab.until(lambda name=name, value=value: f"{name}={float(value)}&" in go_on(lab))
    lab.settled()
    return lab


def go_on(lab) -> str:
    """Return where the link goes that takes the numbers of the front page along."""
    return way(lab, "Go on with").get_attribute("href") or ""


class TestOneScreen:
    def test_holds_the_picture_its_sliders_and_the_ways_in(self, home):
        in_sight = "h1, .bnw, svg.marks, .bn-row, .st-key-front-ways a"

        assert home.until(lambda: home.page.evaluate(BELOW, in_sight) == []), home.page.evaluate(BELOW, in_sight)
        assert home.page.locator(".bn-row").count() == 3
        assert home.page.locator(".st-key-front-questions a").count() == len(slugs())


class TestDrag:
    def test_moves_the_picture_silently_and_the_numbers_go_along_and_come_back(self, home):
        lab = home
        sent = lab.sent
        lab.press("x", 0.3)
        lab.pull("x", 0.3, 0.6, moves=10)

        assert lab.until(lambda: strip(lab).startswith(f"x̂ = ({lab.typed('x').input_value()} − 3.00)"))
        assert lab.sent == sent
        lab.page.mouse.up()
        value = lab.typed("x").input_value()
        assert lab.until(lambda: f"x={float(value)}&" in go_on(lab))
        way(lab, "Go on with").click()
        lab.ready()
        assert float(lab.query["x"]) == float(value)
        assert lab.drag_and_release("mean") == []
        lab.page.go_back()
        way(lab, "Go on with").wait_for()
        assert lab.until(lambda: strip(lab).startswith(f"x̂ = ({value} − 3.00)"))
        assert lab.typed("x").input_value() == value

    def test_goes_on_after_a_value_beyond_the_slider(self, home):
        lab = home
        lab.type("mean", "40")

        assert lab.until(lambda: strip(lab).startswith("x̂ = (6.00 − 40.00)"))
        lab.settled()
        lab.press("x", 0.3)
        lab.pull("x", 0.3, 0.6, moves=10)
        assert lab.until(lambda: strip(lab).startswith(f"x̂ = ({lab.typed('x').input_value()} − 40.00)"))
        lab.page.mouse.up()


class TestWaysIn:
    @pytest.mark.parametrize("label", list(WAYS))
    def test_lead_where_they_say_without_a_complaint(self, home, label):
        lab = home
        way(lab, label).click()

        assert lab.until(lambda: path_of(lab) == WAYS[label])
        lab.page.locator("h1", has_text="Watch batch normalization").wait_for(state="detached")
        lab.settled()
        assert lab.page.locator(".bnn.bad").count() == 0
        if label == "Your own numbers":
            assert lab.query["values"].startswith("2.0,4.0,")
        if label == "Forgetting eval mode, on a projector":
            params = bnsim.load("train-mode-inference").baseline_scenario.params
            assert lab.query["inference_size"] == str(params.inference_size)
            assert lab.query["view"] == "presenter"
            lab.show()  # ends the presenter's view


class TestSearch:
    def test_shows_what_it_finds_while_one_types(self, home):
        lab = home
        box = lab.page.get_by_label("Search the scenarios")
        box.press_sequentially("forgetting EVAL")
        found = lab.page.locator(".st-key-front-sets").get_by_role("link")

        assert lab.until(
            lambda: (
                [text.split("\n")[-1] for text in found.all_inner_texts()]
                == ["Forgetting eval mode", "Compare its 8 scenarios"]
            )
        ), found.all_inner_texts()
        box.fill("<i>nothing</i>")
        assert lab.until(
            lambda: (
                lab.page.locator(".bnn p").all_text_contents()
                == [
                    "No set of scenarios has all of “<i>nothing</i>” in its title, its question or its scenarios. "
                    "Try one word of it, or an empty search."
                ]
            )
        )
        box.fill("identity recovery")
        found.filter(has_text="Compare its").click()
        assert lab.until(lambda: path_of(lab) == "/compare" and lab.query.get("set") == "identity-recovery")

    def test_without_one_a_group_opens_by_keyboard(self, home):
        lab = home
        found = lab.page.locator(".st-key-front-sets").get_by_role("link")
        assert found.count() == 0
        lab.page.locator(".st-key-front-sets summary", has_text="Depth:").focus()
        lab.page.keyboard.press("Enter")

        assert lab.until(lambda: found.count() == 4)
        found.filter(has_text="Variance in residual networks").click()
        assert lab.until(lambda: path_of(lab) == "/depth")


class TestNavigation:
    @pytest.mark.parametrize("path", ["/train-eval", "/compare"])  # a page of the menu, and one beside it
    def test_has_room_for_everything(self, visit, path):
        lab = arrive(visit, path)
        menus = lab.page.get_by_test_id("stTopNavSection")

        for width in (768, 1024, 1280):
            lab.page.set_viewport_size({"width": width, "height": 800})
            named = " · Training and inference" if path == "/train-eval" and width > 1000 else ""
            shown = ["Learn", f"Experiments{named}"]
            assert lab.until(lambda shown=shown: menus.all_inner_texts() == shown), (width, menus.all_inner_texts())
            assert lab.page.get_by_test_id("stTopNavLink").all_inner_texts() == ["Home", "Compare"]

    def test_goes_by_keyboard_from_page_to_page(self, home):
        lab = home
        menu = lab.page.get_by_test_id("stTopNavSection").filter(has_text="Experiments")
        lab.page.get_by_test_id("stTopNavLink").last.focus()
        lab.page.keyboard.press("Tab")
        assert lab.page.evaluate(FOCUSED) == "Learn"
        lab.page.keyboard.press("Tab")
        assert lab.page.evaluate(FOCUSED) == "Experiments"
        lab.page.keyboard.press("Enter")
        assert lab.until(lambda: lab.page.evaluate(FOCUSED) == "Transform")
        lab.page.keyboard.press("Escape")
        assert lab.until(lambda: lab.page.evaluate(FOCUSED) == "Experiments")
        lab.page.keyboard.press("Enter")
        assert lab.until(lambda: lab.page.evaluate(FOCUSED) == "Transform")
        for name in ("Batch size", "Training and inference", "Micro-batches", "Norm family"):
            lab.page.keyboard.press("ArrowDown")
            assert lab.until(lambda name=name: lab.page.evaluate(FOCUSED) == name)
        lab.page.keyboard.press("Enter")

        assert lab.until(lambda: path_of(lab) == "/norm-family")
        assert lab.until(lambda: menu.inner_text() == "Experiments · Norm family")
        menu.click()
        current = lab.page.locator("[role=menuitem][aria-current=page]")
        assert current.all_inner_texts() == ["Norm family"]


@pytest.fixture
def phone(visit_by_hand):
    return visit_by_hand.at_screen(PHONE)


class TestPhone:
    # The front page and the comparison are looked at with all other pages: test_browser_fold.py.
    @pytest.mark.parametrize("path", ["/learn", "/learn?page=practical-notes"])
    def test_nothing_is_wider_than_the_screen(self, phone, path):
        arrive(phone, path)
        wide = "() => [...document.querySelectorAll('[data-testid=stMain], html')].map((e) => e.scrollWidth)"

        for width in (320, 360, 390, 430):
            phone.page.set_viewport_size({"width": width, "height": 844})
            assert phone.until(lambda width=width: max(phone.page.evaluate(wide)) <= width), phone.page.evaluate(wide)

    def test_the_menu_says_where_one_is_and_leads_elsewhere(self, phone):
        arrive(phone)
        menu = phone.page.locator(".st-key-pages summary")
        assert menu.inner_text().endswith("Pages · Home")
        menu.tap()
        entries = phone.page.locator(".st-key-pages").get_by_role("link")
        entries.last.wait_for()
        assert min(box.bounding_box()["height"] for box in entries.all()) >= 24
        entries.filter(has_text="Folding").tap()

        assert phone.until(lambda: path_of(phone) == "/folding")
        assert phone.until(lambda: menu.inner_text().endswith("Pages · Folding"))
        assert phone.until(lambda: not entries.first.is_visible())

    def test_the_menu_works_by_keyboard(self, visit):
        lab = visit.at_screen({"width": 640, "height": 400})  # a wide screen at 200 %
        at_rest(arrive(lab, "/folding"))
        lab.page.locator(".st-key-pages summary").focus()
        lab.page.keyboard.press("Enter")
        lab.page.locator(".st-key-pages").get_by_role("link", name="Compare").wait_for()
        for name in ("Home", "Compare"):
            lab.page.keyboard.press("Tab")
            assert lab.page.evaluate(FOCUSED) == name
        lab.page.keyboard.press("Enter")

        assert lab.until(lambda: path_of(lab) == "/compare")

    def test_a_page_without_controls_has_no_sheet(self, phone):
        arrive(phone)
        sheet = phone.page.get_by_test_id("stSidebar")
        assert phone.until(lambda: not sheet.is_visible())
        arrive(phone, "/transform")
        assert phone.until(sheet.is_visible)

"""Above the fold of every page: few words, short numbers, few controls; nothing scrolls sideways and nothing jumps."""

import re

import pytest
from lab import DESKTOP
from sight import (
    EXPERIMENTS,
    JUMPED,
    MOVES,
    PAGES,
    SEEN,
    SIDEWAYS,
    STILL,
    WRAPPED,
    address,
    arrive,
    at_rest,
    close_all,
    digits_of,
    result_of,
)  # fmt: skip

from bnsim.app.more import NUMBERS, PICTURES

MOST_WORDS, MOST_CONTROLS = 230, 8
LONG = 9
"""A number of so many digits is a long one."""

MOST_LONG = {"transform": 12}
"""Long numbers that a page may show, where these are not two."""

NARROWEST, PHONES = 320, (430, 390, 360)
"""Widths of telephones: pages of experiments are looked at on the wider ones by hand (test_browser_phone.py)."""

REST_OF_PAGE = re.compile(f"^({PICTURES}|{NUMBERS})$")

PICTURE = """() => document.querySelector(".st-key-first-figure [data-testid=stVegaLiteChart]:has(svg.marks)")
  ?.getAttribute("aria-label") ?? null"""

HEIGHTS = """(shown) => {
  const heights = (window.bnsimHeights = []);
  const frame = () => {
    if (window.bnsimHeights !== heights) return;
    const place = document.querySelector(".st-key-first-figure");
    const names = [...(place?.querySelectorAll("[aria-label]") ?? [])].map((e) => e.getAttribute("aria-label"));
    if (place?.querySelector("p") && !names.includes(shown)) heights.push(place.getBoundingClientRect().height);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
SEEN_HEIGHTS = "() => { const seen = window.bnsimHeights; window.bnsimHeights = null; return seen; }"
"""The heights of the place of the picture from when another page's picture has gone, and the caption is there: what is
beneath it comes later."""

ROOMS = """() => [...document.querySelectorAll("[class*=st-key-picture-] [data-testid=stVegaLiteChart]")].map((e) => [
  parseFloat(getComputedStyle(e).minHeight),
  Math.round(e.querySelector(".marks")?.getBoundingClientRect().height ?? 0),
])"""
"""The room that is kept for each of the further pictures, and what it takes."""

TYPE = """() => {
  const size = (e) => parseFloat(getComputedStyle(e).fontSize);
  const all = (query) => [...document.querySelectorAll(query)].filter((e) => e.textContent.trim());
  const smallest = (query) => Math.min(...all(query).map(size));
  return { answer: smallest(".bna"), picture: smallest(".st-key-first-figure svg.marks text") };
}"""


@pytest.fixture(scope="module")
def desk_lab(visit):
    return visit


@pytest.fixture(scope="module", params=PAGES)
def page(request, desk_lab):
    """Return the name of a page that has been opened."""
    desk_lab.page.set_viewport_size(DESKTOP)
    arrive(desk_lab, request.param)
    return request.param


class TestEveryPage:
    def test_has_few_words_short_numbers_and_few_controls_above_the_fold(self, desk_lab, page):
        seen = desk_lab.page.evaluate(SEEN)
        long = [word for word in seen["words"] if digits_of(word) >= LONG]

        assert len(seen["words"]) <= MOST_WORDS, " ".join(seen["words"])
        assert len(long) <= MOST_LONG.get(page, 2), long
        assert len(seen["controls"]) <= MOST_CONTROLS, seen["controls"]

    def test_shows_where_the_rest_begins(self, desk_lab, page):
        if page not in EXPERIMENTS:
            pytest.skip("has parts of its own")
        box = desk_lab.page.get_by_text(REST_OF_PAGE).first.bounding_box()

        assert box["y"] + box["height"] <= 800

    def test_does_not_scroll_sideways_and_wraps_no_number(self, desk_lab, page):
        def wrong():
            return desk_lab.page.evaluate(SIDEWAYS) + desk_lab.page.evaluate(WRAPPED)

        assert desk_lab.until(lambda: wrong() == []), wrong()
        for width in (NARROWEST,) if page in EXPERIMENTS else (*PHONES, NARROWEST):
            desk_lab.page.set_viewport_size({"width": width, "height": 800})
            assert desk_lab.until(lambda: wrong() == []), (width, wrong())

    def test_loses_nothing_at_twice_the_size(self, desk_lab, page):
        # What a browser does at 200 %: half as many pixels of its own each way.
        desk_lab.page.set_viewport_size({"width": 640, "height": 400})

        assert desk_lab.until(lambda: desk_lab.page.evaluate(SIDEWAYS) == []), desk_lab.page.evaluate(SIDEWAYS)
        for part in (".bnq", ".bna", ".st-key-first-figure svg.marks") if page in EXPERIMENTS else (".bnq",):
            boxes = [each.bounding_box() for each in desk_lab.page.locator(part).all()[:1]]
            assert [part for box in boxes if min(box["width"], box["height"]) > 0] == [part]
            assert boxes[0]["x"] >= 0, part
            assert boxes[0]["x"] + boxes[0]["width"] <= 640, part


class TestNothingJumps:
    """While a slider is dragged, and once it is let go: test_browser_answers.py."""

    def test_while_slow_work_goes_on(self, desk_lab):
        lab = desk_lab
        lab.page.set_viewport_size(DESKTOP)
        lab.grows = True
        lab.open(address("training", steps="200", seeds="2", seed="77"), wait=False)  # nothing of another page is left
        lab.page.locator(".st-key-first-figure svg.marks").first.wait_for()
        lab.page.evaluate(MOVES)
        at_rest(lab)

        assert lab.page.evaluate(JUMPED, STILL) == []

    @pytest.mark.parametrize("slug", ["batch-size", "norm-family"])
    def test_while_the_picture_comes(self, desk_lab, slug):
        """The one picture has a line beneath it, the other one two."""
        desk_lab.page.set_viewport_size(DESKTOP)
        arrive(desk_lab, "transform")
        alt = result_of(desk_lab, "transform").first_figure.alt
        desk_lab.page.evaluate(HEIGHTS, alt)
        desk_lab.visit(EXPERIMENTS[slug].title)
        assert desk_lab.until(lambda: desk_lab.page.evaluate(PICTURE) not in (None, alt))
        desk_lab.page.wait_for_timeout(100)
        heights = desk_lab.page.evaluate(SEEN_HEIGHTS)

        assert heights
        assert max(heights) - min(heights) <= STILL, heights

    @pytest.mark.parametrize("slug", ["depth", "norm-family", "training"])
    def test_when_further_pictures_come_as_each_has_its_room_before(self, desk_lab, slug):
        desk_lab.page.set_viewport_size(DESKTOP)
        arrive(desk_lab, slug)
        desk_lab.reveal(PICTURES)
        many = len(result_of(desk_lab, slug).figures) - 1

        assert desk_lab.until(lambda: [took for _, took in desk_lab.page.evaluate(ROOMS) if took > 0][many - 1 :])
        rooms = desk_lab.page.evaluate(ROOMS)
        assert [room for room, _ in rooms] == [took for _, took in rooms]
        close_all(desk_lab)


@pytest.fixture(scope="class")
def room(visit):
    yield visit.at_screen({"width": 1920, "height": 1080})
    visit.show()  # ends the presenter's view


class TestPresenterView:
    @pytest.mark.parametrize("slug", EXPERIMENTS)
    def test_can_be_read_from_the_last_row_and_has_nothing_besides(self, room, slug):
        arrive(room, slug, view="presenter")
        size = room.page.evaluate(TYPE)
        main = room.page.get_by_test_id("stMain")

        assert size["answer"] >= 24
        assert size["picture"] >= 18
        assert room.page.locator("details:not([class*=st-key-pages-] *)").count() == 0
        assert main.locator(".st-key-presets, .st-key-actions, .bnr").count() == 0
        assert room.page.evaluate(SIDEWAYS) == []
        picture = room.page.locator(".st-key-first-figure svg.marks").bounding_box()
        assert picture["y"] + picture["height"] <= 1080
        essential = [spec for spec in EXPERIMENTS[slug].params.controls().values() if not spec.control.group]
        sidebar = room.page.locator(
            "[data-testid=stSidebar] :is(.bn-row, [data-testid=stSelectbox], [data-testid=stNumberInput])"
        )
        assert sidebar.count() <= len(essential)

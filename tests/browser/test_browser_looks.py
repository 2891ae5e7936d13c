"""What is in sight on a desk and on a phone, and whether it can be read on light and on dark."""

from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lab import DESKTOP, LIVE, PHONE

from bnsim.app import text
from bnsim.app.sheets import sheet

HEADLINE = ("x_hat", "y", "normalized_mean", "normalized_std", "output_mean", "output_std")
WIDEST = {"mean": "-4.95", "std": "0.05", "gamma": "-2.95", "beta": "-4.95", "x": "-14.95"}
"""Slider values whose formulas are the longest."""

LEAST = {"stage title": 3, "dot value": 3, "tick value": 3}
"""Lowest contrast where it is not 4.5: the stages' own colours, which never stand alone."""

EXTREMES = {
    "a needle far from 0": {"mean": "1e6", "std": "1e-6", "x": "1e6", "gamma": "-3"},
    "the longest numbers": {
        "mean": "-123456.789", "std": "1.23456789e-6", "gamma": "-1.23456789e-7", "beta": "-1.23456789e-7",
        "x": "-123456789.1", "eps": "0.00123456",
    },
    "no spread, no scale": {"mean": "-1e6", "std": "0", "gamma": "0", "x": "-1e9"},
}  # fmt: skip

CUT_OFF = """() => {
  const svg = document.querySelector(".st-key-first-figure svg.marks"), frame = svg.getBoundingClientRect();
  const words = [...svg.querySelectorAll("text")].filter((e) => e.textContent.trim());
  return words.filter((e) => {
    const box = e.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || /\u2026/.test(e.textContent);
  }).map((e) => e.textContent);
}"""

TOUCHING = """() => {
  const ticks = [...document.querySelectorAll(".st-key-first-figure .mark-text text:not([font-weight])")];
  const boxes = ticks.map((e) => [e.textContent, e.getBoundingClientRect()]);
  return boxes.flatMap(([text, a], k) => boxes.slice(k + 1).filter(([_, b]) =>
    Math.abs(a.top - b.top) < 5 && a.left < b.right && b.left < a.right).map(([other]) => text + other));
}"""

PAGES = ["/", "/compare", "/claims", "/check?example=1", "/translate", "/norm-family", "/training?steps=50&seeds=1"]
"""A page of each kind: the front page, the comparison, the claims, quick work and slow work."""

TITLES = {
    "/": "Home", "/compare": "Compare", "/claims": "Claims", "/check": "Check yours", "/translate": "Translate",
    "/norm-family": "Norm family", "/training": "Training"
}  # fmt: skip

HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((e) => Number(e.tagName[1]))"

NAMELESS = """() => [...document.querySelectorAll(
  "svg [role=graphics-symbol], svg [role=graphics-document], svg[role=img]")].filter((e) =>
  !e.closest("[aria-hidden=true]") && !e.getAttribute("aria-label") && !e.querySelector(":scope > title")
).map((e) => e.outerHTML.slice(0, 80))"""

INKS = """() => {
  const rgba = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return [...n.slice(0, 3), n[3] ?? 1]; };
  const over = (top, under) => [0, 1, 2].map((k) => top[3] * top[k] + (1 - top[3]) * under[k]);
  const chain = (e) => { const all = []; for (; e instanceof Element; e = e.parentElement) all.push(e); return all; };
  const ink = (e) => {
    const style = getComputedStyle(e), all = chain(e);
    const paper = all.map((a) => rgba(getComputedStyle(a).backgroundColor)).reverse()
      .reduce((under, layer) => over(layer, under), [255, 255, 255]);
    const opacity = all.reduce((product, a) => product * getComputedStyle(a).opacity, 1);
    const colour = rgba(e instanceof SVGElement ? style.fill : style.color);
    return { paper, ink: over([...colour.slice(0, 3), colour[3] * opacity], paper) };
  };
  const groups = {
    question: ".bnq", readout: ".bnr b", statement: ".bnr small", "readout label": ".bnr span", note: ".bnn p",
    "slider label": ".bn-row label", "typed value": ".bn-typed", strip: ".role-title tspan",
    "stage title": ".mark-text text[font-weight='600']", "dot value": ".mark-text text[font-weight='bold']",
    "tick value": ".mark-text text:not([font-weight])", caption: "[data-testid=stCaptionContainer] p",
    heading: ".bnh", "main button": "[data-testid=stBaseButton-primary]:enabled p",
  };
  return Object.entries(groups).flatMap(([name, query]) =>
    [...document.querySelectorAll(query)].map((e) => ({ name, ...ink(e) })));
}"""


def luminance(colour):
    parts = (part / 255 for part in colour)
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrasts(lab):
    """Return the lowest contrast, 1 to 21, and the darkest and lightest paper of each group of texts."""
    lowest = {}
    for found in lab.page.evaluate(INKS):
        low, high = sorted(luminance(found[part]) for part in ("ink", "paper"))
        lowest[found["name"]] = min(lowest.get(found["name"], 21.0), (high + 0.05) / (low + 0.05))
    return lowest


def paper(lab):
    return {round(luminance(found["paper"]), 1) for found in lab.page.evaluate(INKS)}


def outside(lab, selector, height=None):
    """Return what of a selector is not wholly in the window (above `height`)."""
    size = lab.page.viewport_size
    boxes = [each.bounding_box() for each in lab.page.locator(selector).all()]
    assert boxes
    return [
        box for box in boxes
        if box["x"] < 0 or box["y"] < 0
        or box["x"] + box["width"] > size["width"] + 0.5 or box["y"] + box["height"] > (height or size["height"])
    ]  # fmt: skip


def hit(lab, name):
    """Whether a finger on the middle of a slider would touch it, and nothing that lies over it."""
    return lab.slider(name).evaluate(
        "(e) => { const r = e.getBoundingClientRect();"
        " return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) === e; }"
    )


@pytest.fixture(scope="class")
def desk_lab(visit):
    return visit.show()


class TestDesk:
    @pytest.mark.parametrize("values", [{}, WIDEST])
    def test_sliders_results_strip_and_stages_are_in_sight_without_scrolling(self, desk_lab, values):
        for name, value in values.items():
            desk_lab.type(name, value)
        desk_lab.until(lambda: values.items() <= desk_lab.query.items())

        assert desk_lab.disagreements() == []
        for name in LIVE:
            assert outside(desk_lab, f"#bnsim-{name}") == []
            assert hit(desk_lab, name)
        for key in HEADLINE:
            assert outside(desk_lab, f".bnr b[data-key={key}]") == []
        assert outside(desk_lab, ".role-title-text, .st-key-first-figure svg.marks") == []


@pytest.fixture(scope="class")
def phone(visit_by_hand):
    return visit_by_hand.show("?" + urlencode(WIDEST))


class TestPhone:
    def test_nothing_is_wider_than_the_screen(self, phone):
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert outside(phone, ".role-title-text, .st-key-first-figure svg.marks") == []

    @pytest.mark.parametrize("name", LIVE)
    def test_whichever_slider_is_in_hand_strip_and_figure_stay_in_sight(self, phone, name):
        phone.slider(name).scroll_into_view_if_needed()
        sheet = phone.page.locator("[data-testid=stSidebar]").bounding_box()

        assert hit(phone, name)
        assert outside(phone, ".role-title-text, .st-key-first-figure svg.marks", height=sheet["y"]) == []

    def test_a_finger_moves_the_charts_and_the_release_is_heard(self, phone):
        phone.slider("gamma").scroll_into_view_if_needed()
        fingers = phone.page.context.new_cdp_session(phone.page)
        before, sent = phone.see()["strip"], phone.sent
        strips = set()
        for k in range(9):
            x, y = phone.where("gamma", 0.1 + 0.08 * k)
            kind = "touchMove" if k else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            phone.drawn()
            strips.add(phone.see()["strip"])

        assert len(strips - {before}) >= 7
        assert phone.sent == sent
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert phone.until(lambda: phone.query["gamma"] != "-2.95")
        assert phone.disagreements() == []


@pytest.fixture(scope="class")
def narrow(visit_by_hand):
    return visit_by_hand.at_screen({"width": 320, "height": 700})


class TestExtremes:
    @pytest.mark.parametrize("name", EXTREMES)
    def test_nothing_is_cut_off_and_no_tick_touches_another(self, narrow, name):
        narrow.show("?" + urlencode(EXTREMES[name]))

        for width in (320, 390, 768, 1280, 1920):
            narrow.page.set_viewport_size({"width": width, "height": 800})
            narrow.drawn()  # the picture takes its new width with a frame
            assert narrow.until(lambda: narrow.page.evaluate(CUT_OFF) == []), narrow.page.evaluate(CUT_OFF)
            assert narrow.until(lambda: narrow.page.evaluate(TOUCHING) == []), narrow.page.evaluate(TOUCHING)
            assert narrow.see()["strip"].startswith("x̂ = (")

    def test_words_stand_on_the_papers_own_colour(self, narrow):
        narrow.show()
        words = narrow.page.locator(".st-key-first-figure svg.marks .mark-text text").first

        assert words.evaluate("(e) => getComputedStyle(e).paintOrder").startswith("stroke")
        assert words.evaluate("(e) => getComputedStyle(e).strokeWidth") == "4px"


class TestNavigation:
    @pytest.mark.parametrize("page", ["Folding", "Home"])
    def test_on_a_phone_says_which_page_is_open(self, narrow, page):
        narrow.page.set_viewport_size({"width": 320, "height": 700})
        narrow.go("/" if page == "Home" else "/" + page.lower())
        menu = narrow.page.locator(".st-key-pages summary")

        assert narrow.until(lambda: menu.inner_text().endswith(f"Pages · {page}"))
        assert narrow.until(lambda: outside(narrow, ".st-key-pages summary") == [])

    def test_there_is_one_on_every_width(self, narrow):
        narrow.go("/compare")
        one, other = narrow.page.locator(".st-key-pages summary"), narrow.page.get_by_test_id("stTopNavSection").first
        for width, is_narrow in ((767, True), (768, False), (769, False)):
            narrow.page.set_viewport_size({"width": width, "height": 700})
            seen = [is_narrow, not is_narrow]
            assert narrow.until(lambda seen=seen: [one.is_visible(), other.is_visible()] == seen)


def too_faint(lab) -> dict[str, float]:
    """Return the contrast of what cannot be read well; that is the question, too, as long as it is not there."""
    found = {"question": 1.0, **contrasts(lab)}
    return {name: found[name] for name in found if found[name] < LEAST.get(name, 4.5)}


@pytest.fixture(scope="class")
def every_page(visit):
    """Return the visit at a desk, which goes from page to page."""
    visit.grows = True
    return visit.at_screen(DESKTOP)


class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_can_be_read_and_heard(self, every_page, path):
        lab = every_page
        lab.page.emulate_media(color_scheme="light")
        lab.go(path)
        # Between two pages there is nothing at all for a moment, and no script runs.
        assert lab.until(lambda: lab.page.title().startswith(TITLES[path.partition("?")[0]]))
        lab.page.locator(".stMain .bnq").wait_for()
        assert lab.until(lambda: not lab.see()["running"])
        # What is drawn anew fades in, and the sheet of styles comes with the page.
        assert lab.until(lambda: too_faint(lab) == {}), too_faint(lab)
        lab.page.emulate_media(color_scheme="dark")
        assert lab.until(lambda: max(paper(lab)) < 0.1)
        assert lab.until(lambda: too_faint(lab) == {}), too_faint(lab)

        levels = lab.page.evaluate(HEADINGS)
        assert levels[:1] == [1]
        assert levels.count(1) == 1
        assert all(below <= above + 1 for above, below in pairwise(levels))
        assert lab.page.evaluate(NAMELESS) == []


class TestCurves:
    def test_the_level_that_is_waited_for_does_not_strike_a_name_through(self, every_page):
        lab = every_page
        lab.go("/training?steps=50&seeds=1")
        name = lab.page.locator(".st-key-first-figure svg.marks text", has_text="Batch norm").first

        # The picture grows: what is looked up may have been drawn anew before it is asked.
        assert lab.until(lambda: name.evaluate("(e) => getComputedStyle(e).paintOrder").startswith("stroke"))
        level = lab.page.locator(".st-key-first-figure svg.marks text", has_text="90 %")
        assert lab.until(lambda: level.count() == 1)
        assert lab.until(lambda: not lab.see()["running"])


RULES = """(sheets) => sheets.map((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return [...sheet.cssRules].map((rule) => rule.cssText);
})"""


class TestSheets:
    @pytest.mark.parametrize(
        "name", ["page.css", "navigation.css", "classroom/projector.css", "classroom/room.css"], ids=str
    )
    def test_as_it_is_sent_a_sheet_has_the_rules_of_its_file(self, desk, name):
        written = (Path(text.__file__).parent / name).read_text("utf-8")
        sent = sheet(name).removeprefix("<style>").removesuffix("</style>")
        page = desk.new_page()
        ours, files = page.evaluate(RULES, [sent, written])
        page.close()

        assert len(ours) >= 3
        assert ours == files


class TestThemes:
    def test_light_and_dark_can_be_read_and_changing_keeps_the_charts_live(self, visit):
        lab = visit.at_screen(DESKTOP).show()
        # What is drawn anew fades in.
        assert lab.until(lambda: min(paper(lab)) >= 0.9)
        assert lab.until(lambda: too_faint(lab) == {}), too_faint(lab)
        lab.page.emulate_media(color_scheme="dark")
        assert lab.until(lambda: max(paper(lab)) < 0.1)
        drag = lab.drag("beta", moves=10)
        released = lab.release()
        lab.page.reload()
        lab.ready()

        assert lab.until(lambda: max(paper(lab)) < 0.1)
        assert lab.until(lambda: too_faint(lab) == {}), too_faint(lab)
        assert drag.followed, drag.values - drag.painted
        assert released == []
        assert lab.disagreements() == []

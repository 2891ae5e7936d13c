"""Every page for those who do not see it, do not use a mouse, or do not like things that move: audited by axe-core."""

from itertools import pairwise

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from lab import DESKTOP
from sight import EXPERIMENTS, PAGES, SEEN, SIDEWAYS, arrive, at_rest, reach, result_of

from bnsim.app.more import NUMBERS, PICTURES
from bnsim.learn import all_pages

STREAMLITS_OWN = {("presentation-role-conflict", "stFileUploaderDropzone")}
"""Rule and target of what is Streamlit's own: its place to drop files has a name, but no role (minor)."""

AUDIT = """async (rules) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...rules });
  const target = (html) => html.match(/data-testid="([A-Za-z]+)"/)?.[1] ?? html.slice(0, 200);
  return violations.flatMap(({ id, impact, nodes }) => nodes.map(({ html, any, all, none }) =>
    [id, target(html), impact, [...any, ...all, ...none][0]?.message ?? ""]));
}"""
EVERY_RULE: dict[str, object] = {}
CONTRAST = {"runOnly": ["color-contrast"]}
"""All that another scheme of colours can change."""

CLOSED = "{} [data-testid=stExpander] details:not([open], [class*=st-key-pages-] *) > summary"
BESIDE, BELOW = (CLOSED.format(f"[data-testid={place}]") for place in ("stSidebar", "stMain"))
"""What can be opened: the sidebar's parts make a part of the page anew, those below the picture all of it."""

FOCUS = """() => {
  const parts = ["outline", "boxShadow", "borderColor", "backgroundColor", "textDecoration"];
  const look = (e) => [e, e.parentElement, e.parentElement?.parentElement].filter(Boolean).map((each) => {
    const style = getComputedStyle(each);
    return [...parts.map((part) => style[part]), getComputedStyle(each, "::after").boxShadow].join();
  }).join(";");
  const before = window.bnsimFocus, unseen = [];
  if (before && before.look === look(before.element)) unseen.push(before.element.outerHTML.slice(0, 120));
  const element = document.activeElement;
  window.bnsimFocus = element === document.body ? null : { element, look: look(element) };
  const box = (element.closest("[data-testid=stSelectbox]") ?? element).getBoundingClientRect();
  const main = document.querySelector(".stMain");
  return {
    unseen, main: main.contains(element), body: element === document.body,
    top: box.top + main.scrollTop, bottom: box.bottom + main.scrollTop, left: box.left,
    what: element.tagName + " " + element.textContent.slice(0, 30),
    kind: ["bnr", "st-key-presets", "st-key-actions", "stExpander"].find((name) => element.closest("." + name)) ?? "",
  };
}"""

MOVING = """() => [...document.querySelectorAll("*")].filter((e) => {
  const style = getComputedStyle(e);
  const fades = style.transitionProperty !== "none" && /[1-9]/.test(style.transitionDuration);
  return fades || style.animationName !== "none";
}).map((e) => e.className || e.tagName)"""

HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((e) => Number(e.tagName[1]))"


@pytest.fixture(scope="module")
def calm(module_tab):
    """Return a visit in which nothing moves: what is on its way between two themes has the colours of neither.

    It is one of its own, as everything that can be opened stays open in it.
    """
    lab = module_tab()
    lab.page.emulate_media(reduced_motion="reduce")
    lab.go("/").page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    return lab


def faults(lab, page, rules=EVERY_RULE):
    """Return what axe-core finds that is ours and does not pass: a theme takes a moment to reach every element."""
    found = []

    def sound() -> bool:
        found[:] = [each for each in lab.page.evaluate(AUDIT, rules) if (each[0], each[1]) not in STREAMLITS_OWN]
        return not found

    lab.until(sound)
    return found


def at_desk(lab) -> None:
    """Put a visit on a wide screen by daylight, with nothing that moves."""
    lab.page.set_viewport_size(DESKTOP)
    lab.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    lab.page.mouse.move(1, 1)  # what it stood over in an earlier test has other colours


def open_everything(lab) -> None:
    """Open all parts of a page, all groups of controls, and all numbers.

    The groups one by one: each is a fragment of its own, and Streamlit complains of what is asked of two at once.
    """
    for closed, most in ((BESIDE, 1), (BELOW, 99)):
        while lab.page.locator(closed).count():
            lab.page.locator(closed).evaluate_all("(all, most) => all.slice(0, most).forEach((e) => e.click())", most)
            at_rest(lab)
    lab.page.evaluate("document.querySelectorAll('.bnr details').forEach((each) => { each.open = true; })")


def tab_through(lab):
    """Press Tab until the focus leaves the page; return the stops, and those at which nothing showed the focus."""
    stops, unseen = [], []
    lab.page.evaluate("() => { window.bnsimFocus = null; document.activeElement?.blur(); }")
    for _ in range(120):
        lab.page.keyboard.press("Tab")
        stop = lab.page.evaluate(FOCUS)
        unseen += stop["unseen"]
        if stop["body"]:
            break
        stops.append(stop)
    return stops, unseen


class TestUnderTheMouse:
    def test_a_button_can_be_read(self, calm):
        at_desk(calm)
        arrive(calm, "norm-family")
        calm.page.get_by_role("button", name="Other companions").hover()

        for scheme in ("light", "dark"):
            calm.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert faults(calm, "norm-family", CONTRAST) == []


OF_EACH_KIND = ("home", "compare", "transform", "training")
"""A page of each kind: what differs on a phone or by night, and what can be opened besides pictures and numbers, is
the same for all of a kind.
"""

TEXTS = {
    "": ".st-key-texts a",
    "?page=what-it-does": f"h1:text({all_pages()['what-it-does'].title!r})",
    "?page=practical-notes": f"h1:text({all_pages()['practical-notes'].title!r})",
    "?page=glossary": ".bn-read dt",
}
"""The texts by their queries: a list, a text of each kind, and what is there once it is shown."""

TOOLS = {
    "/check?example=1": ".stVegaLiteChart >> nth=2 >> svg.marks",
    "/translate?from=Keras&to=ONNX&shape=32,28,28,64": ".bnt.f",
}
"""The pages for what somebody brings, and what is there once they are shown."""

MOST_WORDS, MOST_CONTROLS = 230, 8


class TestTexts:
    @pytest.mark.parametrize("query", TEXTS)
    def test_have_no_fault_of_ours(self, calm, query):
        calm.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        calm.go(f"/learn{query}")
        calm.page.locator(TEXTS[query]).first.wait_for()
        calm.settled()

        assert faults(calm, "learn") == []
        calm.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert faults(calm, "learn", CONTRAST) == []


class TestToolPages:
    @pytest.mark.parametrize("path", TOOLS)
    def test_have_no_fault_of_ours_few_controls_in_sight_and_nothing_that_scrolls_sideways(self, calm, path):
        at_desk(calm)
        calm.grows = True
        calm.go(path).page.locator(TOOLS[path]).last.wait_for()
        calm.settled()
        seen = calm.page.evaluate(SEEN)

        assert faults(calm, path) == []
        assert len(seen["words"]) <= MOST_WORDS, " ".join(seen["words"])
        assert len(seen["controls"]) <= MOST_CONTROLS, seen["controls"]
        for width in (390, 320):
            calm.page.set_viewport_size({"width": width, "height": 800})
            assert calm.until(lambda: calm.page.evaluate(SIDEWAYS) == []), (width, calm.page.evaluate(SIDEWAYS))


class TestKeyboard:
    @pytest.mark.parametrize("slug", ["transform", "training"])  # quick work and slow work
    def test_goes_in_the_order_of_reading_and_shows_where_it_is(self, calm, slug):
        at_desk(calm)
        arrive(calm, slug)
        stops, unseen = tab_through(calm)
        main = [stop for stop in stops if stop["main"] and stop["kind"]]

        assert unseen == []
        assert {"bnr", "st-key-presets", "stExpander"} <= {stop["kind"] for stop in main}
        back = [
            (one["what"], two["what"])
            for one, two in pairwise(main)
            if two["bottom"] <= one["top"] or (two["left"] < one["left"] and two["top"] < one["bottom"] - 4)
        ]
        assert back == []

    def test_opens_cards_and_closes_menus(self, calm):
        at_desk(calm)
        arrive(calm, "transform")
        card = calm.page.locator(".bnr details").first
        card.locator("summary").press("Enter")
        assert card.evaluate("each => each.open")
        box = calm.page.get_by_role("combobox").first
        box.focus()
        box.press("ArrowDown")
        calm.page.get_by_role("option").first.wait_for()
        box.press("Escape")
        assert calm.until(lambda: calm.page.get_by_role("option").count() == 0)


@pytest.fixture(scope="module", params=sorted(PAGES, key=OF_EACH_KIND.__contains__))
def page(request, calm):
    """Return the name of a page with all its pictures and numbers; of a page of each kind everything is open.

    Those come last, as what is opened stays so.
    """
    at_desk(calm)
    reach(calm, request.param)
    if request.param in OF_EACH_KIND:
        open_everything(calm)
    else:
        calm.reveal(PICTURES).reveal(NUMBERS)
    return request.param


class TestEveryPage:
    def test_every_picture_has_a_name_and_its_numbers_in_words(self, calm, page):
        if page not in EXPERIMENTS:
            pytest.skip("has pictures of several experiments, or of none")
        figures = result_of(calm, page).figures

        def said():
            return calm.page.locator("p.bn-sr").all_text_contents()

        assert calm.until(lambda: said() == [each.description for each in figures]), said()
        named = calm.page.get_by_test_id("stVegaLiteChart")
        names = named.evaluate_all("(all) => all.map((each) => each.getAttribute('aria-label'))")
        assert names == [each.alt for each in figures]

    def test_is_in_order_and_does_not_move(self, calm, page):
        levels = calm.page.evaluate(HEADINGS)

        assert levels.count(1) == 1
        assert all(below <= above + 1 for above, below in pairwise(levels))
        assert calm.page.evaluate(MOVING) == []

    def test_has_no_fault_of_ours(self, calm, page):
        found = {"light": faults(calm, page)}
        if page in OF_EACH_KIND:
            calm.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            at_rest(calm)
            found["dark"] = faults(calm, page, CONTRAST)
            calm.page.set_viewport_size({"width": 390, "height": 844})
            calm.page.emulate_media(color_scheme="light", reduced_motion="reduce")
            at_rest(calm)
            found["light, on a phone"] = faults(calm, page)

        assert {name: each for name, each in found.items() if each} == {}

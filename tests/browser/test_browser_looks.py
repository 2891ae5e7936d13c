"""What is in sight on a desk and on a phone, and whether it can be read on light and on dark."""

from urllib.parse import urlencode

import pytest
from lab import LIVE

HEADLINE = ("x_hat", "y", "normalized_mean", "normalized_std", "output_mean", "output_std")
WIDEST = {"mean": "-4.95", "std": "0.05", "gamma": "-2.95", "beta": "-4.95", "x": "-14.95"}
"""Slider values whose formulas are the longest."""

PHONE = {"width": 390, "height": 844}

LEAST = {"stage title": 3, "dot value": 3, "tick value": 3, "caption": 4}
"""Lowest contrast where it is not 4.5: the stages' own colours, which never stand alone, and Streamlit's captions."""

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


@pytest.fixture(scope="module")
def desk_lab(module_tab):
    return module_tab().open()


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


@pytest.fixture(scope="module")
def phone(module_context):
    return module_context(viewport=PHONE, is_mobile=True, has_touch=True).open("/transform?" + urlencode(WIDEST))


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
            phone.page.wait_for_timeout(30)
            strips.add(phone.see()["strip"])

        assert len(strips - {before}) >= 7
        assert phone.sent == sent
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert phone.until(lambda: phone.query["gamma"] != "-2.95")
        assert phone.disagreements() == []


class TestThemes:
    def test_light_and_dark_can_be_read_and_changing_keeps_the_charts_live(self, context_tab):
        lab = context_tab(color_scheme="light").open()
        light, white = contrasts(lab), paper(lab)
        lab.page.emulate_media(color_scheme="dark")
        assert lab.until(lambda: max(paper(lab)) < 0.1)
        drag = lab.drag("beta", moves=10)
        released = lab.release()
        lab.page.reload()
        lab.ready()
        dark = contrasts(lab)

        assert min(white) >= 0.9
        assert max(paper(lab)) < 0.1
        assert drag.painted == drag.values
        assert released == []
        assert lab.disagreements() == []
        for found in (light, dark):
            assert {name: found[name] for name in found if found[name] < LEAST.get(name, 4.5)} == {}

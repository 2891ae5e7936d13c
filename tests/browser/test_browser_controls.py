"""Every slider also takes a typed value and the keyboard, and says what it is.

What the sliders do by themselves is seen on a page that holds nothing else; that the app hears them, on its own.
"""

import pytest
from lab import GROUP, LIVE

from bnsim.app.live import CODE, HTML, STYLE, code, item
from bnsim.experiments.transform import EXPERIMENT

CONTROLS = EXPERIMENT.params.controls()
NAMES = (*LIVE, "batch_size")
FIRST = dict(EXPERIMENT.params())
START = """([code, items]) => {
  new Function(code)();
  window.sent = [];
  const setStateValue = (_, values) => window.sent.push(values);
  window.bnsimLive({ data: { epoch: 1, items, live: [] }, parentElement: document.body, setStateValue });
}"""


APP = """() => {
  const status = document.querySelector("[role=status].bn-sr"), said = (window.bnsimSaid = []);
  new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
  document.body.insertAdjacentHTML("beforeend", `<div data-test-script-state="running"><p class="bna">One.</p></div>`);
}"""
ANSWERED = """() => {
  document.querySelector(".bna").textContent = "Two.";
  document.querySelector("[data-test-script-state]").dataset.testScriptState = "notRunning";
}"""


class Sliders:
    """The sliders on a page of their own, and what they would send to the server."""

    def __init__(self, page):
        self.page = page
        page.set_content(f"<style>{STYLE}{code('page.css')}</style>{HTML}")
        page.evaluate(START, [CODE, [item(CONTROLS[name], FIRST[name]) for name in NAMES]])

    def row(self, name, part):
        return self.page.locator(f".bn-row:has(#bnsim-{name}) {part}")

    def type(self, name, text):
        self.row(name, ".bn-typed").fill(text)
        self.row(name, ".bn-typed").press("Enter")

    def said(self, name):
        return self.row(name, ".bn-say").text_content()

    @property
    def sent(self):
        return self.page.evaluate("window.sent")


@pytest.fixture(scope="module")
def own_page(desk):
    page = desk.new_page()
    yield Sliders(page)
    page.close()


@pytest.fixture
def sliders(own_page):
    own_page.page.bring_to_front()
    return own_page


@pytest.fixture(scope="module")
def shown(visit):
    return visit.show().reveal(GROUP)


@pytest.fixture
def lab(shown):
    return shown.front()


class TestTyped:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("mean", "1.234", 1.234),
            ("mean", "1000", 1000.0),
            ("mean", "1,5", 1.5),
            ("mean", "−2.25", -2.25),
            ("mean", " -0.5 ", -0.5),
            ("mean", "0,135", 0.135),
            ("std", "0", 0.0),
            ("std", "1e-3", 0.001),
            ("std", "100000", 100000.0),
            ("std", "2.5", 2.5),
            ("gamma", "-7", -7.0),
            ("beta", "123456.789", 123456.789),
            ("x", "-1e9", -1e9),
            ("batch_size", "5", 5),
        ],
    )
    def test_is_sent_also_beyond_the_slider(self, sliders, name, text, value):
        before = len(sliders.sent)
        sliders.type(name, text)

        assert [message[name] for message in sliders.sent[before:]] == [value]
        assert float(sliders.row(name, ".bn-typed").input_value()) == value
        assert sliders.said(name) == ""

    @pytest.mark.parametrize(
        ("name", "text", "rule"),
        [
            ("mean", "abc", "be a number from -1000000 to 1000000; got 'abc'."),
            ("mean", "", "be a number from -1000000 to 1000000; got ''."),
            ("mean", "2000000", "be a number from -1000000 to 1000000; got '2000000'."),
            ("mean", "1,000", "be a number from -1000000 to 1000000; got '1,000'."),
            ("mean", "0x10", "be a number from -1000000 to 1000000; got '0x10'."),
            ("std", "-1", "be a number from 0 to 1000000; got '-1'."),
            ("gamma", "NaN", "be a number from -1000000 to 1000000; got 'NaN'."),
            ("beta", "Infinity", "be a number from -1000000 to 1000000; got 'Infinity'."),
            ("x", "<b>1</b>", "be a number from -1000000000 to 1000000000; got '<b>1</b>'."),
            ("batch_size", "2.5", "be a whole number from 1 to 1000000; got '2.5'."),
        ],
    )
    def test_is_refused_in_a_sentence_and_the_value_is_kept(self, sliders, name, text, rule):
        typed, thumb = sliders.row(name, ".bn-typed"), sliders.row(name, "[type=range]")
        before = typed.input_value(), thumb.input_value(), sliders.sent
        sliders.type(name, text)

        assert sliders.said(name) == f"{name} must {rule} Kept {before[0]}."
        assert (typed.input_value(), thumb.input_value(), sliders.sent) == before

    def test_the_sentence_goes_with_the_next_value(self, sliders):
        sliders.type("mean", "abc")
        assert sliders.said("mean") != ""
        sliders.type("mean", "2")

        assert sliders.said("mean") == ""

    @pytest.mark.parametrize(("name", "value"), [("mean", 1000.0), ("std", 0.001), ("batch_size", 5)])
    def test_is_heard_by_the_app(self, lab, name, value):
        lab.type(name, str(value))

        assert lab.until(lambda: float(lab.query[name]) == value)
        assert lab.disagreements() == []

    def test_that_is_refused_changes_nothing_in_the_app(self, lab):
        before, sent = lab.see(), lab.sent
        lab.type("x", "<b>1</b>")
        lab.page.wait_for_timeout(60)

        assert lab.see() == before
        assert lab.sent == sent


class TestKeyboard:
    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("Home", -5.0), ("ArrowRight", -4.95), ("ArrowUp", -4.9), ("PageUp", -3.9), ("ArrowLeft", -3.95),
            ("End", 5.0), ("ArrowDown", 4.95), ("PageDown", 3.95),
        ],
    )  # fmt: skip
    def test_moves_the_slider(self, sliders, key, value):
        before = len(sliders.sent)
        sliders.row("mean", "[type=range]").press(key)

        assert [message["mean"] for message in sliders.sent[before:]] == [pytest.approx(value, abs=1e-9)]

    @pytest.mark.parametrize("name", NAMES)
    def test_moves_every_slider_by_every_key(self, sliders, name):
        slider = sliders.row(name, "[type=range]")
        low, high, step = (float(slider.evaluate(f"each => each.{part}")) for part in ("min", "max", "step"))
        slider.press("Home")
        values = []
        for key in ("ArrowRight", "ArrowLeft", "PageUp", "PageDown", "End"):
            slider.press(key)
            values.append(float(slider.input_value()))

        assert values[:2] == [pytest.approx(low + step), low]
        assert values[2] > low + step
        assert values[3:] == [low, high]
        assert sliders.sent[-1][name] == high

    def test_is_heard_by_the_app_and_keeps_the_focus(self, lab):
        lab.slider("mean").press("Home")

        assert lab.until(lambda: lab.query["mean"] == "-5.0")
        assert lab.disagreements() == []
        assert lab.page.evaluate("document.activeElement.id") == "bnsim-mean"

    def test_reaches_every_slider_and_number_box_in_order(self, lab):
        lab.page.locator(".bn-help").first.focus()
        stops = []
        for _ in range(3 * len(LIVE)):
            stops.append(lab.page.evaluate("document.activeElement.id || document.activeElement.className"))
            lab.page.keyboard.press("Tab")

        assert stops == [stop for name in LIVE for stop in ("bn-help", "bn-typed", f"bnsim-{name}")]


class TestWhatItIs:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_slider_has_a_name_a_spoken_value_and_a_tooltip(self, sliders, name):
        control = CONTROLS[name].control
        slider = sliders.page.get_by_role("slider", name=f"{control.label} {control.symbol.replace('_', '')}")
        sliders.row(name, ".bn-help").hover()
        tip = sliders.row(name, ".bn-help").evaluate("e => getComputedStyle(e, '::after').content")

        assert slider.get_attribute("id") == f"bnsim-{name}"
        assert slider.get_attribute("aria-valuetext") == sliders.row(name, ".bn-typed").input_value()
        assert tip.strip('"') == control.help

    def test_the_app_gives_every_slider_its_tooltip(self, lab):
        lab.page.locator(".bn-row:has(#bnsim-gamma) .bn-help").hover()
        tip = lab.page.locator(".bn-row:has(#bnsim-gamma) .bn-help").evaluate(
            "e => getComputedStyle(e, '::after').content"
        )

        assert tip.strip('"') == CONTROLS["gamma"].control.help

    def test_a_drag_there_and_back_leaves_the_readouts_lit(self, lab):
        lab.press("gamma", 2 / 3)
        lab.pull("gamma", 2 / 3, 0.9, moves=5)
        assert lab.see()["dimmed"]
        lab.pull("gamma", 0.9, 2 / 3, moves=5)
        lab.page.mouse.move(900, 700)
        lab.page.mouse.move(*lab.where("gamma", 2 / 3))
        lab.page.mouse.move(lab.where("gamma", 2 / 3)[0], 760)
        lab.page.mouse.up()

        assert lab.disagreements() == []

    def test_the_batch_size_can_be_dragged_and_shows_as_many_members(self, lab):
        lab.press("batch_size", 0.0)
        lab.pull("batch_size", 0.0, 0.25, moves=8)

        assert lab.release() == []
        members = int(lab.query["batch_size"])
        assert 100 < members < 160
        ticks = lab.page.locator("svg.marks").first.locator(".mark-rule line[opacity='0.75']")
        assert lab.until(lambda: ticks.count() == 3 * members)


class TestAnswer:
    def test_is_said_once_the_server_has_given_it_and_not_before(self, sliders):
        sliders.page.evaluate(APP)
        sliders.page.wait_for_timeout(1500)  # twice as long as an answer has to rest before it is said
        sliders.page.evaluate(ANSWERED)
        sliders.page.wait_for_function("window.bnsimSaid.length", polling=100)

        assert sliders.page.evaluate("window.bnsimSaid") == ["Two."]

"""Every slider also takes a typed value and the keyboard, and says what it is."""

import pytest
from lab import GROUP

from bnsim.experiments.transform import EXPERIMENT

CONTROLS = EXPERIMENT.params.controls()


@pytest.fixture(scope="module")
def lab(module_tab):
    return module_tab().open().reveal(GROUP)


def said(lab, name):
    return lab.page.locator(f".bn-row:has(#bnsim-{name}) .bn-say").text_content()


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
    def test_is_taken_over_also_beyond_the_slider(self, lab, name, text, value):
        lab.type(name, text)

        assert lab.until(lambda: float(lab.query[name]) == value)
        assert lab.disagreements() == []
        assert said(lab, name) == ""

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
    def test_is_refused_in_a_sentence_and_the_value_is_kept(self, lab, name, text, rule):
        before, sent = lab.see(), lab.sent
        lab.type(name, text)
        lab.page.wait_for_timeout(60)

        assert said(lab, name) == f"{name} must {rule} Kept {before['typed'][name]}."
        assert lab.see() == before
        assert lab.sent == sent

    def test_the_sentence_goes_with_the_next_value(self, lab):
        lab.type("mean", "abc")
        assert said(lab, "mean") != ""
        lab.type("mean", "2")

        assert said(lab, "mean") == ""
        assert lab.until(lambda: lab.query["mean"] == "2.0")


class TestKeyboard:
    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("Home", -5.0), ("ArrowRight", -4.95), ("ArrowUp", -4.9), ("PageUp", -3.9), ("ArrowLeft", -3.95),
            ("End", 5.0), ("ArrowDown", 4.95), ("PageDown", 3.95),
        ],
    )  # fmt: skip
    def test_moves_the_slider_and_keeps_the_focus(self, lab, key, value):
        lab.slider("mean").focus()
        lab.page.keyboard.press(key)

        assert lab.until(lambda: float(lab.query["mean"]) == pytest.approx(value, abs=1e-9))
        assert lab.disagreements() == []
        assert lab.page.evaluate("document.activeElement.id") == "bnsim-mean"

    def test_reaches_every_slider_and_number_box_in_order(self, lab):
        lab.page.locator(".bn-help").first.focus()
        stops = []
        for _ in range(15):
            stops.append(lab.page.evaluate("document.activeElement.id || document.activeElement.className"))
            lab.page.keyboard.press("Tab")

        assert stops == [
            stop for name in ("mean", "std", "gamma", "beta", "x") for stop in ("bn-help", "bn-typed", f"bnsim-{name}")
        ]


class TestWhatItIs:
    @pytest.mark.parametrize("name", ["mean", "std", "gamma", "beta", "x", "batch_size"])
    def test_every_slider_has_a_name_a_spoken_value_and_a_tooltip(self, lab, name):
        control = CONTROLS[name].control
        slider = lab.page.get_by_role("slider", name=f"{control.label} {control.symbol.replace('_', '')}")
        question_mark = lab.page.locator(f".bn-row:has(#bnsim-{name}) .bn-help")
        question_mark.hover()
        tip = question_mark.evaluate("e => getComputedStyle(e, '::after').content")

        assert slider.get_attribute("id") == f"bnsim-{name}"
        assert slider.get_attribute("aria-valuetext") == lab.typed(name).input_value()
        assert tip.strip('"') == control.help

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

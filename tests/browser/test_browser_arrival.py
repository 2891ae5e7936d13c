"""Whatever arrives first or late, sliders and pictures end up together."""

import re

import pytest
from lab import LIVE, Lab
from playwright.sync_api import Page, Route, WebSocketRoute

LINK = "/transform?source=exact&mean=-1.5&std=1.25&gamma=2.0&beta=0.5&x=4.0&eps=0.001"
CHUNKS = {"the sliders": "**/BidiComponent*.js", "the charts": "**/ArrowVegaLiteChart*.js"}


class Held:
    """Requests that wait until they are let go."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.routes: list[Route] = []
        page.route(pattern, self.hold)

    def hold(self, route: Route) -> None:
        self.routes.append(route)

    def let_go(self) -> None:
        for route in self.routes:
            route.continue_()


class Gate:
    """A gate on the way from the server to the page: while it is shut, answers wait."""

    def __init__(self, page: Page) -> None:
        self.shut, self.waiting = False, list[tuple[WebSocketRoute, str | bytes]]()
        page.route_web_socket(re.compile("_stcore/stream"), self.connect)

    def connect(self, page_side: WebSocketRoute) -> None:
        def answer(message: str | bytes) -> None:
            if self.shut:
                self.waiting.append((page_side, message))
            else:
                page_side.send(message)

        page_side.connect_to_server().on_message(answer)

    def open(self) -> None:
        # While one is sent, the next may come: it must not overtake those that have waited longer.
        while self.waiting:
            page_side, message = self.waiting.pop(0)
            page_side.send(message)
        self.shut = False


@pytest.fixture(scope="module")
def gated_page(module_tab):
    lab = module_tab()
    gate = Gate(lab.page)
    return lab.open(LINK), gate


@pytest.fixture
def gated(gated_page, presets):
    lab, gate = gated_page
    lab.page.get_by_role("button", name=presets[0].title).click()
    lab.until(lambda: lab.result().params == presets[0].params)
    assert lab.disagreements() == []
    return lab, gate


def finished(gate: Gate, lab: Lab) -> bool:
    """Whether the server has answered while the gate was shut."""
    return lab.until(lambda: len(gate.waiting) > 1)


class TestFirstLoad:
    def test_charts_before_the_sliders_show_pythons_values_and_follow_afterwards(self, tab):
        lab = tab()
        held = Held(lab.page, CHUNKS["the sliders"])
        lab.open(LINK, wait=False)
        lab.page.locator("svg.marks").first.wait_for()

        assert lab.slider("x").count() == 0
        assert lab.disagreements() == []
        assert len(held.routes) == 1

        held.let_go()
        assert lab.ready().disagreements() == []
        assert lab.drag_and_release("gamma") == []

    def test_sliders_before_the_charts_can_be_used_and_the_charts_catch_up_with_the_thumb_in_hand(self, tab):
        lab = tab()
        held = Held(lab.page, CHUNKS["the charts"])
        lab.open(LINK, wait=False)
        lab.slider("x").wait_for()
        lab.until(lambda: held.routes and lab.query)
        lab.press("beta", 0.2)
        lab.page.mouse.up()

        assert lab.until(lambda: float(lab.query["beta"]) == float(lab.typed("beta").input_value()) != 0.5)
        assert lab.page.locator("svg.marks").count() == 0

        lab.press("x", 0.8)
        held.let_go()
        lab.page.locator("svg.marks").first.wait_for()
        assert lab.until(lambda: lab.see()["strip"].startswith(f"x̂ = ({lab.typed('x').input_value()} − (−1.50))"))
        assert lab.query["x"] == "4.0"
        lab.page.mouse.up()
        assert lab.ready().disagreements() == []
        assert lab.query["x"] != "4.0"
        assert lab.drag_and_release("gamma") == []


class TestRerunsInAnyOrder:
    def test_a_drag_while_the_answer_to_another_is_on_its_way(self, gated):
        lab, gate = gated
        gate.shut = True
        lab.drag("mean", moves=8)
        lab.page.mouse.up()
        assert finished(gate, lab)
        drag = lab.drag("std", moves=8)
        assert drag.followed, drag.values - drag.painted
        lab.page.mouse.up()
        wanted = {name: float(lab.typed(name).input_value()) for name in LIVE}
        gate.open()

        assert lab.until(lambda: {name: float(lab.query[name]) for name in LIVE} == wanted)
        assert lab.disagreements() == []

    def test_an_answer_in_the_middle_of_a_drag_leaves_the_thumb_alone(self, gated):
        lab, gate = gated
        gate.shut = True
        lab.drag("mean", moves=8)
        lab.page.mouse.up()
        assert finished(gate, lab)
        lab.press("std", 0.3)
        lab.pull("std", 0.3, 0.5, moves=6)
        before = lab.see()
        gate.open()
        lab.until(lambda: lab.query["mean"] != "3.0")
        lab.page.wait_for_timeout(200)
        after = lab.see()

        assert after["typed"] == before["typed"]
        assert after["strip"] == before["strip"]
        lab.pull("std", 0.5, 0.8, moves=6)
        assert lab.release() == []
        assert float(lab.query["std"]) == pytest.approx(2.4, abs=0.05)

    def test_a_preset_overrules_a_drag_that_was_released_before_it_arrived(self, gated, presets):
        lab, gate = gated
        gate.shut = True
        lab.page.get_by_role("button", name=presets[1].title).click()
        assert finished(gate, lab)
        lab.drag("mean", moves=8)
        lab.page.mouse.up()
        gate.open()

        assert lab.until(lambda: lab.query["mean"] == "2.3")
        assert lab.disagreements() == []
        assert lab.result().params == presets[1].params

    def test_a_preset_overrules_what_a_list_still_showed_when_a_slider_was_released(self, gated, presets):
        lab, gate = gated
        lab.choose("The batch", "A random sample")
        assert lab.until(lambda: lab.query["source"] == "sample")
        assert lab.disagreements() == []
        gate.shut = True
        lab.page.get_by_role("button", name=presets[1].title).click()
        assert finished(gate, lab)
        lab.drag("mean", moves=8)
        lab.page.mouse.up()
        lab.page.wait_for_timeout(300)
        gate.open()

        assert lab.until(lambda: lab.query["mean"] == "2.3")
        assert lab.disagreements() == []
        assert lab.result().params == presets[1].params

    def test_a_preset_that_arrives_in_the_middle_of_a_drag_sets_all_but_the_thumb_in_hand(self, gated, presets):
        lab, gate = gated
        gate.shut = True
        lab.page.get_by_role("button", name=presets[1].title).click()
        assert finished(gate, lab)
        lab.press("x", 0.3)
        lab.pull("x", 0.3, 0.5, moves=6)
        gate.open()
        assert lab.until(lambda: lab.query["mean"] == "2.3")
        lab.pull("x", 0.5, 0.9, moves=6)

        assert lab.release() == []
        assert lab.result().params == presets[1].params.replace(x=float(lab.query["x"]))
        assert float(lab.query["x"]) == pytest.approx(12, abs=0.2)

    def test_a_key_held_down_ends_where_the_thumb_is(self, gated):
        lab, _ = gated
        lab.slider("beta").focus()
        for _ in range(12):
            lab.page.keyboard.press("ArrowRight")

        assert lab.until(lambda: lab.query["beta"] == "0.6")
        assert lab.disagreements() == []

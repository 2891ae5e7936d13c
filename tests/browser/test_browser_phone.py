"""On a phone: the answer, the picture and two sliders at once, and the rest within reach of a finger."""

from itertools import pairwise

import pytest
from lab import PHONE
from sight import EXPERIMENTS, SIDEWAYS, WRAPPED, arrive

HEIGHT = PHONE["height"]
WIDTHS = (430, 390, 360)

WRONG = f"() => [...({SIDEWAYS})(), ...({WRAPPED})()]"

HIT = """(e) => {
  const box = e.getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === e;
}"""


@pytest.fixture(scope="module")
def phone(visit_by_hand):
    return visit_by_hand


class TestPhone:
    @pytest.mark.parametrize("slug", EXPERIMENTS)
    def test_shows_question_answer_picture_and_two_sliders_within_a_screen_and_a_half(self, phone, slug):
        arrive(phone, slug)
        for width in WIDTHS:
            phone.page.set_viewport_size({"width": width, "height": HEIGHT})
            assert phone.until(lambda: phone.page.evaluate(WRONG) == []), (width, phone.page.evaluate(WRONG))
            parts = [phone.page.locator(part) for part in (".bnq", ".bna", ".st-key-first-figure svg.marks")]
            assert [part.count() for part in parts] == [1, 1, 1]
            boxes = [part.bounding_box() for part in parts]
            assert all(above["y"] + above["height"] <= below["y"] + 1 for above, below in pairwise(boxes))
            assert boxes[-1]["y"] + boxes[-1]["height"] <= 1.5 * HEIGHT
            sliders = phone.page.locator(".bn-row input[type=range]").all()[:2]
            assert {slider.evaluate(HIT) for slider in sliders} == {True}

    @pytest.mark.parametrize("slug", ["norm-family", "train-eval"])
    def test_has_every_control_within_reach_of_a_finger(self, phone, slug):
        phone.page.set_viewport_size(PHONE)
        arrive(phone, slug)
        sheet = phone.page.get_by_test_id("stSidebar")
        controls = sheet.locator(".bn-row input[type=range], [role=combobox], summary").all()

        assert len(controls) > 3
        for control in controls:
            control.scroll_into_view_if_needed()
            box, frame = control.bounding_box(), sheet.bounding_box()
            assert box["y"] >= frame["y"]
            assert box["y"] + box["height"] <= HEIGHT + 1

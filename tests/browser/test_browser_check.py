"""The page "Check yours" in a browser: a file that is dropped, and a channel that is clicked."""

import io
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from bnsim.app.check.example import FAR_OFF


@pytest.fixture(scope="module")
def lab(visit):
    visit.grows = True  # what is in the files comes part by part
    return visit


class TestCheck:
    def test_a_channel_that_is_clicked_opens_in_the_transform_page(self, lab):
        lab.go("/check?example=1")
        points = lab.page.locator(".stVegaLiteChart").nth(2).locator(".mark-symbol path")
        assert lab.until(lambda: points.count() == 8)
        lab.settled()
        points.nth(FAR_OFF).click()
        link = lab.page.get_by_role("link", name=f"Open channel {FAR_OFF} in the transform page")
        link.wait_for()

        asked = parse_qs(urlsplit(link.get_attribute("href") or "").query)
        assert float(asked["mean"][0]) == pytest.approx(14.6, abs=0.5)
        link.click()
        lab.page.wait_for_url("**/transform?*")

    def test_a_channel_that_is_clicked_has_both_its_outputs_laid_over_each_other(self, lab):
        lab.go("/check?example=1")
        points = lab.page.locator(".stVegaLiteChart").first.locator(".mark-symbol path")
        assert lab.until(lambda: points.count() == 8)
        lab.settled()
        points.nth(5).click()

        assert lab.until(lambda: "Channel 5, 2,304 values." in lab.page.locator(".bn-sr").nth(1).inner_text())

    def test_a_file_that_is_dropped_is_read_and_stays_while_another_page_is_shown(self, lab):
        lab.go("/check")
        file = io.BytesIO()
        np.save(file, np.zeros((5, 2)))
        place = lab.page.locator("input[type=file]").first
        place.wait_for(state="attached")
        place.set_input_files({"name": "x.npy", "mimeType": "application/octet-stream", "buffer": file.getvalue()})

        lab.page.get_by_text("2 channels of 5 values each from 5 examples; there is something odd about 2").wait_for()
        lab.go("/translate")
        lab.page.locator(".bnt.f").wait_for()
        lab.go("/check")
        lab.page.get_by_text("2 channels of 5 values each").wait_for()
        lab.page.get_by_role("button", name="Another file").click()
        lab.page.get_by_text("No activations yet: load them above.").wait_for()

"""Varying a number on a page: asked for, seen, kept, compared, and back."""

from bnsim.app.varying.asked import TITLE
from bnsim.experiments import params_of
from bnsim.scenario import toml

PART = ".st-key-varying"


def sentences(lab):
    return lab.page.locator(f"{PART} .bnd").all_text_contents()


class TestASweep:
    def test_goes_from_the_page_to_a_file_to_compare_and_back(self, visit):
        lab = visit.show()
        page = lab.reveal(TITLE).page
        page.get_by_label("From", exact=True).fill("1")
        page.get_by_role("button", name="Vary", exact=True).click()
        said = ["“Normalized x̂” is smallest, 0.39999968, at μ_B = 5, and largest, 1.9999984, at μ_B = 1."]
        assert lab.until(lambda: sentences(lab) == said)
        assert lab.until(lambda: "sweep=mean%3A1%3A5%3A11" in page.url)
        assert lab.until(lambda: page.locator(f"{PART} svg.marks .mark-symbol path").count() >= 11)
        lab.settled()  # the picture makes room for itself: what is below is pressed when it stands

        with page.expect_download() as download:
            page.get_by_role("button", name="Save as a set (TOML)").click()
        found = toml.read(download.value.path().read_bytes(), params_of)
        assert (len(found.names), found.baseline) == (11, "mean-3")

        page.get_by_role("link", name="Compare these").click()
        page.get_by_role("combobox", name="Baseline").wait_for()
        assert lab.until(lambda: "baseline=mean-3" in page.url and not lab.see()["running"])

        page.go_back()
        assert lab.until(lambda: sentences(lab) == said)

    def test_a_grid_can_be_read_on_a_phone(self, visit_by_hand):
        page = visit_by_hand.go("/transform?sweep=std:0.001:10:9:log;gamma:0.5,1,2,-1&readout=output_std").page
        cells = page.locator(f"{PART} .bnz tbody td")
        cells.first.wait_for()

        assert cells.count() == 36
        assert cells.first.text_content() == "0.1508"
        # What is too wide moves within its own frame; the page does not.
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""A report: made on the page, opened from the disk without a network, and printed."""

import re

import pytest
from lab import SHARE

A4 = (210 / 25.4 * 72, 297 / 25.4 * 72)
BOX = re.compile(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]")


@pytest.fixture(scope="module")
def report(visit, tmp_path_factory):
    """Return the path of a report that was made on the page and saved."""
    lab = visit.go("/compare?set=worked-examples")
    lab.page.get_by_role("combobox", name="Scenarios").wait_for()
    lab.settled()
    lab.reveal(SHARE)
    lab.page.get_by_role("button", name="Make a report (HTML)").click()
    save = lab.page.get_by_role("button", name="Download report (HTML)")
    with lab.page.expect_download() as saved:
        save.click()
    path = tmp_path_factory.mktemp("report") / saved.value.suggested_filename
    saved.value.save_as(path)
    return path


@pytest.fixture(scope="module")
def offline(browser, report):
    """Open the report where there is no network; return the page, what it asked for and what it complained of."""
    context = browser.new_context(offline=True)
    page, asked, complaints = context.new_page(), list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report.as_uri())
    yield page, asked, complaints
    context.close()


class TestReport:
    def test_is_named_after_the_experiment(self, report):
        assert report.name == "transform-report.html"

    def test_asks_for_nothing_but_itself(self, report, offline):
        page, asked, complaints = offline

        assert page.get_by_role("heading", level=1).text_content() == "Two worked examples"
        assert asked == [report.as_uri()]
        assert complaints == []

    def test_shows_its_pictures_each_by_its_name(self, offline):
        pictures = offline[0].get_by_role("img")

        assert pictures.count() == 4  # of both, of each, and the code of the link
        for at in range(4):
            box = pictures.nth(at).bounding_box()
            assert box["width"] > 100
            assert box["height"] > 100

    def test_is_no_wider_than_a_telephone(self, offline):
        page, *_ = offline
        page.set_viewport_size({"width": 360, "height": 740})

        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    @pytest.mark.parametrize(("scheme", "paper", "ink"), [("light", 255, 27), ("dark", 20, 232)])
    def test_is_light_or_dark_as_its_reader_wishes(self, offline, scheme, paper, ink):
        page, *_ = offline
        page.emulate_media(color_scheme=scheme)
        drawn = page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
            getComputedStyle(document.querySelector("figure svg [fill=currentColor]")).fill]"""
        )

        assert [int(re.search(r"\d+", colour)[0]) for colour in drawn] == [paper, ink]

    def test_is_printed_on_a4(self, offline):
        pages = BOX.findall(offline[0].pdf(prefer_css_page_size=True))

        assert len(pages) >= 3
        for sides in pages:
            # Chromium counts a page in whole pixels, 96 an inch.
            assert [float(side) for side in sides] == pytest.approx(A4, abs=72 / 96)

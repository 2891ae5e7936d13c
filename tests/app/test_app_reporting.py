"""A report from the Compare page: asked for, made in the queue, kept for everybody, and saved."""

import time
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

import bnsim
from bnsim.app import reporting
from bnsim.app.panels import library
from bnsim.app.parts import OPEN
from bnsim.compare import Comparison, compare_scenarios
from bnsim.errors import DataError
from bnsim.exports.html import Report, html_report
from bnsim.exports.pictures import TOGETHER
from bnsim.work.queue import SHORT

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="#123456" d="M0,0h9"/></svg>'
MAKE = "Make a report (HTML)"


def comparison() -> None:
    from bnsim.app.pages.compare import compare_page

    compare_page()


@pytest.fixture
def drawn_here(monkeypatch) -> None:
    """Let nothing be drawn by another process."""
    monkeypatch.setattr(reporting, "apart", lambda _, specs: dict.fromkeys(specs, SVG))


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return compare_scenarios(bnsim.load("worked-examples"))


def labels(at: AppTest) -> list[str]:
    return [each.proto.label for kind in ("button", "download_button") for each in at.get(kind)]


@pytest.mark.usefixtures("drawn_here")
class TestPage:
    def test_a_report_is_made_when_it_is_asked_for_and_then_can_be_saved(self):
        at = AppTest.from_function(comparison, default_timeout=10)
        at.session_state[OPEN] = {"compare.keep": True}
        at.query_params["set"] = "identity-recovery"
        at.run()
        assert MAKE in labels(at)
        at.button(key="report.make").click().run()
        end = time.monotonic() + 20
        while SHORT.busy:
            assert time.monotonic() < end
            time.sleep(0.02)
        at.run()

        assert not at.exception
        assert "Download report (HTML)" in labels(at)
        assert MAKE not in labels(at)


class TestWork:
    def made(self, compared: Comparison) -> str:
        run = reporting.wanted(bnsim.load("worked-examples"), compared, library().of("transform"))
        return run.show(run.work.run(run.params)).page.decode()

    @pytest.mark.usefixtures("drawn_here")
    def test_is_the_report_of_what_is_compared(self, compared, monkeypatch):
        monkeypatch.setattr(reporting, "address_of_the_app", lambda: "https://example.org/lab")
        pictures = dict.fromkeys([TOGETHER, *compared.names], SVG)
        scenarios = bnsim.load("worked-examples")
        report = Report(scenarios, compared, date.today(), "https://example.org/lab", pictures, "worked-examples")

        assert self.made(compared) == html_report(report)

    def test_without_what_draws_it_has_no_pictures_and_says_so(self, compared, monkeypatch):
        monkeypatch.setattr(reporting, "can_draw", lambda: False)

        assert "This report has no pictures" in self.made(compared)

    def test_what_cannot_be_drawn_is_left_out(self, compared, monkeypatch):
        def refuse(*_: object) -> None:
            raise DataError("too long")

        monkeypatch.setattr(reporting, "apart", refuse)

        assert "This report has no pictures" in self.made(compared)

    @pytest.mark.usefixtures("drawn_here")
    def test_goes_on_with_every_picture(self, compared):
        done = [found.done for found in reporting.draw(compared, (TOGETHER, *compared.names))]

        assert done == pytest.approx([1 / 6, 1 / 3, 1 / 2, 1.0])

    def test_pictures_are_drawn_by_another_process(self, compared):
        *_, last = reporting.draw(compared, compared.names[:1])

        assert list(last.value) == [compared.names[0]]
        assert last.value[compared.names[0]].startswith("<svg")

    def test_two_who_ask_for_the_same_on_a_day_get_the_same(self, compared):
        first, second = (
            reporting.wanted(bnsim.load("worked-examples"), each, {})
            for each in (compared, compare_scenarios(bnsim.load("worked-examples")))
        )

        assert first == second
        assert hash(first) == hash(second)

"""Slow work in a browser: it grows, it stops and keeps what is done, and it waits its turn."""

import re

import pytest
from lab import DESKTOP, MORE

from bnsim.experiments import find

SLOW = "/transfer?steps=2000&seeds=4&width=200&seed={seed}"
QUICK = "/transfer?steps=20&seeds=1&width=16&samples=16&draws=1&seed={seed}"
PATIENCE = 60_000


class Bench:
    """A page of slow work in one tab."""

    def __init__(self, lab):
        self.lab, self.page = lab, lab.page
        lab.grows = True

    def open(self, link):
        """Open a link, coming from another page: what an earlier test has left on this one could be taken for it."""
        self.lab.go("/learn").page.locator(".st-key-texts").wait_for()
        self.lab.settled()
        self.lab.go(link)
        self.page.locator(".bnq", has_text=find("transfer").question).wait_for()
        self.lab.settled()
        return self

    def begin(self, link):
        """Open a link and begin the work; on a busy machine it is thought so long that it waits for Run."""
        self.open(link)
        run, progress = self.button("Run").and_(self.page.locator(":enabled")), self.page.get_by_test_id("stProgress")
        run.or_(progress).first.wait_for()
        if not progress.count():
            run.click()
        return self.says(r"\d+ % · .* left") and self

    def button(self, name):
        return self.page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)

    def says(self, pattern):
        self.page.get_by_text(re.compile(pattern)).first.wait_for(timeout=PATIENCE)
        return True

    def share(self):
        """How much is done, in percent, by the words of the progress bar."""
        text = self.page.get_by_test_id("stProgress").inner_text()
        return int(re.search(r"(\d+) %", text)[1])

    def readouts(self):
        return self.lab.see()["readouts"]

    def pictures(self):
        return self.page.locator("svg.marks, canvas.marks").count()


@pytest.fixture
def bench(visit):
    return lambda: Bench(visit)


@pytest.fixture
def other_bench(visit_by_hand):
    """Return another visitor's page, on a screen as wide, where the state of the work is in sight."""
    return lambda: Bench(visit_by_hand.at_screen(DESKTOP))


class TestRunAndStop:
    def test_it_grows_and_stop_keeps_what_is_done(self, bench):
        page = bench().begin(SLOW.format(seed=1))
        first = page.share()
        assert page.lab.until(lambda: page.share() > first)
        page.button("Stop").click()
        page.says(r"Stopped at \d+ %\. What was found by then is shown; Run begins anew\. About .* on this machine\.")
        page.says(r"So far \d of 4 pairs of networks|Not known yet: ")

        assert page.button("Run").is_enabled()
        assert page.page.get_by_test_id("stProgress").count() == 0
        assert page.lab.see()["crashed"] == []

    def test_run_ends_with_everything_there_also_for_another_tab(self, bench, other_bench):
        page = bench().open(QUICK.format(seed=2))
        page.says("Done. On one machine with one version of numpy the same settings always give the same numbers.")

        assert page.button("Run").is_disabled()
        page.lab.reveal(MORE)
        assert page.lab.until(lambda: page.pictures() == 4)
        assert "not known" not in page.readouts().values()
        other = other_bench().open(page.page.url.removeprefix(page.lab.base))
        other.says("Done. ")
        assert other.lab.until(lambda: other.readouts() == page.readouts())


class TestTheQueue:
    def test_can_be_left_says_who_comes_first_and_goes_on_by_itself(self, bench, other_bench):
        first = bench().begin(SLOW.format(seed=4))
        second = other_bench().open(QUICK.format(seed=5))
        second.says("Waiting: 1 run comes first. One run at a time, so that all can work.")
        second.button("Leave the queue").click()
        second.says("You left the queue.")
        second.button("Run").click()
        second.says("Waiting: 1 run comes first.")
        first.button("Stop").click()

        assert first.says("Stopped at")
        assert second.says("Done. ")


class TestSettings:
    def test_a_changed_setting_waits_for_run_and_a_scenario_does_not(self, bench):
        page = bench().open(QUICK.format(seed=8))
        page.says("Done. ")
        page.lab.choose("Change of the images", "Noise")
        page.says("Shown is what was found for change = 'contrast'. Press Run for what is set now.")
        assert page.lab.until(lambda: page.lab.query["change"] == "noise")
        assert page.lab.query["seed"] == "8"
        page.button("Run").click()
        page.says("Done. ")
        assert page.page.get_by_text("Shown is what was found").count() == 0
        page.page.get_by_role("button", name="Brightness + 0.5").click()
        assert page.lab.until(lambda: page.lab.query["change"] == "brightness")
        page.says("Done. ")

        assert page.lab.query["seed"] == "0"

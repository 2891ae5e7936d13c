"""A teacher's round: change a set, save it, reload, pass the link on, and lose nothing to a broken file."""

import pytest
from lab import KEEP, SHARE
from playwright.sync_api import Route
from sight import forget

import bnsim
from bnsim.scenario import set_link

BROKEN = b'schema = 1\nexperiment = "transform"\n[[scenario]]\nname = "a"\nparams = { stt = 1.0 }\n'
FINE = 'schema = 1\nexperiment = "transform"\n[[scenario]]\nname = "fine"\ntitle = "Fine"\n'
TITLE = "σ = 0.3, <i>mine</i>"
FULL = """() => {
  const own = Storage.prototype.setItem;
  Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError"); };
  window.bnsimRoom = () => { Storage.prototype.setItem = own; };
}"""
"""Lets the browser have no more room, and says how it has some again."""
SET = bnsim.load("identity-recovery")


@pytest.fixture(scope="module")
def lab(visit):
    """Return the visit; what it keeps is in the way of no other test."""
    yield visit
    forget(visit)


def keep(lab, name, text):
    """Let the browser keep a text as a scenario of this experiment."""
    lab.page.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"bnsim.saved/transform/{name}", text])


def kept(lab):
    """Return the names that the browser keeps of the scenarios of this experiment."""
    keys = lab.page.evaluate("Object.keys(localStorage)")
    return {key.rpartition("/")[2] for key in keys if key.startswith("bnsim.saved/transform/")} - {""}


def columns(lab):
    """Return the titles at the heads of the first table, without what is said of one besides, such as "baseline"."""
    heads = lab.page.locator(".bng").first.locator("thead th")
    titles = heads.evaluate_all("(all) => all.map((each) => each.firstChild?.textContent ?? '')")
    return sorted(" ".join(words.partition(" · ")[2].split()) for words in titles if " · " in words)


class TestTeacher:
    def test_a_set_is_changed_kept_over_a_reload_and_passed_on(self, lab, visit_by_hand):
        lab.show("?std=0.3").reveal(KEEP)
        page = lab.page
        page.get_by_label("Save what is set now, to compare").fill(TITLE)
        page.get_by_label("Save what is set now, to compare").press("Enter")
        page.get_by_text(f"Saved as “{TITLE}”.").wait_for()
        lab.settled()
        lab.go("/compare?set=identity-recovery").page.get_by_role("combobox", name="Scenarios").wait_for()
        lab.reveal(SHARE)
        page.get_by_role("button", name="Copy these to your saved scenarios").click()
        page.get_by_text(f"{len(SET.names)} scenarios of Transform added to yours.").wait_for()
        lab.choose("Scenarios", "My saved scenarios")
        titles = sorted([TITLE, *(each.title for each in SET.scenarios)])
        assert lab.until(lambda: columns(lab) == titles), columns(lab)
        assert lab.until(lambda: kept(lab) == {"sigma-0.3-i-mine-i", *SET.names}), kept(lab)

        page.locator("input[type=file]").set_input_files(
            {"name": "broken.toml", "mimeType": "application/toml", "buffer": BROKEN}
        )
        page.get_by_text("stt is not a parameter of this experiment. Did you mean std?").wait_for()
        assert columns(lab) == titles

        lab.choose("Baseline", SET.scenarios[1].title)
        assert lab.until(lambda: lab.query.get("baseline") == SET.names[1]), lab.query
        page.reload()
        assert lab.until(lambda: page.locator(".bng").count() and lab.chosen("Scenarios") == "My saved scenarios")
        assert columns(lab) == titles
        lab.reveal(SHARE)
        link = page.locator("[data-testid=stCode]", has_text="mine=").first.inner_text().replace("\n", "")
        page.get_by_text("Show as a QR code").click()
        assert page.locator("img.bn-qr").get_attribute("alt") == f"QR code of the link {link}"
        assert page.locator("img.bn-qr").evaluate("each => each.naturalWidth") > 0
        assert link.startswith(f"{lab.base}/compare?mine=1.")
        assert bnsim.load(link).names == ("sigma-0.3-i-mine-i", *SET.names)

        second = visit_by_hand.go(link.removeprefix(lab.base))  # another browser, which keeps nothing
        assert second.until(lambda: second.page.locator(".bng").count() and columns(second) == titles)
        assert second.chosen("Scenarios") == f"From a link: {SET.title}"
        assert second.query["mine"] == link.partition("mine=")[2]
        assert second.chosen("Baseline") == lab.chosen("Baseline") == SET.scenarios[1].title


class TestBrowser:
    def test_keeps_a_set_that_a_link_chooses_also_where_it_draws_the_choice_late(self, tab):
        lab, held = tab(), list[Route]()
        lab.page.goto(f"{lab.base}/_stcore/health")
        lab.page.evaluate("localStorage.clear()")  # of what another test has saved
        keep(lab, "fine", FINE)
        lab.page.route("**/Selectbox*.js", lambda route: held.append(route))
        lab.page.goto(f"{lab.base}/compare?set=My+saved+scenarios")
        assert lab.until(lambda: lab.page.locator(".bng").count() and columns(lab) == ["Fine"])
        # The page was drawn twice by now: without the set, which the browser keeps, and with it.
        lab.page.get_by_role("combobox", name="Scenarios").wait_for(state="detached")
        for each in held:
            each.continue_()
        assert held
        assert lab.until(lambda: lab.page.get_by_role("combobox", name="Scenarios").count())
        assert [lab.chosen("Scenarios"), lab.chosen("Baseline")] == ["My saved scenarios", "Fine"]

        lab.reveal(SHARE)  # all of the page, with what the browser says is chosen
        assert [lab.chosen("Scenarios"), columns(lab)] == ["My saved scenarios", ["Fine"]]
        forget(lab)

    def test_what_is_damaged_in_it_is_told_and_the_rest_is_there(self, lab):
        lab.go("/learn").page.locator(".st-key-texts").wait_for()
        lab.settled()
        lab.page.evaluate("localStorage.clear()")
        keep(lab, "fine", FINE)
        keep(lab, "bad", "<img src=x onerror='window.hit=1'>")
        lab.page.goto(f"{lab.base}/compare?set=My+saved+scenarios")
        assert lab.until(lambda: lab.page.locator(".bng").count() and columns(lab) == ["Fine"])
        lab.reveal(SHARE)
        lab.page.get_by_text("bad is damaged: it must be valid TOML").wait_for()

        lab.page.get_by_role("button", name="Forget all").click()
        lab.page.get_by_text("Your saved scenarios are forgotten, by this browser too.").wait_for()
        assert lab.until(lambda: kept(lab) == set())
        assert lab.page.evaluate("window.hit") is None

        lab.page.evaluate(FULL)
        lab.page.get_by_role("button", name="Undo: forget everything").click()
        lab.page.get_by_text("This browser has no room for “Fine”").wait_for()
        assert lab.until(lambda: columns(lab) == ["Fine"])
        lab.page.evaluate("window.bnsimRoom()")

    def test_the_link_of_a_set_that_was_cut_off_says_what_is_missing(self, lab):
        link = set_link.url(lab.base, SET)
        lab.go(link.removeprefix(lab.base)[: len(link) * 4 // 5])
        lab.page.get_by_text("the link is cut off; what comes after the cut is missing.").wait_for()

        assert lab.until(lambda: 0 < len(columns(lab)) < len(SET.names))

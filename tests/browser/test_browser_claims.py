"""The page of the claims: searching, opening one, running a slow check, and the way to its scenario."""

from urllib.parse import urlsplit

import pytest
from lab import DESKTOP, PHONE
from sight import at_rest

from bnsim.claims import read_ledger

LEDGER = {claim.id: claim for claim in read_ledger()}
BEYOND = "() => document.documentElement.scrollWidth - innerWidth"


def arrive(lab):
    lab.grows = True  # "See it" leads to pages of which nothing is there yet
    lab.go("/claims")
    lab.page.locator(".st-key-claims details").first.wait_for()
    lab.settled()
    return lab


@pytest.fixture(scope="module")
def lab(visit):
    return arrive(visit)


def shown(lab) -> list[str]:
    """Return the claims that the search leaves."""
    return [words.strip() for words in lab.page.locator(".st-key-claims details summary").all_inner_texts()]


def search(lab, words: str, count: int) -> None:
    box = lab.page.get_by_label("Search the claims")
    if box.input_value() != words:  # what is typed again asks for the page again, some moments later
        box.fill(words)
    assert lab.until(lambda: len(shown(lab)) == count), shown(lab)
    lab.settled()


class TestSearch:
    def test_leaves_what_has_the_words_while_they_are_typed(self, lab):
        assert lab.until(lambda: len(shown(lab)) == len(LEDGER))
        search(lab, "resnet epochs", 1)

        assert shown(lab)[0].endswith(LEDGER["fewer-epochs"].claim)
        assert lab.page.locator(".st-key-claims .bnh").all_inner_texts() == ["No support for the number (1)"]
        search(lab, "", len(LEDGER))


class TestOpening:
    def test_shows_the_number_its_band_and_what_would_refute_it(self, lab):
        search(lab, "1.200", 1)
        lab.reveal(LEDGER["worked-example"].claim)
        row = lab.page.locator(".st-key-claims tbody tr")

        assert lab.until(lambda: row.count() == 1)
        assert row.locator("td").all_inner_texts() == [
            "Output of x in eval mode (x = 6 with mean 3 and std 2.5)", "1.199999040001",
            "γ (x − μ_B) / √(σ_B² + ε) + β = 1.199999040001, within 1e−14", "holds",
            "A y that is not 1.2 less 9.6e-7.",
        ]  # fmt: skip

    def test_is_no_wider_than_a_phone(self, lab):
        search(lab, "1.200", 1)
        lab.reveal(LEDGER["worked-example"].claim)
        lab.page.set_viewport_size(PHONE)

        assert lab.until(lambda: lab.page.evaluate(BEYOND) <= 0)
        lab.page.set_viewport_size(DESKTOP)

    def test_leads_to_the_scenario(self, lab):
        search(lab, "1.200", 1)
        lab.reveal(LEDGER["worked-example"].claim)
        link = lab.page.get_by_role("link", name="See it:")
        link.click()

        assert lab.until(lambda: urlsplit(lab.page.url).path == "/transform")
        lab.ready()
        assert lab.query["mean"] == "3.0"

    def test_a_slow_check_is_run_on_demand(self, lab):
        arrive(lab)
        search(lab, "starting weights sensitive", 1)
        lab.reveal(LEDGER["init-sensitivity"].claim)
        values = lab.page.locator(".st-key-claims tbody td:nth-child(2)")
        assert lab.until(lambda: values.all_inner_texts() == ["not run yet"] * 4)
        at_rest(lab)
        lab.page.get_by_role("button", name="Run", exact=True).click()

        verdicts = lab.page.locator(".st-key-claims tbody td:nth-child(4)")
        place = lab.page.locator(".st-key-claims")
        assert lab.until(lambda: verdicts.all_inner_texts() == ["holds"] * 4), place.inner_text()
        assert lab.until(lambda: lab.page.get_by_role("button", name="Run", exact=True).count() == 0)


class TestLink:
    def test_of_a_text_opens_the_claim_and_back_returns(self, visit):
        lab = visit.go("/learn?page=questions")
        lab.grows = True
        lab.page.get_by_role("link", name="The claim and its checks").click()
        claim = LEDGER["running-averages"]
        lab.page.get_by_role("heading", name=claim.claim).wait_for()

        assert (urlsplit(lab.page.url).path, lab.query) == ("/claims", {"claim": claim.id})
        verdicts = lab.page.locator(".st-key-claim tbody td:nth-child(4)")
        assert lab.until(lambda: verdicts.all_inner_texts() == ["holds"] * len(claim.checks))

        lab.settled()
        lab.page.get_by_role("link", name="All claims").click()
        assert lab.until(lambda: (urlsplit(lab.page.url).path, lab.query) == ("/claims", {}))
        assert lab.until(lambda: len(shown(lab)) == len(LEDGER))
        lab.settled()
        lab.page.go_back()
        lab.page.get_by_role("heading", name=claim.claim).wait_for()
        lab.settled()
        lab.page.go_back()
        lab.page.get_by_role("link", name="The claim and its checks").wait_for()

"""The page of the claims: found by words, closed until opened, quick checks at once and slow ones on demand."""

import re
import time
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
from cases import together
from streamlit.proto.PageLink_pb2 import PageLink as PageLinkProto
from streamlit.testing.v1 import AppTest

from bnsim.app.address import as_step
from bnsim.app.pages import claims as page
from bnsim.app.panels import library
from bnsim.app.parts import OPEN
from bnsim.claims import Check, Claim, Verdict, read_ledger, wording
from bnsim.claims.checks import is_slow
from bnsim.experiments import params_of
from bnsim.learn.targets import Target, target_of
from bnsim.scenario.link import decode
from bnsim.work.queue import JOBS

SMALL = {"depth": 1, "width": 8, "steps": 4, "every": 2, "seeds": 1, "examples": 60, "batch": 30, "rate": 0.5}
LEDGER = {claim.id: claim for claim in read_ledger()}


def shown() -> None:
    import streamlit as st

    from bnsim.app.pages.claims import claims_page
    from bnsim.app.shell import pages

    st.session_state["bnsim.all"] = pages()
    st.navigation(list(st.session_state["bnsim.all"].values()), position="hidden")
    claims_page()


def start(**query: str) -> AppTest:
    at = AppTest.from_function(shown, default_timeout=20)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def as_said(label: str) -> str:
    return label.replace("\\", "").replace("\u2060", "")


def names(at: AppTest) -> list[str]:
    return [as_said(each.label) for each in at.expander]


def open_claim(at: AppTest, name: str) -> AppTest:
    at.session_state[OPEN] = {f"claims.{name}": True}
    at.run()
    assert not at.exception
    return at


def ways(at: AppTest) -> list[PageLinkProto]:
    return [each.proto for each in at.get("page_link")]


def markup(at: AppTest) -> str:
    return "".join(each.proto.body for each in at.get("html"))


def cells(at: AppTest) -> list[list[str]]:
    rows = re.findall("<tr>(<td>.*?)</tr>", markup(at))
    return [re.findall("<td>(.*?)</td>", row) for row in rows]


@pytest.fixture(scope="module")
def closed() -> AppTest:
    return start()


class TestClosed:
    def test_every_claim_stands_under_its_verdict(self, closed):
        headings = re.findall('<h2 class="bnh">(.*?)</h2>', markup(closed))
        order = [claim.claim for verdict in page.GROUPS for claim in read_ledger() if claim.verdict is verdict]

        assert headings == [
            "False (8)", "No support for the number (5)", "True with a caveat (27)", "True (21)",
        ]  # fmt: skip
        assert names(closed) == order
        assert set(page.GROUPS) == set(Verdict)

    def test_nothing_is_computed_or_sent_before_it_is_opened(self, closed, monkeypatch):
        monkeypatch.setattr(page, "run_check", lambda *given: pytest.fail("a check was run"))

        assert cells(start()) == []


class TestOpened:
    def test_says_verdict_statement_the_number_its_band_and_what_would_refute_it(self):
        at = open_claim(start(), "epsilon-default")
        claim = LEDGER["epsilon-default"]

        assert f'<b>Verdict:</b> true</p><p class="bnw"><b>What is true:</b> {claim.statement}</p>' in markup(at)
        assert cells(at)[-1] == [
            "Output, frozen statistics (Keras, statistics of the start)", "3.998001498751",
            "x / √(1 + 1e−3) = 3.998001498751, within 1e−13", "holds", "An output as another ε than 1e-3 gives it.",
        ]  # fmt: skip
        assert f"**Source:** {page.plain(claim.source)}" in [each.value for each in at.caption]

    def test_says_exactly_where_no_rounding_is_allowed_and_no_number_twice(self):
        at = open_claim(start(), "switch-to-eval")

        assert [cell[2] for cell in cells(at)] == [
            "exactly 0", "x̂ among the one less x̂ among the other = 1.999998194447, within 1e−14",
        ]  # fmt: skip

    def test_leads_to_the_scenario_that_shows_it(self):
        at = open_claim(start(), "epsilon-default")
        [way, _] = ways(at)
        params, reports = decode(params_of("transform"), dict(parse_qsl(way.query_string)))

        assert (way.page, reports) == ("transform", ())
        assert params == library().sets["epsilon"].baseline_scenario.params
        assert as_said(way.label) == "See it: When ε starts to matter"

    def test_without_a_check_says_why(self):
        at = open_claim(start(), "moving-target")

        assert "<p>No check. It is about the meaning of a word, so there is nothing to compute.</p>" in markup(at)
        assert cells(at) == []

    def test_a_check_that_fails_says_so(self, monkeypatch):
        monkeypatch.setitem(page.run_check.__globals__["FORMS"], "x / √(1 + 1e−3)", lambda given: 4.0)
        at = open_claim(start(), "epsilon-default")

        assert cells(at)[-1][3] == "FAILED: off by 2.0e-03"

    def test_texts_are_shown_as_text(self, monkeypatch):
        check = Check(
            params={"values": [1.0, 3.0], "x": 3.0}, experiment="engine", readout="member", of="<b>of</b>",
            expected="β", tolerance=9.0, reason="r", refuted="<i>r</i>",
        )  # fmt: skip
        claim = Claim(
            id="own", claim="**a** <b> $b$", verdict=Verdict.TRUE, statement="<script>s</script>",
            source="[c](d)", see="epsilon", checks=(check,),
        )  # fmt: skip
        monkeypatch.setattr(page, "read_ledger", lambda: (claim,))
        at = open_claim(start(), "own")

        assert at.expander[0].label == r"\*\*a\*\* \<b\> \$b\$"
        assert "&lt;script&gt;s&lt;/script&gt;" in markup(at)
        assert "<script>" not in markup(at)
        assert cells(at)[0][0] == "Output of x (&lt;b&gt;of&lt;/b&gt;)"
        assert cells(at)[0][4] == "&lt;i&gt;r&lt;/i&gt;"
        assert r"**Source:** \[c\]\(d\)" in [each.value for each in at.caption]


class TestLink:
    def test_of_a_claim_shows_it_first_and_open_and_not_again_below(self):
        at = start(claim="epsilon-default")
        headings = re.findall('<h2 class="bnh">(.*?)</h2>', markup(at))

        assert headings == [
            "ε is 1e-5.", "False (8)", "No support for the number (5)", "True with a caveat (27)", "True (20)",
        ]  # fmt: skip
        assert LEDGER["epsilon-default"].claim not in names(at)
        assert [cell[3] for cell in cells(at)] == ["holds"] * len(LEDGER["epsilon-default"].checks)

    def test_keeps_the_way_to_what_shows_it_and_leads_to_all(self):
        way, everything = ways(start(claim="epsilon-default"))

        assert (as_said(way.label), way.page) == ("See it: When ε starts to matter", "transform")
        assert (everything.label, everything.page) == ("All claims", "claims")
        assert dict(parse_qsl(everything.query_string)) == as_step({})

    def test_stands_in_the_address_and_with_every_claim_that_is_opened(self):
        assert start(claim="epsilon-default", x="6").query_params == {"claim": "epsilon-default"}

        _, link = ways(open_claim(start(), "epsilon-default"))
        assert (link.label, link.page) == ("A link to this claim", "claims")
        assert dict(parse_qsl(link.query_string)) == as_step({"claim": "epsilon-default"})

    def test_leaves_the_search_to_the_others(self):
        at = start(claim="epsilon-default")
        at.text_input(key="claims.search").set_value("resnet epochs").run()

        assert names(at) == [LEDGER["fewer-epochs"].claim]

    @together("claim", LEDGER)
    def test_leads_to_every_claim(self, claim):
        assert target_of(f"claim:{claim}") == Target("claims", {page.WHICH: claim})

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ("nowhere", "nowhere is not a claim here. These are all claims."),
            ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt; is not a claim here. These are all claims."),
            ("a" * 50, f"{'a' * 40} is not a claim here. These are all claims."),
        ],
    )
    def test_of_no_claim_is_told_and_all_are_there(self, asked, said):
        at = start(claim=asked)

        assert f'role="alert"><p>{said}</p>' in markup(at)
        assert len(names(at)) == len(LEDGER)


class TestSlow:
    @pytest.fixture
    def slow(self, monkeypatch):
        """Put one claim with a quick and a small slow check in the place of the ledger."""
        trained = Check(
            params={**SMALL, "seed": 61}, experiment="training", readout="train_accuracy_norm", of="a toy", reason="r",
            at_least=0.0, refuted="Nothing.",
        )  # fmt: skip
        quick = LEDGER["scale-and-shift"].checks[0]
        texts = dict.fromkeys(("claim", "statement", "source"), "of a test")
        claim = Claim(id="toy", verdict=Verdict.TRUE, see="epsilon", checks=(quick, trained), **texts)
        monkeypatch.setattr(page, "read_ledger", lambda: (claim,))
        return claim

    def test_is_run_when_somebody_asks_and_then_there_for_everybody(self, slow):
        at = open_claim(start(), "toy")
        assert cells(at)[0][3] == "holds"
        assert cells(at)[1] == ["Training accuracy (a toy)", "not run yet", "at least 0", "", "Nothing."]
        assert wording.WORDS["label.slow"] in [each.value for each in at.caption]

        next(each for each in at.button if each.label == "Run").click().run()
        end = time.monotonic() + 20
        while JOBS.busy:
            assert time.monotonic() < end
            time.sleep(0.02)
        for visitor in (at.run(), open_claim(start(), "toy")):
            assert re.fullmatch(r"[\d.]+", cells(visitor)[1][1])
            assert cells(visitor)[1][3] == "holds"
            assert [each.label for each in visitor.button] == []

    def test_says_what_run_would_leave_while_something_else_is_worked_on(self, slow, monkeypatch):
        elsewhere = SimpleNamespace(ended=None, wanted=())
        monkeypatch.setattr(page, "JOBS", SimpleNamespace(of=lambda visitor: elsewhere, find=lambda run: None))
        at = open_claim(start(), "toy")

        assert "Something else that you asked for is being worked on; Run here would leave it." in [
            each.value for each in at.caption
        ]

    def test_runs_of_a_ratio_are_both_asked_for_and_each_once(self):
        claim = LEDGER["start-of-gamma"]
        runs = page.slow_runs(claim)

        assert [run.params.gamma for run in runs] == [0.1, 1.0, 5.0, 5.0, 1.0, 0.0]
        assert len(set(runs)) == len(runs)
        assert all(is_slow(check) for check in claim.checks)


class TestSearch:
    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("resnet EPOCHS", {"fewer-epochs"}),
            ("moving-target", {"moving-target"}),
            ("samuelson", {"any-distance-from-the-mean"}),
            ("nowhere", set()),
        ],
    )
    def test_finds_the_claims_that_hold_every_word(self, words, found):
        assert {claim.id for claim in page.having(words, read_ledger())} == found

    def test_of_nothing_finds_all(self):
        assert page.having(" ", read_ledger()) == list(read_ledger())

    def test_of_a_verdict_finds_its_group(self):
        found = {claim.verdict for claim in page.having("unsupported", read_ledger())}

        assert found == {Verdict.UNSUPPORTED}

    def test_leaves_what_was_found_and_says_what_was_not(self):
        at = start()
        at.text_input(key="claims.search").set_value("resnet epochs").run()
        assert names(at) == [LEDGER["fewer-epochs"].claim]

        at.text_input(key="claims.search").set_value("<b>x</b>").run()
        assert names(at) == []
        assert (
            "<p>No claim has all of “&lt;b&gt;x&lt;/b&gt;” in its texts. Try one word of it, or an empty search.</p>"
        ) in markup(at)

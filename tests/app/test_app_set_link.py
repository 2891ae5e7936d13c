"""A link that carries a set: the Compare page makes it, shows it to whoever opens it, and keeps it on demand."""

import html
import re
from dataclasses import replace

import pytest
from grids import markup, tables
from streamlit.testing.v1 import AppTest

from bnsim.app.pages.compare import MINE
from bnsim.app.parts import OPEN
from bnsim.app.saved.linked import LINKED
from bnsim.experiments import params_of
from bnsim.experiments.transform.params import TransformParams
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.scenario.set_link import Linked, decode, encode, in_address
from bnsim.scenario.values import Values

HOSTILE = "<b>x</b> **y** $z$ :smile: =1+1"


def comparison() -> None:
    from bnsim.app.pages.compare import compare_page

    compare_page()


def scenario(name: str, title: str = "", note: str = "", **params: object) -> Scenario:
    return Scenario("transform", name, TransformParams.of(params), title, note)


def opened(*mine: Scenario, kept_open: bool = False, **query: str) -> AppTest:
    at = AppTest.from_function(comparison, default_timeout=10)
    at.session_state["bnsim.saved"] = {"transform": {each.name: each for each in mine}}
    at.session_state[OPEN] = {"compare.keep": kept_open}
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", markup(at), flags=re.DOTALL)).split())


def shared(at: AppTest) -> str:
    """Return what stands in the link that the page offers."""
    found = in_address(at.code[0].value)
    assert found is not None
    return found


SENT = ScenarioSet(
    "transform", HOSTILE, (scenario("one", HOSTILE, HOSTILE), scenario("two", std=0.1)), question="Why?", baseline="two"
)


class TestOpening:
    def test_shows_the_set_with_its_baseline_to_somebody_who_saved_nothing(self):
        at = opened(mine=encode(SENT))

        assert at.selectbox(key="compare.set").value == LINKED
        assert at.selectbox(key="compare.baseline").value == "two"
        assert list(tables(at)[0].columns) == ["A · two", f"B · {HOSTILE}"]
        assert "Why?" in words(at)
        assert decode(at.query_params["mine"], params_of) == Linked(SENT)
        assert "<b>x</b>" not in markup(at)

    def test_the_baseline_of_the_address_goes_before_that_of_the_set(self):
        assert opened(mine=encode(SENT), baseline="one").selectbox(key="compare.baseline").value == "one"

    def test_of_another_experiment_that_is_chosen(self):
        folding = ScenarioSet("folding", "F", (Scenario("folding", "a", params_of("folding")()),))
        at = opened(mine=encode(folding))

        assert at.selectbox(key="compare.experiment").value == "folding"
        assert at.selectbox(key="compare.set").value == LINKED

    def test_is_kept_by_a_click_and_is_then_ones_own(self):
        at = opened(mine=encode(replace(SENT, baseline=None)))
        at.button(key="compare.take_over").click().run()

        assert list(at.session_state["bnsim.saved"]["transform"].values()) == list(SENT.scenarios)
        assert at.session_state["bnsim.saved.texts"] == {"transform": (HOSTILE, "Why?", "")}
        assert at.selectbox(key="compare.set").value == MINE

    def test_beside_scenarios_of_ones_own_nothing_of_them_is_lost(self):
        at = opened(scenario("one", "Mine"), mine=encode(SENT))
        at.button(key="compare.take_over").click().run()

        assert [each.title for each in at.session_state["bnsim.saved"]["transform"].values()] == ["Mine", HOSTILE, ""]
        assert at.selectbox(key="compare.set").value == LINKED

    def test_a_damaged_one_says_which_scenario_and_which_parameter(self, monkeypatch):
        found = Linked(SENT, ('scenario 2 ("two"): std must be a number.',))
        monkeypatch.setattr("bnsim.scenario.set_link.decode", lambda text, params_of: found)
        at = opened(mine="1.x")

        assert 'Not all of the link could be read: scenario 2 ("two"): std must be a number.' in words(at)
        assert len(tables(at)[0].columns) == 2

    @pytest.mark.parametrize("text", ["", "1.", "2.abc", HOSTILE, "1." + "A" * 9000])
    def test_one_that_holds_nothing_is_told_and_the_page_is_as_ever(self, text):
        at = opened(mine=text)

        assert "Not all of the link could be read:" in words(at)
        assert "<b>x</b>" not in markup(at)
        assert at.selectbox(key="compare.set").value == "worked-examples"


class TestSending:
    def test_the_address_of_saved_scenarios_holds_them(self):
        mine = (scenario("one", HOSTILE), scenario("two", mean=1))
        at = opened(*mine, set=MINE)
        elsewhere = opened(mine=at.query_params["mine"], baseline=at.query_params["baseline"])

        assert "set" not in at.query_params
        assert elsewhere.selectbox(key="compare.set").value == LINKED
        assert list(tables(elsewhere)[0].columns) == list(tables(at)[0].columns)

    def test_whoever_opens_what_he_sent_sees_his_own(self):
        mine = (scenario("one", HOSTILE), scenario("two", mean=1))
        text = opened(*mine, set=MINE).query_params["mine"]

        assert opened(*mine, mine=text).selectbox(key="compare.set").value == MINE

    def test_the_link_that_is_offered_holds_the_chosen_baseline_too(self):
        at = opened(scenario("one"), scenario("two"), kept_open=True, set=MINE, baseline="two")
        found = decode(shared(at), params_of).scenarios

        assert found is not None
        assert (found.names, found.baseline) == (("one", "two"), "two")
        assert at.code[0].value.startswith("http://localhost")

    def test_what_has_no_room_is_not_in_the_address_and_the_file_is_offered(self):
        large = scenario("large", source="own", values=Values(range(5000)))
        at = opened(large, kept_open=True, set=MINE)

        assert at.query_params["set"] == MINE
        assert "mine" not in at.query_params
        assert len(at.code) == 0
        assert (
            "a link must leave out your own numbers, and large has too many to do without. Share the file instead."
            in words(at)
        )

    def test_its_code_is_a_picture_with_the_link_in_words(self):
        at = opened(scenario("one"), kept_open=True, set=MINE)
        at.toggle(key="compare.qr").set_value(True).run()

        alt = f"QR code of the link {at.code[0].value}"
        assert f'<img class="bn-qr" alt="{html.escape(alt)}" src="data:image/svg+xml;base64,' in markup(at)

    def test_a_link_too_long_for_a_code_says_so(self):
        notes = ["".join(chr(0x4E00 + (at * 7919 + place * 104_729) % 20_000) for place in range(600)) for at in (1, 2)]
        at = opened(*(scenario(f"s{at}", note=note) for at, note in enumerate(notes)), kept_open=True, set=MINE)
        at.toggle(key="compare.qr").set_value(True).run()
        size = len(at.code[0].value)

        assert 2953 < size < 4100
        assert f"a QR code must hold at most 2953 bytes; this link has {size}. Send the link itself." in words(at)


class TestShippedSet:
    def test_has_a_short_link_as_everybody_has_it(self):
        at = opened(set="identity-recovery", kept_open=True)

        assert [each.value.rpartition("/")[2] for each in at.code] == [
            "compare?set=identity-recovery&baseline=std-2.5-gamma-root"
        ]

"""The texts as pages: the list, every text, its living numbers, its links, and the glossary."""

import html
import json
import re
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from bnsim.app import address
from bnsim.app.reading import Reading, symbols
from bnsim.charts.theme import STAGE_COLOURS
from bnsim.experiment import Result
from bnsim.experiments import all_experiments, find
from bnsim.learn import all_pages, glossary
from bnsim.learn.filling import filled
from bnsim.learn.markup import targets_in
from bnsim.learn.reader import read

PAGES = all_pages()


def app() -> None:
    import streamlit as st

    from bnsim.app.pages.learn import learn_page
    from bnsim.app.shell import pages

    st.session_state["bnsim.all"] = pages()
    here = st.Page(learn_page, title="Explanations", url_path="learn", default=True)
    st.session_state["bnsim.all"]["learn"] = here
    others = [page for name, page in st.session_state["bnsim.all"].items() if name not in ("home", "learn")]
    st.navigation([here, *others]).run()


def start(**query: str) -> AppTest:
    at = AppTest.from_function(app, default_timeout=20)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def markup(at: AppTest) -> str:
    return "".join(found.proto.body for found in at.get("html"))


def words(found: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", found))


def reading(name: str, **changes) -> Reading:
    page = PAGES[name]
    if page.scenario is None:
        return Reading(page, None, filled(page, None))
    experiment = find(page.scenario.experiment)
    return Reading(page, experiment, filled(page, Result(experiment, page.scenario.params.replace(**changes))))


class TestList:
    def test_has_every_text_and_the_glossary(self):
        at = start()
        queries = [dict(parse_qsl(found.proto.query_string)) for found in at.get("page_link")]

        assert queries == [address.as_step({"page": name}) for name in [*PAGES, "glossary"]]

    def test_says_that_an_address_is_no_text(self):
        at = start(page="<b>nowhere</b>")

        assert re.findall(r'role="alert"><p>(.*?)</p>', markup(at)) == [
            "&lt;b&gt;nowhere&lt;/b&gt; is not a text here; these are all of them."
        ]


@pytest.mark.parametrize("name", PAGES)
class TestEveryText:
    def test_is_drawn_with_its_title_and_its_picture(self, name):
        at, page = start(page=name), PAGES[name]

        assert re.findall("<h1[^>]*>(.*?)</h1>", markup(at)) == [page.title]
        assert len(at.get("vega_lite_chart")) == (page.scenario is not None)

    def test_has_headings_in_order_and_a_name_for_every_field(self, name):
        found = reading(name).markup()
        levels = [1, *map(int, re.findall(r"<h(\d)", found))]

        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert all('aria-label="' in field for field in re.findall("<input[^>]*>", found))

    def test_has_its_links_in_order(self, name):
        found = reading(name)
        places = re.findall(r'<a href="([^"]*)" data-go="(\d+)"', found.markup())

        assert [int(place) for _, place in places] == list(range(len(list(targets_in(PAGES[name].text)))))
        assert [address.split("?")[0] for address, _ in places] == [target.page for target in found.targets]

    def test_can_be_read_without_scripts(self, name):
        found = reading(name).markup()

        assert "{" not in words(re.sub("<pre.*?</pre>", "", found, flags=re.DOTALL))
        assert "<script" not in found
        assert all(re.search(r'value="[^"]+"', field) for field in re.findall("<input[^>]*>", found))


class TestNumbers:
    def test_follow_the_thumb_where_the_experiment_says_how(self):
        found = reading("what-it-does").markup()

        assert '<b data-name="x_hat" data-live="x_hat" data-form="" data-digits="13">1.1999990</b>' in found
        assert '<b data-name="identity_gamma" data-form="">2.5000020</b>' in found
        assert "<b>0.9535</b>" in found  # of another scenario

    def test_that_can_be_changed_are_fields(self):
        [found] = re.findall('<input[^>]*data-set="std"[^>]*>', reading("what-it-does").markup())

        assert 'aria-label="Batch std σ_B"' in found
        assert 'role="spinbutton"' in found
        assert 'value="2.5"' in found

    def test_are_sent_anew_after_a_release_and_kept_in_the_address(self):
        at = start(page="what-it-does")
        state = at.session_state["bnsim.texts"]["what-it-does"]
        state.hear({"epoch": state.epoch, "std": 0.01})
        at.run()

        drawn = [json.loads(found.proto.json) for found in at.get("bidi_component")]
        [sent] = [each for each in drawn if "numbers" in each]
        assert sent["numbers"] == dict(reading("what-it-does", std=0.01).said)
        assert sent["numbers"]["normalized_std:"] == "0.9535"
        assert sent["values"]["std"] == 0.01
        assert at.query_params["std"] == "0.01"
        assert "mean" not in at.query_params

    def test_come_from_a_link(self):
        at = start(page="what-it-does", std="0.01", gamma="much")

        assert at.session_state["bnsim.texts"]["what-it-does"].params == PAGES["what-it-does"].scenario.params.replace(
            std=0.01, gamma=1.0
        )
        assert re.findall(r'role="alert"><p>(.*?)</p>', markup(at)) == [
            "gamma must be a number from -1000000 to 1000000; got &#x27;much&#x27;."
        ]
        assert "0.9535" in markup(at)

    def test_leave_the_experiments_own_page_alone(self):
        assert "bnsim.pages" not in start(page="what-it-does").session_state


class TestSymbols:
    def test_say_what_they_are(self):
        assert symbols("a γ < b") == (
            f'a <abbr title="{html.escape(glossary().terms["gamma"].line)}" data-stage="output">γ</abbr> &lt; b'
        )

    def test_light_the_marks_of_their_stage(self):
        from bnsim.app.live import code

        style = code("living.css")
        for stage, colour in STAGE_COLOURS.items():
            assert re.search(rf'data-stage={stage}\]:hover\) svg\.marks [^{{]*:not\(\[fill="{colour}"\]', style)


class TestMarkup:
    HOSTILE = "<b>&\"'</b>"

    def test_is_escaped(self):
        head = 'title = "A"\norder = 1\nsummary = "B"\n[quoted]\n"7" = "<i>"\n'
        text = (
            f"## {self.HOSTILE} 7\n\n[{self.HOSTILE}](experiment:depth)\n\n- {self.HOSTILE}\n\n```\n{self.HOSTILE}\n```"
        )
        page = read("a-text", f"+++\n{head}+++\n{text}\n")
        found = Reading(page, None, {}).markup()

        assert found.count(html.escape(self.HOSTILE)) == 4
        assert "<b>" not in found
        assert "<i>" not in found


class TestGlossary:
    def test_has_every_entry(self):
        found = markup(start(page="glossary"))
        entries = [*glossary().terms.values(), *(each for shown in glossary().shown.values() for each in shown)]

        assert found.count("<dt>") == len(entries)
        assert [each.title for each in entries if html.escape(each.title) not in found] == []
        assert [each.symbol for each in entries if html.escape(each.symbol) not in found] == []

    def test_says_first_what_is_asked_for(self):
        at = start(page="glossary", term="probe")

        assert f'<p class="bnd">{glossary().terms["probe"].line}</p>' in markup(at)
        assert dict(at.query_params) == {"page": "glossary", "term": "probe"}

    def test_keeps_what_the_experiments_show_closed_until_it_is_asked_for(self):
        found = markup(start(page="glossary"))

        assert len(re.findall("<details><summary><h2", found)) == len(glossary().shown)
        assert found.partition("<details>")[0].count("<dt>") == len(glossary().terms)

    def test_has_headings_for_every_experiment(self):
        found = re.findall("<h2[^>]*>(.*?)</h2>", markup(start(page="glossary")))

        assert [words(each) for each in found] == ["Terms", *(each.title for each in all_experiments().values())]

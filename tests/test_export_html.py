"""A report: one HTML file that needs nothing else, in which every text is a text."""

import re
from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bnsim
from bnsim.compare import compare_scenarios
from bnsim.compare.summary import summary
from bnsim.experiments import all_experiments, find
from bnsim.exports.asked import Export
from bnsim.exports.code import code_of
from bnsim.exports.drawing import drawn
from bnsim.exports.files import known_as, write_files
from bnsim.exports.html import Report, html_report
from bnsim.exports.html import report as whole
from bnsim.exports.html.sections import address_of, compared_set
from bnsim.exports.pictures import TOGETHER, overlay_spec, specs_of, standing_out
from bnsim.exports.svg import fitted
from bnsim.scenario.scenario import NOT_IN_A_NOTE, Scenario, ScenarioSet

DAY = date(2026, 3, 14)
APP = "https://example.org"
ODD = "<script>alert(1)</script> <img src=x onerror=alert(1)> & \"quoted\" 'single' =1+1 javascript:alert(1) \u202eabc"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
VOID = {"meta", "br"}


class Page(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def reported(scenarios: ScenarioSet, **more: object) -> Report:
    """Return the report of scenarios that take no time, without pictures."""
    return Report(scenarios, compare_scenarios(scenarios), DAY, APP, **more)


@pytest.fixture(scope="module")
def report() -> Report:
    scenarios = bnsim.load("worked-examples")
    found = reported(scenarios)
    return replace(found, drawn=dict(drawn(specs_of(found.comparison))), name="worked-examples")


@pytest.fixture(scope="module")
def page(report) -> Page:
    return Page(html_report(report))


class TestReport:
    def test_holds_the_question_and_what_differs_most(self, report, page):
        assert report.scenarios.question in page.text
        assert summary(report.comparison) in page.text

    def test_holds_the_answer_the_notes_and_every_number_of_each_scenario(self, report, page):
        for result in report.comparison.results.values():
            said = [result.answer, *result.notes]
            said += [item.term.written(item.best) for item in result.readout_list]
            said += [item.statement for item in result.readout_list]
            assert [words for words in said if words not in page.text] == []

    def test_has_a_picture_of_all_and_one_of_each_with_words_for_those_who_do_not_see_it(self, report, page):
        pictures = [each for each in page.all("svg") if each.get("role") == "img"]

        assert len(pictures) == 1 + len(report.comparison.names) + len(["the QR code"])
        assert pictures[0]["aria-label"] == "Output: 2 scenarios over each other."
        first = report.comparison.results[report.comparison.baseline].first_figure
        assert pictures[1]["aria-label"] == f"{first.alt} {first.description}"

    def test_its_headings_go_down_one_at_a_time(self, page):
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]

        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    def test_names_no_place_that_a_browser_would_fetch_from(self, report, page):
        asked = [each for _, attributes in page.elements for each in attributes if each in ("src", "srcset", "poster")]

        assert asked == []
        assert page.all("script", "link", "iframe", "object", "embed", "image", "use", "base", "form") == []
        assert "url(" not in whole.style()
        assert "@import" not in whole.style()

    def test_parts_of_its_pictures_have_names_of_their_own(self, page):
        names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]

        assert len(set(names)) == len(names) > 2

    def test_every_table_has_a_head_that_is_printed_again(self, page):
        assert len(page.all("table")) == len(page.all("thead")) == 2 + 1 + len(bnsim.load("worked-examples").names)

    def test_says_when_and_by_what_it_was_made(self, page):
        assert re.search(
            r"Made on 2026-03-14 with bnsim [\d.]+, numpy [\d.]+, altair [\d.]+, Python [\d.]+\.", page.text
        )

    def test_leads_to_the_set_by_its_name_and_to_each_scenario(self, report, page):
        links = [each["href"] for each in page.all("a")]

        assert links[-1] == "https://example.org/compare?set=worked-examples&baseline=mean-3-std-2.5"
        assert [each.partition("?")[0] for each in links[:-1]] == ["https://example.org/transform"] * 2

    def test_has_the_code_of_the_link(self, page):
        assert [each["class"] for each in page.all("div") if each.get("class") == "bn-qr"] == ["bn-qr"]
        assert page.all("svg")[-1]["aria-label"] == "QR code of the link to these scenarios"

    def test_a_set_that_the_app_does_not_know_leads_there_whole(self, report):
        mine = replace(report, name="")

        assert address_of(mine, compared_set(mine)).startswith("https://example.org/compare?mine=1.")

    def test_says_and_colours_which_difference_is_the_better_one(self):
        small, middle, large = (
            Scenario("batch-size", f"n-{count}", find("batch-size").params(batch_size=count)) for count in (2, 8, 32)
        )
        found = Page(html_report(reported(ScenarioSet("batch-size", "", (middle, small, large)))))
        judged = [each["class"] for each in found.all("small") if each.get("class")]

        assert set(judged) == {"better", "worse"}
        assert found.text.count("✗ worse") >= judged.count("worse")

    def test_of_one_scenario_compares_nothing(self):
        epsilon = bnsim.load("epsilon")
        found = Page(html_report(reported(replace(epsilon, scenarios=epsilon.scenarios[:1]))))

        assert "What differs most" not in found.text
        assert "Less the baseline" not in found.text
        assert "What came out" not in found.text

    def test_without_pictures_it_says_what_would_draw_them(self):
        assert (
            'This report has no pictures: whoever made it had nothing to draw them with. Run: pip install "bnsim[png]".'
            in Page(html_report(reported(bnsim.load("worked-examples")))).text
        )

    def test_of_every_experiment_that_takes_no_time_is_well_formed(self):
        for slug, experiment in all_experiments().items():
            if experiment.work is None:
                alone = ScenarioSet(slug, "", (Scenario(slug, "a", experiment.params()),))
                assert Page(html_report(reported(alone))).open == []

    def test_has_the_programs_of_the_baseline_as_text(self, report, page):
        name = report.comparison.baseline
        params = report.comparison.results[name].params
        programs = code_of("transform", params, title=report.titles[name], base=APP)

        assert [each for each, text in programs.items() if text not in page.text] == []


@pytest.fixture(scope="module")
def fifty() -> ScenarioSet:
    params = find("folding").params()
    every = [Scenario("folding", f"s{at}", params.replace(seed=at), note="n" * 2000) for at in range(50)]
    return ScenarioSet("folding", "Fifty", tuple(every))


class TestSize:
    def test_of_fifty_scenarios_is_at_most_three_megabytes(self, fifty):
        # The largest pictures there are: drawn once, they stand for all.
        found = reported(fifty)
        picture = next(drawn({"a": specs_of(found.comparison)["s0"]}))[1]
        pictures = dict.fromkeys([TOGETHER, *fifty.names], picture)

        assert len(html_report(replace(found, drawn=pictures)).encode()) < 3e6
        assert len(replace(found, drawn=pictures).pictures) == 51

    def test_of_many_few_lines_stand_out(self, fifty):
        found = reported(fifty)
        loud = standing_out(found.comparison)
        curves = overlay_spec(found.comparison)["datasets"]["curves"]

        assert len(loud) <= 2
        assert loud[0] == found.comparison.baseline
        assert len({row["scenario"] for row in curves if not row["quiet"]}) == len(loud)
        pictures = {TOGETHER: SVG.format("")}
        assert f"The other {50 - len(loud)} are thin and grey." in html_report(replace(found, drawn=pictures))

    def test_pictures_that_have_no_room_are_left_out_and_missed(self, report, monkeypatch):
        monkeypatch.setattr(whole, "MOST_DRAWN", sum(map(len, list(report.pictures.values())[:2])))
        short = replace(report)

        assert list(short.pictures) == [TOGETHER, report.comparison.baseline]
        assert "Scenarios with a picture here: 1. More pictures have no room in one file." in html_report(short)


def markup_of(found: Page) -> list[tuple[str, frozenset[str]]]:
    """Return the elements of a page with the names of their attributes."""
    return [(tag, frozenset(attributes)) for tag, attributes in found.elements if tag != "br"]


@cache
def worked_examples() -> Report:
    return reported(bnsim.load("worked-examples"))


def with_texts(title: str, note: str) -> Report:
    """Return a report in which every text of a user is one of these two."""
    report = worked_examples()
    given = report.scenarios
    every = tuple(replace(each, title=title, note=note) for each in given.scenarios)
    mine = replace(given, title=title, question=note, look_for=note, scenarios=every)
    return replace(
        report, scenarios=mine, comparison=compare_scenarios(mine, results=report.comparison.results.values())
    )


@cache
def plain_markup(lines: int) -> list[tuple[str, frozenset[str]]]:
    """Return the markup of a report whose notes are plain words, in so many lines."""
    return markup_of(Page(html_report(with_texts("t", "\n".join(["n"] * lines)))))


class TestTextsOfUsers:
    def test_markup_formulas_and_addresses_stay_text(self):
        found = Page(html_report(with_texts(ODD, ODD)))

        assert found.all("script", "img") == []
        assert {name for _, attributes in found.elements for name in attributes if name.startswith("on")} == set()
        assert {each["href"].partition(":")[0] for each in found.all("a")} == {"https"}
        assert found.text.count(ODD) >= 6

    def test_a_direction_of_writing_ends_with_its_text(self):
        text = html_report(with_texts("\u202eabc", "\u202edef"))

        assert text.count("\u202e") > 8
        outside = re.sub(r"<bdi>.*?</bdi>|<title>.*?</title>|<pre.*?</pre>|<svg.*?</svg>", "", text, flags=re.DOTALL)
        assert "\u202e" not in outside

    @given(
        title=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=40),
        note=st.text(max_size=80).map(lambda text: NOT_IN_A_NOTE.sub("", text)),
    )
    @settings(max_examples=15)
    def test_none_makes_other_markup_than_plain_words(self, title, note):
        mine = with_texts(f"t{title}", f"n{note}")

        assert markup_of(Page(html_report(mine))) == plain_markup(len(f"n{note}".strip().splitlines()))

    def test_a_picture_holds_every_character_of_a_title_that_it_can(self):
        found = with_texts("\ufffe<b>&amp; \U0001f600", "")
        svg = dict(drawn({TOGETHER: overlay_spec(found.comparison)}))[TOGETHER]

        assert "<b>&amp; \U0001f600" in "".join(ElementTree.fromstring(fitted(svg, "p", "")).itertext())


class TestFitted:
    def test_what_could_act_is_left_out(self):
        svg = SVG.format('<script>1</script><a><path fill="red" d=""/></a><image/><g onclick="1" style="x"/><use/>')

        assert fitted(svg, "p", "a") == SVG.replace(">{}<", ' role="img" aria-label="a"><g /><').format()

    def test_numbers_are_short_and_ink_is_that_of_the_page(self):
        svg = SVG.format('<path fill="#000" stroke="black" d="M0.123456,-0.0001L12.50000001e0,3"/>')

        assert '<path fill="currentColor" stroke="currentColor" d="M0.12,0L12.5' in fitted(svg, "p", "a")

    def test_what_is_invisible_is_left_out(self):
        svg = SVG.format(
            '<path d="M0,0h9"/><line stroke="red" opacity="0"/><rect display="none"/><path fill="red" d="M1"/>'
        )

        assert fitted(svg, "p", "a").count("<path") == 1
        assert "<line" not in fitted(svg, "p", "a")
        assert "<rect" not in fitted(svg, "p", "a")

    def test_parts_are_found_under_their_new_names(self):
        svg = SVG.format('<defs><clipPath id="c"><rect/></clipPath></defs><g clip-path="url(#c)"/>')

        assert '<clipPath id="p-0">' in fitted(svg, "p", "a")
        assert 'clip-path="url(#p-0)"' in fitted(svg, "p", "a")


class TestCoursePage:
    def test_has_answers_links_and_pictures_that_are_beside_it(self, tmp_path):
        asked = Export(bnsim.load("worked-examples"), "mine", APP)
        text, *pictures = write_files(asked, "md", tmp_path)
        words = text.read_text("utf-8")

        assert [path.name for path in pictures] == re.findall(r"!\[.*?\]\((.*?)\)", words)
        assert all(ElementTree.parse(path).getroot().tag.endswith("svg") for path in pictures)
        assert words.count("[Open it in the app](<https://example.org/transform?source=exact&mean=") == 2
        assert "The largest difference, for its size" in words


class TestName:
    def test_a_shipped_set_is_known_and_a_changed_one_is_not(self):
        scenarios = bnsim.load("epsilon")

        assert known_as(scenarios) == "epsilon"
        assert known_as(replace(scenarios, title="Mine")) == ""

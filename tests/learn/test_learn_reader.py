"""The texts: each is complete, asks for numbers that there are, and vouches for the others."""

import re
from importlib.resources import files
from itertools import pairwise

import pytest
from cases import together

import bnsim
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.learn import LearnError, all_pages
from bnsim.learn.filling import filled
from bnsim.learn.markup import Number, prose_of, targets_in
from bnsim.learn.reader import read
from bnsim.learn.targets import Target, TargetError, target_of
from bnsim.scenario.link import decode

HEAD = 'title = "A"\norder = 1\nsummary = "B"\n'
OWN = 'scenario = { experiment = "transform", params = { std = 0.5 } }\n'
PAGES = all_pages()


def written(body="Words.", head=HEAD + OWN):
    return f"+++\n{head}+++\n{body}\n"


def refusal(text):
    with pytest.raises(LearnError) as error:
        read("a-text", text)
    return str(error.value)


class TestReader:
    def test_reads_what_a_text_is_and_says(self):
        page = read("a-text", written("With {=std} it is {normalized_std}."))

        assert (page.name, page.title, page.order, page.summary) == ("a-text", "A", 1, "B")
        assert page.scenario.params == find("transform").params(std=0.5)
        assert page.numbers == (Number("std", change=True), Number("normalized_std"))
        assert page.changeable == ("std",)

    def test_takes_a_scenario_of_a_set(self):
        own = 'scenario = { set = "worked-examples", name = "mean-2.3-std-1.8" }\n'

        assert read("a-text", written(head=HEAD + own)).scenario.params.mean == 2.3

    @together(
        ("text", "said"),
        [
            ("no head", "a-text: a text must begin with what it is, between two lines of +++."),
            (written(""), "a-text: a text must say what it is between two lines of +++, and then something."),
            (written(head=HEAD + 'author = "me"\n'), "a-text: author is unknown."),
            (written(head='title = "A"\n'), "a-text: order is missing; summary is missing."),
            (written("{sdt}"), "a-text: {sdt} must name a readout or a parameter of transform."),
            (written("{pair.y}"), "a-text: {pair.y} must name a scenario of the text; it has none of that name."),
            (written("{std}", head=HEAD), "a-text: {std} must name a scenario of the text; it has none of that name."),
            (
                written("{=x_hat} {=source}"),
                "a-text: {=x_hat} must name a parameter with a slider, of the text's own scenario. "
                "{=source} must name a parameter with a slider, of the text's own scenario.",
            ),
            (written("{std:.2f}"), "a-text: {std} must be written as answers are; got '.2f'."),
            (
                written("It is 0.97."),
                "a-text: 0.97 must be a placeholder, or listed under quoted with its source.",
            ),
            (
                written(head=HEAD + OWN + '[quoted]\n"5" = "nobody"\n'),
                "a-text: quoted 5 must stand in the text.",
            ),
            (
                written(head=HEAD + '[other.pair]\nexperiment = "transform"\n'),
                "a-text: other.pair must be used; no number asks for it.",
            ),
            (
                written(head=HEAD + 'scenario = { experiment = "training" }\n'),
                "a-text: a text must name an experiment that is there at once; got training.",
            ),
            (
                written(head=HEAD + 'scenario = { experiment = "transfrom" }\n'),
                "a-text: 'transfrom' is not an experiment. Did you mean transform?",
            ),
            (
                written(head=HEAD + 'scenario = { set = "epsilon", name = "none" }\n'),
                "a-text: none is not a scenario of epsilon.",
            ),
            (
                written(head=HEAD + 'scenario = { slug = "transform" }\n'),
                "a-text: a scenario must have an experiment and params, or a set and a name; got slug.",
            ),
            (
                written(head=HEAD + 'scenario = { experiment = "transform", params = { std = -1 } }\n'),
                "a-text: std must be a number from 0 to 1000000; got -1.",
            ),
        ],
    )
    def test_refuses_loudly(self, text, said):
        assert refusal(text) == said

    def test_a_number_in_code_or_in_a_name_needs_no_source(self):
        assert read("a-text", written("ResNet-50, float32, `N = 32` and 2 or 3."))


class TestTargets:
    @pytest.mark.parametrize(
        ("name", "target"),
        [
            ("text:what-it-does", Target("learn", {"page": "what-it-does"})),
            ("glossary:x_hat", Target("learn", {"page": "glossary", "term": "x_hat"})),
            ("experiment:depth", Target("depth")),
            ("compare:epsilon", Target("compare", {"set": "epsilon"})),
            ("claim:identity-recovery", Target("claims", {"claim": "identity-recovery"})),
            ("lesson:one-image", Target("lessons", {"lesson": "one-image"})),
        ],
    )
    def test_are_pages(self, name, target):
        assert target_of(name) == target

    def test_of_a_scenario_open_with_it(self):
        target = target_of("set:epsilon/eps-1e-3-std-0.1")
        params, reports = decode(find(target.page).params, target.query)

        assert reports == ()
        assert params == bnsim.load("epsilon").get("eps-1e-3-std-0.1").params

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("set:nowhere", "nowhere is not a set of scenarios."),
            ("set:../pyproject", ".. is not a set of scenarios."),
            ("text:nowhere", "nowhere is not a text."),
            ("glossary:nowhere", "nowhere is not a term of the glossary."),
            ("claim:nowhere", "nowhere is not a claim of the ledger."),
            ("lesson:nowhere", "nowhere is not a lesson."),
            ("https:x", "https:x must begin with one of text, glossary, experiment, set, compare, claim, lesson."),
        ],
    )
    def test_that_are_not_there_are_refused(self, name, said):
        with pytest.raises(TargetError) as error:
            target_of(name)

        assert str(error.value) == said


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
class TestEveryText:
    def test_leads_to_what_there_is(self, page):
        assert all(target_of(name).page for name in targets_in(page.text))

    def test_has_all_its_numbers(self, page):
        result = None if page.scenario is None else Result(find(page.scenario.experiment), page.scenario.params)
        numbers = filled(page, result)

        assert set(numbers) == set(page.numbers)
        assert [each for each in numbers.values() if each.text in ("", "not known", "not a number", "–")] == []

    def test_can_be_read_in_a_few_minutes(self, page):
        assert 200 <= len(prose_of(page.text).split()) <= 1400

    def test_begins_its_parts_with_headings_in_order(self, page):
        levels = [2, *(int(block.kind[1]) for block in page.text if block.kind.startswith("h"))]

        assert all(after - before <= 1 for before, after in pairwise(levels))


class TestNumbers:
    def test_are_written_as_the_answer_writes_them(self):
        page = PAGES["two-worked-examples"]
        numbers = filled(page, Result(find("transform"), page.scenario.params))

        assert numbers[Number("x_hat")].text == "1.1999990"  # (6 − 3) / √(2.5² + 1e-5) = 1.19999904
        assert numbers[Number("output_std", of="second")].text == "1.4999977"  # 1.5 · 1.8 / √(1.8² + 1e-5)
        assert numbers[Number("y", of="second")].text == "2.4499965"  # 1.5 · 2.7 / √(1.8² + 1e-5) + 0.2

    def test_follow_what_a_reader_sets(self):
        page = PAGES["what-it-does"]
        params = page.scenario.params.replace(std=0.01, gamma=-2.0)
        numbers = filled(page, Result(find("transform"), params))

        assert numbers[Number("normalized_std")].text == "0.9535"  # 0.01 / √(1e-4 + 1e-5) = 0.95346
        assert numbers[Number("output_std")].text == "1.907"  # 2 · 0.95346


class TestTheTexts:
    def test_are_all_there_in_order(self):
        assert list(PAGES) == [
            "what-it-does", "two-worked-examples", "a-conversation", "questions", "where-it-is-used",
            "what-goes-wrong", "practical-notes", "how-to-use",
        ]  # fmt: skip

    def test_answer_twenty_questions_and_more(self):
        asked = [block for block in PAGES["questions"].text if block.kind == "h2"]
        assert len(asked) >= 20
        assert all(block.lines[0][0][-1].words.endswith("?") for block in asked)

    def test_converse_in_five_exchanges(self):
        assert [block.kind for block in PAGES["a-conversation"].text].count("h2") == 5

    def test_say_of_every_mistake_how_to_notice_it_and_where_to_see_it(self):
        parts = re.split(r"\n## ", (read_file("what-goes-wrong")))[1:]

        assert len(parts) == 7
        for part in parts:
            assert "**Notice it.**" in part
            assert re.search(r"\[Reproduce[^\]]*\]\(set:", part)
            assert part.startswith("The loose story") or ("# PyTorch" in part and "# Keras" in part)

    def test_give_every_number_that_circulates_a_verdict_and_an_experiment(self):
        parts = re.split(r"\n## ", read_file("practical-notes"))[1:-1]

        assert len(parts) == 5
        assert all(re.search(r"\*\*Verdict: unsupported", part) and "(set:" in part for part in parts)

    def test_quote_no_number_without_saying_from_where(self):
        assert [page.name for page in PAGES.values() if not all(page.quoted.values())] == []


def read_file(name):
    return files("bnsim.learn").joinpath(f"pages/{name}.md").read_text("utf-8")

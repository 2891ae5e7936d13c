"""What a notebook shows of a result and of a set by itself."""

import sys
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

import bnsim
from bnsim import notebook
from bnsim.charts.template import MIME_TYPE
from bnsim.compare import compare_scenarios
from bnsim.compare.summary import summary
from bnsim.displayed import one_by_one
from bnsim.experiment import Result

FORMS = {MIME_TYPE, "text/html", "text/plain"}
ODD = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def result() -> Result:
    return bnsim.run("transform", mean=3, std=2.5, x=6)


@pytest.fixture(scope="module")
def bundle(result) -> dict:
    return result._repr_mimebundle_()


@pytest.fixture
def nothing_draws(monkeypatch) -> None:
    monkeypatch.setattr(notebook, "can_draw", lambda: False)


class TestResult:
    def test_is_a_picture_html_and_text(self, bundle):
        assert set(bundle) == FORMS

    def test_html_and_text_have_the_answer_and_every_number(self, result, bundle):
        for form in ("text/html", "text/plain"):
            assert result.answer in bundle[form]
            assert [each.key for each in result.readout_list if each.term.written(each.best) not in bundle[form]] == []

    def test_html_has_the_picture_with_its_words(self, result, bundle):
        assert bundle["text/html"].count("<svg") == 1
        assert result.first_figure.description in bundle["text/html"]

    def test_html_alone_is_the_same(self, result, monkeypatch):
        monkeypatch.setattr(notebook, "picture", lambda *_: "")

        assert result._repr_html_() == result._repr_mimebundle_()["text/html"]

    @pytest.mark.usefixtures("nothing_draws")
    def test_without_what_draws_html_has_no_picture_and_the_notebook_draws_it(self, result):
        bundle = result._repr_mimebundle_()

        assert "<svg" not in bundle["text/html"]
        assert [set(each) for each in one_by_one(bundle)] == [{"text/html", "text/plain"}, {MIME_TYPE}]

    def test_a_notebook_is_shown_everything_once(self, result, bundle, monkeypatch):
        shown: list[dict] = []
        display = SimpleNamespace(display=lambda form, raw: shown.append(form))
        monkeypatch.setitem(sys.modules, "IPython.display", display)
        monkeypatch.setattr(notebook, "picture", lambda *_: "<svg></svg>")
        result._ipython_display_()

        assert [set(each) for each in shown] == [{"text/html", "text/plain"}]


class TestInstantSet:
    def test_shows_what_differs_most_and_what_came_out(self):
        scenarios = bnsim.load("worked-examples")
        comparison = compare_scenarios(scenarios)
        bundle = scenarios._repr_mimebundle_()

        assert set(bundle) == FORMS
        for form in ("text/html", "text/plain"):
            assert summary(comparison) in bundle[form]
            assert scenarios.question in bundle[form]
        assert "".join(bundle[MIME_TYPE]["title"]["text"]).replace(" ", "") == summary(comparison).replace(" ", "")
        assert "Normalized x̂" in bundle["text/html"]

    @pytest.mark.usefixtures("nothing_draws")
    def test_its_texts_are_no_markup(self):
        scenarios = bnsim.load("worked-examples")
        every = tuple(replace(each, title=ODD) for each in scenarios.scenarios)
        html = replace(scenarios, title=ODD, question=ODD, scenarios=every)._repr_html_()

        assert "<script" not in html
        assert html.count("&lt;script&gt;") >= 4


class TestSlowSet:
    @pytest.mark.parametrize("name", ["faster-training", "smooth-landscape", "adabn"])
    def test_says_what_it_holds_and_runs_nothing(self, name, monkeypatch):
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("it was run")

        monkeypatch.setattr(notebook, "compare_scenarios", refuse)
        monkeypatch.setattr("bnsim.experiment.Result.outcome", property(refuse))
        scenarios = bnsim.load(name)
        bundle = scenarios._repr_mimebundle_()

        assert set(bundle) == {"text/html", "text/plain"}
        assert bundle["text/plain"].endswith(" on one processor. bnsim.compare runs them.")
        for item in scenarios.scenarios:
            assert item.title in bundle["text/plain"]


class TestPictures:
    def test_of_two_cells_have_parts_of_different_names(self):
        names = []
        for x in (1.0, 2.0):
            html = bnsim.run("transform", x=x)._repr_html_()
            svg = html[html.index("<svg") : html.index("</svg>") + 6]
            names.append({each.get("id") for each in ElementTree.fromstring(svg).iter() if "id" in each.attrib})

        assert names[0]
        assert not names[0] & names[1]

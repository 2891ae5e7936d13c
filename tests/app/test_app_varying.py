"""The part "Vary a number" of a page: asked for, drawn, kept in the link, refused in sentences."""

import html
import re
import time

import pytest
from cases import together
from streamlit.testing.v1 import AppTest

import bnsim
from bnsim.app.parts import OPEN
from bnsim.app.varying.asked import LINK, READOUT, TITLE, key_of
from bnsim.app.varying.asking import usual, usual_range
from bnsim.app.varying.bringing import BROUGHT, name_of
from bnsim.experiments import all_experiments
from bnsim.scenario.vary import read_variation
from bnsim.work.queue import JOBS


def laboratory() -> None:
    import streamlit as st

    from bnsim.app.page import experiment_page
    from bnsim.app.pages.compare import compare_page
    from bnsim.experiments import find

    slug = st.session_state.get("test.page", "transform")
    if slug == "compare":
        compare_page()
    else:
        experiment_page(find(slug))


def opened(slug: str = "transform", /, *, is_open: bool = True, **query: str) -> AppTest:
    at = AppTest.from_function(laboratory, default_timeout=20)
    at.session_state["test.page"] = slug
    at.session_state[OPEN] = {key_of(slug): is_open}
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def press(at: AppTest, slug: str = "transform") -> AppTest:
    at.button(key=f"{slug}.vary").click().run()
    assert not at.exception
    return at


def markup(at: AppTest) -> str:
    return "".join(re.sub(r"<style>.*?</style>", "", each.proto.body, flags=re.DOTALL) for each in at.get("html"))


def sentence(at: AppTest) -> str:
    (found,) = re.findall(r'<p class="bnd"[^>]*>(.*?)</p>', markup(at))
    return html.unescape(found)


def problems(at: AppTest) -> list[str]:
    found = re.findall(r'<div class="bnn bad" role="alert">(.*?)</div>', markup(at))
    return [html.unescape(each) for block in found for each in re.findall("<p>(.*?)</p>", block)]


def in_link(at: AppTest, name: str) -> str:
    return "".join(at.query_params.get(name, []))


class TestClosed:
    def test_nothing_of_it_is_drawn(self):
        at = opened(is_open=False)

        assert TITLE in [each.label for each in at.expander]
        assert [each.key for each in at.button if str(each.key).endswith(".vary")] == []


class TestAsked:
    def test_for_the_range_of_the_slider_first(self):
        at = press(opened())

        assert in_link(at, LINK) == "mean:-5:5:11"
        # x̂ = (6 − μ_B) / √(2.5² + 1e−5)
        assert sentence(at) == (
            "“Normalized x̂” is smallest, 0.39999968, at μ_B = 5, and largest, 4.3999965, at μ_B = −5."
        )

    def test_for_another_range_of_another_parameter(self):
        at = opened()
        at.selectbox(key="transform.vary.1").set_value("std").run()
        at.text_input(key="transform.vary.1.std.from").set_value("0.001")
        at.text_input(key="transform.vary.1.std.to").set_value("10")
        at.number_input(key="transform.vary.1.std.count").set_value(5)
        at.selectbox(key="transform.vary.1.std.spacing").set_value("log")
        at = press(at)

        assert in_link(at, LINK) == "std:0.001:10:5:log"
        assert sentence(at).startswith("“Normalized x̂” is smallest, 0.299999985, at σ_B = 10,")

    def test_for_a_list_and_a_second_parameter(self):
        at = opened()
        at.selectbox(key="transform.vary.1").set_value("gamma").run()
        at.segmented_control(key="transform.vary.1.gamma.how").set_value("list").run()
        at.text_input(key="transform.vary.1.gamma.list").set_value("1, -2").run()
        at.selectbox(key="transform.vary.2").set_value("source").run()
        at.multiselect(key="transform.vary.2.source.choices").set_value(["exact", "sample"])
        at = press(at)

        assert in_link(at, LINK) == "gamma:1, -2;source:exact,sample"
        assert "bnz" in markup(at)

    def test_says_what_else_was_set_at_the_press(self):
        at = press(opened(x="4", gamma="1"))
        (said,) = [each.value.replace("\\", "") for each in at.caption if "Also set" in each.value]

        assert "Also set: x = 4. Everything else is as it is at first." in said

    def test_a_wrong_text_is_refused_in_a_sentence_and_stays(self):
        at = opened()
        at.text_input(key="transform.vary.1.mean.from").set_value("<b>x</b>")
        at.text_input(key="transform.vary.1.mean.to").set_value("1e99")
        at = press(at)

        assert problems(at) == ["mean must begin and end at numbers; got '<b>x</b>'."]
        assert at.text_input(key="transform.vary.1.mean.from").value == "<b>x</b>"


class TestOffered:
    SPECS = tuple(
        (each, spec) for each in all_experiments().values() for spec in each.params.controls().values()
        if spec.kind in ("number", "integer")
    )  # fmt: skip

    @together(("experiment", "spec"), SPECS)
    def test_values_can_be_varied_as_they_are(self, experiment, spec):
        problems: list[str] = []
        offered = read_variation(spec, usual(spec), problems, [])

        assert problems == []
        assert offered is not None
        assert read_variation(spec, usual_range(spec), [], []) is not None


class TestShown:
    def test_a_line_has_a_row_for_each_point(self):
        at = opened(sweep="std:0.001:10:25:log")
        chart = at.get("vega_lite_chart")[-1].proto

        assert chart.alt == "Normalized x̂ against Batch std σ_B: a mark for each point."
        assert at.session_state["bnsim.pages"]["transform"].sweep.texts == (("std", "0.001:10:25:log"),)

    def test_a_grid_has_its_numbers_in_the_cells(self):
        at = opened(sweep="std:1,2;gamma:-1,1,3", readout="output_std")
        cells = re.findall(r"<td[^>]*>(.*?)</td>", re.findall(r'<div class="bnz".*?</div>', markup(at), re.DOTALL)[0])
        expected = [
            bnsim.run("transform", std=std, gamma=gamma).readout_list
            for std in (1.0, 2.0)
            for gamma in (-1.0, 1.0, 3.0)
        ]

        assert cells[1:] == [
            next(each.term.short(each.best) for each in found if each.key == "output_std") for found in expected
        ]

    def test_the_readout_can_be_another_and_is_in_the_link(self):
        at = opened(sweep="std:1,2")
        at.selectbox(key="transform.vary.readout").set_value("output_std").run()
        assert in_link(at, READOUT) == "output_std"

        at.selectbox(key="transform.vary.readout").set_value("y").run()
        assert in_link(at, READOUT) == "y"

    def test_the_table_has_all_digits(self):
        at = opened(sweep="std:1,2")
        at.toggle(key="transform.vary.table").set_value(True).run()
        (table,) = re.findall(r'<div class="bnt v".*?</div>', markup(at), re.DOTALL)

        assert "<td>1</td><td>2.999985000112</td>" in table

    def test_choices_stand_by_their_names(self):
        at = opened("norm-family", sweep="norm:batch,layer")

        assert "Shown norm = Batch" in sentence(at) or "at every point" in sentence(at)


class TestLink:
    def test_opens_the_part_and_says_what_is_wrong_with_it(self):
        at = opened(is_open=False, sweep="stdd:1:2:3;gamma:1:2:99")

        assert problems(at) == [
            "stdd is not a parameter of this experiment. Did you mean std?",
            "gamma must have a whole number of points from 2 to 50; got 99.",
        ]

    def test_a_link_without_a_sweep_has_none(self):
        assert opened(mean="2").session_state["bnsim.pages"]["transform"].sweep is None

    def test_holds_no_sweep_of_other_settings(self):
        at = opened(sweep="std:1,2")
        state = at.session_state["bnsim.pages"]["transform"]
        state.give({"x": 4.0})
        at.run()

        assert (in_link(at, "x"), in_link(at, LINK)) == ("4.0", "")

    @pytest.mark.parametrize(
        "hostile", ["std:" + "9" * 5000, ";" * 5000, "a:b:c:d:e", "std:1,2;std:1,2", "\x00:\ud800"[:1]]
    )
    def test_whatever_it_says_is_answered_by_sentences(self, hostile):
        at = opened(sweep=hostile)

        assert all(len(each) < 400 for each in problems(at))
        assert problems(at) != []

    def test_its_words_are_no_parameters(self):
        names = {name for each in all_experiments().values() for name in each.params.controls()}

        assert {LINK, READOUT} & names == set()


class TestCompare:
    def test_knows_the_points(self):
        at = opened(sweep="std:1,2.5")
        at.session_state[BROUGHT] = {name_of("transform"): bnsim.vary("transform", std=[1.0, 2.5])}
        at.session_state["test.page"] = "compare"
        at.query_params.clear()
        at.query_params["set"] = name_of("transform")
        at.run()

        assert not at.exception
        assert at.selectbox(key="compare.set").value == name_of("transform")
        assert at.selectbox(key="compare.baseline").value == "std-2.5"


def done(at: AppTest) -> AppTest:
    end = time.monotonic() + 20
    while JOBS.busy:
        assert time.monotonic() < end
        time.sleep(0.02)
    return at.run()


class TestSlowWork:
    def test_is_run_when_somebody_asks_and_then_shown(self):
        settings = {"depth": 1, "width": 8, "steps": 6, "samples": 8, "draws": 1, "tuning_steps": 2, "seeds": 1}
        query = {name: str(value) for name, value in settings.items()}
        at = done(opened("transfer", sweep="contrast:0.5,0.75", seed="77", **query))
        assert "2 of 2 points are not worked out yet." in markup(at)

        at.button(key="transfer.vary.run").click().run()
        at = done(at)

        assert not at.exception
        assert "points are not worked out yet" not in markup(at)
        assert [each for each in at.get("vega_lite_chart") if "against" in each.proto.alt] != []

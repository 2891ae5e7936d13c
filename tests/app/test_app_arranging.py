"""Arranging a comparison on its page: it is in the link, in the tables, in the pictures and in the file alike."""

import html
import re
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest
from grids import markup, tables
from streamlit.testing.v1 import AppTest

from bnsim.app.arranging import VIEW
from bnsim.app.compare_pictures import MOST_DRAWN
from bnsim.app.comparison import MOST_ACROSS
from bnsim.app.pages import compare
from bnsim.app.pages.compare import MINE
from bnsim.app.parts import OPEN
from bnsim.compare.view import View
from bnsim.experiments.transform.params import TransformParams
from bnsim.scenario.scenario import Scenario

ALL_OPEN = {"compare.keep": True, "compare.arrange": True}


def comparison() -> None:
    from bnsim.app.pages.compare import compare_page

    compare_page()


def scales(count: int, **more: float) -> dict[str, Scenario]:
    """Return scenarios that differ in one number: γ = 1, 2, 3, ..."""
    made = [TransformParams.of({"gamma": float(at + 1), **more}) for at in range(count)]
    return {
        f"g{at + 1}": Scenario("transform", f"g{at + 1}", each, title=f"γ = {at + 1}") for at, each in enumerate(made)
    }


def opened(scenarios: dict[str, Scenario], /, *, all_open: bool = False, **query: str) -> AppTest:
    at = AppTest.from_function(comparison, default_timeout=20)
    at.session_state["bnsim.saved"] = {"transform": scenarios}
    at.session_state[OPEN] = ALL_OPEN if all_open else {}
    at.query_params["set"] = MINE
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def columns(at: AppTest) -> list[str]:
    """Return the scenarios of the first table, by their letters."""
    first = tables(at)[0]
    heads = first.columns if first.columns[0].startswith("A · ") else first.index
    return [head.split(" · ")[0] for head in heads]


def captions(at: AppTest) -> str:
    return " ".join(each.value.replace("\\", "") for each in at.caption)


def chosen(at: AppTest, key: str, value: Any) -> AppTest:
    control = next(each for each in at.main if getattr(each, "key", None) == key)
    control.set_value(value).run()
    assert not at.exception
    return at


class TestLink:
    def test_arranges_the_page(self):
        at = opened(scales(5), second="g4", pinned="g3", hidden="g2", columns="percent,ratio", sort="size")

        assert columns(at) == ["A", "D", "C", "E"]
        assert tables(at)[0].loc["Output std std(y)"].tolist()[0] == "0.9999992"
        assert '<small class="o">to D: ' in markup(at)
        assert "Shown are 4 of 5 scenarios." in captions(at)
        assert at.query_params["second"] == "g4"
        assert at.query_params["columns"] == "percent,ratio"

    def test_that_says_nothing_is_without_all_of_it(self):
        assert set(opened(scales(3)).query_params) == {"mine", "baseline"}

    def test_that_asks_in_vain_is_told_as_text(self):
        at = opened(scales(3), second="<b>x</b>", picture="<b>", readout="zzz", sort="junk")

        assert "second: '<b>x</b>' is not here. There are g1, g2, g3." in html.unescape(markup(at))
        assert "<b>x" not in markup(at)
        assert set(at.query_params) == {"mine", "baseline"}


class TestArranging:
    def test_is_closed_and_not_made_before_it_is_asked_for(self):
        assert not [each for each in opened(scales(3)).multiselect if each.key]

    def test_every_control_does_what_it_says_and_stays_in_the_link(self):
        at = opened(scales(5), all_open=True)
        at = chosen(at, "compare.view.second", "g3")
        assert columns(at) == ["A", "C", "B", "D", "E"]
        at = chosen(at, "compare.view.sort", "size")
        assert columns(at) == ["A", "C", "E", "D", "B"]
        at = chosen(at, "compare.view.pinned", ["g2"])
        assert columns(at) == ["A", "C", "B", "E", "D"]
        at = chosen(at, "compare.view.hidden", ["g5"])
        assert columns(at) == ["A", "C", "B", "D"]
        at = chosen(at, "compare.view.find", "nothing of it")
        assert columns(at) == ["A", "C", "B"]

        wanted = {"second": "g3", "sort": "size", "pinned": "g2", "hidden": "g5", "find": "nothing of it"}
        assert {key: at.query_params[key] for key in wanted} == wanted

    def test_a_scenario_is_moved_by_hand(self):
        at = opened(scales(4), all_open=True)
        at = chosen(at, "compare.move", "g4")
        next(each for each in at.button if each.label == "Earlier").click().run()

        assert columns(at) == ["A", "B", "D", "C"]
        assert at.query_params["order"] == "g2,g4"

    def test_another_set_begins_anew_with_the_same_columns(self):
        at = opened(scales(3), hidden="g2", columns="ratio")
        chosen(at, "compare.set", "scale-and-shift")

        assert at.session_state[VIEW] == View(columns=("ratio",))

    def test_the_letters_stay_whatever_is_left_out(self):
        assert columns(opened(scales(4), hidden="g2,g3")) == ["A", "D"]

    def test_the_sentence_is_of_what_is_shown(self):
        assert "than in “γ = 2”: with Scale γ = 2 instead of 1" in markup(opened(scales(4), hidden="g3,g4"))


class TestFile:
    def test_has_what_the_screen_shows_in_its_order(self, monkeypatch):
        made: list[pd.DataFrame] = []
        monkeypatch.setattr(compare, "csv_of", lambda frame: made.append(frame) or "")
        at = opened(scales(4), all_open=True, sort="size", second="g3", columns="percent", hidden="g2")
        (frame,), (outcomes, settings) = made, tables(at)

        assert list(frame.index) == ["g1", "g3", "g4"]
        assert [head.split(" · ")[1] for head in outcomes.columns] == frame["title"].tolist()
        assert [float(text) for text in settings.loc["Scale γ"]] == frame["gamma"].tolist()
        assert list(frame.columns)[:5] == ["title", "gamma", "x_hat", "x_hat - baseline (%)", "x_hat - second (%)"]
        assert len([column for column in frame if "(" not in column]) == 2 + len(outcomes)


class TestTables:
    def test_of_many_have_a_row_a_scenario_and_the_baseline_stays(self):
        at = opened(scales(MOST_ACROSS + 1))

        assert len(tables(at)[0].index) == MOST_ACROSS + 1
        assert next(iter(tables(at)[0].columns)) == "Normalized x̂ x̂"
        head = re.search(r'class="bng s t".*?<thead>(.*?)</thead>', markup(at), re.DOTALL)
        assert head is not None
        assert "A · γ = 1 <small>baseline</small>" in head[1]

    @pytest.mark.parametrize("count", [3, MOST_ACROSS + 1])
    def test_are_one_on_demand(self, count):
        (one,) = tables(opened(scales(count), together="1"))

        quantities = list(one.index if count == 3 else one.columns)
        assert quantities[:2] == ["Scale γ", "Normalized x̂ x̂"]
        assert "What went in" in markup(opened(scales(count), together="1"))


class TestPictures:
    def test_of_many_the_pinned_ones_have_a_colour_and_the_rest_is_said(self):
        at = opened(scales(20), pinned="g5,g7")
        key = re.search(r'<ul class="bnk.*?</ul>', markup(at))

        assert key is not None
        assert re.findall(r"([A-Z]\d?) · ", key[0]) == ["A", "E", "G"]
        assert "17 others are thin and grey" in captions(at)

    def test_of_many_without_a_pin_what_differs_most_has_a_colour(self):
        key = re.search(r'<ul class="bnk.*?</ul>', markup(opened(scales(20))))

        assert key is not None
        assert re.findall(r"([A-Z]\d?) · ", key[0]) == ["A", "T"]

    def test_side_by_side_each_has_a_picture_and_its_words(self):
        at = opened(scales(12), picture="panels", hidden="g2")
        images = re.findall(r'<img alt="(.*?)" src="data:image/svg\+xml,(.*?)">', markup(at))

        assert len(images) == 11
        assert images[1][0].startswith("γ = 3: ")
        assert unquote(images[1][1]).count("<path") == 3  # the axes, the baseline, the curve
        assert at.query_params["picture"] == "panels"
        assert "All on the same axes: y, output from " in captions(at)

    def test_what_is_beyond_fifty_is_said(self):
        at = opened(scales(MOST_DRAWN + 2), picture="panels")

        assert markup(at).count("<figure") == MOST_DRAWN
        assert f"Drawn are the first {MOST_DRAWN} of {MOST_DRAWN + 2}." in captions(at)

    def test_a_readout_is_drawn_against_the_one_number_that_varies(self):
        at = opened(scales(4), picture="against", readout="output_std")

        assert at.get("vega_lite_chart")[0].proto.alt == "Output std against Scale: 4 scenarios."
        assert (at.query_params["picture"], at.query_params["readout"]) == ("against", "output_std")
        assert "γ = 3: 2.9999976 at 3." in markup(at)

    def test_against_is_not_offered_where_more_varies(self):
        both = {**scales(2), **{"b": Scenario("transform", "b", TransformParams(beta=1.0, gamma=2.0))}}
        at = opened(both, picture="against")

        assert "picture" not in at.query_params
        assert at.get("vega_lite_chart")[0].proto.alt.endswith("over each other.")

"""Whatever a browser sends and whatever is missing: a sentence, or nothing, and never a traceback."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from bnsim.app.state import PageState
from bnsim.experiments.train_eval.params import TrainEvalParams

JUNK = ("junk", "", 3, 0.5, True, None, [1], {"a": 1}, float("nan"))


def laboratory() -> None:
    import streamlit as st

    from bnsim.app.page import experiment_page
    from bnsim.app.pages.compare import compare_page
    from bnsim.experiments import find

    page = st.session_state.get("test.page", "transform")
    compare_page() if page == "compare" else experiment_page(find(page))


def opened(page: str = "transform", query: dict[str, str] | None = None, **session: Any) -> AppTest:
    at = AppTest.from_function(laboratory, default_timeout=20)
    for key, value in (query or {}).items():
        at.query_params[key] = value
    for key, value in {"test.page": page, **session}.items():
        at.session_state[key] = value
    return at.run()


def markup(at: AppTest) -> str:
    return "".join(found.proto.body for found in at.get("html"))


SAVING = {
    "bnsim.open": {"transform.more.Save and share": True, "train-eval.group.The layer": True, "compare.keep": True}
}


def saved_one(at: AppTest) -> AppTest:
    at.text_input(key="transform.title").set_value("mine").run()
    next(button for button in at.button if button.label == "Save").click()
    return at.run()


class TestSession:
    @pytest.mark.parametrize("junk", JUNK, ids=repr)
    def test_the_lists_of_the_compare_page_may_stand_at_anything(self, junk):
        lists = ("compare.set", "compare.experiment", "compare.baseline")

        assert not opened("compare", **dict.fromkeys(lists, junk)).exception

    @pytest.mark.parametrize("junk", JUNK, ids=repr)
    def test_the_choice_of_a_set_may_stand_at_anything(self, junk):
        at = opened(**{"transform.set": junk})

        assert not at.exception
        assert "transform.pick.mean-3-std-2.5" in [button.key for button in at.button]

    @pytest.mark.parametrize("junk", JUNK, ids=repr)
    def test_what_is_varied_may_stand_at_anything(self, junk):
        ends = ("1", "2", "readout", *(f"1.mean.{end}" for end in ("how", "list", "from", "to", "count", "spacing")))
        at = opened(
            query={"sweep": "mean:1:2:3;source:exact,sample"},
            **dict.fromkeys([f"transform.vary.{end}" for end in (*ends, "2.source.choices")], junk),
        )

        assert not at.exception
        assert not at.button(key="transform.vary").click().run().exception

    @pytest.mark.parametrize("missing", ["saving.said", "bnsim.here", "bnsim.visitor"])
    def test_what_is_missing_is_passed_over(self, missing):
        at = opened(**SAVING)
        if missing in at.session_state:
            del at.session_state[missing]
        next(button for button in at.button if button.label == "Save").click()

        assert not at.run().exception
        assert "Saved as “Scenario 1”." in markup(at)

    def test_a_deleted_scenario_cannot_be_changed(self):
        at = saved_one(opened(**SAVING))
        at.session_state["test.page"] = "compare"
        at.run()
        at.session_state["bnsim.saved"]["transform"].clear()
        next(button for button in at.button if button.label == "Change").click()

        assert not at.run().exception
        assert "scenario-1 is not among your saved scenarios any more." in markup(at)


class TestOwn:
    """What is the framework's own is a word; earlier versions wrote 0."""

    def test_a_link_of_earlier_versions_says_how_it_is_read(self):
        at = opened("train-eval", {"momentum": "0.0", "eps": "0.0", "convention": "keras"})
        state: PageState = at.session_state["bnsim.pages"]["train-eval"]

        assert not at.exception
        assert (state.params.momentum, state.params.eps, state.params.convention) == ("own", "own", "keras")
        assert "eps=0 is read as own, the framework&#x27;s own: that is what it meant in earlier versions." in markup(
            at
        )
        assert at.query_params["eps"] == "own"

    @pytest.mark.parametrize(("typed", "value"), [("0.01", 0.01), ("1e-3", 1e-3), (" own ", "own")])
    def test_the_list_offers_the_word_and_takes_a_number(self, typed, value):
        at = opened("train-eval", {"eps": "0.5"}, **SAVING)
        state: PageState = at.session_state["bnsim.pages"]["train-eval"]

        state.give({"eps": TrainEvalParams.controls()["eps"].read(typed)})  # as the list does with what is typed

        assert not at.run().exception
        assert state.params.eps == value
        box = next(each for each in at.selectbox if str(each.key).startswith("train-eval.eps."))
        assert box.options[0] == "the framework's own"
        assert TrainEvalParams.controls()["eps"].read(box.value) == value

    @pytest.mark.parametrize("typed", ["0", "-1", "mine"])
    def test_what_is_neither_is_refused(self, typed):
        at = opened("train-eval")
        state: PageState = at.session_state["bnsim.pages"]["train-eval"]

        state.give({"eps": TrainEvalParams.controls()["eps"].read(typed)})

        assert not at.run().exception
        shown = repr(typed) if typed == "mine" else typed
        assert state.problems == (f"eps must be own, or a number from 1e-12 to 1; got {shown}.",)
        assert state.params == TrainEvalParams()

"""A page prepared for a class, driven as a visitor drives it: what is hidden, locked and offered, and the way out."""

import html
import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from bnsim.app import more
from bnsim.app.parts import OPEN
from bnsim.app.preparing import asking, files
from bnsim.app.preparing.possible import possible_on
from bnsim.app.state import PageState
from bnsim.experiments import find, params_of
from bnsim.scenario import prepared_file
from bnsim.scenario.prepared import KEYS, Prepared, PreparedPage

GROUP = "Batch size, ε, seed"
SLIDERS = ("mean", "std", "gamma", "beta", "x", "batch_size")


def laboratory() -> None:
    import streamlit as st

    from bnsim.app.page import experiment_page
    from bnsim.app.pages.compare import compare_page
    from bnsim.app.pages.lessons import lessons_page
    from bnsim.app.shell import pages
    from bnsim.experiments import find

    st.session_state["bnsim.all"] = pages()
    shown = {"compare": compare_page, "lessons": lessons_page}
    shown |= {slug: (lambda slug=slug: experiment_page(find(slug))) for slug in ("transform", "training")}
    here = st.Page(shown[st.session_state.get("test.page", "transform")], title="Here", default=True)
    others = [page for name, page in st.session_state["bnsim.all"].items() if name != "home"]
    st.navigation([here, *others]).run()


def whole() -> None:
    from bnsim.app.shell import main

    main()


def opened(page: str = "transform", parts: tuple[str, ...] = (), **query: str) -> AppTest:
    at = AppTest.from_function(laboratory, default_timeout=20)
    at.session_state["test.page"] = page
    at.session_state[OPEN] = {f"transform.group.{GROUP}": True, **{f"transform.more.{part}": True for part in parts}}
    for key, value in query.items():
        at.query_params[key] = value
    return run(at)


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def state_of(at: AppTest, slug: str = "transform") -> PageState:
    state: PageState = at.session_state["bnsim.pages"][slug]
    return state


def sliders(at: AppTest) -> dict[str, bool]:
    """Return which sliders are drawn, and whether they are locked."""
    found: dict[str, bool] = {}
    for each in at.get("bidi_component"):
        items = json.loads(each.proto.json or "{}").get("items", [])
        found |= {item["name"]: item.get("locked", False) for item in items}
    return found


def markup(at: AppTest) -> str:
    return "".join(found.proto.body for found in at.get("html"))


def widget(at: AppTest, name: str) -> Any:
    widgets = (*at.selectbox, *at.number_input)
    return next((each for each in widgets if str(each.key).startswith(f"transform.{name}.")), None)


def labels(at: AppTest) -> list[str]:
    return [each.label for each in at.button]


def query(at: AppTest) -> dict[str, str]:
    """Return what the address says."""
    return {key: "".join(at.query_params[key]) for key in at.query_params}


def said(at: AppTest) -> dict[str, str]:
    """Return what the address says of how the page is prepared."""
    return {key: text for key, text in query(at).items() if key in KEYS}


def button(at: AppTest, label: str) -> Any:
    return next(each for each in at.button if each.label == label)


class TestControls:
    def test_that_are_hidden_are_not_drawn_and_keep_what_the_link_says(self):
        at = opened(std="1.5", eps="0.001", hide="std,eps,seed")

        assert "std" not in sliders(at)
        assert (widget(at, "eps"), widget(at, "seed")) == (None, None)
        assert "batch_size" in sliders(at)
        assert (state_of(at).params.std, state_of(at).params.eps) == (1.5, 0.001)
        assert (query(at)["std"], query(at)["eps"]) == ("1.5", "0.001")

    def test_a_group_of_which_all_are_hidden_is_not_drawn(self):
        at = opened(hide="batch_size,eps,seed")

        assert GROUP not in [each.label for each in at.expander]

    def test_that_are_locked_are_drawn_and_cannot_be_moved(self):
        at = opened(lock="std,eps,source", std="1.5")

        assert sliders(at) == {**dict.fromkeys(SLIDERS, False), "std": True}
        assert [widget(at, name).disabled for name in ("eps", "source", "seed")] == [True, True, False]

    def test_that_are_locked_do_not_hear_a_browser_that_moves_them(self):
        at = opened(lock="std,batch_size", std="1.5")
        state = state_of(at)

        state.hear({**{name: state.given[name] for name in ("mean", "gamma", "beta", "x")}, "std": 9.0, "mean": 2.0,
                    "epoch": state.epoch})  # fmt: skip
        state.give({"batch_size": 7})

        assert (state.params.std, state.params.mean, state.params.batch_size, state.problems) == (1.5, 2.0, 32, ())

    def test_numbers_of_ones_own_can_be_locked(self):
        at = opened(source="own", values="1.0,2.0,4.0", lock="values")

        assert at.text_area(key="transform.values.text").disabled
        assert at.file_uploader(key="transform.values.file").disabled
        assert "How to read them" not in [each.label for each in at.expander]
        assert state_of(at).params.values.tolist() == [1.0, 2.0, 4.0]

    def test_that_are_locked_stay_when_their_group_goes_back_to_the_default(self):
        at = opened(lock="eps", eps="0.001", seed="3")

        button(at, "Back to the default").click()
        run(at)

        assert (state_of(at).params.eps, state_of(at).params.seed) == (0.001, 0)
        assert "Back to the default" not in labels(at)

    def test_what_one_click_would_set_is_not_offered_where_it_is_locked_or_hidden(self):
        assert {"Undo the normalization", "Track the largest member"} <= set(labels(opened()))
        assert "Undo the normalization" not in labels(opened(lock="gamma"))
        assert "Track the largest member" not in labels(opened(hide="x"))

    def test_an_action_that_is_pressed_too_late_moves_nothing_that_is_locked(self):
        at = opened(lock="gamma")
        before = state_of(at).params

        state_of(at).act("Undo the normalization")

        assert state_of(at).params == before

    def test_that_are_hidden_are_not_among_those_that_can_be_varied(self):
        at = opened(parts=(more.VARY,), hide="std")

        assert "Batch std σ_B" not in at.selectbox(key="transform.vary.1").options


class TestScenarios:
    def test_are_those_that_are_offered(self):
        at = opened(presets="identity-recovery/std-2.5-gamma-root,worked-examples/*")

        keys = [str(each.key) for each in at.button if ".pick." in str(each.key)]
        assert keys == [
            "transform.pick.worked-examples/mean-3-std-2.5",
            "transform.pick.worked-examples/mean-2.3-std-1.8",
            "transform.pick.identity-recovery/std-2.5-gamma-root",
        ]

    def test_beyond_five_are_in_the_menu(self):
        at = opened(presets="epsilon/*,worked-examples/mean-3-std-2.5")

        menu = at.selectbox(key="transform.menu")
        assert len([each for each in at.button if ".pick." in str(each.key)]) == 5
        assert len(menu.options) == len(state_of(at).prepared.presets or ())
        menu.select_index(len(menu.options) - 1)
        run(at)
        assert state_of(at).prepared.presets

    def test_may_be_none(self):
        at = opened(presets="none")

        assert [each for each in at.button if ".pick." in str(each.key)] == []
        assert [str(each.key) for each in at.selectbox if str(each.key).endswith(".menu")] == []

    def test_set_every_control_also_a_locked_one(self):
        at = opened(lock="std", presets="worked-examples/mean-2.3-std-1.8")

        button(at, r"Example with x \= 5").click()
        run(at)

        assert state_of(at).params.std == 1.8
        assert said(at) == {"lock": "std", "presets": "worked-examples/mean-2.3-std-1.8"}


class TestAddress:
    def test_keeps_how_the_page_is_prepared_through_a_release_and_a_reload(self):
        at = opened(hide="x", lock="std", presets="worked-examples/*", lesson="undoing", start="2")
        state_of(at).give({"gamma": 2.0})
        run(at)

        again = opened(**query(at))

        assert said(again) == {
            "hide": "x", "lock": "std", "presets": "worked-examples/*", "lesson": "undoing", "start": "2",
        }  # fmt: skip
        assert (state_of(again).prepared, state_of(again).params) == (state_of(at).prepared, state_of(at).params)
        assert state_of(again).params.gamma == 2.0

    def test_that_is_damaged_is_read_as_far_as_it_goes_and_the_rest_is_told(self):
        at = opened(hide="std,qq", lock="beta,std", presets="worked-example/*", lesson="undo", start="77", mean="q")

        assert said(at) == {"hide": "std", "lock": "beta"}
        assert state_of(at).reports == (
            "hide: qq is not a control of this page. Its controls are source, mean, std, gamma, beta, x, batch_size, "
            "eps, seed, unit, digit, first_image, values.",
            "lock: std must be hidden or locked; got both. It is hidden.",
            "presets: 'worked-example/*' is not a scenario of this page. Did you mean worked-examples/*?",
            "lesson: undo is not a lesson. Did you mean undoing?",
            "mean must be a number from -1000000 to 1000000; got 'q'.",
        )
        assert all(html.escape(sentence) in markup(at) for sentence in state_of(at).reports)

    def test_of_another_page_says_nothing_of_it_and_the_page_remembers(self):
        at = opened(lock="std")
        at.session_state["test.page"] = "compare"
        at.query_params.clear()
        run(at)
        assert said(at) == {}

        at.session_state["test.page"] = "transform"
        at.query_params.clear()
        run(at)

        assert said(at) == {"lock": "std"}

    def test_of_a_link_that_prepares_nothing_frees_the_page(self):
        at = opened(lock="std")
        at.session_state["test.page"] = "compare"
        run(at)
        at.session_state["test.page"] = "transform"
        at.query_params.clear()
        at.query_params["mean"] = "1.0"
        run(at)

        assert said(at) == {}
        assert not state_of(at).prepared


class TestUnlock:
    def test_is_in_sight_on_a_prepared_page_only(self):
        assert "Unlock everything" in labels(opened(lock="std"))
        assert "Unlock everything" in labels(opened(lock="std", view="presenter"))
        assert "Unlock everything" not in labels(opened())

    def test_frees_and_shows_everything_and_keeps_what_is_set(self):
        at = opened(hide="std,eps", lock="mean,seed", presets="none", std="1.5")

        button(at, "Unlock everything").click()
        run(at)

        assert sliders(at) == dict.fromkeys(SLIDERS, False)
        assert widget(at, "eps") is not None
        assert not widget(at, "seed").disabled
        assert state_of(at).params.std == 1.5
        assert said(at) == {}
        assert "Unlock everything" not in labels(at)
        assert [each for each in at.button if ".pick." in str(each.key)] != []

    def test_begins_no_work_anew(self):
        at = opened(lock="std")

        state_of(at).unlock()

        assert not state_of(at).fresh

    def test_says_beside_it_what_is_prepared(self):
        at = opened(hide="std,eps", lock="mean", presets="worked-examples/mean-3-std-2.5")

        assert "<b>Prepared for a class</b><span> · 1 locked · 2 hidden · 1 scenario</span>" in markup(at)

    def test_stands_beside_the_way_to_a_question(self):
        at = opened(lesson="undoing", start="2")

        way = next(each.proto for each in at.get("page_link") if each.proto.label.startswith("Predict first: question"))
        assert way.label == "Predict first: question 2 of “Can γ and β undo it?”"
        assert (way.page, dict(parse_qsl(way.query_string))) == ("lessons", {"lesson": "undoing", "start": "2"})


class TestLesson:
    def test_begins_where_the_link_says_with_nothing_answered(self):
        at = opened("lessons", lesson="undoing", start="3")

        assert "Question 3 of 5" in markup(at)
        assert "Back to question 2" not in labels(at)
        assert "Unlock everything" in labels(at)
        assert "begins at question 3" in markup(at)
        assert query(at) == {"lesson": "undoing", "start": "3", "step": "3"}

    def test_does_not_count_the_questions_before(self):
        at = opened("lessons", lesson="undoing", start="3")
        for place in (3, 4, 5):
            button(at, "I don't know").click()
            run(at)
            next(each for each in at.button if each.label in ("Next question", "How it went")).click()
            run(at)
            assert query(at)["progress"] == "1" + ".u" * place

        assert "You got 0 of 3 right" in markup(at)
        assert "To 3 questions you said" in markup(at)

    def test_goes_on_after_a_reload(self):
        at = opened("lessons", lesson="undoing", start="3", step="4", progress="1.u.u.u")

        assert "Question 4 of 5" in markup(at)
        assert "Back to question 3" in labels(at)

    def test_begins_at_the_first_question_once_it_is_unlocked(self):
        at = opened("lessons", lesson="undoing", start="3")

        button(at, "Unlock everything").click()
        run(at)

        assert "Question 1 of 5" in markup(at)
        assert "start" not in query(at)
        assert "Unlock everything" not in labels(at)

    def test_anew_begins_where_it_was_prepared_to(self):
        at = opened("lessons", lesson="undoing", start="3", progress="1.u.u.u")

        button(at, "Begin this lesson anew").click()
        run(at)

        assert "Question 3 of 5" in markup(at)

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ({"start": "9"}, "start must be a whole number from 1 to 5, as undoing has 5 questions; got 9."),
            (
                {"start": "x" * 50},
                "start must be a whole number from 1 to 5, as undoing has 5 questions; got &#x27;xxx",
            ),
            (
                {"start": "3", "step": "1"},
                "step must be 3 or later, as this lesson is prepared to begin there; got 1. "
                "To begin at question 1, press: Unlock everything.",
            ),
        ],
    )
    def test_that_cannot_begin_there_says_so(self, query, told):
        assert told in markup(opened("lessons", lesson="undoing", **query))


def window() -> None:
    from functools import partial

    import streamlit as st

    from bnsim.app.lessons.course import known_course
    from bnsim.app.pages.lessons import lessons
    from bnsim.app.preparing.asking import prepare_lesson, prepare_page
    from bnsim.app.preparing.possible import possible_on
    from bnsim.app.state import enter
    from bnsim.experiments import find

    if st.session_state.get("test.lesson"):
        prepare_lesson(known_course(lessons().lessons[st.session_state["test.lesson"]]))
    else:
        slug = st.session_state.get("test.page", "transform")
        prepare_page(enter(find(slug), partial(possible_on, slug)))


def chosen(page: str = "transform", **query: str) -> AppTest:
    """Return what is in the window over a page."""
    at = AppTest.from_function(window, default_timeout=20)
    at.session_state["test.page"] = page
    for key, value in query.items():
        at.query_params[key] = value
    return run(at)


def link_in(at: AppTest) -> dict[str, str]:
    return {key: values[-1] for key, values in parse_qs(urlsplit(at.code[0].value).query).items()}


class TestWindow:
    def test_opens_over_the_page_from_the_part_that_shares(self):
        at = opened(parts=(more.KEEP,))

        button(at, "Prepare for a class").click()
        run(at)

        assert at.session_state[asking.SHOWN] == "transform"

    def test_opens_over_a_question_of_a_lesson(self):
        at = opened("lessons", lesson="undoing")

        button(at, "Prepare for a class").click()
        run(at)

        assert at.session_state[asking.SHOWN] == "lesson.undoing"

    def test_makes_the_link_of_what_is_chosen_with_all_that_is_set(self):
        at = chosen(mean="1.25")
        at.multiselect(key="transform.prepare.locked").set_value(["std", "eps"])
        at.multiselect(key="transform.prepare.hidden").set_value(["x"])
        at.radio(key="transform.prepare.presets").set_value("some")
        at.toggle(key="transform.prepare.presenter").set_value(True)
        at.selectbox(key="transform.prepare.lesson").set_value("undoing")
        run(at)
        at.multiselect(key="transform.prepare.chosen").set_value(["worked-examples/mean-3-std-2.5"])
        at.number_input(key="transform.prepare.undoing.start").set_value(4)
        run(at)

        found = link_in(at)
        assert found["mean"] == "1.25"
        assert {key: found[key] for key in ("lock", "hide", "presets", "view", "lesson", "start")} == {
            "lock": "std,eps", "hide": "x", "presets": "worked-examples/mean-3-std-2.5", "view": "presenter",
            "lesson": "undoing", "start": "4",
        }  # fmt: skip
        shown = opened(**found)
        assert state_of(shown).reports == ()
        assert state_of(shown).prepared == Prepared(
            ("x",), ("std", "eps"), ("worked-examples/mean-3-std-2.5",), "undoing", 4
        )

    def test_begins_with_how_the_page_is_prepared(self):
        at = chosen(lock="std", hide="x", presets="none")

        assert {key: link_in(at)[key] for key in ("lock", "hide", "presets")} == {
            "lock": "std", "hide": "x", "presets": "none",
        }  # fmt: skip

    def test_says_why_there_is_no_link_and_offers_the_file(self):
        values = ",".join(f"{number / 7!r}" for number in range(1, 130))
        at = chosen(source="own", values=values)

        assert len(at.code) == 0
        assert "the link of a prepared page must have at most 2000 characters; this one would need " in markup(at)
        assert [each.proto.label for each in at.get("download_button")] == ["Download as a file (TOML)"]

    def test_makes_the_link_of_a_lesson_from_a_question(self):
        at = AppTest.from_function(window, default_timeout=20)
        at.session_state["test.lesson"] = "undoing"
        run(at)
        at.number_input(key="lesson.undoing.prepare.start").set_value(3)
        run(at)

        assert link_in(at) == {"lesson": "undoing", "start": "3"}
        assert urlsplit(at.code[0].value).path.endswith("/lessons")

    def test_draws_a_code_if_it_is_wanted(self):
        at = chosen()
        at.toggle(key="transform.prepare.qr").set_value(True)
        run(at)

        assert '<img class="bn-qr"' in markup(at)


def load(at: AppTest, content: str) -> AppTest:
    """Give a file to the page, as the browser does."""
    at.session_state[OPEN] = {**at.session_state[OPEN], "preparing.upload": True}
    run(at)
    at.file_uploader(key=files.FILE).upload("class.toml", content.encode(), "application/toml")
    return run(at)


class TestStartedWith:
    @pytest.fixture
    def file(self, tmp_path, monkeypatch):
        path = tmp_path / "class.toml"
        monkeypatch.setenv("BNSIM_PREPARED", str(path))
        return path

    def test_leads_from_the_front_page_to_the_prepared_one_once(self, file):
        page = PreparedPage("transform", params_of("transform")(std=1.5), Prepared(locked=("std",)))
        file.write_text(prepared_file.write(page), "utf-8")

        at = run(AppTest.from_function(whole, default_timeout=20))

        assert at.session_state["bnsim.here"] == "transform"
        assert state_of(at).prepared == page.prepared
        assert state_of(at).params == page.params

    def test_says_on_the_front_page_what_is_wrong_with_the_file(self, file):
        at = run(AppTest.from_function(whole, default_timeout=20))

        assert at.session_state["bnsim.here"] == "home"
        assert "class.toml does not exist; name a prepared file that ends in .toml." in markup(at)


class TestFile:
    def test_opens_the_page_as_it_was_prepared(self):
        params = params_of("transform")(std=1.5, source="own", values=[1.0, 2.0, 4.0] * 400)
        page = PreparedPage("transform", params, Prepared(("x",), ("std",), ()), presenter=False)

        at = load(opened(parts=(more.KEEP,)), prepared_file.write(page))

        assert (state_of(at).prepared, state_of(at).params) == (page.prepared, params)
        assert said(at) == {"hide": "x", "lock": "std", "presets": "none"}

    def test_that_quotes_a_number_as_a_framework_does_is_read_and_said(self):
        content = 'schema = 1\n[prepared]\nexperiment = "transform"\nlocked = ["eps"]\n[params]\neps = "Keras"\n'

        at = load(opened(parts=(more.KEEP,)), content)

        assert state_of(at).params.eps == 1e-3
        assert state_of(at).reports == ("eps: “Keras” is read as 0.001, the default of Keras.",)

    def test_that_is_damaged_is_refused_whole_and_said(self):
        at = load(
            opened(parts=(more.KEEP,)), 'schema = 1\n[prepared]\nexperiment = "transform"\nlocked = ["q"]\nx = 1\n'
        )

        assert not state_of(at).prepared
        assert at.session_state[files.SAID] == (
            "prepared: x is not a key of a prepared page. Its keys are experiment, hidden, locked, presets, presenter, "
            "lesson, start.",
            "prepared.locked: q is not a control of this page. Its controls are source, mean, std, gamma, beta, x, "
            "batch_size, eps, seed, unit, digit, first_image, values.",
        )

    @pytest.mark.parametrize("slug", ["transform", "training", "folding"])
    def test_of_every_page_can_hold_all_there_is_to_prepare(self, slug):
        possible = possible_on(slug)
        prepared = Prepared(possible.controls[:1], possible.controls[1:], possible.presets, "undoing", 5)
        page = PreparedPage(slug, find(slug).params(), prepared, presenter=True)

        assert prepared_file.read(prepared_file.write(page), params_of, possible_on) == page

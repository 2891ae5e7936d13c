"""The lessons as pages: the list, a question of each kind, the lock, the verdict, the end, and what the link holds."""

import html
import json
import re
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

import bnsim
from bnsim.app.lessons.asking import axis_of, hear
from bnsim.app.lessons.course import Course, place_of
from bnsim.app.pages import lessons as page
from bnsim.charts.prediction import Axis
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.learn.lesson import UNSURE, Answer, Lessons, Progress
from bnsim.work.queue import JOBS

LESSON = """
schema = 1
title = "A <b>first</b> lesson"
summary = "What comes *out*."
need = "What a mean is."
minutes = 4
[[step]]
name = "sentence"
kind = "choice"
question = "With gamma = {gamma} and beta = {beta}: is y <i>above</i> 1?"
experiment = "transform"
params = { mean = 3.0, std = 2.5, x = 6.0 }
readout = "y"
choices = [
  { text = "Above 1", from = 1.0 },
  { text = "Below 1", to = 1.0 },
  { text = "It is *minus* 7", from = -7.1, to = -6.9 },
]
right = "Yes: y is {y}."
wrong = "No: y is {y}."
unsure = "It is {y}."
follow_up = "x was {x}."
[[step]]
name = "box"
kind = "number"
question = "What is y?"
experiment = "transform"
params = { mean = 3.0, std = 2.5, x = 7.0 }
readout = "y"
low = 0.0
high = 3.0
close = 0.05
right = "Yes: {truth}."
wrong = "No: {truth}, off by {error}."
unsure = "It is {truth}."
[[step]]
name = "axis"
kind = "point"
question = "And here?"
experiment = "transform"
params = { mean = 3.0, std = 2.5, gamma = 2.0 }
readout = "output_std"
low = 0.0
high = 4.0
close = 0.05
right = "Yes: {truth}."
wrong = "No: {truth}."
unsure = "It is {truth}."
[[step]]
name = "box-again"
kind = "number"
again = "box"
question = "What is y now?"
experiment = "transform"
params = { mean = 3.0, std = 2.5, x = 4.0 }
readout = "y"
low = 0.0
high = 3.0
close = 0.05
right = "Yes: {truth}."
wrong = "No: {truth}."
unsure = "It is {truth}."
"""
SLOW = """
schema = 1
title = "Two runs"
summary = "It takes a while."
minutes = 1
[[step]]
name = "trained"
kind = "number"
question = "How many are right?"
experiment = "training"
params = { depth = 1, width = 8, steps = 6, batch = 10, examples = 60, points = 2, ghost = 5, every = 2, seeds = 2 }
readout = "test_accuracy_norm"
low = 0.0
high = 1.0
close = 0.1
right = "Yes: {truth}."
wrong = "No: {truth}."
unsure = "It is {truth}."
"""
TRUE = [bnsim.run("transform", mean=3, std=2.5, x=x).readouts["y"] for x in (6, 7, 8, 4)]
"""What is true of each question: twice the standard deviation of x̂ is y of an x that lies two of them off."""


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Write the lessons, one of them in a folder of one's own, and let the page find them."""
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    for folder, name, text in ((shipped, "first", LESSON), (own, "slow", SLOW)):
        folder.mkdir()
        (folder / f"{name}.toml").write_text(text, "utf-8")
    monkeypatch.setattr("bnsim.learn.lesson.library.SHIPPED", shipped)
    monkeypatch.setenv("BNSIM_SCENARIOS", str(own))
    found = Lessons.open()
    monkeypatch.setattr(page, "lessons", lambda: found)
    return found


@pytest.fixture
def first(folders):
    return folders.lessons["first"]


def app() -> None:
    import streamlit as st

    from bnsim.app.pages.lessons import lessons_page
    from bnsim.app.shell import pages

    st.session_state["bnsim.all"] = pages()
    here = st.Page(lessons_page, title="Lessons", url_path="lessons", default=True)
    st.session_state["bnsim.all"]["lessons"] = here
    others = [page for name, page in st.session_state["bnsim.all"].items() if name not in ("home", "lessons")]
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
    return html.unescape(re.sub("<[^>]*>", " ", found))


def press(at: AppTest, label: str) -> AppTest:
    [button] = [each for each in at.button if each.label == label]
    button.click().run()
    assert not at.exception
    return at


def verdict(at: AppTest) -> list[str]:
    """Return the lines of the verdict; none where nothing is locked."""
    found = re.findall(r'<div class="bnv [^>]*role="status"[^>]*>(.*?)</div>', markup(at))
    return [words(line).strip() for each in found for line in re.findall(r"<(?:h3|p|li)>(.*?)</(?:h3|p|li)>", each)]


def problems(at: AppTest) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'role="alert"><p>(.*?)</p>', markup(at))]


def marks(at: AppTest) -> list[dict]:
    """Return the axes that are drawn: all that holds a mark of a prediction or of a truth."""
    specs = [json.loads(found.proto.spec) for found in at.get("vega_lite_chart")]
    return [spec for spec in specs if '"words:Q"' in json.dumps(spec) or '"field": "words"' in json.dumps(spec)]


def spoken(at: AppTest) -> list[str]:
    """Return what is said of pictures to those who do not see them."""
    return re.findall(r'<p class="bn-sr">(.*?)</p>', markup(at))


def everything_sent(at: AppTest) -> str:
    """Return all that was sent to the browser, as text."""
    return str(at._tree) + "".join(str(found.proto) for found in at.get("vega_lite_chart")) + markup(at)


class TestList:
    def test_has_every_lesson_as_text_and_leads_to_it(self):
        at = start()
        links = [found.proto for found in at.get("page_link")]

        assert [dict(parse_qsl(each.query_string))["lesson"] for each in links] == ["first", "slow"]
        assert links[0].label == r"**A \<b\>first\</b\> lesson** What comes \*out\*\."
        assert re.findall(r'<p class="bnl bni">(.*?)</p>', markup(at)) == [
            "4 minutes · 4 questions",
            "1 minute · 1 question · From your own folder",
        ]

    def test_says_that_an_address_is_no_lesson(self):
        assert problems(start(lesson="<b>nowhere</b>")) == [
            "<b>nowhere</b> is not a lesson here; these are all of them."
        ]

    def test_says_what_could_not_be_read(self, tmp_path, monkeypatch):
        (tmp_path / "own" / "broken.toml").write_text("schema = 1\n[[step]]\n", "utf-8")
        found = Lessons.open()
        monkeypatch.setattr(page, "lessons", lambda: found)

        assert found.problems
        assert words(markup(start())).count("broken.toml") == len(found.problems)

    def test_leads_on_where_one_was_also_after_a_reload(self):
        at = start(last="first", progress="1.c2.n1.5")
        on = [found.proto for found in at.get("page_link") if found.proto.label == "Go on with question 3 of 4"]

        assert [dict(parse_qsl(each.query_string)) for each in on] == [
            {"lesson": "first", "step": "3", "progress": "1.c2.n1.5", "bnsim-step": "1"}
        ]
        assert dict(at.query_params) == {"last": "first", "progress": "1.c2.n1.5"}

    def test_keeps_the_answers_of_the_lesson_that_the_menu_led_away_from(self):
        at = start(lesson="first", progress="1.c2")
        at.query_params.clear()
        at.run()

        assert dict(at.query_params) == {"last": "first", "progress": "1.c2"}


class TestQuestion:
    def test_says_what_is_asked_and_set_as_text(self):
        said = markup(start(lesson="first"))

        assert "With gamma = 1 and beta = 0: is y &lt;i&gt;above&lt;/i&gt; 1?" in said
        assert "Question 1 of 4" in said
        assert "On the page of Transform, everything is as it is at first." in said

    def test_says_what_one_needs_to_know_at_the_first_only(self):
        assert "You need: What a mean is." in markup(start(lesson="first"))
        assert "You need" not in markup(start(lesson="first", progress="1.u"))

    def test_that_asks_again_says_so(self):
        said = markup(start(lesson="first", progress="1.u.u.u"))

        assert "This asks what question 2 asked, with other numbers." in said
        assert "Set on the page of Transform: Tracked activation = 4." in said

    @pytest.mark.parametrize("answered", range(4))
    def test_tells_nothing_before_it_is_answered(self, answered):
        sent = everything_sent(start(lesson="first", progress="1" + ".u" * answered))

        assert f"{TRUE[answered]:.12f}"[:5] not in sent  # such as 1.199, which no question says
        assert 'role="status"' not in sent

    def test_runs_nothing_before_it_is_answered(self, monkeypatch):
        def refuse(*_: object) -> None:
            raise AssertionError("the truth was worked out before the prediction was locked")

        monkeypatch.setattr("bnsim.app.lessons.finding.result_of", refuse)

        for progress in ("", "1.u", "1.u.u"):
            start(lesson="first", progress=progress)


class TestChoice:
    def test_has_nothing_chosen_at_first_and_says_so_when_it_is_locked(self):
        at = start(lesson="first")
        assert at.radio[0].value is None
        assert at.radio[0].options == ["Above 1", "Below 1", r"It is \*minus\* 7"]
        press(at, "Lock my prediction")

        assert problems(at) == [
            "Your prediction must be one of the answers above; none is chosen yet. If you cannot tell, press: "
            "I don't know."
        ]
        assert verdict(at) == []

    def test_is_judged_in_words_beside_the_sentences(self):
        at = start(lesson="first")
        at.radio[0].set_value(1)
        press(at, "Lock my prediction")

        assert verdict(at) == [
            "✗ Not right", "Above 1  (this is true)", "Below 1  (your answer)", "It is *minus* 7",
            "No: y is 1.1999990.", "x was 6.",
        ]  # fmt: skip
        assert at.query_params["progress"] == "1.c2"
        assert not at.radio
        assert len(at.get("vega_lite_chart")) == 1


class TestNumber:
    def test_is_judged_and_drawn_beside_the_truth(self):
        at = start(lesson="first", progress="1.u")
        at.number_input[0].set_value(1.5)
        press(at, "Lock my prediction")

        assert verdict(at) == [
            "✗ Not right", "Your prediction: 1.5. True: 1.5999987. You were off by 0.0999987.",
            "No: 1.5999987, off by 0.0999987.",
        ]  # fmt: skip
        [picture] = at.get("vega_lite_chart")
        layers = json.loads(picture.proto.spec)["layer"][-4:]
        assert [layer["mark"]["type"] for layer in layers] == ["rule", "rule", "text", "text"]
        assert {each.name for each in picture.proto.datasets} >= {"predicted", "state"}
        assert [each for each in spoken(at) if each.startswith("you: 1.5, true: 1.5999987. ")]

    def test_must_be_there(self):
        at = press(start(lesson="first", progress="1.u"), "Lock my prediction")

        assert problems(at) == ["Your prediction must be a number from 0 to 3. Type one, or press: I don't know."]
        assert verdict(at) == []


class TestPoint:
    def test_is_locked_where_the_slider_was_let_go(self):
        at = start(lesson="first", progress="1.u.u")
        course = at.session_state["bnsim.courses"]["first"]
        hear(course, axis_of(course.step), {"epoch": course.epoch, "prediction": 1.96})
        press(at, "Lock my prediction")

        assert verdict(at)[:2] == ["✓ Right", "Your prediction: 1.96. True: 1.9999984. You were off by 0.0399984."]
        assert at.query_params["progress"] == "1.u.u.n1.96"
        [axis] = marks(at)
        assert [layer["encoding"]["x"]["scale"]["domain"] for layer in axis["layer"]] == [[0.0, 4.0]] * 3
        assert "you: 1.96, true: 1.9999984" in spoken(at)

    def test_moves_its_mark_in_the_browser(self):
        at = start(lesson="first", progress="1.u.u")
        [axis] = marks(at)
        [sliders] = [
            each for each in (json.loads(found.proto.json) for found in at.get("bidi_component")) if "items" in each
        ]

        assert axis["params"][0]["name"] == "live"
        assert [(each["name"], each["min"], each["max"], each["value"]) for each in sliders["items"]] == [
            ("prediction", 0.0, 4.0, 2.0)
        ]

    @pytest.mark.parametrize(
        "said",
        [None, "much", {}, {"prediction": 1.0}, {"epoch": 0, "prediction": 1.0}, {"epoch": None, "prediction": "1"}],
    )
    def test_passes_over_what_is_no_position(self, first, said):
        course = Course(replace(first, steps=first.steps[2:]), epoch=7)
        hear(course, axis_of(course.step), said)
        for position in ("1", True, None, float("nan"), 4.1, -0.1, 1e400):
            hear(course, axis_of(course.step), {"epoch": 7, "prediction": position})

        assert course.guess is None


class TestAxis:
    def test_goes_by_powers_of_ten_where_a_factor_counts(self):
        axis = Axis(1e-4, 10.0, "loss", by_powers=True)

        assert axis.ends == (-4.0, 1.0)
        assert axis.step == 0.05
        assert axis.at(-1.5) == 0.03162

    def test_has_a_symbol_only_where_its_label_does_not_say_it(self, first):
        drift = Lessons.open().lessons["slow"].steps[0]
        drift = replace(drift, readout="drift_ratio")

        assert axis_of(drift).title == "Ratio of drifts"
        assert axis_of(first.steps[1]).title == "Output y"
        assert axis_of(first.steps[2]).title == "Output std, std(y)"

    def test_has_a_round_step(self):
        assert [Axis(0.0, high, "").step for high in (1.0, 2.0, 3.0, 4.0, 5.0, 40.0)] == [
            0.01,
            0.02,
            0.02,
            0.02,
            0.05,
            0.2,
        ]

    def test_reaches_to_what_is_marked(self):
        assert Axis(0.0, 1.0, "y").holding(0.5, -2.0, 3.0, float("nan")) == Axis(-2.0, 3.0, "y")
        assert Axis(0.1, 1.0, "y", by_powers=True).holding(0.0, 0.01) == Axis(0.01, 1.0, "y", by_powers=True)


class TestNotKnowing:
    def test_is_an_answer(self):
        at = press(start(lesson="first"), "I don't know")

        assert verdict(at)[:2] == ["You did not guess; that is an answer, too", "Above 1  (this is true)"]
        assert verdict(at)[-2:] == ["It is 1.1999990.", "x was 6."]
        assert at.query_params["progress"] == "1.u"


class TestLock:
    def test_keeps_what_was_given(self, first):
        course = Course(first)
        course.lock(Answer(choice=0))
        course.lock(Answer(choice=1))
        course.go(0)
        course.lock(UNSURE)

        assert course.answers == (Answer(choice=0),)

    def test_is_not_undone_by_going_back(self, first):
        course = Course(first)
        course.arrive({"step": "2", "progress": "1.c1.n2.0"})
        course.arrive({"step": "1", "progress": "1.c1"})

        assert (course.at, course.answers) == (0, (Answer(choice=0), Answer(number=2.0)))

    def test_does_not_hold_against_another_link(self, first):
        course = Course(first)
        course.arrive({"progress": "1.c1.n2.0"})
        course.arrive({"progress": "1.c2"})

        assert (course.at, course.answers) == (1, (Answer(choice=1),))

    def test_ends_when_the_lesson_is_begun_anew(self):
        at = press(start(lesson="first", step="1", progress="1.c1"), "Begin this lesson anew")

        assert at.radio[0].value is None
        assert "progress" not in at.query_params
        assert at.session_state["bnsim.courses"]["first"].progress == Progress()


class TestLink:
    def test_opens_a_lesson_where_it_was_left(self):
        at = start(lesson="first", step="2", progress="1.c1.n1.6")

        assert verdict(at)[0] == "✓ Right"
        assert "Question 2 of 4" in markup(at)

    def test_goes_to_the_first_question_without_an_answer(self):
        assert "Question 3 of 4" in markup(start(lesson="first", progress="1.c1.n1.6"))

    def test_that_is_damaged_is_read_as_far_as_it_goes_and_told(self):
        at = start(lesson="first", progress="1.c1.n9.n1")

        assert "Question 2 of 4" in markup(at)
        assert problems(at) == ["progress: answer 2 must be a number from 0 to 3; got 'n9.n1'. Answer from there on."]
        assert verdict(at) == []

    @pytest.mark.parametrize("step", ["3", "0", "-1", "two", "1e9", "٣", "99999999999"])
    def test_with_a_step_that_cannot_be_shown_is_told(self, step):
        said = (
            f"step must be a whole number from 1 to 2, as the steps before it have to be answered; got {step}. "
            "Shown is the first step without an answer."
        )
        assert place_of(step, 1) == (1, (said,))

    def test_with_a_step_before_any_answer_is_told(self):
        said = "step must be 1, as no question is answered yet; got 9. Shown is the first one."
        assert place_of("9", 0) == (0, (said,))

    def test_keeps_the_presenter_view_from_the_list_on(self):
        at = start(view="presenter")
        assert dict(at.query_params) == {"view": "presenter"}
        at.query_params["lesson"] = "first"
        del at.query_params["view"]
        at.run()

        assert at.query_params["view"] == "presenter"

    def test_keeps_the_presenter_view(self):
        at = start(lesson="first", view="presenter")

        assert at.query_params["view"] == "presenter"


class TestHeldBack:
    """The picture of a scenario tells all its numbers, also those that are asked for later."""

    @pytest.fixture
    def twice(self, first):
        """Return a lesson whose third question is about the scenario of its first."""
        steps = first.steps
        return replace(first, steps=(*steps[:2], replace(steps[0], name="later", readout="output_std"), steps[3]))

    def test_is_a_picture_until_the_later_question_is_answered(self, twice):
        course = Course(twice)
        held = list[int | None]()
        for _ in range(3):
            course.lock(UNSURE)
            course.go(0)
            held.append(course.held_by)
            course.go(len(course.answers))

        assert held == [2, 2, None]

    def test_is_not_what_no_later_question_asks(self, first):
        course = Course(first)
        course.lock(UNSURE)

        assert course.held_by is None

    def test_the_page_says_where_it_comes(self, twice, monkeypatch):
        monkeypatch.setattr(page, "lessons", lambda: Lessons({"first": twice}))
        at = start(lesson="first", step="1", progress="1.u")

        assert "The picture comes with question 3, whose answer it would tell." in [each.value for each in at.caption]
        assert not at.get("vega_lite_chart")
        assert "Open this scenario" not in [each.proto.label for each in at.get("page_link")]


class TestSlowTruth:
    def test_is_worked_out_in_the_queue_and_then_shown(self, folders):
        at = start(lesson="slow")
        at.number_input[0].set_value(0.5)
        press(at, "Lock my prediction")
        if not verdict(at):
            assert "Your prediction is locked. The answer is being worked out" in markup(at)
        for _ in range(400):
            if verdict(at):
                break
            at.run()

        assert not JOBS.busy
        scenario = folders.lessons["slow"].steps[0].scenario
        truth = Result(find("training"), scenario.params).readout_list
        shown = next(each.term.short(each.best) for each in truth if each.key == "test_accuracy_norm")
        assert f"True: {shown}." in verdict(at)[1]

    def test_that_was_stopped_is_not_said_to_be_worked_out(self, folders, monkeypatch):
        lesson = folders.lessons["slow"]
        [step] = lesson.steps
        other = replace(step, scenario=replace(step.scenario, params=step.scenario.params.replace(seed=6)))
        monkeypatch.setattr(page, "lessons", lambda: Lessons({"slow": replace(lesson, steps=(other,))}))
        monkeypatch.setattr("bnsim.app.waiting.AT_ONCE", 0.0)
        at = press(start(lesson="slow"), "I don't know")

        assert "Your prediction is locked. The answer is not worked out yet" in markup(at)
        assert "being worked out" not in markup(at)
        assert [each.label for each in at.button if each.label in ("Run", "Stop")] == ["Run"]

    def test_is_worked_out_at_the_end_where_a_link_leads_there_at_once(self, folders, monkeypatch):
        lesson = folders.lessons["slow"]
        [step] = lesson.steps
        other = replace(step, scenario=replace(step.scenario, params=step.scenario.params.replace(seed=5)))
        monkeypatch.setattr(page, "lessons", lambda: Lessons({"slow": replace(lesson, steps=(other,))}))
        at = start(lesson="slow", step="2", progress="1.n0.5")
        waiting = "1 answer has still to be worked out."
        assert waiting in markup(at)
        for _ in range(400):
            if waiting not in markup(at):
                break
            at.run()

        assert waiting not in markup(at)
        assert re.search(r"You got [01] of 1 right", markup(at))


class TestEnd:
    def test_says_how_it_went_and_leads_back(self):
        at = start(lesson="first", progress="1.c1.n1.5.n2.u")

        assert re.findall(r'<h2 class="bnp"[^>]*>(.*?)</h2>', markup(at)) == ["You got 2 of 4 right"]
        lines = [" ".join(words(each).split()) for each in re.findall(r'<p class="bnw">(.*?)</p>', markup(at))]
        assert lines == [
            "✓ right: 1. With gamma = 1 and beta = 0: is y <i>above</i> 1?",
            "✗ not right: 2. What is y?",
            "✓ right: 3. And here?",
            "– not guessed: 4. What is y now?",
        ]
        assert "To 1 question you said: I don&#x27;t know." in markup(at)
        press(at, "Look again at question 2")
        assert "Question 2 of 4" in markup(at)
        assert verdict(at)[0] == "✗ Not right"

    def test_cuts_a_long_question_between_two_words(self, folders, monkeypatch):
        lesson = folders.lessons["first"]
        steps = [replace(each, question="word " * 100) for each in lesson.steps]
        monkeypatch.setattr(page, "lessons", lambda: Lessons({"first": replace(lesson, steps=tuple(steps))}))
        said = markup(start(lesson="first", progress="1.u.u.u.u"))

        assert said.count(f"1. {'word ' * 27}…</p>") == 1  # 28 words and the sign would be more than 140 characters

    def test_comes_after_the_last_question(self):
        at = start(lesson="first", step="4", progress="1.u.u.u.u")
        press(at, "How it went")

        assert "You got 0 of 4 right" in markup(at)
        assert at.query_params["step"] == "5"

"""The pages of a room: who sees what in which phase, what is refused, and that no secret stands anywhere."""

import json

import pytest
from rooms import RIGHT, TOPIC, WAYS, WRONG, first
from rooms_on_pages import (
    MODULES,
    SECRETS,
    School,
    again,
    everything_sent,
    lines,
    markup,
    press,
    problems,
    start,
    student,
    teacher,
    words,
)
from test_app_places import homeless, sent  # noqa: F401 - a fixture
from written_lessons import CHOICE, NUMBER, written

import bnsim
from bnsim.app.classroom.keys import KEY, SEAT, Secret
from bnsim.app.classroom.projector import sign as projected
from bnsim.app.classroom.student import sign
from bnsim.app.classroom.watching import Look
from bnsim.app.pages.lessons import lessons as page_lessons
from bnsim.classroom import Phase, spaced, topic_in
from bnsim.classroom.codes import hashed
from bnsim.errors import RoomError
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.learn.lesson import UNSURE, Answer
from bnsim.text import short

TRUE = f"{bnsim.run('transform', mean=3, std=2.5, x=6).readouts['y']:.6f}"[:5]
LATE = "The vote is closed: answers are taken no more. What you answered before still counts."
BEFORE = [phase for phase in Phase if phase is not Phase.REVEALED]


def school_of(monkeypatch, topic):
    found = School(topic)
    for module in MODULES:
        monkeypatch.setattr(f"bnsim.app.classroom.{module}.classroom", lambda: found.classroom)
    return found


@pytest.fixture
def school(monkeypatch):
    found = school_of(monkeypatch, TOPIC)
    yield found
    found.engine.dispose()


@pytest.fixture
def numbers(monkeypatch):
    """A room whose question is answered with a number."""
    found = school_of(monkeypatch, topic_in(written(NUMBER), "numbers"))
    yield found
    found.engine.dispose()


def seat_of(at) -> Secret:
    [found] = [each for name, each in at.session_state[SECRETS].items() if name.endswith(SEAT)]
    return found


class TestArriving:
    def test_takes_no_seat_before_the_browser_has_said_whether_it_has_one(self, school):
        at = start(join=school.code)

        assert "One moment …" in [each.value for each in at.caption]
        assert school.classroom.room(school.code).seats == {}
        assert not at.radio

    def test_takes_a_seat_where_the_browser_has_none_and_lets_it_be_kept(self, school):
        at = start(join=school.code)
        seat_of(at).hear({"name": seat_of(at).name, "epoch": seat_of(at).epoch, "secret": ""})
        again(at)

        assert school.classroom.room(school.code).seat_of(seat_of(at).value)
        [told] = [each for each in map(json.loads, components(at)) if "offer" in each]
        assert (told["name"], told["offer"]) == (f"{school.code}/seat", seat_of(at).value)

    def test_comes_back_to_the_seat_that_the_browser_kept(self, school):
        [token] = school.seated(WRONG)
        at = start(join=school.code)
        seat_of(at).hear({"name": seat_of(at).name, "epoch": seat_of(at).epoch, "secret": token})
        again(at)

        assert len(school.classroom.room(school.code).seats) == 1
        assert "You answered: Less than 1" in lines(at, "bn-says")

    def test_takes_another_seat_in_place_of_one_that_is_not_of_this_room(self, school):
        at = student(school, "a-seat-of-another-room")

        assert school.classroom.room(school.code).seat_of(seat_of(at).value)
        assert seat_of(at).message["instead"] == "a-seat-of-another-room"

    def test_says_where_a_browser_keeps_nothing(self, school):
        at = start(join=school.code)
        seat_of(at).hear({"name": seat_of(at).name, "epoch": seat_of(at).epoch, "none": True})
        again(at)

        assert "This browser lets the page keep nothing: stay on this page, as a reload would take another seat." in [
            each.value for each in at.caption
        ]

    def test_knows_a_code_as_people_type_it(self, school):
        at = start()
        at.text_input[0].set_value(f" {spaced(school.code).lower()} ")
        press(at, "Join")

        assert at.query_params["join"] == school.code

    def test_says_that_there_is_no_such_room(self, school):
        other = "CCCCCC" if school.code != "CCCCCC" else "DDDDDD"
        said = f"There is no room {spaced(other)}. Compare the code with the one on the projector."

        for role in ("join", "projector", "room"):
            at = start({f"{other}/{KEY}": "x", f"{other}/{SEAT}": "x"}, **{role: other})
            assert problems(at) == [said]
            assert [each.label for each in at.button if each.label == "Join"] == ["Join"]

    def test_says_what_is_no_code(self, school):
        assert problems(start(join="<b>"))[0].startswith("the code of a room must be 6 of the letters")


class TestVoting:
    def test_asks_as_a_lesson_does_with_nothing_chosen(self, school):
        [token] = school.seated(UNSURE)
        school.classroom.join(school.code)
        at = student(school, token)

        assert at.radio[0].options == ["Less than 1", "More than 1"]
        assert at.radio[0].value is None
        assert "What is y?" in words(markup(at))

    def test_an_answer_arrives_and_can_be_changed(self, school):
        seat = school.classroom.join(school.code)
        at = student(school, seat.token)
        at.radio[0].set_value(0)
        press(at, "Send my answer")

        assert lines(at, "bn-says") == [
            "Answer by yourself. You can change your answer until the vote is closed.",
            "You answered: Less than 1",
            "Your answer has arrived.",
        ]
        school.clock.now += 2
        at.radio[0].set_value(1)
        press(at, "Change my answer")
        assert school.classroom.room(school.code).answers(1) == {seat.number: RIGHT}

    def test_twice_within_a_second_is_refused(self, school):
        at = student(school, school.classroom.join(school.code).token)
        at.radio[0].set_value(0)
        press(at, "Send my answer")
        at.radio[0].set_value(1)
        press(at, "Change my answer")

        assert problems(at) == ["That is less than a second after your last change. Wait a moment, then do it again."]

    def test_needs_an_answer(self, school):
        at = press(student(school, school.classroom.join(school.code).token), "Send my answer")

        assert problems(at) == [
            "Your prediction must be one of the answers above; none is chosen yet. If you cannot tell, press: "
            "I don't know."
        ]

    def test_after_closing_is_refused_and_does_not_count(self, school):
        seat = school.classroom.join(school.code)
        at = student(school, seat.token)
        at.radio[0].set_value(0)
        school.go(Phase.CLOSED)
        press(at, "Send my answer")

        assert problems(at) == [LATE]
        assert not at.radio
        assert school.classroom.room(school.code).votes == {}
        assert problems(again(at)) == []

    def test_to_the_first_vote_does_not_count_for_the_second(self, school):
        seat = school.classroom.join(school.code)
        at = student(school, seat.token)
        at.radio[0].set_value(0)
        school.go(*WAYS[Phase.REOPENED])
        press(at, "Send my answer")

        assert problems(at) == [
            "This answer belongs to another vote than the one that is open now. Look at the question again, and "
            "answer it."
        ]
        assert school.classroom.room(school.code).votes == {}
        assert at.radio[0].value is None

    def test_cannot_be_done_where_none_is_open(self, school):
        [token] = school.seated(WRONG)
        for phase in (Phase.CLOSED, Phase.DISCUSS):
            school.go(phase)
            at = student(school, token)

            assert not at.radio
            assert [each.label for each in at.button] == []
            assert "You answered: Less than 1" in lines(at, "bn-says")

    def test_sends_a_number(self, numbers):
        seat = numbers.classroom.join(numbers.code)
        at = student(numbers, seat.token)
        at.number_input[0].set_value(0.75)
        press(at, "Send my answer")

        assert numbers.classroom.room(numbers.code).answers(1) == {seat.number: Answer(number=0.75)}


class TestBeforeTheReveal:
    @pytest.mark.parametrize("phase", BEFORE)
    def test_nothing_tells_the_truth_to_students_or_the_projector(self, school, phase, monkeypatch):
        def refuse(*_: object) -> None:
            raise AssertionError("the truth was asked for before it was shown")

        tokens = school.seated(*[RIGHT] * 4, *[WRONG] * 3)
        school.go(*WAYS[phase])
        for module in ("student", "projector"):
            monkeypatch.setattr(f"bnsim.app.classroom.{module}.truth_at_hand", refuse)
        for at in (student(school, tokens[0]), start(projector=school.code)):
            told = everything_sent(at)

            assert TRUE not in told
            assert "Yes." not in told
            assert 'class="bn-bars' not in told
            assert not at.get("vega_lite_chart")

    def test_the_projector_counts_and_tells_not_what(self, school):
        school.seated(RIGHT, WRONG, UNSURE)
        school.classroom.join(school.code)
        at = start(projector=school.code)

        assert '<p class="bn-counted">3 of 4 answered</p>' in markup(at)
        assert "Less than 1" in markup(at)  # the choices are part of the question

    def test_the_teacher_sees_the_histogram_at_any_time(self, school):
        school.seated(RIGHT, WRONG, WRONG)
        at = teacher(school)

        assert "Less than 1 2 67 %" in words(markup(at))
        assert "Right: 1 of 3 (33 %)." in words(markup(at))


class TestRevealed:
    @pytest.fixture
    def played(self, school):
        """Seven have answered twice: two got it right by talking, one lost it."""
        tokens = school.seated(RIGHT, RIGHT, RIGHT, WRONG, WRONG, WRONG, UNSURE)
        school.go(*WAYS[Phase.REOPENED])
        school.answer_again(tokens, RIGHT, RIGHT, WRONG, RIGHT, RIGHT, WRONG, UNSURE)
        school.go(Phase.CLOSED_AGAIN, Phase.REVEALED)
        return tokens

    def test_a_student_is_told_what_is_true_and_why(self, school, played):
        at = student(school, played[3])

        assert lines(at, "bn-says") == [
            "This is the answer.",
            "You answered: Less than 1",
            "Then you answered: More than 1",
        ]
        assert lines(at, "bnv") == ["✓ Right", "Less than 1", "More than 1 (your answer, this is true)", "Yes."]
        assert "The picture comes with question 2, whose answer it would tell." in [each.value for each in at.caption]
        assert not at.get("vega_lite_chart")
        assert 'class="bn-bars' not in everything_sent(at)

    def test_who_gave_no_answer_is_told_what_is_true(self, school, played):
        at = student(school, school.classroom.join(school.code).token)

        assert lines(at, "bnv") == ["You gave no answer", "Less than 1", "More than 1 (this is true)", "No."]

    def test_the_projector_shows_first_against_second_with_the_true_one(self, school, played):
        said = words(markup(start(projector=school.code)))

        assert "Answer First vote Second vote Less than 1 3 43 % 2 29 % More than 1 ✓ true 3 43 % 4 57 %" in said
        assert "Right: 3 of 7 (43 %), then 4 of 7 (57 %)." in said
        assert "The answer: More than 1" in said

    def test_the_projector_does_not_say_who_changed_to_what(self, school, played):
        assert " bn-flow" not in everything_sent(start(projector=school.code))

    def test_the_teacher_sees_who_changed_to_what(self, school, played):
        said = words(markup(teacher(school)))

        assert "First Then How many Less than 1 More than 1 2 More than 1 More than 1 2" in said
        assert "Of 7 who answered both times: 2 from not right to right, 1 from right to not right." in said

    def test_the_projector_shows_nothing_of_fewer_than_five(self, school):
        school.seated(RIGHT, RIGHT, WRONG, WRONG)
        school.go(*WAYS[Phase.CLOSED], Phase.REVEALED)
        told = everything_sent(start(projector=school.code))

        assert "Fewer than 5 answered, so what they answered is not shown." in told
        assert 'class="bn-bars' not in told
        assert "Right:" not in told

    def test_numbers_are_points_on_the_axis_of_what_decides(self, numbers):
        numbers.seated(*[Answer(number=value) for value in (0.5, 0.5, 1.0, 1.2, 1.9)], UNSURE)
        numbers.go(Phase.CLOSED, Phase.REVEALED)
        at = start(projector=numbers.code)
        points = at.get("vega_lite_chart")[0].proto

        assert {each.name for each in points.datasets} == {"votes", "truth"}
        assert "true: 1.1999990. First vote: 0.4 to 0.6: 2, 1 to 1.2: 1, 1.2 to 1.4: 1, 1.8 to 2: 1, " in markup(at)
        assert "Right: 2 of 6 (33 %)." in words(markup(at))


class TestFlow:
    def test_lists_the_most_frequent_changes_and_counts_the_others(self, numbers):
        values = [0.1 + 0.2 * at for at in range(10)]  # one in each of the ten ranges
        tokens = numbers.seated(*[Answer(number=value) for value in values], Answer(number=values[0]))
        numbers.go(*WAYS[Phase.REOPENED])
        numbers.answer_again(tokens, *[Answer(number=1.1)] * 11)
        said = words(markup(teacher(numbers)))

        assert "First Then How many 0 to 0.2 1 to 1.2 2 0.2 to 0.4 1 to 1.2 1 " in said
        assert said.count("1 to 1.2 1 ") == 7
        assert "2 more changed in ways that are rarer; the download has every answer." in said


class TestTeacher:
    def test_goes_on_from_phase_to_phase(self, school):
        at = teacher(school)
        for label, phase in (
            ("Close the vote", Phase.CLOSED), ("Let them talk", Phase.DISCUSS),
            ("Open the second vote", Phase.REOPENED), ("Close the second vote", Phase.CLOSED_AGAIN),
            ("Show the answer", Phase.REVEALED), ("Next question", Phase.OPEN),
        ):  # fmt: skip
            press(at, label)
            assert school.classroom.room(school.code).phase is phase
        assert school.classroom.room(school.code).round == 2

    def test_sets_a_countdown(self, school):
        at = teacher(school)
        at.selectbox(key="room.countdown").set_value(60)
        press(at, "Set the countdown")

        assert school.classroom.room(school.code).remaining == 60

    def test_is_told_what_students_see(self, school):
        said = "**What students see now:** Students see the question and their own answer, which they can change. "
        assert [each.value for each in teacher(school).caption if each.value.startswith(said)]

    def test_without_the_key_is_refused(self, school):
        at = start({f"{school.code}/{KEY}": "another-key"}, room=school.code)

        assert problems(at) == [
            f"This browser does not have the key of the room {spaced(school.code)}: only the one in which it was "
            "opened has. To answer in it, join it."
        ]
        assert [each.label for each in at.button] == []

    def test_the_key_stands_nowhere(self, school):
        at = teacher(school)
        press(at, "Close the vote")

        assert school.keys.key not in everything_sent(at)
        assert dict(at.query_params) == {"room": school.code}
        assert school.keys.key not in everything_sent(start(projector=school.code))

    def test_is_told_that_a_button_came_too_late(self, school):
        at = teacher(school)
        school.go(Phase.CLOSED, Phase.DISCUSS)
        press(at, "Close the vote")

        assert problems(at) == [
            "From “discussion” a room can go on to “second vote” or “answer shown”; got “first vote closed”."
        ]

    def test_is_told_of_a_question_that_cannot_be_judged(self, monkeypatch):
        step = {**CHOICE, "choices": [{"text": "Less than 1", "to": 1}, {"text": "More than 3", "from": 3}]}
        found = school_of(monkeypatch, topic_in(written(step)))

        assert problems(teacher(found)) == [
            "This question cannot be judged: exactly one choice must be true; y is 1.199999040001, and none is."
        ]
        found.engine.dispose()


class TestSlowTruth:
    """What is true may take a computation: the desk has it worked out before it is needed."""

    @pytest.fixture
    def slow(self, monkeypatch):
        step = {
            "name": "trained", "kind": "number", "question": "How many are right?", "experiment": "training",
            "params": {
                "depth": 1, "width": 8, "steps": 6, "batch": 10, "examples": 60, "points": 2, "ghost": 5, "every": 2,
                "seeds": 2, "seed": 11,
            },
            "readout": "test_accuracy_norm", "low": 0.0, "high": 1.0, "close": 0.1, "right": "Yes: {truth}.",
            "wrong": "No: {truth}.",
        }  # fmt: skip
        found = school_of(monkeypatch, topic_in(written(step), "slow"))
        yield found
        found.engine.dispose()

    def test_is_worked_out_on_the_desk_and_then_there_for_everybody(self, slow):
        [token] = slow.seated(Answer(number=0.5))
        at = teacher(slow)
        for _ in range(400):
            if '<p class="bn-truth">' in markup(at):
                break
            again(at)
        truth = Result(find("training"), slow.classroom.room(slow.code).step.scenario.params).readouts
        said = short(truth["test_accuracy_norm"])

        assert f'<p class="bn-truth">true: {said}</p>' in markup(at)
        slow.go(Phase.CLOSED, Phase.REVEALED)
        assert f"True: {said}." in lines(student(slow, token), "bnv")[1]
        assert f"The answer: {said}" in markup(start(projector=slow.code))

    def test_that_is_not_there_when_it_is_shown_is_said_to_be_worked_out(self, slow, monkeypatch):
        for module in ("student", "projector"):
            monkeypatch.setattr(f"bnsim.app.classroom.{module}.truth_at_hand", lambda step: None)
        [token] = slow.seated(Answer(number=0.5))
        slow.go(Phase.CLOSED, Phase.REVEALED)

        assert lines(student(slow, token), "bn-says") == ["The answer is being worked out.", "You answered: 0.5"]
        assert "The answer is being worked out." in markup(start(projector=slow.code))


class TestOpening:
    def test_opens_a_room_for_a_lesson_and_keeps_its_key_out_of_the_address(self, school):
        at = start(lesson="folding")
        at.selectbox(key="room.countdown").set_value(30)
        press(at, "Open the room")
        code = at.query_params["room"]
        [key] = [each for name, each in at.session_state[SECRETS].items() if name == f"{code}/{KEY}"]

        assert dict(at.query_params) == {"room": code}
        assert school.classroom.teacher(code, key.value).rounds == 5
        assert school.classroom.room(code).remaining == 30

    def test_opens_one_for_one_question(self, school):
        at = start(lesson="folding")
        options = at.selectbox(key="room.step").options
        at.selectbox(key="room.step").set_value(at.selectbox(key="room.step").options[1])
        press(at, "Open the room")

        assert options[0] == "All 5 questions, one after the other"
        assert school.classroom.room(at.query_params["room"]).rounds == 1

    def test_another_lesson_can_be_chosen_than_the_link_names(self, school):
        at = start(lesson="folding", step="not-one")
        at.selectbox(key="room.lesson").set_value("noise")
        again(at)

        assert at.selectbox(key="room.lesson").value == "noise"

    def test_a_link_names_one_question(self, school):
        lesson = page_lessons().lessons["one-image"]
        at = start(lesson="one-image", step=lesson.steps[1].name)
        press(at, "Open the room")

        assert school.classroom.room(at.query_params["room"]).step.name == lesson.steps[1].name

    def test_opens_one_for_a_question_of_ones_own(self, school):
        at = start()
        at.selectbox(key="room.lesson").set_value("own")
        again(at)
        at.text_area(key="room.own").set_value(written(NUMBER))
        press(at, "Open the room")

        assert school.classroom.room(at.query_params["room"]).step.name == "number"

    def test_says_everything_that_is_wrong_with_it(self, school):
        at = start()
        at.selectbox(key="room.lesson").set_value("own")
        again(at)
        at.text_area(key="room.own").set_value(written({**NUMBER, "low": 3.0}))
        press(at, "Open the room")

        assert problems(at) == ['step 1 ("number"): high must be more than low, 3; got 2.']
        assert "room" not in at.query_params


class TestLookingAgain:
    def test_a_student_is_drawn_nothing_for_what_others_do(self, school):
        seat = school.classroom.join(school.code)
        look = Look(school.code, lambda room: sign(hashed(seat.token), room)).begin()
        assert not look.has_changed()
        school.seated(RIGHT, WRONG)
        assert not look.has_changed()
        school.classroom.vote(school.code, seat.token, first(RIGHT))
        assert look.has_changed()

    def test_everybody_is_drawn_the_next_phase(self, school):
        school.seated(RIGHT)
        looks = [Look(school.code, each).begin() for each in (lambda room: sign("", room), projected)]
        school.go(Phase.CLOSED)

        assert [look.has_changed() for look in looks] == [True, True]

    def test_the_end_of_a_countdown_is_seen_by_itself(self, school):
        school.classroom.advance(school.code, school.keys.key, Phase.OPEN, 5)
        look = Look(school.code, projected).begin()
        school.clock.now += 4
        assert not look.has_changed()
        school.clock.now += 1
        assert look.has_changed()

    def test_a_projector_is_drawn_every_answer_as_a_count(self, school):
        look = Look(school.code, projected).begin()
        school.seated(RIGHT)

        assert look.has_changed()

    def test_the_end_of_a_room_is_seen(self, school):
        look = Look(school.code, projected).begin()
        school.clock.now += 24 * 3600 + 1

        assert look.has_changed()


class TestOutOfReach:
    SAID = "The rooms cannot be reached at the moment, so nothing was kept. Try again."

    def test_says_so_keeps_the_address_and_comes_back(self, school, monkeypatch):
        at = student(school, school.classroom.join(school.code).token)
        with monkeypatch.context() as patch:
            patch.setattr(school.classroom, "room", self.refuse)
            patch.setattr(school.classroom, "student", self.refuse)
            again(at)
            assert problems(at) == [self.SAID]
            assert dict(at.query_params) == {"join": school.code}
            look = Look(school.code, lambda room: room.code)
            assert not look.has_changed()
        assert look.has_changed()
        assert problems(again(at)) == []
        assert at.radio

    def refuse(self, *_: object) -> None:
        raise RoomError(self.SAID)

    def test_a_vote_is_not_said_to_have_arrived(self, school, monkeypatch):
        at = student(school, school.classroom.join(school.code).token)
        at.radio[0].set_value(0)
        monkeypatch.setattr(school.classroom, "vote", self.refuse)
        press(at, "Send my answer")

        assert problems(at) == [self.SAID]
        assert "Your answer has arrived." not in lines(at, "bn-says")

    def test_a_room_that_has_ended_is_said_in_place_of_the_question(self, school):
        at = student(school, school.classroom.join(school.code).token)
        school.clock.now += 24 * 3600 + 1
        again(at)

        assert problems(at) == [
            f"The room {spaced(school.code)} has ended: everything in it was deleted 24 hours after it was opened. "
            "Ask your teacher for a new code."
        ]


class TestSecret:
    def secret(self) -> Secret:
        return Secret("CDFHJK/seat", epoch=7)

    @pytest.mark.parametrize(
        "said",
        [
            None, "seat", 3, {}, {"name": "CDFHJK/seat"}, {"name": "CDFHJK/key", "epoch": 7, "secret": "a"},
            {"name": "CDFHJK/seat", "epoch": 6, "secret": "a"},
        ],
    )  # fmt: skip
    def test_passes_over_what_is_no_answer(self, said):
        known = self.secret()

        assert not known.hear(said)
        assert not known.heard

    @pytest.mark.parametrize("kept", [None, 3, "", "a b", "<b>", "x" * 65, ["a"], "é"])
    def test_takes_no_secret_that_can_be_none(self, kept):
        known = self.secret()

        assert known.hear({"name": "CDFHJK/seat", "epoch": 7, "secret": kept})
        assert (known.heard, known.value) == (True, "")

    def test_takes_that_of_another_tab_that_was_first(self):
        known = self.secret()
        known.hear({"name": "CDFHJK/seat", "epoch": 7, "secret": ""})
        known.take("mine")
        assert not known.is_settled
        assert known.hear({"name": "CDFHJK/seat", "epoch": known.epoch, "secret": "theirs"})

        assert (known.value, known.is_settled) == ("theirs", True)

    def test_puts_another_in_place_of_what_was_refused(self):
        known = self.secret()
        known.hear({"name": "CDFHJK/seat", "epoch": 7, "secret": "old"})
        known.refuse()
        known.take("new")
        assert known.message == {"name": "CDFHJK/seat", "offer": "new", "instead": "old", "epoch": known.epoch}
        known.hear({"name": "CDFHJK/seat", "epoch": known.epoch, "secret": "new"})

        assert (known.value, known.is_settled) == ("new", True)


class TestBoard:
    PUT = "Put what is set on the board of room "

    def experiment(self, school, token, slug="transform"):
        from streamlit.testing.v1 import AppTest

        def page(slug: str) -> None:
            from bnsim.app.page import experiment_page
            from bnsim.experiments import find

            experiment_page(find(slug))

        at = AppTest.from_function(page, default_timeout=30, kwargs={"slug": slug})
        at.session_state[SECRETS] = {f"{school.code}/{SEAT}": Secret(f"{school.code}/{SEAT}", token, heard=True)}
        at.query_params["gamma"] = "2"
        return again(at)

    def test_is_filled_from_the_page_of_the_experiment(self, school):
        token = school.classroom.join(school.code).token
        at = press(self.experiment(school, token), f"{self.PUT}{spaced(school.code)}")
        [put] = school.classroom.board(school.code, school.keys.key).scenarios

        assert put.params == find("transform").params(gamma=2.0)
        assert f"It is on the board of room {spaced(school.code)}." in markup(at)

    def test_is_not_offered_on_another_page_or_to_others(self, school):
        token = school.classroom.join(school.code).token
        other = self.experiment(school, token, "norm-family")

        assert not [each for each in other.button if each.label.startswith(self.PUT)]
        at = self.experiment(school, "")
        assert not [each for each in at.button if each.label.startswith(self.PUT)]

    def put(self, school, many):
        for at in range(many):
            token = school.classroom.join(school.code).token
            school.classroom.share(school.code, token, "transform", find("transform").params(gamma=1.0 + at))

    def test_is_one_overlay_and_one_table_for_the_teacher(self, school):
        self.put(school, 2)
        at = teacher(school)
        said = words(markup(at))

        assert "seat-" in said
        assert [each.name for each in at.get("vega_lite_chart")[-1].proto.datasets] == ["curves"]
        assert "Scale γ" in said

    def test_is_projected_once_the_answer_is_shown_and_of_five_or_more(self, school):
        self.put(school, 5)
        assert "seat-" not in everything_sent(start(projector=school.code))
        school.go(Phase.CLOSED, Phase.REVEALED)
        assert "seat-" in everything_sent(start(projector=school.code))

    def test_is_not_projected_of_four(self, school):
        self.put(school, 4)
        school.go(Phase.CLOSED, Phase.REVEALED)

        assert "seat-" not in everything_sent(start(projector=school.code))


class TestPlaces:
    @pytest.mark.parametrize("phase", Phase)
    def test_every_place_is_sent_before_what_is_in_it(self, school, sent, phase):  # noqa: F811
        [token, *_] = school.seated(*[RIGHT] * 5)
        school.go(*WAYS[phase])
        for open_page in (
            lambda: student(school, token), lambda: teacher(school), lambda: start(projector=school.code)
        ):  # fmt: skip
            open_page()
            assert len(sent) > 10
            assert homeless(sent) == []


def components(at) -> list[str]:
    return [found.proto.json for found in at.get("bidi_component")]

"""What a student, a projector and a teacher see: nothing of what is true before it is shown, nothing of few."""

import dataclasses
import math

import pytest
from rooms import RIGHT, TOPIC, WAYS, WRONG, Clock, first, second

from bnsim.classroom import Phase, frames, topic_in
from bnsim.classroom.classroom import Classroom
from bnsim.classroom.database import engine_of
from bnsim.classroom.store import Store
from bnsim.classroom.watch import Watch
from bnsim.errors import LateError, RoomError, StrangerError
from bnsim.learn.lesson import UNSURE, Answer, truth
from bnsim.learn.lesson import Truth as TruthOf

BEFORE = [phase for phase in Phase if phase is not Phase.REVEALED]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def a_class(clock):
    engine = engine_of()
    store = Store(engine, clock)
    yield Classroom(store, Watch(store.read, clock))
    engine.dispose()


def unasked(step):
    raise AssertionError("nobody may ask for what is true before it is shown")


def gone_through(a_class, phase, clock, answers=((WRONG, RIGHT),) * 4 + ((RIGHT, RIGHT),) * 3):
    """Return the keys of a room in a phase and its seats, each of which has answered what it could until then."""
    keys = a_class.open(TOPIC)
    seats = [a_class.join(keys.code) for _ in answers]
    for seat, (one, _) in zip(seats, answers, strict=True):
        a_class.vote(keys.code, seat.token, first(one))
    for to in WAYS[phase]:
        a_class.advance(keys.code, keys.key, to)
        clock.now += 1
        if to is Phase.REOPENED:
            for seat, (_, two) in zip(seats, answers, strict=True):
                a_class.vote(keys.code, seat.token, second(two))
    return keys, seats


def everything_in(value):
    """Yield every value in a view, those in its fields and lists included."""
    yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from everything_in(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from everything_in(item)


class TestBeforeTheAnswerIsShown:
    @pytest.mark.parametrize("phase", BEFORE)
    def test_nothing_that_is_true_is_in_a_view_or_worked_out(self, a_class, clock, phase):
        keys, seats = gone_through(a_class, phase, clock)
        views = [a_class.student(keys.code, seats[0].token, unasked), a_class.projector(keys.code, unasked)]

        for view in views:
            assert view.truth is None
            assert not any(isinstance(value, TruthOf) for value in everything_in(view))
            step = view.step
            assert (step.right, step.wrong, step.unsure, step.follow_up) == ("", "", "", "")
            assert {(choice.low, choice.high, choice.word) for choice in step.choices} == {(None, None, None)}

    @pytest.mark.parametrize("phase", BEFORE)
    def test_a_student_sees_nobody_else(self, a_class, clock, phase):
        keys, seats = gone_through(a_class, phase, clock)
        names = {field.name for field in dataclasses.fields(a_class.student(keys.code, seats[0].token, unasked))}

        assert not names & {"tally", "count", "seats", "votes"}

    @pytest.mark.parametrize("phase", BEFORE)
    def test_a_projector_shows_how_many_and_nothing_else(self, a_class, clock, phase):
        keys, _ = gone_through(a_class, phase, clock)
        view = a_class.projector(keys.code, unasked)

        assert (view.seats, view.count, view.tally) == (7, 7, None)

    def test_a_student_sees_the_own_answers(self, a_class, clock):
        keys, seats = gone_through(a_class, Phase.CLOSED_AGAIN, clock)
        view = a_class.student(keys.code, seats[0].token, unasked)

        assert (view.seat, view.first, view.second, view.answer) == (seats[0].number, WRONG, RIGHT, RIGHT)
        assert view.verdict is None

    def test_the_second_vote_begins_without_an_answer(self, a_class, clock):
        keys, seats = gone_through(a_class, Phase.DISCUSS, clock)
        a_class.advance(keys.code, keys.key, Phase.REOPENED)
        view = a_class.student(keys.code, seats[0].token, unasked)

        assert (view.takes, view.first, view.answer) == (2, WRONG, None)
        assert a_class.projector(keys.code, unasked).count == 0


class TestOnceItIsShown:
    def test_a_student_sees_what_is_true_and_the_verdict(self, a_class, clock):
        keys, seats = gone_through(a_class, Phase.REVEALED, clock)
        view = a_class.student(keys.code, seats[0].token)

        assert view.truth is not None
        assert (view.truth.choice, view.verdict.right, view.verdict.text) == (1, True, "Yes.")
        assert view.step.choices[1].low == 1.0

    def test_who_answered_nothing_has_no_verdict(self, a_class, clock):
        keys, _ = gone_through(a_class, Phase.REVEALED, clock)
        late = a_class.join(keys.code)

        assert a_class.student(keys.code, late.token).verdict is None

    def test_without_the_truth_at_hand_there_is_none_yet(self, a_class, clock):
        keys, seats = gone_through(a_class, Phase.REVEALED, clock)
        view = a_class.student(keys.code, seats[0].token, lambda step: None)

        assert (view.truth, view.verdict) == (None, None)
        assert a_class.projector(keys.code, lambda step: None).tally.first.right is None

    def test_a_projector_shows_both_votes_and_not_who_changed(self, a_class, clock):
        keys, _ = gone_through(a_class, Phase.REVEALED, clock)
        found = a_class.projector(keys.code).tally

        assert (found.first.counts, found.second.counts) == ((4, 3, 0), (0, 7, 0))
        assert (found.first.right, found.second.right) == (3, 7)
        assert (found.flow, found.turned) == ((), None)

    @pytest.mark.parametrize(("many", "is_shown"), [(4, False), (5, True)])
    def test_a_projector_shows_nothing_of_fewer_than_five(self, a_class, clock, many, is_shown):
        keys, _ = gone_through(a_class, Phase.REVEALED, clock, ((WRONG, RIGHT),) * many)
        found = a_class.projector(keys.code)

        assert [votes is not None for votes in (found.tally.first, found.tally.second)] == [is_shown] * 2
        assert found.count == many

    def test_of_the_next_question_nothing_is_shown(self, a_class, clock):
        keys, seats = gone_through(a_class, Phase.REVEALED, clock)
        a_class.advance(keys.code, keys.key, Phase.OPEN)
        view = a_class.student(keys.code, seats[0].token, unasked)

        assert (view.round, view.rounds, view.step.name, view.truth) == (2, 2, "number", None)
        assert (view.step.right, view.first, view.second) == ("", None, None)

    def test_a_picture_waits_that_would_tell_a_later_answer(self, a_class, clock):
        keys, seats = gone_through(a_class, Phase.REVEALED, clock)  # both questions are about the same scenario

        assert a_class.student(keys.code, seats[0].token).held_by == 2


class TestTeacher:
    @pytest.mark.parametrize("phase", Phase)
    def test_sees_everything_at_any_time(self, a_class, clock, phase):
        keys, _ = gone_through(a_class, phase, clock)
        view = a_class.teacher(keys.code, keys.key)

        assert (view.tally.first.counts, view.tally.first.right) == ((4, 3, 0), 3)
        assert view.step == TOPIC.steps[0]
        assert view.truth.choice == 1

    def test_sees_who_changed_to_what(self, a_class, clock):
        keys, _ = gone_through(a_class, Phase.REVEALED, clock)
        found = a_class.teacher(keys.code, keys.key).tally

        assert found.flow == ((0, 1, 4), (1, 1, 3))
        assert found.turned == {("wrong", "right"): 4, ("right", "right"): 3}

    def test_sees_how_few_there_are(self, a_class, clock):
        keys, _ = gone_through(a_class, Phase.OPEN, clock, ((RIGHT, RIGHT),) * 4)
        assert a_class.teacher(keys.code, keys.key).few
        a_class.vote(keys.code, a_class.join(keys.code).token, first(UNSURE))

        assert not a_class.teacher(keys.code, keys.key).few

    def test_needs_the_key(self, a_class, clock):
        keys, seats = gone_through(a_class, Phase.OPEN, clock)
        for ask in (a_class.teacher, a_class.board, a_class.download):
            with pytest.raises(StrangerError):
                ask(keys.code, seats[0].token)

    def test_is_told_what_students_see(self, a_class, clock):
        said = {}
        for phase in Phase:
            keys, _ = gone_through(a_class, phase, clock)
            said[phase] = a_class.teacher(keys.code, keys.key).students_see

        assert len(set(said.values())) == len(Phase)
        assert all("They see nothing of what others answer" in said[phase] for phase in BEFORE)
        assert said[Phase.REVEALED] == (
            "Students see what is true, why, and how their own answers compare. "
            "What others answered stands on the projector alone, from 5 answers on."
        )

    def test_has_no_way_on_after_the_last_question(self, a_class, clock):
        keys, _ = gone_through(a_class, Phase.REVEALED, clock)
        assert a_class.teacher(keys.code, keys.key).moves == (Phase.OPEN,)
        for to in (Phase.OPEN, *WAYS[Phase.REVEALED]):
            a_class.advance(keys.code, keys.key, to)

        assert a_class.teacher(keys.code, keys.key).moves == ()


class TestVoting:
    @pytest.mark.parametrize(
        ("answer", "got"),
        [(Answer(choice=2), "choice 3"), (Answer(number=1.0), "1"), (Answer(choice=-1), "choice 0")],
    )
    def test_takes_only_what_the_question_allows(self, a_class, answer, got):
        keys = a_class.open(TOPIC)
        seat = a_class.join(keys.code)
        with pytest.raises(RoomError) as error:
            a_class.vote(keys.code, seat.token, first(answer))

        assert str(error.value) == f"the answer must be a choice from 1 to 2, or that you do not know; got {got}."

    @pytest.mark.parametrize("number", [math.nan, math.inf, -1.0, 2.1])
    def test_takes_only_numbers_in_the_range(self, a_class, number):
        keys = a_class.open(topic_in(TOPIC.text, "a-lesson", "number"))
        seat = a_class.join(keys.code)
        with pytest.raises(RoomError, match=r"^the answer must be a number from 0 to 2, or that you do not know; got"):
            a_class.vote(keys.code, seat.token, first(Answer(number=number)))

    @pytest.mark.parametrize("round_", [0, -1, 3, 10**9])
    def test_refuses_rounds_that_are_none(self, a_class, round_):
        keys = a_class.open(TOPIC)
        seat = a_class.join(keys.code)
        with pytest.raises(LateError, match=r"^This answer belongs to another question"):
            a_class.vote(keys.code, seat.token, first(RIGHT, round_))

    def test_is_seen_at_once_by_who_voted(self, a_class):
        keys = a_class.open(TOPIC)
        seat = a_class.join(keys.code)
        assert a_class.student(keys.code, seat.token, unasked).answer is None
        a_class.vote(keys.code, seat.token, first(RIGHT))

        assert a_class.student(keys.code, seat.token, unasked).answer == RIGHT
        assert a_class.projector(keys.code, unasked).count == 1


class TestTables:
    def test_of_a_choice_have_a_row_for_each_answer_and_vote(self, a_class, clock):
        keys, _ = gone_through(a_class, Phase.REVEALED, clock)
        found = frames.histogram(a_class.projector(keys.code).tally)

        assert found[["vote", "answer", "count"]].to_numpy().tolist() == [
            [1, "Less than 1", 4],
            [1, "More than 1", 3],
            [1, "I don't know", 0],
            [2, "Less than 1", 0],
            [2, "More than 1", 7],
            [2, "I don't know", 0],
        ]
        assert found.groupby("vote")["share"].sum().tolist() == [1.0, 1.0]

    def test_say_who_changed_to_what(self, a_class, clock):
        keys, _ = gone_through(a_class, Phase.REVEALED, clock)
        found = frames.flow(a_class.teacher(keys.code, keys.key).tally)

        assert found.to_numpy().tolist() == [["Less than 1", "More than 1", 4], ["More than 1", "More than 1", 3]]

    def test_have_their_columns_where_nothing_is_shown(self, a_class, clock):
        keys, _ = gone_through(a_class, Phase.REVEALED, clock, ())
        found = a_class.projector(keys.code).tally

        assert list(frames.histogram(found).columns) == ["vote", "place", "answer", "low", "high", "count", "share"]
        assert list(frames.points(found).columns) == ["vote", "value"]
        assert list(frames.flow(found).columns) == ["first", "second", "count"]


def test_what_is_true_of_the_lesson_is_what_the_tests_say():
    assert truth(TOPIC.steps[0]).choice == RIGHT.choice

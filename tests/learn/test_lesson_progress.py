"""Progress as text: exact when written, read as far as it goes."""

import pytest
from cases import together
from hypothesis import given
from hypothesis import strategies as st
from written_lessons import CHOICE, NUMBER, changed, lesson_of, step_of

from bnsim.errors import InputError
from bnsim.learn.lesson import UNSURE, Answer, Progress, answer_of

LESSON = lesson_of(
    CHOICE, NUMBER, changed(NUMBER, {"name": "wide", "low": -1e300, "high": 1e300}), {**CHOICE, "name": "d"}
)
CHOICES = st.builds(Answer, choice=st.integers(0, 1)) | st.just(UNSURE)
ANSWERS = st.tuples(
    CHOICES,
    st.builds(Answer, number=st.floats(0.0, 2.0)) | st.just(UNSURE),
    st.builds(Answer, number=st.floats(-1e300, 1e300)) | st.just(UNSURE),
    CHOICES,
)
FULL = Progress((Answer(choice=1), Answer(number=0.42), UNSURE, Answer(choice=0)))


class TestRoundTrip:
    @given(ANSWERS, st.integers(0, 4))
    def test_what_was_written_is_read(self, answers, count):
        progress = Progress(answers[:count])

        assert Progress.read(progress.written(), LESSON) == (progress, ())

    @given(ANSWERS)
    def test_it_needs_no_escape_in_a_link(self, answers):
        assert set(Progress(answers).written()) <= set("0123456789.-cenu")

    def test_it_is_small(self):
        assert FULL.written() == "1.c2.n0.42.u.c1"
        assert Progress().written() == "1"

    def test_answers_are_given_one_after_the_other(self):
        progress = Progress().given(Answer(choice=1)).given(Answer(number=0.42)).given(UNSURE)

        assert progress.written() == "1.c2.n0.42.u"
        assert Progress().answers == ()


class TestDamaged:
    @together(
        ("text", "kept", "told"),
        [
            ("2.c1", 0, "progress must be 1 and the answers, such as 1.c2.n0.42.u; got '2.c1'."),
            ("11", 0, "progress must be 1 and the answers, such as 1.c2.n0.42.u; got '11'."),
            ("1.c3.n1", 0, "progress: answer 1 must be a choice from 1 to 2; got 'c3.n1'. Answer from there on."),
            ("1.n1", 0, "progress: answer 1 must be a choice from 1 to 2; got 'n1'. Answer from there on."),
            ("1.c2.n2.5", 1, "progress: answer 2 must be a number from 0 to 2; got 'n2.5'. Answer from there on."),
            ("1.c2.n", 1, "progress: answer 2 must be a number from 0 to 2; got 'n'. Answer from there on."),
            ("1.c2.n1e999", 1, "progress: answer 2 must be a number from 0 to 2; got 'n1e999'. Answer from there on."),
            ("1.c2.nnan", 1, "progress: answer 2 must be a number from 0 to 2; got 'nnan'. Answer from there on."),
            ("1.u.u.u.<b>", 3, "progress: answer 4 must be a choice from 1 to 2; got '<b>'. Answer from there on."),
            ("1.c2x", 1, "progress: answer 2 must be a number from 0 to 2; got 'x'. Answer from there on."),
            ("1.c2.n١", 1, "progress: answer 2 must be a number from 0 to 2; got 'n١'. Answer from there on."),
            ("1.u.u.u.u.u", 4, "progress must hold at most 4 answers; got more, which are left out."),
        ],
    )
    def test_it_is_read_as_far_as_it_goes(self, text, kept, told):
        progress, reports = Progress.read(text, LESSON)

        assert (len(progress.answers), reports) == (kept, (told,))

    @given(st.text() | st.text("1.cnu0+-e", max_size=40).map("1.".__add__))
    def test_nothing_that_stands_in_a_link_raises(self, text):
        progress, reports = Progress.read(text, LESSON)

        assert len(progress.answers) <= 4
        assert all(len(each) < 200 and each.isprintable() for each in reports)

    def test_a_long_one_is_cut(self):
        progress, reports = Progress.read("1" + ".u" * 10**6, LESSON)

        assert (len(progress.answers), len(reports)) == (4, 1)

    def test_nothing_is_the_beginning(self):
        assert Progress.read("", LESSON) == (Progress(), ())
        assert Progress.read("1", LESSON) == (Progress(), ())


class TestTyped:
    @pytest.mark.parametrize(
        ("table", "text", "answer"),
        [
            (CHOICE, " 2\n", Answer(choice=1)),
            (CHOICE, "?", UNSURE),
            (NUMBER, "1.25", Answer(number=1.25)),
            (NUMBER, "1e-1", Answer(number=0.1)),
            (NUMBER, "0", Answer(number=0.0)),
            ({**NUMBER, "low": -2}, "−1", Answer(number=-1.0)),
        ],
    )
    def test_a_line_is_an_answer(self, table, text, answer):
        assert answer_of(step_of(table), text) == answer

    @pytest.mark.parametrize(
        ("table", "text", "sentence"),
        [
            (CHOICE, "3", "the answer must be a choice from 1 to 2, or ?; got '3'."),
            (CHOICE, "0", "the answer must be a choice from 1 to 2, or ?; got '0'."),
            (CHOICE, "²", "the answer must be a choice from 1 to 2, or ?; got '²'."),
            (CHOICE, "", "the answer must be a choice from 1 to 2, or ?; got ''."),
            (NUMBER, "2.01", "the answer must be a number from 0 to 2, or ?; got '2.01'."),
            (NUMBER, "nan", "the answer must be a number from 0 to 2, or ?; got 'nan'."),
            (NUMBER, "0,5", "the answer must be a number from 0 to 2, or ?; got '0,5'."),
            (NUMBER, "9" * 99, f"the answer must be a number from 0 to 2, or ?; got '{'9' * 38}…."),
            (NUMBER, "\x1b[2J", "the answer must be a number from 0 to 2, or ?; got '\\x1b[2J'."),
        ],
    )
    def test_any_other_is_refused(self, table, text, sentence):
        with pytest.raises(InputError) as error:
            answer_of(step_of(table), text)

        assert str(error.value) == sentence

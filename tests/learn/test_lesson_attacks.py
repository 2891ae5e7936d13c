"""Lessons are untrusted text: whatever stands in one is read or refused in sentences, and is shown as text."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from written_lessons import CHOICE, NUMBER, changed, step_of, written

from bnsim.errors import LessonError
from bnsim.learn.lesson import UNSURE, Answer, Lesson, judge, question, read, truth

KEYS = (*CHOICE, *NUMBER, "scenario", "against", "compare", "unsure", "follow_up", "again", "close_factor")
PIECES = (
    "{", "}", "{{", "}}", "x", "y", ":", "!", "3", "0", "()", ",", "%", "[0]", ".", "__class__", "against.", "truth",
    "prediction", "error", "factor", "{x}", "{y:3}", "{against.x}", "{truth}", "eps", "values", "<b>", " ",
)  # fmt: skip
TEMPLATES = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text("ab{}.\n\x1b", max_size=9)
    | TEMPLATES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)
SECOND = {"against": {"params": {"x": 3.0}}}


def lesson_or_sentences(text: str) -> Lesson | None:
    """Return a lesson; None where it is refused, which takes short sentences that can be printed."""
    problems: tuple[str, ...] = ()
    try:
        return read(text, "a-lesson")
    except LessonError as error:
        problems = error.problems
    assert problems
    assert all(0 < len(sentence) < 1000 and sentence.isprintable() for sentence in problems)
    return None


def go_through(lesson: Lesson) -> None:
    for step in lesson.steps:
        found = truth(step)
        for answer in (UNSURE, Answer(choice=0) if step.choices else Answer(number=step.low)):
            verdict = judge(step, answer, found)
            assert isinstance(question(step) + verdict.text + verdict.follow_up, str)


def tidy(value: Any) -> Any:
    """Return what TOML can hold."""
    if isinstance(value, dict):
        return {key: tidy(each) for key, each in value.items() if each is not None}
    return [tidy(each) for each in value if each is not None] if isinstance(value, list) else value


class TestAnything:
    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from([CHOICE, NUMBER]), st.sampled_from(KEYS), ANYTHING)
    def test_one_key_with_anything_is_read_or_refused(self, table, key, value):
        lesson = lesson_or_sentences(written(changed(table, {key: tidy(value)})))

        if lesson and lesson.experiment == "transform":
            go_through(lesson)

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from([CHOICE, NUMBER]), TEMPLATES, TEMPLATES, TEMPLATES)
    def test_a_template_that_is_read_can_be_filled(self, table, asked, said, last):
        texts = {
            "question": f"q{asked}",
            "right": f"r{said}",
            "wrong": f"w{said}",
            "unsure": f"u{last}",
            "follow_up": last,
        }
        lesson = lesson_or_sentences(written({**table, **texts, **SECOND}))

        if lesson:
            go_through(lesson)

    @settings(max_examples=50, deadline=None)
    @given(st.dictionaries(st.sampled_from(["schema", "title", "need", "minutes", "step", "x"]), ANYTHING))
    def test_so_is_any_file(self, top):
        lesson_or_sentences(written(CHOICE, **{key: tidy(value) for key, value in top.items()}))


class TestInert:
    def test_nothing_in_braces_is_evaluated(self):
        for inside in ("x.__class__", "x[0]", "0", "", "x!r", "x:{y}", "x:>9999999", "truth.__init__"):
            assert lesson_or_sentences(written({**CHOICE, "right": f"{{{inside}}}"})) is None

    def test_what_is_filled_in_is_not_filled_again(self):
        choices = [{"text": "{{truth}}", "to": 1}, {"text": "b", "from": 1}]
        step = step_of(CHOICE, choices=choices, wrong="{prediction}", unsure="?")

        assert judge(step, Answer(choice=0), truth(step)).text == "{truth}"

"""The lessons that come with bnsim: each question has one right answer, which no chance decides and a head can find."""

import math
import re
from dataclasses import replace
from itertools import chain

import pytest
from cases import together

from bnsim.experiments import find, slugs
from bnsim.learn.lesson import UNSURE, Answer, Kind, Lessons, judge, question, truth_of
from bnsim.learn.lesson.checking import step_problems
from bnsim.runs import run_many

LESSONS = Lessons.open()
STEPS = {f"{lesson.name}/{step.name}": step for lesson in LESSONS.lessons.values() for step in lesson.steps}
MOST_WORDS, LONGEST_SENTENCE = 70, 32
SEEDS = range(1, 5)

BY_HEAD = {
    # the question: what thinking gives, and where the usual mistakes land
    # (x - mean) / std + beta; beta, as for an image alone; x - mean + beta
    "one-image/eval-mode": ((4 - 3) / 2.5 + 2, (2, 3)),
    # a spread of 1 over the root of 32; over 32; not normalized, 2.5 over the root; none at all
    "one-image/companions": (1 / math.sqrt(32), (1 / 32, 2.5 / math.sqrt(32), 0.01)),
    # half the distance over half the distance; the whole distance; no bound
    "batch-of-two/largest": (1, (2, 20)),
    # 0.9 over 0.3; as for two; the number of values
    "batch-of-two/largest-of-ten": (3, (1, 9, 10)),
    # the root of four; four
    "batch-of-two/four-times": (2, (4, 1)),
    # the root of a half; a half; as if eps were 0
    "tiny-spread/equal": (0.7, (0.5, 1)),
    # 0.01 over the root of eps; over eps; left as it is
    "tiny-spread/probe": (0.01 / math.sqrt(1e-5), (1000, 0.01)),
    # the spread; one over it; no change
    "undoing/scale": (2.5, (1 / 2.5, 1)),
    # beta; the mean that came in
    "undoing/next-batch": (3, (7, 0)),
    # the root of var + eps; the spread; the root of eps is near enough
    "undoing/tiny-scale": (math.sqrt(1.1e-5), (0.001, 1)),
    # images times positions; images; positions; with the channels
    "neighbours/sharing": (4 * 16, (4, 16, 6 * 16, 4 * 6 * 16)),
    "neighbours/sharing-more": (8 * 36, (8, 36, 3 * 36, 8 * 3 * 36)),
    # the drift in spreads, times gamma; nothing, as in eval mode; gamma forgotten
    "folding/training-mode": (1, (0, 2)),
    "folding/training-mode-again": (3, (0, 2)),
    # 1.2 nineteen or twenty times; added up; multiplied by twenty; half of what forty make
    "depth-40/twenty": (1.2**20, (5, 1.2 * 20, 1000)),
    # four times two; as before
    "noise/moves": (8, (2, 4)),
    # on none of them; on half; on all
    "smoothness/lines": (0, (0.5, 1)),
    # as clean images; what is left of the contrast; half
    "new-images/grey": (0.98, (0.1, 0.5)),
    # a half of a half is kept; one update; added up
    "in-parts/forgets": (1 - 0.5**2, (0.5, 1)),
    # nine tenths four times over are kept; one update; added up
    "in-parts/forgets-more": (1 - 0.9**4, (0.1, 0.4)),
    # a sixth over a tenth; no difference; its size against the others'; the other way round
    "in-parts/last-part": (10 / (3 * 2), (1, 2, 0.6)),
    # as many digits as it has; one fewer; the largest number
    "sixteen-bits/ones": (2**11, (2**10, 65504)),
    # the same; as float16
    "sixteen-bits/fewer-digits": (2**8, (2**7, 2**11)),
    # the root; half; the number itself
    "sixteen-bits/squares": (65504**0.5, (65504 / 2, 65504)),
}


@pytest.fixture(scope="module")
def truths():
    """What is true of every step; what several steps ask of one scenario is run once."""
    wanted = {(each.experiment, each.params): each for each in chain(*(step.scenarios for step in STEPS.values()))}
    found = dict(zip(wanted, run_many(list(wanted.values())), strict=True))
    return {
        name: truth_of(step, *(found[each.experiment, each.params] for each in step.scenarios))
        for name, step in STEPS.items()
    }


def answer_to(step, truth):
    return Answer(choice=truth.choice) if step.kind is Kind.CHOICE else Answer(number=truth.value)


def reseeded(step, seed):
    """Return the scenarios of a step with another seed, none where nothing is drawn or networks train."""
    if find(step.scenario.experiment).work is not None or "seed" not in step.scenario.params.controls():
        return []
    return [replace(each, params=each.params.model_copy(update={"seed": seed})) for each in step.scenarios]


class TestTogether:
    def test_twelve_can_be_read(self):
        assert LESSONS.problems == ()
        assert len(LESSONS.shipped_names) == 12

    def test_each_experiment_has_one(self):
        assert {LESSONS.lessons[name].experiment for name in LESSONS.shipped_names} == set(slugs())


@pytest.mark.parametrize("name", sorted(LESSONS.shipped_names))
class TestLesson:
    def test_is_short_and_asks_in_more_than_one_way(self, name):
        lesson = LESSONS.lessons[name]

        assert 4 <= len(lesson.steps) <= 7
        assert lesson.minutes <= 5
        assert len({step.kind for step in lesson.steps}) >= 2

    def test_asks_again_with_other_numbers(self, name):
        assert any(step.again for step in LESSONS.lessons[name].steps)

    def test_the_right_choice_stands_in_no_one_place(self, name, truths):
        places = {truths[f"{name}/{step.name}"].choice for step in LESSONS.lessons[name].steps if step.choices}

        assert len(places) >= 2

    def test_stays_with_one_experiment(self, name):
        lesson = LESSONS.lessons[name]

        assert {step.scenario.experiment for step in lesson.steps} == {lesson.experiment}


class TestStep:
    @together("name", STEPS)
    def test_has_one_right_answer(self, name, truths):
        assert list(step_problems(STEPS[name], truths[name])) == []

    @together("name", STEPS)
    def test_says_so_in_full_and_in_short_sentences(self, name, truths):
        step, truth = STEPS[name], truths[name]
        right, unsure = judge(step, answer_to(step, truth), truth), judge(step, UNSURE, truth)
        said = (right.text, unsure.text, right.follow_up)

        assert (right.right, unsure.right) == (True, None)
        assert not re.search("not a number|not measured|∞", " ".join(said))
        for text in (question(step), *said, *(choice.text for choice in step.choices)):
            assert "{" not in text
            assert len(text.split()) <= MOST_WORDS, text
            assert max(len(each.split()) for each in re.split(r"[.?:] ", text)) <= LONGEST_SENTENCE, text

    @together("name", STEPS)
    def test_what_was_computed_is_not_written_down(self, name):
        step = STEPS[name]

        assert not re.search(r"\d\.\d", step.right + step.wrong + step.unsure + step.follow_up)


@together("name", [name for name, step in STEPS.items() if reseeded(step, 0)])
def test_no_seed_decides(name, truths):
    step, truth = STEPS[name], truths[name]
    answer = answer_to(step, truth)

    for seed in SEEDS:
        other = truth_of(step, *run_many(reseeded(step, seed)))
        assert other.choice == truth.choice
        assert judge(step, answer, other).right


class TestThinking:
    def test_every_number_and_point_is_thought_through(self):
        assert set(BY_HEAD) == {name for name, step in STEPS.items() if step.kind is not Kind.CHOICE}

    @together("name", BY_HEAD)
    def test_what_a_head_finds_is_right(self, name, truths):
        thought, _ = BY_HEAD[name]

        assert judge(STEPS[name], Answer(number=thought), truths[name]).right

    @together(("name", "mistake"), [(name, each) for name in BY_HEAD for each in BY_HEAD[name][1]])
    def test_what_people_get_wrong_is_wrong(self, name, mistake, truths):
        assert judge(STEPS[name], Answer(number=mistake), truths[name]).right is False

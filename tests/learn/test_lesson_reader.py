"""Lesson files: what they give, and every sentence that refuses one."""

import pytest
from cases import together
from written_lessons import CHOICE, NUMBER, changed, lesson_of, step_of, written

from bnsim.errors import LessonError
from bnsim.learn.lesson import Compare, Kind, Lesson, read
from bnsim.learn.lesson.step import Choice

LONG = "x" * 2001


def refusal(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(LessonError) as error:
        read(text, "a-lesson")
    return error.value.problems


def said_of(table: dict, **changes: object) -> str:
    """Return the one sentence that refuses a step, without the name of the step."""
    (sentence,) = refusal(written(changed(table, changes)))
    start = f'step 1 ("{changes.get("name", table["name"])}")'
    assert sentence.startswith(start)
    return sentence.removeprefix(start).removeprefix(": ")


class TestGood:
    def test_a_lesson_is_what_the_file_says(self):
        found = lesson_of(CHOICE, NUMBER, title="T", summary="S", need="N", minutes=4)

        assert isinstance(found, Lesson)
        assert (found.name, found.title, found.summary, found.need, found.minutes) == ("a-lesson", "T", "S", "N", 4)
        assert [(step.name, step.kind) for step in found.steps] == [("alone", Kind.CHOICE), ("number", Kind.NUMBER)]
        assert found.experiment == "transform"

    def test_choices_are_ranges_or_a_word(self):
        choices = [{"text": "a", "from": -1, "to": 1}, {"text": "b", "to": 0.5}, {"text": "c", "is": "refused"}]

        assert step_of(CHOICE, choices=choices).choices == (
            Choice("a", -1.0, 1.0),
            Choice("b", None, 0.5),
            Choice("c", word="refused"),
        )

    def test_parameters_stand_in_the_text_of_a_choice_as_answers_write_them(self):
        choices = [{"text": "x = {x}", "to": 1}, {"text": "{{x}} = {std:3}", "from": 1}]

        assert [each.text for each in step_of(CHOICE, choices=choices).choices] == ["x = 6", "{x} = 2.5"]

    def test_a_scenario_is_one_of_a_set_that_comes_with_bnsim(self):
        step = step_of(
            CHOICE, experiment=None, params=None, scenario="single-sample-inference/two", readout="train_y_mean"
        )

        assert (step.scenario.experiment, step.scenario.name) == ("train-eval", "two")
        assert step.scenario.params.inference_size == 2

    def test_a_set_without_a_name_is_its_baseline_and_may_be_changed(self):
        step = step_of(CHOICE, experiment=None, scenario="single-sample-inference", params={"x": 7.0}, readout="eval_y")

        assert (step.scenario.name, step.scenario.params.x, step.scenario.params.mean) == ("keras", 7.0, 3.0)

    def test_a_second_scenario_is_the_first_with_changes(self):
        step = step_of(NUMBER, against={"params": {"x": 3.0}}, compare="difference")

        assert step.compare is Compare.DIFFERENCE
        assert [each.params.x for each in step.scenarios] == [6.0, 3.0]
        assert [each.params.std for each in step.scenarios] == [2.5, 2.5]

    def test_a_second_scenario_is_another_of_a_set(self):
        step = step_of(CHOICE, against="identity-recovery/std-0.01-gamma-std")

        assert [each.params.std for each in step.scenarios] == [2.5, 0.01]

    def test_what_is_asked_again_comes_two_steps_later_with_other_numbers(self):
        again = changed(CHOICE, {"name": "again", "again": "alone", "params": {"x": 9.0}})

        assert lesson_of(CHOICE, NUMBER, again).steps[2].again == "alone"

    def test_twenty_steps_are_allowed(self):
        assert len(lesson_of(*({**CHOICE, "name": f"s{at}"} for at in range(20))).steps) == 20


class TestTop:
    @together(
        ("top", "sentence"),
        [
            ({"schema": 2}, "schema must be 1; got 2."),
            ({"schema": None}, "schema must be 1; got nothing."),
            ({"titel": "T"}, "titel is not a key of a lesson. Did you mean title?"),
            ({"title": None}, "title must say something; got nothing."),
            ({"title": 3}, "title must be text; got 3."),
            ({"title": "x" * 121}, "title must be at most 120 characters; got 121."),
            ({"title": "a\nb"}, "title must not hold control characters; character 2 is '\\n'."),
            ({"summary": "x" * 301}, "summary must be at most 300 characters; got 301."),
            ({"need": LONG}, "need must be at most 2000 characters; got 2001."),
            ({"minutes": 0}, "minutes must be a whole number from 1 to 60; got 0."),
            ({"minutes": True}, "minutes must be a whole number from 1 to 60; got true."),
            ({"minutes": None}, "minutes must be a whole number from 1 to 60; got nothing."),
            ({"step": 3}, "step must be one or more [[step]] tables; got 3."),
            ({"step": []}, "a lesson must hold 1 to 20 steps; got 0."),
            ({"step": [CHOICE] * 21}, "a lesson must hold 1 to 20 steps; got 21."),
            ({"step": [3, CHOICE]}, "step 1 must be a table; got 3."),
        ],
    )
    def test_what_is_wrong_is_said(self, top, sentence):
        assert refusal(written(CHOICE, **top)) == (sentence,)

    def test_what_is_no_toml_is_said(self):
        assert refusal("schema = ") == ("lesson must be valid TOML: Invalid value (at end of document).",)

    def test_a_large_file_is_refused(self):
        assert refusal(b"#" * (2**20 + 1)) == ("lesson must be at most 1048576 bytes; got more.",)

    def test_every_problem_is_said_at_once(self):
        text = written(changed(CHOICE, {"readout": "z"}), changed(NUMBER, {"low": 3.0}), title="", minutes=3)

        assert refusal(text) == (
            "title must say something; got nothing.",
            'step 1 ("alone"): readout: z is not a readout of this experiment. Its readouts are '
            "x_hat, y, normalized_mean, normalized_std, output_mean, output_std, batch_mean, batch_std, "
            "identity_gamma, identity_beta, identity_error.",
            'step 2 ("number"): high must be more than low, 3; got 2.',
        )


class TestStep:
    @together(
        ("changes", "sentence"),
        [
            ({"qestion": "?"}, "qestion is not a key of a step. Did you mean question?"),
            ({"kind": "point2"}, "kind must be one of choice, number, point; got 'point2'."),
            ({"kind": None}, "kind must be one of choice, number, point; got nothing."),
            ({"compare": "sum"}, "compare must be one of value, difference, ratio; got 'sum'."),
            ({"compare": "ratio"}, "against must name a second scenario where compare is ratio; got nothing."),
            ({"question": " "}, "question must say something; got nothing."),
            ({"question": LONG}, "question must be at most 2000 characters; got 2001."),
            ({"right": "\x1b[2J"}, "right must not hold control characters; character 1 is '\\x1b'."),
            ({"wrong": None}, "wrong must say something; got nothing."),
            ({"follow_up": 3}, "follow_up must be text; got 3."),
            ({"readout": None}, "readout must say something; got nothing."),
            (
                {"readout": "batch_men"},
                "readout: batch_men is not a readout of this experiment. Did you mean batch_mean?",
            ),
            ({"close": 1.0}, "close must be left out where kind is choice."),
            ({"again": "later"}, "again must name an earlier step; got 'later'."),
        ],
    )
    def test_what_is_wrong_is_said(self, changes, sentence):
        assert said_of(CHOICE, **changes) == sentence

    @pytest.mark.parametrize("name", ["", "a b", "<b>", "x" * 65, 3])
    def test_a_name_is_a_slug(self, name):
        (sentence,) = refusal(written({**CHOICE, "name": name}))

        assert sentence.startswith("step 1: name must be 1 to 64 of a-z, 0-9, dots and hyphens, beginning with a ")

    def test_what_is_measured_on_the_machine_decides_nothing(self):
        assert (
            said_of(CHOICE, experiment="folding", params={}, readout="time_ratio")
            == "readout must be the same on every machine; time_ratio is measured."
        )

    def test_names_differ(self):
        assert refusal(written(CHOICE, CHOICE)) == ("the names of steps must differ; alone is there more than once.",)


class TestScenario:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            (
                {"scenario": "identity-recovery"},
                "scenario must be set/name, or experiment the name of an experiment; got both.",
            ),
            ({"experiment": None}, "scenario must be set/name, or experiment the name of an experiment; got neither."),
            ({"experiment": "transfrom"}, "experiment: 'transfrom' is not an experiment. Did you mean transform?"),
            ({"params": {"stdd": 1.0}}, "params.stdd: stdd is not a parameter of this experiment. Did you mean std?"),
            ({"params": {"std": -1.0}}, "params.std: std must be a number from 0 to 1000000; got -1."),
            ({"params": 3}, "params must be a table; got 3."),
            ({"against": 3}, "against must be set/name, or a table with params; got 3."),
            ({"against": "folding/conv"}, ", against: scenario: conv is not a scenario of this set."),
        ],
    )
    def test_what_is_wrong_is_said(self, changes, sentence):
        assert said_of(CHOICE, **changes).startswith(sentence)

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("foldin", "scenario: foldin is not a set that comes with bnsim. Did you mean folding?"),
            ("epsilon/eps-1e-5-std-0.", "scenario: eps-1e-5-std-0. is not a scenario of this set. Did you mean "),
            ("../secret/x", "scenario: '..' is not a set that comes with bnsim. The sets are accumulation, adabn, "),
            ("", "scenario must say something; got nothing."),
        ],
    )
    def test_a_name_that_there_is_not_is_said(self, name, sentence):
        assert said_of(CHOICE, experiment=None, params=None, scenario=name).startswith(sentence)

    @pytest.mark.parametrize(
        ("against", "sentence"),
        [
            ("folding", "it must be of the experiment of the first, transform; got folding."),
            ({"parms": {}}, "parms is not a key of a second scenario. Did you mean params?"),
            ({"params": {"std": "x"}}, "params.std: std must be a number from 0 to 1000000; got 'x'."),
        ],
    )
    def test_a_second_one_is_of_the_same_experiment(self, against, sentence):
        assert said_of(CHOICE, against=against) == f", against: {sentence}"

    def test_what_takes_long_is_refused(self):
        sentence = said_of(CHOICE, experiment="training", params={"steps": 20000}, readout="speedup_90")

        assert sentence.startswith("what a step runs must take at most 30 s on one core; got about ")
        assert sentence.endswith("Ask for fewer steps or fewer seeds.")


class TestNumbers:
    @together(
        ("changes", "sentence"),
        [
            ({"low": None}, "low must be a number; got nothing."),
            ({"high": "2"}, "high must be a number; got '2'."),
            ({"high": float("inf")}, "high must be a number; got inf."),
            ({"high": 10**400}, "high must be a number; got a whole number of 39 digits or more."),
            ({"low": True}, "low must be a number; got true."),
            ({"low": 2}, "high must be more than low, 2; got 2."),
            ({"close": None}, "close or close_factor must say how near is near enough; got neither."),
            ({"close_factor": 2, "low": 1}, "close or close_factor must say how near is near enough; got both."),
            ({"close": 0}, "close must be more than 0; got 0."),
            ({"close": None, "close_factor": 1, "low": 1}, "close_factor must be more than 1; got 1."),
            ({"close": None, "close_factor": 2}, "low must be more than 0 where close_factor is given; got 0."),
            ({"choices": []}, "choices must be left out where kind is number."),
        ],
    )
    def test_what_is_wrong_is_said(self, changes, sentence):
        assert said_of(NUMBER, **changes) == sentence


class TestChoices:
    ONE, OTHER = CHOICE["choices"]

    @together(
        ("choices", "sentence"),
        [
            (None, "choices must be 2 to 5; got 0."),
            ([ONE], "choices must be 2 to 5; got 1."),
            ([ONE] * 6, "choices must be 2 to 5; got 6."),
            ("yes", "choices must be a list of choices; got 'yes'."),
            ([ONE, 3, OTHER], "choice 2 must be a table; got 3."),
            (
                [ONE, {**OTHER, "text": "Less than 1"}],
                "the texts of choices must differ; 'Less than 1' is there 2 times.",
            ),
            ([ONE, {**OTHER, "fron": 1}], ", choice 2: fron is not a key of a choice. Did you mean from?"),
            ([ONE, {**OTHER, "text": "x" * 201}], ", choice 2: text must be at most 200 characters; got 201."),
            ([ONE, {**OTHER, "text": "{y}"}], ", choice 2: text must name what there is; {y} is not."),
            ([ONE, {**OTHER, "from": "1"}], ", choice 2: from must be a number; got '1'."),
            ([ONE, {**OTHER, "to": 0}], ", choice 2: to must be at least from, 1; got 0."),
            ([ONE, {**OTHER, "is": "a"}], ", choice 2: is must stand alone, without from and to; got both."),
            ([ONE, {"text": "b"}], ", choice 2: from, to or is must say when the choice is true; got none of them."),
        ],
    )
    def test_what_is_wrong_is_said(self, choices, sentence):
        assert said_of(CHOICE, choices=choices) == sentence


class TestTemplates:
    @together(
        ("changes", "sentence"),
        [
            ({"question": "{y}"}, "question must name what there is; {y} is not."),
            ({"question": "{stdd}"}, "question must name what there is; {stdd} is not. Did you mean {std}?"),
            ({"question": "{truth}"}, "question must name what there is; {truth} is not."),
            ({"question": "{against.x}"}, "question must name what there is; {against.x} is not."),
            ({"right": "{values}"}, "right must name what there is; {values} is not."),
            ({"right": "{}"}, "right must name what there is; {} is not."),
            ({"right": "{y.real}"}, "right must name what there is; {y.real} is not."),
            ({"right": "{y[0]}"}, "right must name what there is; {y[0]} is not."),
            ({"right": "{y!r}"}, "right must write its numbers as {name}, {name:3}, {name:,} or {name:%}; got '!r'."),
            ({"right": "{y:0}"}, "right must write its numbers as {name}, {name:3}, {name:,} or {name:%}; got ':0'."),
            ({"right": "{y:99}"}, "right must write its numbers as {name}, {name:3}, {name:,} or {name:%}; got ':99'."),
            ({"right": "{y"}, "right must have its braces in pairs; write {{ and }} for braces that are to be seen."),
            ({"right": "}"}, "right must have its braces in pairs; write {{ and }} for braces that are to be seen."),
            ({"right": "{error}"}, "right must name what there is; {error} is not."),
            ({"unsure": "{prediction}"}, "unsure must name what there is; {prediction} is not. Did you mean {eps}?"),
            ({"wrong": "{prediction}"}, "unsure must be given where wrong asks for {prediction}; got nothing."),
            ({"follow_up": "{prediction}"}, "follow_up must name what there is; {prediction} is not."),
        ],
    )
    def test_what_is_wrong_is_said(self, changes, sentence):
        assert said_of(CHOICE, **changes).startswith(sentence.partition(" Did you mean {eps}")[0])

    def test_the_factor_is_there_where_factors_decide(self):
        factor = {"close": None, "close_factor": 2.0, "low": 0.5}

        assert step_of(NUMBER, **factor, right="{factor}").right == "{factor}"
        assert said_of(NUMBER, right="{factor}").startswith("right must name what there is; {factor} is not.")

    def test_numbers_of_the_second_scenario_are_there_where_it_is(self):
        found = step_of(NUMBER, against={"params": {"x": 3.0}}, question="{x} {against.x}", right="{against.y}")

        assert found.right == "{against.y}"


class TestAgain:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({}, "again must ask with other numbers; got the parameters of alone."),
            (
                {"readout": "x_hat", "params": {"x": 9.0}},
                "again must ask the same: the experiment, readout, kind and compare of alone; got others.",
            ),
        ],
    )
    def test_it_asks_the_same_with_other_numbers(self, changes, sentence):
        again = changed(CHOICE, {"name": "again", "again": "alone", **changes})

        assert refusal(written(CHOICE, NUMBER, again)) == (f'step 3 ("again"): {sentence}',)

    def test_it_comes_two_steps_later(self):
        again = changed(CHOICE, {"name": "again", "again": "alone", "params": {"x": 9.0}})

        assert refusal(written(CHOICE, again)) == (
            'step 2 ("again"): again must name a step at least 2 steps earlier; alone is 1 earlier.',
        )

"""The lessons at hand, beside the scenario sets."""

from pathlib import Path

import pytest
from written_lessons import CHOICE, NUMBER, written

from bnsim.errors import LessonError, ScenarioError
from bnsim.experiments import params_of
from bnsim.learn.lesson import Lessons, load
from bnsim.scenario import library
from bnsim.scenario.library import Library, holds_lesson

SET = 'schema = 1\nexperiment = "transform"\ntitle = "A set"\n[[scenario]]\nname = "a"\n'
OF_TRAINING = {**CHOICE, "experiment": "training", "params": {"steps": 20}, "readout": "loss_norm"}


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    (tmp_path / "shipped").mkdir()
    put(tmp_path / "shipped/b.toml", written(CHOICE))
    put(tmp_path / "shipped/a.toml", written(OF_TRAINING))
    return tmp_path / "shipped"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    put(tmp_path / "own/mine.toml", written(NUMBER))
    put(tmp_path / "own/set.toml", SET)
    return tmp_path / "own"


def put(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def refusal(path: Path) -> tuple[str, ...]:
    with pytest.raises(LessonError) as error:
        load(path)
    return error.value.problems


class TestLessons:
    def test_those_that_come_with_bnsim_stand_first_in_the_order_of_the_experiments(self, shipped, own):
        found = Lessons.open([shipped, own])

        assert (tuple(found.lessons), found.problems) == (("b", "a", "mine"), ())
        assert [lesson.name for lesson in found.lessons.values()] == ["b", "a", "mine"]
        assert found.shipped_names == {"a", "b"}

    def test_ones_own_with_a_name_that_is_taken_gets_another(self, shipped, own):
        put(own / "a.toml", written(NUMBER))

        assert Lessons.open([shipped, own]).lessons["own/a"].name == "own/a"

    def test_a_broken_one_is_told_and_the_others_are_there(self, shipped, own):
        put(own / "worse.toml", "[[step]]\nname = \n")
        put(own / "broken.toml", written({**NUMBER, "readout": "yy"}))
        found = Lessons.open([shipped, own])

        assert tuple(found.lessons) == ("b", "a", "mine")
        assert found.problems == (
            'broken.toml: step 1 ("number"): readout: yy is not a readout of this experiment. Did you mean y?',
            "worse.toml: the file must be valid TOML: Invalid value (at line 2, column 8).",
        )

    def test_a_folder_that_is_not_there_is_told(self, shipped, tmp_path):
        (problem,) = Lessons.open([shipped, tmp_path / "none"]).problems

        assert problem.endswith("none cannot be read: No such file or directory. BNSIM_SCENARIOS may name another.")

    def test_the_folder_of_ones_own_scenario_sets_holds_them_too(self, own, monkeypatch):
        monkeypatch.setenv("BNSIM_SCENARIOS", str(own))

        assert "mine" in Lessons.open().lessons


class TestBesideSets:
    def test_the_library_of_sets_passes_over_lessons_good_and_broken(self, shipped, own):
        put(own / "worse.toml", "[[step]]\nname = \n")
        found = Library.open(params_of, [shipped, own])

        assert (tuple(found.sets), found.problems) == (("set",), ())

    def test_a_lesson_asked_for_as_a_set_says_what_it_is(self, own):
        with pytest.raises(ScenarioError) as error:
            library.load(own / "mine.toml", params_of)

        assert str(error.value) == (
            "mine.toml is a lesson and no set of scenarios; go through it with: bnsim lesson mine.toml"
        )

    def test_a_set_asked_for_as_a_lesson_says_what_it_is(self, own):
        assert refusal(own / "set.toml") == (
            "set.toml is a set of scenarios and no lesson; run it with: bnsim run set.toml",
        )

    @pytest.mark.parametrize(
        ("content", "is_lesson"),
        [
            (b"[[step]]\n", True),
            (b"a = 1\n  [[ step ]]\n", True),
            (b"step = [{}]", True),
            (b"[[scenario]]\n[[step]]\n", False),
            (b"steps = 3\nparams = { step = 1 }\n", False),
            (b"", False),
        ],
    )
    def test_a_lesson_is_told_by_its_steps(self, content, is_lesson):
        assert holds_lesson(content) is is_lesson


class TestLoad:
    def test_a_file_is_called_by_its_stem(self, own):
        assert load(own / "mine.toml").name == "mine"

    def test_a_missing_one_is_said(self, own):
        assert refusal(own / "no.toml") == ("no.toml does not exist; name a lesson file that ends in .toml.",)

    def test_every_sentence_begins_with_the_name_of_the_file(self, own):
        path = put(own / "x.toml", written(CHOICE, title=3, minutes=0))

        assert refusal(path) == (
            "x.toml: title must be text; got 3.",
            "x.toml: minutes must be a whole number from 1 to 60; got 0.",
        )

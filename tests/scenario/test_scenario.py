"""Scenarios and scenario sets."""

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bnsim
from bnsim.errors import InputError, ScenarioError
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import NAME, Scenario, ScenarioSet, name_from


class Lab(Params):
    mean: float = 0.0


class Other(Params):
    mean: float = 0.0


def scenario(name: str = "a", **fields: object) -> Scenario:
    return Scenario(**{"experiment": "lab", "name": name, "params": Lab(), **fields})


@pytest.fixture
def three() -> ScenarioSet:
    return ScenarioSet("lab", "Three", tuple(map(scenario, ("small", "medium", "large"))), baseline="medium")


def refusal(make, *args: object, **kwargs: object) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as error:
        make(*args, **kwargs)
    return error.value.problems


class TestScenario:
    def test_is_frozen_and_hashable(self):
        with pytest.raises(FrozenInstanceError):
            scenario().name = "b"
        assert hash(scenario()) == hash(scenario())

    @pytest.mark.parametrize("name", ["a", "0", "gamma-1.5", "a" * 64])
    def test_names(self, name):
        assert scenario(name).name == name

    @pytest.mark.parametrize("name", ["", "-a", ".a", "A", "a b", "a\n", "ä", "a/b", "a" * 65])
    def test_other_names_are_refused(self, name):
        shown = repr(name) if len(name) < 40 else repr(name)[:39] + "…"

        assert refusal(scenario, name) == (
            f"name must be 1 to 64 of a-z, 0-9, dots and hyphens, beginning with a letter or digit; got {shown}.",
        )

    def test_a_note_may_have_lines_a_title_may_not(self):
        assert scenario(note="one\ntwo").note == "one\ntwo"
        assert refusal(scenario, title="one\ntwo") == ("title must not hold control characters; character 4 is '\\n'.",)

    @pytest.mark.parametrize("odd", ["\x00", "\r", "\t", "\x7f", "\x85", "\u2028", "\ud800"])
    def test_control_characters_are_refused(self, odd):
        assert refusal(scenario, title=odd, note=f"ab{odd}") == (
            f"title must not hold control characters; character 1 is {odd!r}.",
            f"note must not hold control characters; character 3 is {odd!r}.",
        )

    def test_long_texts_are_refused(self):
        assert scenario(title="ä" * 120, note="ä" * 2000).title == "ä" * 120
        assert refusal(scenario, title="ä" * 121, note="ä" * 2001) == (
            "title must be at most 120 characters; got 121.",
            "note must be at most 2000 characters; got 2001.",
        )


class TestScenarioSet:
    def test_the_first_is_the_baseline_unless_one_is_named(self, three):
        assert three.baseline_scenario.name == "medium"
        assert ScenarioSet("lab", "", three.scenarios).baseline_scenario.name == "small"

    def test_get_suggests_the_nearest_name(self, three):
        assert three.get("large").name == "large"
        with pytest.raises(InputError) as error:
            three.get("lrage")
        assert str(error.value) == "lrage is not a scenario of this set. Did you mean large?"

    def test_get_lists_the_names_when_none_is_near(self, three):
        with pytest.raises(InputError) as error:
            three.get("x")
        assert str(error.value) == "x is not a scenario of this set. Its scenarios are small, medium, large."

    def test_must_hold_1_to_200(self):
        many = tuple(scenario(f"s{number}") for number in range(201))

        assert len(ScenarioSet("lab", "", many[:200]).names) == 200
        assert refusal(ScenarioSet, "lab", "", many) == ("a scenario set must hold 1 to 200 scenarios; got 201.",)
        assert refusal(ScenarioSet, "lab", "", ()) == ("a scenario set must hold 1 to 200 scenarios; got 0.",)

    def test_everything_wrong_is_told_at_once(self):
        strangers = (scenario("a"), scenario("a", experiment="labs"), scenario("b", params=Other()))

        assert refusal(ScenarioSet, "Lab", "\x00", strangers, question="q" * 2001, baseline="c") == (
            "experiment must be 1 to 64 of a-z, 0-9, dots and hyphens, beginning with a letter or digit; got 'Lab'.",
            "title must not hold control characters; character 1 is '\\x00'.",
            "question must be at most 2000 characters; got 2001.",
            "the names of scenarios must differ; a is there more than once.",
            "baseline: c is not a scenario of this set. Its scenarios are a, a, b.",
            'scenario 1 ("a") is of the experiment lab; this set holds Lab.',
            'scenario 2 ("a") is of the experiment labs; this set holds Lab.',
            'scenario 3 ("b") is of the experiment lab; this set holds Lab.',
        )

    def test_its_readouts_are_those_of_its_experiment(self):
        worked = bnsim.load("worked-examples")

        assert refusal(replace, worked, readouts=("y", "yy")) == (
            "readouts: yy is not a readout of this experiment. Did you mean y?",
        )

    def test_all_scenarios_have_the_same_parameters(self):
        assert refusal(ScenarioSet, "lab", "", (scenario("a"), scenario("b", params=Other()))) == (
            'scenario 2 ("b") must have the same parameters as the first one.',
        )


class TestNameFrom:
    @pytest.mark.parametrize(
        ("title", "name"),
        [
            ("Identity recovery", "identity-recovery"),
            ("γ = 1.5, β = 2", "gamma-1.5-beta-2"),
            ("σ_B ≈ 0", "sigma-b-0"),
            ("Größe über alles", "gro-e-uber-alles"),
            ("ς", "sigma"),
            ("  ", "scenario"),
            ("日本", "scenario"),
        ],
    )
    def test_is_made_of_the_words(self, title, name):
        assert name_from(title) == name

    def test_a_taken_name_is_numbered(self):
        assert name_from("A", taken=("a",)) == "a-2"
        assert name_from("A", taken=("a", "a-2", "a-4")) == "a-3"

    @given(st.text(max_size=300), st.lists(st.sampled_from(["scenario", "a", "0", "a-2"])))
    def test_is_always_a_free_name(self, title, taken):
        name = name_from(title, taken)

        assert NAME.fullmatch(name)
        assert name not in taken

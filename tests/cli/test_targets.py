"""What a person asks for on the command line: an experiment, a file or a set, with settings."""

import pytest

import bnsim
from bnsim.cli.targets import parse_settings, requested, requested_set
from bnsim.errors import InputError
from bnsim.scenario import set_link


class TestRequested:
    def test_an_experiment_is_one_scenario(self):
        assert requested("transform").scenarios.names == ("default",)
        assert requested("transform", ["std=1"]).scenarios.names == ("custom",)

    def test_settings_apply_to_every_scenario_of_a_set(self):
        asked = requested("identity-recovery", ["eps=0.001"])

        assert {each.params.eps for each in asked.scenarios.scenarios} == {0.001}
        assert asked.scenarios.get("std-0.01-gamma-std").params.gamma == 0.01

    def test_the_link_of_a_set_is_that_set_and_settings_apply(self):
        link = set_link.url("https://example.org", bnsim.load("epsilon"))

        assert requested(link).scenarios == requested_set(link) == bnsim.load("epsilon")
        assert requested(link).stem == "transform"
        assert requested(link, ["x=1"]).scenarios == requested("epsilon", ["x=1"]).scenarios

    def test_what_a_damaged_link_of_a_set_does_not_hold_is_warned_of(self):
        link = set_link.url("https://example.org", bnsim.load("epsilon"))
        with pytest.warns(UserWarning, match="link") as warned:
            found = requested_set(link[: len(link) * 4 // 5])

        assert [str(each.message) for each in warned] == [
            "the link is cut off; what comes after the cut is missing.",
            f"{len(found.names)} of {len(bnsim.load('epsilon').names)} scenarios are in the link.",
        ]

    def test_one_that_holds_nothing_is_refused(self):
        with pytest.raises(InputError) as error:
            requested("https://example.org/compare?mine=7.abc")

        assert str(error.value) == "the link of a set must be of version 1; got '7'. Use a newer bnsim."

    def test_an_unknown_target_is_refused_with_the_nearest(self):
        with pytest.raises(InputError) as error:
            requested("identity-recoverey")

        assert str(error.value) == (
            "identity-recoverey is not a scenario file or anything known by name. Did you mean identity-recovery?"
        )

    def test_settings_are_refused_all_at_once(self):
        with pytest.raises(InputError) as error:
            parse_settings(["mean", "=3", "std=1", "std=2"])

        assert error.value.problems == (
            "--set must be name=value; got 'mean'.",
            "--set must be name=value; got '=3'.",
            "std must be set once; got it twice.",
        )

    def test_a_value_may_hold_an_equals_sign(self):
        assert parse_settings(["title=a=b"]) == {"title": "a=b"}

    def test_parameters_are_refused_all_at_once(self):
        with pytest.raises(InputError) as error:
            requested("transform", ["gama=1", "mean=abc", "eps=0"])

        assert error.value.problems == (
            "gama is not a parameter of this experiment. Did you mean gamma?",
            "mean must be a number from -1000000 to 1000000; got 'abc'.",
            "eps must be a number more than 0 and at most 1; got 0.",
        )

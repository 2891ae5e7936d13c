"""What differs most from the baseline: which number, and the sentence that says it."""

import math
from dataclasses import replace

import pytest
from cases import together
from shipped import compared

import bnsim
from bnsim.app.panels import library
from bnsim.compare import Comparison, compare_scenarios
from bnsim.compare.differences import Difference, differ, differences, largest, relative_difference
from bnsim.compare.summary import WORDS, summary
from bnsim.experiment import Readout
from bnsim.experiments import find
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.text import Term

QUICK = sorted(name for name, each in library().sets.items() if find(each.experiment).work is None)
INF, NAN = math.inf, math.nan


def scenario(name: str, experiment: str = "transform", **params: object) -> Scenario:
    return Scenario(experiment, name, find(experiment).params.of(params))


def about(*readouts: str, **scenarios: dict[str, object]) -> Comparison:
    """Return scenarios of the first experiment by their parameters, compared by some readouts only."""
    found = tuple(scenario(name, **params) for name, params in scenarios.items())
    return compare_scenarios(ScenarioSet("transform", "", found, readouts=readouts))


def readout(value: float | str, error: float = 0.0, key: str = "a") -> Readout:
    return Readout(key, value, Term("a", "A", "an A"), error=error)


def with_values(values: dict[str, list[float | str]]) -> Comparison:
    """Return a comparison in which the readouts of three equal scenarios have the given values."""
    names = ("a", "b", "c")
    comparison = compare_scenarios([scenario(name) for name in names])
    rows = {name: {key: readout(each[at], key=key) for key, each in values.items()} for at, name in enumerate(names)}
    found = replace(comparison, about=tuple(values))
    found.__dict__["readouts"] = rows  # where `cached_property` would put it
    return found


class TestRelativeDifference:
    @together(
        ("value", "base", "expected"),
        [
            (1.0, 4.0, 0.75),
            (4.0, 1.0, 0.75),
            (0.0, -3.0, 1.0),
            (-2.0, 2.0, 2.0),
            (-1.0, 2.0, 1.5),
            (0.0, -0.0, 0.0),
            (INF, 3.0, 1.0),
            (3.0, -INF, 1.0),
            (INF, -INF, 2.0),
            (INF, INF, 0.0),
            (1.5e308, -1.5e308, 2.0),
            (5e-324, 0.0, 1.0),
        ],
    )
    def test_is_that_to_the_larger_of_the_two(self, value, base, expected):
        assert relative_difference(value, base) == expected


class TestWhatDiffers:
    def test_digits_that_mean_nothing_do_not(self):
        assert not differ(readout(1.0), readout(1.0 + 2**-52))

    def test_neither_does_what_chance_and_rounding_leave(self):
        # Twice the standard error of the difference, √(0.3² + 0.4²) = 0.5.
        assert not differ(readout(2.0, 0.3), readout(3.0, 0.4))
        assert differ(readout(1.8, 0.3), readout(3.0, 0.4))

    def test_a_word_differs_from_a_number_and_from_another_word(self):
        assert differ(readout("refused"), readout(1.0))
        assert differ(readout("refused"), readout("not measured"))
        assert not differ(readout("refused"), readout("refused"))

    def test_what_is_not_known_differs_from_what_is_and_not_from_itself(self):
        assert differ(readout(NAN), readout(1.0))
        assert not differ(readout(NAN), readout(NAN))


class TestLargest:
    def at(self, key: str, scenario: str, value: float, base: float) -> Difference:
        return Difference(scenario, readout(value, key=key), readout(base, key=key), relative_difference(value, base))

    def test_is_the_largest_for_its_size(self):
        small, large = self.at("a", "b", 100.0, 90.0), self.at("c", "b", 0.1, 0.2)

        assert largest([small, large]) == (large, 0)

    def test_of_one_readout_with_a_baseline_of_0_is_the_furthest_and_the_others_are_less(self):
        near, far = self.at("a", "b", 1.0, 0.0), self.at("a", "c", -3.0, 0.0)

        assert largest([near, far]) == (far, 0)

    def test_on_the_other_side_of_0_is_the_furthest_too(self):
        near, far = self.at("a", "b", -1.0, 0.1), self.at("a", "c", -9.0, 0.1)

        assert near.relative > far.relative > 1
        assert largest([near, far]) == (far, 0)

    def test_as_large_are_the_same_number_and_other_readouts(self):
        first, same, other = self.at("a", "b", 1.0, 0.0), self.at("a", "c", 1.0, 0.0), self.at("d", "b", 9.0, 0.0)

        assert largest([first, same, other]) == (first, 2)

    def test_of_words_there_is_none(self):
        assert largest([Difference("b", readout("refused"), readout(1.0), NAN)]) == (None, 0)
        assert largest([]) == (None, 0)


class TestSentence:
    def test_of_one_scenario(self):
        assert summary(about("y", a={})) == "There is only one scenario here, and nothing to compare it with."

    def test_of_one_that_is_shown_alone_says_that_there_are_others(self):
        assert summary(about("y", a={}), left_out=2) == (
            "Only the baseline is shown here: all other scenarios are left out, so there is nothing to compare it with."
        )

    def test_of_equal_scenarios(self):
        same = "None of the numbers shown here differs from the baseline by more than chance and rounding."

        assert summary(about("y", a={}, b={})) == same
        assert summary(about("y", a={}, b={"beta": 1e-15})) == same

    def test_names_the_one_parameter_that_differs_with_label_and_symbol(self):
        assert summary(about("y", "x_hat", a={}, b={"gamma": 2.0}, c={"gamma": 1.1})) == (
            "The largest difference, for its size, is in “b”: with Scale γ = 2 instead of 1, "
            "“Output y” is 2.3999981 instead of 1.1999990."
        )

    def test_names_up_to_three_parameters_that_differ(self):
        assert summary(about("y", a={}, b={"gamma": 2.0, "beta": 1.0, "x": 5.0})) == (
            "The largest difference, for its size, is in “b”: with Scale γ = 2 instead of 1, Shift β = 1 instead of 0 "
            "and Tracked activation x = 5 instead of 6, “Output y” is 2.5999987 instead of 1.1999990."
        )

    def test_says_how_many_parameters_differ_where_they_are_more(self):
        assert summary(about("y", a={}, b={"gamma": 2.0, "beta": 1.0, "x": 5.0, "eps": 1.0})).startswith(
            "The largest difference, for its size, is in “b”: with 4 settings changed, “Output y” is "
        )

    def test_says_a_parameter_without_symbol_and_a_choice_by_their_labels(self):
        with_seed = about("y", a={"source": "sample"}, b={"source": "sample", "seed": 1})
        norms = compare_scenarios([scenario("a", "norm-family"), scenario("b", "norm-family", norm="layer")])

        assert "with Seed 1 instead of 0, “Output y” is" in summary(with_seed)
        assert "with Shown norm “Layer” instead of “Batch”, " in summary(norms)

    def test_writes_all_digits_where_few_would_not_tell_two_numbers_apart(self):
        assert summary(with_values({"d": [1.23456, 1.23457, 1.23456]})).endswith("“A” is 1.23457 instead of 1.23456.")

    def test_of_a_tie_claims_no_more_than_that(self):
        one = summary(with_values({"d": [0.0, 2.0, 2.0]}))
        many = summary(with_values({"d": [0.0, 2.0, 2.0], "e": [0.0, 1.0, 0.0]}))

        assert one == (
            "No difference is larger, for its size, than in “b”: “A” is 2 instead of 0; one other is as large."
        )
        assert many.endswith("; 2 others are as large.")

    def test_says_infinite_in_words(self):
        assert summary(with_values({"d": [1.0, INF, 1.0]})) == (
            "The largest difference, for its size, is in “b”: “A” is infinite instead of 1."
        )

    def test_of_nothing_but_words_claims_no_size(self):
        assert summary(with_values({"d": [1.0, 1.0, "refused"]})) == (
            "What differs cannot be measured: in “c”, “A” is refused instead of 1."
        )

    def test_says_a_word_beside_the_largest_difference(self):
        assert summary(with_values({"d": [1.0, 2.0, "refused"]})) == (
            "The largest difference, for its size, is in “b”: "
            "“A” is 2 instead of 1. In “c”, “A” is refused instead of 1."
        )

    def test_does_not_measure_what_is_not_known(self):
        assert summary(with_values({"d": [1.0, 2.0, NAN]})) == (
            "The largest difference, for its size, is in “b”: “A” is 2 instead of 1."
        )
        assert summary(with_values({"d": [1.0, 1.0, NAN]})) == (
            "What differs cannot be measured: in “c”, “A” is not known instead of 1."
        )

    def test_tells_equal_titles_apart(self):
        twice = [replace(scenario(name, gamma=gamma), title="same") for name, gamma in (("a", 1.0), ("b", 2.0))]

        assert "in “same (b)”: " in summary(compare_scenarios(twice))

    def test_follows_the_baseline(self):
        scenarios = bnsim.load("worked-examples")

        assert "“Output mean” is 0.2 instead of 0." in summary(compare_scenarios(scenarios))
        assert "“Output mean” is 0 instead of 0.2." in summary(compare_scenarios(scenarios, "mean-2.3-std-1.8"))


class TestShippedSets:
    @pytest.mark.parametrize("name", QUICK)
    def test_no_number_differs_by_more_than_the_sentence_says(self, name):
        comparison = compared(name)
        most, _ = largest(list(differences(comparison)))

        said = summary(comparison)
        assert most is not None
        term = most.found.term
        assert f"“{comparison.titles[most.scenario]}”" in said
        assert f"“{term.label}” is {term.short(most.found.best)} instead of {term.short(most.base.best)}" in said
        base = comparison.outcomes[comparison.baseline]
        for key in comparison.about:
            for other in comparison.names[1:]:
                pair = float(comparison.outcomes.loc[key, other]), float(base[key])
                readouts = comparison.readouts[other][key], comparison.readouts[comparison.baseline][key]
                if not any(map(math.isnan, pair)) and differ(*readouts):
                    assert min(relative_difference(*pair), 1.0) <= most.relative

    def test_a_rounding_difference_does_not_pass_for_the_largest(self):
        """γ = √(σ_B² + ε) leaves 9e-16 of the identity here and nothing there: that is no difference."""
        assert "“Distance from identity” is 0.001901 instead of 9e−16." in summary(
            compare_scenarios(bnsim.load("identity-recovery"))
        )

    def test_every_sentence_is_said_by_some_comparison_here(self):
        keys = {"alone", "hidden", "same", "largest.parameter", "largest.scenario", "tie.parameter", "tie.scenario"}
        keys |= {"kind.parameter", "kind.scenario", "word.scenario"}

        assert set(WORDS.group("answer")) == keys

    def test_a_word_may_come_of_one_parameter(self):
        single = bnsim.load("single-sample-inference")
        pair = replace(single, scenarios=(single.get("pytorch"), single.get("keras")), baseline=None)

        assert summary(replace(compare_scenarios(pair), about=("train_y_mean",))) == (
            "What differs cannot be measured: in “Keras: x = 4 alone”, with Convention "
            "“Keras · 0.01 new, biased” instead of “PyTorch · 0.1 new, unbiased”, "
            "“Mean in training mode” is 0 instead of refused."
        )

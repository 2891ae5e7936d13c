"""Params: declared once, checked in one place, refused in plain sentences."""

import copy
import pickle
import timeit
from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, ValidationError, model_validator

from bnsim.errors import ParamsError
from bnsim.scenario.params import Control, Params
from bnsim.scenario.values import Values


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Lab(Params):
    """One field of every kind."""

    mean: Annotated[
        float, Field(ge=-1e6, le=1e6), Control("Batch mean", symbol="μ_B", slider=(-5, 5, 0.05), live=True)
    ] = 3
    std: Annotated[float, Field(gt=0, le=1e6), Control("Batch standard deviation")] = 2.5
    count: Annotated[int, Field(ge=1, le=1000), Control("Batch size")] = 32
    seed: Annotated[int, Field(ge=0), Control("Seed")] = 0
    source: Annotated[Literal["exact", "sample", "own"], Control("Source")] = "exact"
    groups: Annotated[Literal[1, 2, 4], Control("Groups")] = 2
    colour: Annotated[Colour, Control("Colour")] = Colour.RED
    affine: Annotated[bool, Control("Scale and shift")] = True
    values: Annotated[Values, Control("Your numbers", when=("source", ("own",)))] = Values()
    label: Annotated[str, Field(max_length=10), Control("Label")] = ""


class Span(Params):
    """A rule over two fields."""

    low: Annotated[float, Control("Low")] = 0.0
    high: Annotated[float, Control("High")] = 1.0
    other: Annotated[float, Control("Other")] = 5.0

    def rules(self):
        if self.low >= self.high:
            yield ("low", "high"), f"low must be less than high; got low={self.low:g} and high={self.high:g}."


ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.floats()) | st.binary()
NEAR_MISSES = st.sampled_from([*Lab.controls(), "", "men", "Mean", "std ", "__class__", "\x00", "\ud800"])
LABS = st.builds(
    Lab,
    mean=st.floats(-1e6, 1e6),
    std=st.floats(0, 1e6, exclude_min=True),
    count=st.integers(1, 1000),
    seed=st.integers(0, 2**53),
    source=st.sampled_from(["exact", "sample", "own"]),
    groups=st.sampled_from([1, 2, 4]),
    colour=st.sampled_from(Colour),
    affine=st.booleans(),
    values=st.lists(st.floats(-1e12, 1e12), max_size=20).map(Values),
    label=st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
)


def refusal(make: Any, *args: object, **kwargs: object) -> tuple[str, ...]:
    with pytest.raises(ParamsError) as error:
        make(*args, **kwargs)
    return error.value.problems


class TestTypedValues:
    def test_what_is_not_given_is_default(self):
        assert Lab.of({}) == Lab()
        assert Lab.of({"mean": 1.5}).mean == 1.5

    @pytest.mark.parametrize(
        "number", [4, 4.0, np.float32(4), np.float64(4), np.longdouble(4), np.int8(4), np.uint64(4)]
    )
    def test_numpy_scalars_and_integral_floats_are_numbers(self, number):
        params = Lab.of({"mean": number, "count": number, "groups": number})

        assert (params.mean, params.count, params.groups) == (4.0, 4, 4)
        assert (type(params.mean), type(params.count), type(params.groups)) == (float, int, int)

    def test_numpy_bool_is_a_flag(self):
        assert Lab.of({"affine": np.False_}).affine is False

    def test_a_choice_may_be_given_by_its_value(self):
        assert Lab.of({"colour": "blue"}) == Lab.of({"colour": Colour.BLUE})

    def test_direct_construction_is_as_strict(self):
        assert Lab(mean=np.float32(0.5)).mean == 0.5
        with pytest.raises(ValidationError):
            Lab(mean="0.5")

    def test_a_json_dump_reads_back(self):
        params = Lab(colour=Colour.BLUE, values=[1, 2.5])

        assert Lab.model_validate_json(params.model_dump_json()) == params


class TestSentences:
    @together(
        ("name", "value", "sentence"),
        [
            ("mean", 2e6, "mean must be a number from -1000000 to 1000000; got 2000000."),
            ("mean", True, "mean must be a number from -1000000 to 1000000; got true."),
            ("mean", "0.5", "mean must be a number from -1000000 to 1000000; got '0.5'."),
            ("mean", float("nan"), "mean must be a number from -1000000 to 1000000; got nan."),
            (
                "mean",
                10**400,
                "mean must be a number from -1000000 to 1000000; got a whole number of 39 digits or more.",
            ),
            ("mean", None, "mean must be a number from -1000000 to 1000000; got nothing."),
            ("mean", [1, 2], "mean must be a number from -1000000 to 1000000; got a list of 2 entries."),
            ("std", 0, "std must be a number more than 0 and at most 1000000; got 0."),
            ("std", 1e-400, "std must be a number more than 0 and at most 1000000; got 0."),
            ("count", 2.5, "count must be a whole number from 1 to 1000; got 2.5."),
            ("count", np.float32(0), "count must be a whole number from 1 to 1000; got 0."),
            ("count", float("inf"), "count must be a whole number from 1 to 1000; got inf."),
            ("seed", 2**53 + 1, "seed must be a whole number from 0 to 9007199254740992; got 9007199254740993."),
            ("source", "exat", "source must be one of exact, sample, own; got 'exat'."),
            ("source", ["exact"], "source must be one of exact, sample, own; got a list of 1 entry."),
            ("groups", True, "groups must be one of 1, 2, 4; got 'true'."),
            ("colour", "green", "colour must be one of red, blue; got 'green'."),
            ("affine", 1, "affine must be true or false; got 1."),
            ("values", [1, "x"], "values must be numbers; entry 2 is 'x'."),
            ("label", "a" * 50, f"label must be text of at most 10 characters; got '{'a' * 38}…."),
            ("label", "\ud800", "label must be text of at most 10 characters; got '\\ud800'."),
            ("label", 3, "label must be text of at most 10 characters; got 3."),
        ],
    )
    def test_says_what_is_allowed_and_what_was_given(self, name, value, sentence):
        assert refusal(Lab.of, {name: value}) == (sentence,)

    def test_a_near_miss_is_suggested(self):
        assert refusal(Lab.of, {"men": 1}) == ("men is not a parameter of this experiment. Did you mean mean?",)

    def test_without_a_near_miss_all_names_are_listed(self):
        assert refusal(Span.of, {"\n": 1}) == (
            "'\\n' is not a parameter of this experiment. Its parameters are low, high, other.",
        )

    def test_all_problems_come_at_once_unknown_names_first(self):
        assert refusal(Lab.of, {"count": 0, "gruops": 1, "mean": "x"}) == (
            "gruops is not a parameter of this experiment. Did you mean groups?",
            "mean must be a number from -1000000 to 1000000; got 'x'.",
            "count must be a whole number from 1 to 1000; got 0.",
        )

    def test_at_most_twenty_are_told(self):
        problems = refusal(Span.of, {f"x{number}": 1 for number in range(25)})

        assert len(problems) == 21
        assert problems[-1] == "and 5 more problems."

    def test_values_are_called_by_the_name_of_their_field(self):
        class Other(Params):
            batch: Values = Values()

        assert refusal(Other.of, {"batch": "1 x"}) == ("batch must be numbers; entry 2 is 'x'.",)

    def test_constraints_beyond_a_range_are_told_too(self):
        def odd(number: int) -> int:
            if number % 2 == 0:
                raise ValueError(f"kernel must be odd; got {number}.")
            return number

        class Other(Params):
            heads: Annotated[int, Field(ge=4, le=64, multiple_of=4)] = 4
            kernel: Annotated[int, AfterValidator(odd)] = 3

        assert refusal(Other.of, {"heads": 6, "kernel": 4}) == (
            "heads must be a multiple of 4; got 6.",
            "kernel must be odd; got 4.",
        )

    @pytest.mark.parametrize(
        ("bounds", "rule"),
        [
            ({}, "be a number"),
            ({"ge": 0}, "be a number of at least 0"),
            ({"gt": 0}, "be a number more than 0"),
            ({"le": 5}, "be a number of at most 5"),
            ({"lt": 5}, "be a number less than 5"),
            ({"ge": 0, "lt": 1}, "be a number of at least 0 and less than 1"),
            ({"ge": 1e-5, "le": 1e20}, "be a number from 1e-05 to 1e+20"),
        ],
    )
    def test_rule_in_words(self, bounds, rule):
        class Other(Params):
            field: Annotated[float, Field(**bounds)] = 1e-5

        assert Other.controls()["field"].rule() == rule

    @settings(max_examples=250, deadline=None)
    @given(st.dictionaries(NEAR_MISSES | st.text(max_size=5), ANY, max_size=12))
    def test_whatever_is_given_is_read_or_refused_in_sentences(self, values):
        try:
            params = Lab.of(values)
        except ParamsError as error:
            problems = error.problems
        else:
            problems = ()
            assert Lab.of(params.__dict__) == params
        assert all(problem.endswith((".", "?")) and problem.isprintable() for problem in problems)


def of_text(texts: Mapping[str, str]) -> Lab:
    """Return parameters typed in as texts, as the command line does."""
    return Lab.of({name: Lab.controls()[name].read(text) for name, text in texts.items()})


class TestTextValues:
    @together(
        ("name", "text", "value"),
        [
            ("mean", " −1e3 ", -1000.0),
            ("mean", ".5", 0.5),
            ("count", "32.0", 32),
            ("count", "1e2", 100),
            ("seed", "9007199254740991", 9007199254740991),
            ("source", "sample", "sample"),
            ("groups", "4", 4),
            ("colour", "blue", Colour.BLUE),
            ("affine", "Off", False),
            ("affine", "1", True),
            ("values", "1, 2;3", Values([1, 2, 3])),
            ("label", " a ", " a "),
        ],
    )
    def test_every_kind_is_read(self, name, text, value):
        assert getattr(of_text({name: text}), name) == value

    @pytest.mark.parametrize("text", ["", "abc", "1_0", "nan", "inf", "0x10", "1e999", "2,5", "٣", "true", "1" * 5000])
    def test_what_is_no_number_is_shown_as_it_was_typed(self, text):
        shown = repr(text) if len(text) < 40 else repr(text)[:39] + "…"

        assert refusal(of_text, {"mean": text, "count": text}) == (
            f"mean must be a number from -1000000 to 1000000; got {shown}.",
            f"count must be a whole number from 1 to 1000; got {shown}.",
        )

    def test_a_number_out_of_range_is_shown_as_a_number(self):
        assert refusal(of_text, {"count": "9e3"}) == ("count must be a whole number from 1 to 1000; got 9000.",)

    @given(LABS)
    def test_what_is_written_reads_back_exactly(self, params):
        texts = {spec.name: spec.write(getattr(params, spec.name)) for spec in Lab.controls().values()}

        assert of_text(texts) == params


class TestRules:
    def test_a_broken_rule_is_a_problem(self):
        assert refusal(Span.of, {"low": 2}) == ("low must be less than high; got low=2 and high=1.",)

    def test_rules_wait_until_all_fields_are_fine(self):
        assert refusal(Span.of, {"low": 2, "other": "x"}) == ("other must be a number; got 'x'.",)

    def test_direct_construction_obeys_them(self):
        with pytest.raises(ValidationError, match="low must be less than high"):
            Span(low=2)

    def test_a_model_validator_of_ones_own_is_told_too(self):
        class Other(Params):
            even: bool = True

            @model_validator(mode="after")
            def never_odd(self):
                if not self.even:
                    raise ValueError("even must stay true; got false.")
                return self

        assert refusal(Other.of, {"even": False}) == ("even must stay true; got false.",)
        assert Other.read_leniently({"even": "no"}) == (Other(), ("even must stay true; got false.",))


class TestReadLeniently:
    def test_what_is_good_is_kept_and_the_rest_reported(self):
        params, problems = Lab.read_leniently({"mean": "1.5", "std": "-1", "cuont": "3", "source": "own"})

        assert params == Lab(mean=1.5, source="own")
        assert problems == (
            "cuont is not a parameter of this experiment. Did you mean count?",
            "std must be a number more than 0 and at most 1000000; got -1.",
        )

    def test_a_broken_rule_resets_the_fields_it_names(self):
        params, problems = Span.read_leniently({"low": "2", "high": "1.5", "other": "7"})

        assert params == Span(other=7)
        assert problems == ("low must be less than high; got low=2 and high=1.5.",)

    def test_a_rule_that_names_no_given_field_resets_all(self):
        class Other(Params):
            seen: float = 0.0
            named: float = 0.0

            def rules(self):
                if self.seen:
                    yield ("named",), "named must follow seen."

        assert Other.read_leniently({"seen": "1"}) == (Other(), ("named must follow seen.",))

    @settings(max_examples=250, deadline=None)
    @given(st.dictionaries(NEAR_MISSES | st.text(max_size=5), st.text(max_size=8) | ANY.map(str), max_size=12))
    def test_never_raises_and_every_loss_is_told(self, texts):
        params, problems = Lab.read_leniently(texts)

        assert all(problem.isprintable() for problem in problems)
        assert problems or set(params.changed(Lab())) <= set(texts)


class TestReplace:
    def test_is_checked(self):
        assert Lab().replace(mean=1).mean == 1.0
        assert refusal(Lab().replace, mean="x", men=2) == (
            "men is not a parameter of this experiment. Did you mean mean?",
            "mean must be a number from -1000000 to 1000000; got 'x'.",
        )

    def test_changes_no_other_field_and_not_the_original(self):
        before = Lab(count=8)
        after = before.replace(mean=1)

        assert before == Lab(count=8)
        assert after.changed(before) == ("mean",)

    def test_a_million_numbers_are_not_copied(self):
        params = Lab(values=np.zeros(1_000_000))

        assert params.replace(mean=1).values is params.values


class TestImmutability:
    def test_fields_cannot_be_set(self):
        with pytest.raises(ValidationError):
            Lab().mean = 1.0  # type: ignore[misc]

    def test_hash_and_equality_go_by_content(self):
        assert hash(Lab(values=[1, 2])) == hash(Lab(values=(1.0, 2.0)))
        assert Lab(mean=1) != Lab(mean=2)

    def test_survives_pickling_and_copying(self):
        params = Lab(values=[1, 2])

        assert copy.deepcopy(params) == params
        assert pickle.loads(pickle.dumps(params)) == params


class TestControls:
    def test_are_in_declaration_order_and_the_same_object_every_time(self):
        assert list(Lab.controls()) == list(Lab.model_fields)
        assert Lab.controls() is Lab.controls()

    def test_hold_the_control_the_default_and_the_range(self):
        spec = Lab.controls()["mean"]

        assert (spec.kind, spec.control.symbol, spec.default, spec.low, spec.high) == ("number", "μ_B", 3.0, -1e6, 1e6)
        assert type(spec.default) is float

    def test_kinds(self):
        kinds = [spec.kind for spec in Lab.controls().values()]

        assert kinds == ["number"] * 2 + ["integer"] * 2 + ["choice"] * 3 + ["flag", "values", "text"]

    def test_options_are_typed_values(self):
        options = {name: spec.options for name, spec in Lab.controls().items() if spec.options}

        assert options == {
            "source": ("exact", "sample", "own"),
            "groups": (1, 2, 4),
            "colour": (Colour.RED, Colour.BLUE),
            "affine": (False, True),
        }

    def test_open_bounds_of_whole_numbers_become_closed(self):
        class Other(Params):
            field: Annotated[int, Field(gt=0, lt=10)] = 1

        spec = Other.controls()["field"]
        assert (spec.low, spec.high, spec.low_open, spec.high_open) == (1, 9, False, False)

    def test_a_subclass_has_the_fields_of_its_base_first(self):
        class More(Span):
            more: float = 0.0

        assert list(More.controls()) == ["low", "high", "other", "more"]
        assert list(Span.controls()) == ["low", "high", "other"]

    @pytest.mark.parametrize(
        ("annotation", "default", "message"),
        [
            (float, ..., "The parameter field must have a default."),
            (list[int], [], "The parameter field must be a float, int, bool, str, Literal, Enum or Values."),
            (
                Annotated[float, Field(gt=0), Control("", slider=(0, 1, 0.1))],
                1.0,
                "The control of the parameter field must offer values from its valid range only.",
            ),
            (
                Annotated[int, Field(ge=0), Control("", choices={-1: "none"})],
                1,
                "The control of the parameter field must offer values from its valid range only.",
            ),
            (
                Annotated[int, Control("", when=("mode", ("a",)))],
                1,
                "The control of field depends on mode, which is no parameter.",
            ),
        ],
    )
    def test_what_cannot_be_a_parameter_is_refused_when_the_class_is_made(self, annotation, default, message):
        with pytest.raises(TypeError) as error:
            type("Bad", (Params,), {"__annotations__": {"field": annotation}, "field": default})

        assert str(error.value) == message


class TestSpeed:
    def test_a_check_of_ten_fields_costs_well_under_a_millisecond(self):
        params = Lab(values=np.zeros(1_000_000))
        texts = {"mean": "1", "std": "2", "count": "3"}

        for make in (
            lambda: Lab.of(params.__dict__),
            lambda: params.replace(mean=1),
            lambda: Lab.read_leniently(texts),
        ):
            assert min(timeit.repeat(make, number=10, repeat=5)) / 10 < 0.3e-3

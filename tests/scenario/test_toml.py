"""Scenario files: strict when read, canonical when written."""

import time
import tomllib
from enum import Enum
from typing import Annotated, Literal

import pytest
from cases import together
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field

from bnsim import experiments
from bnsim.errors import InputError, ScenarioError
from bnsim.scenario import wording
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import NAME_RULE, Scenario, ScenarioSet
from bnsim.scenario.toml import LARGEST_FILE, read, write
from bnsim.scenario.values import Values


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Lab(Params):
    mean: Annotated[float, Field(ge=-1e6, le=1e6)] = 3.0
    std: Annotated[float, Field(ge=0)] = 2.5
    count: Annotated[int, Field(ge=1, le=1000)] = 32
    source: Literal["exact", "own"] = "exact"
    colour: Colour = Colour.RED
    affine: bool = True
    values: Values = Values()
    label: str = ""

    def rules(self):
        if self.source == "own" and not len(self.values):
            yield ("source", "values"), "values must hold one number or more while source is own; got none."


class Filled(Params):
    values: Values = Values([1, 2])


def params_of(slug: str) -> type[Params]:
    classes = {"lab": Lab, "filled": Filled}
    if slug not in classes:
        raise InputError(f"{slug} is not an experiment. Did you mean lab?")
    return classes[slug]


def problems(text: str | bytes, **options: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as error:
        read(text, params_of, **options)
    return error.value.problems


def file(*lines: str) -> str:
    return "\n".join(('schema = 1\nexperiment = "lab"', *lines, '[[scenario]]\nname = "a"'))


IDENTITY = """\
schema = 1
experiment = "lab"
title = "Identity recovery"
question = "Can the scale and shift undo the normalization?"
look_for = \"""
Two curves
that coincide.\"""
baseline = "pure"
readouts = ["first", "second"]

[params]
mean = 3.0
count = 32
source = "exact"
colour = "red"
affine = true
label = "γ \\"quoted\\""

[[scenario]]
name = "pure"
title = "σ = 2.5"
params = { std = 2.5 }

[[scenario]]
name = "narrow"
note = "With numbers."
params = { std = 1e-05, values = [1.0, -2.5] }
"""

LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40)
NOTES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.just("\n") | st.just('"'), max_size=40)
FIELDS = {
    "mean": st.floats(-1e6, 1e6),
    "std": st.floats(0, allow_infinity=False),
    "count": st.integers(1, 1000),
    "colour": st.sampled_from(Colour),
    "affine": st.booleans(),
    "values": st.lists(st.floats(-1e12, 1e12), max_size=5).map(Values),
    "label": st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
}


@st.composite
def scenario_sets(draw: st.DrawFn) -> ScenarioSet:
    shared = draw(st.fixed_dictionaries({}, optional=FIELDS))
    names = draw(
        st.lists(st.from_regex(r"[a-z0-9][a-z0-9.-]{0,9}", fullmatch=True), min_size=1, max_size=4, unique=True)
    )
    own = st.fixed_dictionaries({}, optional=FIELDS)
    scenarios = tuple(
        Scenario("lab", name, Lab.of({**shared, **draw(own)}), title=draw(LINES), note=draw(NOTES)) for name in names
    )
    baseline = draw(st.none() | st.sampled_from(names))
    return ScenarioSet("lab", draw(LINES), scenarios, draw(NOTES), draw(NOTES), baseline)


class TestReading:
    def test_shared_parameters_are_overridden_by_a_scenarios_own(self):
        text = file("[params]", "mean = 1", "std = 2") + "\nparams = { std = 5 }\n[[scenario]]\nname = 'b'\n"
        first, second = read(text, params_of).scenarios

        assert (first.params, second.params) == (Lab(mean=1, std=5), Lab(mean=1, std=2))

    def test_texts_and_baseline(self):
        identity = read(IDENTITY, params_of)

        assert identity.title == "Identity recovery"
        assert identity.look_for == "Two curves\nthat coincide."
        assert identity.baseline_scenario.title == "σ = 2.5"
        assert identity.get("narrow").params == Lab(std=1e-5, values=[1, -2.5], label='γ "quoted"')

    def test_bytes_with_windows_line_ends_and_byte_order_mark(self):
        assert read(b"\xef\xbb\xbf" + IDENTITY.replace("\n", "\r\n").encode(), params_of) == read(IDENTITY, params_of)

    def test_numbers_may_be_a_text(self):
        assert read(file("[params]", 'values = "1 2"'), params_of).scenarios[0].params == Lab(values=[1, 2])

    def test_a_shared_value_alone_may_break_a_rule_that_every_scenario_keeps(self):
        text = file("[params]", "source = 'own'") + "\nparams = { values = [1] }"

        assert read(text, params_of).scenarios[0].params == Lab(source="own", values=[1])


class TestWriting:
    def test_writing_what_was_read_gives_the_same_file(self):
        assert write(read(IDENTITY, params_of)) == IDENTITY

    def test_one_scenario_shares_everything_with_itself(self):
        assert write(ScenarioSet("filled", "", (Scenario("filled", "a", Filled()),))) == (
            'schema = 1\nexperiment = "filled"\n\n[params]\nvalues = [1.0, 2.0]\n\n[[scenario]]\nname = "a"\n'
        )

    def test_no_numbers_are_written_where_some_are_the_default(self):
        empty = ScenarioSet("filled", "", (Scenario("filled", "a", Filled(values=[])),))

        assert "values = []" in write(empty)
        assert read(write(empty), params_of) == empty

    def test_nothing_shared_is_no_table(self):
        both = tuple(Scenario("filled", f"s{number}", Filled(values=[number])) for number in range(2))

        assert "[params]" not in write(ScenarioSet("filled", "", both))

    def test_more_than_may_be_read_is_not_written(self):
        many = ScenarioSet("lab", "", (Scenario("lab", "a", Lab(values=[0.125] * 200_000)),))

        with pytest.raises(ScenarioError) as error:
            write(many)
        assert str(error.value) == (
            "a scenario file must be at most 1048576 bytes; this set needs more. "
            "Keep your own numbers in a data file beside it."
        )

    @settings(deadline=None)
    @given(scenario_sets())
    def test_what_was_written_reads_back_and_is_canonical(self, scenario_set):
        text = write(scenario_set)

        assert read(text, params_of) == scenario_set
        assert write(read(text.encode(), params_of)) == text
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert "\r" not in text


ABOUT = """\
schema = 1
experiment = "transform"
baseline = "a"
readouts = ["y", "x_hat"]

[[scenario]]
name = "a"
"""


class TestReadouts:
    """Which readouts a set is about: an optional key, so that files without it are as good as before."""

    def about(self, readouts: str) -> tuple[str, ...]:
        with pytest.raises(ScenarioError) as error:
            read(ABOUT.replace('["y", "x_hat"]', readouts), experiments.params_of)
        return error.value.problems

    def test_are_read_in_their_order(self):
        assert read(ABOUT, experiments.params_of).readouts == ("y", "x_hat")

    def test_are_written_where_they_were_read(self):
        found = read(ABOUT, experiments.params_of)

        assert write(found).startswith(ABOUT.partition("\n\n")[0] + "\n\n[params]\n")
        assert read(write(found), experiments.params_of) == found

    @pytest.mark.parametrize("gone", ['readouts = ["y", "x_hat"]\n', '"y", "x_hat"'])
    def test_without_any_the_set_names_none_and_none_are_written(self, gone):
        found = read(ABOUT.replace(gone, ""), experiments.params_of)

        assert found.readouts == ()
        assert "readouts" not in write(found)

    @pytest.mark.parametrize(
        ("readouts", "sentence"),
        [
            ('["x_hatt"]', "readouts: x_hatt is not a readout of this experiment. Did you mean x_hat?"),
            ('["y", "y"]', "readouts must name each readout once; y is there more than once."),
            ('["y", 3]', "readouts must be a list of names in quotation marks; got 3 in it."),
            ('"y"', "readouts must be a list of names; got 'y'."),
            (str(["y"] * 21), "readouts must name at most 20 readouts; got 21."),
        ],
    )
    def test_others_are_refused(self, readouts, sentence):
        assert self.about(readouts) == (sentence,)

    def test_all_are_named_where_none_is_near(self):
        (sentence,) = self.about('["zzz"]')

        assert sentence.startswith("readouts: zzz is not a readout of this experiment. Its readouts are x_hat, y, ")

    def test_every_other_problem_is_told_with_them(self):
        assert self.about('["z"]\ntitel = ""')[0] == "titel is not a key of a scenario file. Did you mean title?"

    def test_of_an_experiment_without_words_are_any_names(self):
        assert read(file('readouts = ["anything"]'), params_of).readouts == ("anything",)


class TestProblems:
    def test_every_problem_comes_at_once_with_its_path(self):
        text = """
            schema = 2
            experiment = "lab"
            titel = "T"
            question = 3
            baseline = "identiy"
            [params]
            mean = "three"
            gama = 1
            [[scenario]]
            name = "pure"
            parms = {}
            title = "a\\u0000"
            [[scenario]]
            name = "identity"
            params = { std = -1, count = 2.5, "mean" = 1, affin = false }
            [[scenario]]
            name = "Pure"
            [[scenario]]
            title = 1979-05-27
            [[scenario]]
            name = "pure"
            params = 3
        """

        assert problems(text) == (
            "titel is not a key of a scenario file. Did you mean title?",
            "schema must be 1; got 2.",
            "question must be text; got 3.",
            "params.gama: gama is not a parameter of this experiment. "
            "Its parameters are mean, std, count, source, colour, affine, values, label.",
            "params.mean: mean must be a number from -1000000 to 1000000; got 'three'.",
            'scenario 1 ("pure"): parms is not a key of a scenario. Did you mean params?',
            "scenario 1 (\"pure\"): title must not hold control characters; character 2 is '\\x00'.",
            'scenario 2 ("identity"), params.affin: affin is not a parameter of this experiment. Did you mean affine?',
            'scenario 2 ("identity"), params.std: std must be a number of at least 0; got -1.',
            'scenario 2 ("identity"), params.count: count must be a whole number from 1 to 1000; got 2.5.',
            f"scenario 3: name must {NAME_RULE}; got 'Pure'.",
            "scenario 4: title must be text; got a value of type date.",
            f"scenario 4: name must {NAME_RULE}; got nothing.",
            'scenario 5 ("pure"): params must be a table; got 3.',
            "the names of scenarios must differ; pure is there more than once.",
            "baseline: identiy is not a scenario of this set. Did you mean identity?",
        )

    def test_an_empty_file(self):
        assert problems("") == (
            "schema must be 1; got nothing.",
            "experiment must be the name of an experiment; got nothing.",
            "a scenario set must hold 1 to 200 scenarios; got 0.",
        )

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            ('"labb"', "experiment: labb is not an experiment. Did you mean lab?"),
            ("3", "experiment must be text; got 3."),
            ('"a b"', f"experiment must {NAME_RULE}; got 'a b'."),
        ],
    )
    def test_an_experiment_that_does_not_exist(self, value, sentence):
        assert problems(f'schema = 1\nexperiment = {value}\n[[scenario]]\nname = "a"') == (sentence,)

    @pytest.mark.parametrize(
        ("value", "shown"), [("true", "true"), ("1.5", "1.5"), ("'1'", "'1'"), ("[1]", "a list of 1 entry")]
    )
    def test_schema_is_the_whole_number_1(self, value, shown):
        assert problems(file().replace("schema = 1", f"schema = {value}")) == (f"schema must be 1; got {shown}.",)

    def test_scenarios_that_are_no_tables(self):
        assert problems('schema = 1\nexperiment = "lab"\nscenario = 3')[0] == (
            "scenario must be one or more [[scenario]] tables; got 3."
        )
        assert problems('schema = 1\nexperiment = "lab"\nscenario = [1]') == ("scenario 1 must be a table; got 1.",)

    def test_more_than_200_scenarios(self):
        text = 'schema = 1\nexperiment = "lab"\n' + "".join(f'[[scenario]]\nname = "s{at}"\n' for at in range(201))

        assert problems(text) == ("a scenario set must hold 1 to 200 scenarios; got 201.",)

    def test_a_rule_over_several_fields(self):
        assert problems(file() + "\nparams = { source = 'own' }") == (
            'scenario 1 ("a"), params.source and values: '
            "values must hold one number or more while source is own; got none.",
        )

    def test_a_bad_shared_value_does_not_break_rules_by_its_default(self):
        assert problems(file("[params]", "source = 'own'", "values = [nan]")) == (
            "params.values: values must be finite numbers; entry 1 is nan.",
        )

    def test_not_a_number_and_infinity_are_refused(self):
        assert problems(file("[params]", "mean = nan", "std = inf")) == (
            "params.mean: mean must be a number from -1000000 to 1000000; got nan.",
            "params.std: std must be a number of at least 0; got inf.",
        )

    def test_at_most_twenty_are_told(self):
        assert problems(file("[params]", *(f"k{at} = 1" for at in range(30))))[-1] == "and 10 more problems."


class TestDamagedFiles:
    def test_not_toml(self):
        assert problems("schema = \n", where="mine.toml") == (
            "mine.toml must be valid TOML: Invalid value (at line 1, column 10).",
        )

    def test_not_utf8(self):
        assert problems(b"a = '\xff'") == ("scenario file must be UTF-8 text; byte 6 is not.",)

    def test_too_large(self):
        sentence = f"scenario file must be at most {LARGEST_FILE} bytes; got more."

        assert problems(b"#" * (LARGEST_FILE + 1)) == (sentence,)
        assert problems("#" + "é" * (LARGEST_FILE // 2)) == (sentence,)
        assert len(problems("#" * LARGEST_FILE)) == 3

    @pytest.mark.parametrize("nested", ["[", "{a = "])
    def test_nested_too_deeply(self, nested):
        assert problems("a = " + nested * 1500) == ("scenario file must not nest lists or tables so deeply.",)

    def test_keys_beyond_number_are_refused_before_they_are_parsed(self):
        text = file(*(f"k{number} = 1" for number in range(100_000 // 2)))
        start = time.process_time()

        assert problems(text) == ("scenario file must hold at most 20000 keys; got more.",)
        assert time.process_time() - start < 0.5  # 6 ms where it was written; parsing alone takes half a second

    @pytest.mark.parametrize("table", ["", "[params]"])
    def test_only_for_the_first_unknown_keys_the_nearest_is_looked_for(self, table, monkeypatch):
        asked = []
        monkeypatch.setattr(wording, "nearest", lambda name, *_: asked.append(name))

        assert len(problems(file(table, *(f"k{number} = 1" for number in range(1_500))))) == 21
        assert len(asked) < 50

    def test_numbers_of_thousands_of_digits(self):
        assert problems("a = " + "9" * 5000) == ("scenario file must not hold numbers of thousands of digits.",)
        assert problems(file("[params]", "mean = 0x" + "f" * 5000)) == (
            "params.mean: mean must be a number from -1000000 to 1000000; got a whole number of 39 digits or more.",
        )

    @together("part", ["a.", "a . ", '"".', "'a'.", "a-b."])
    @together("around", ["{}b = 1", "[{}b]", "[[{}b]]", "a = {{ {}b = 1 }}"])
    def test_dotted_keys_of_many_parts(self, part, around):
        assert problems(around.format(part * 9000)) == (
            "scenario file must not hold dotted keys of more than 32 parts.",
        )

    def test_halves_of_characters(self):
        assert problems(file("[params]", "label = '\ud800'", "'\ud800' = 1")) == (
            "params.'\\ud800': '\\ud800' is not a parameter of this experiment. "
            "Its parameters are mean, std, count, source, colour, affine, values, label.",
            "params.label: label must be text; got '\\ud800'.",
        )

    def test_a_long_shared_list_is_read_once_and_not_once_a_scenario(self):
        names = "".join(f'[[scenario]]\nname = "s{at}"\n' for at in range(200))
        scenarios = read(
            f'schema = 1\nexperiment = "lab"\n[params]\nvalues = [{"1," * 10_000}]\n{names}', params_of
        ).scenarios

        assert all(scenario.params.values is scenarios[0].params.values for scenario in scenarios)


PIECES = st.sampled_from(
    [*IDENTITY.splitlines(keepends=True), "[params]\n", "[[scenario]]\n", "name = 'a'\n", "= ", "[", "{", '"', "\ud800"]
)
ODD_VALUES = [
    *("1", "-1", "1e999", "nan", "''", "'\ud800'", "true"),
    *("[]", "[[]]", "[1, true]", "{}", "[{}]", "1979-05-27", "07:32:00"),
]


class TestJunk:
    @settings(max_examples=250, deadline=None)
    @given(st.lists(PIECES | st.text(max_size=8), max_size=20).map("".join))
    @example("\ufeff")
    def test_any_text_is_read_or_refused_in_sentences(self, text):
        self.read_or_refuse(text)

    @settings(max_examples=250, deadline=None)
    @given(st.binary(max_size=60))
    def test_any_bytes_are_read_or_refused_in_sentences(self, content):
        self.read_or_refuse(content)

    @settings(max_examples=250, deadline=None)
    @given(st.data())
    def test_a_damaged_file_is_read_or_refused_in_sentences(self, data):
        start = data.draw(st.integers(0, len(IDENTITY)))
        end = data.draw(st.integers(start, min(len(IDENTITY), start + 30)))
        self.read_or_refuse(IDENTITY[:start] + data.draw(st.text(max_size=6)) + IDENTITY[end:])

    @settings(max_examples=250, deadline=None)
    @given(st.data())
    def test_odd_values_are_read_or_refused_in_sentences(self, data):
        key = data.draw(st.sampled_from(list(tomllib.loads(IDENTITY)) + list(Lab.model_fields)))
        line = f"{key} = {data.draw(st.sampled_from(ODD_VALUES))}\n"
        lines = [each for each in IDENTITY.splitlines(keepends=True) if not each.startswith(key)]
        at = data.draw(st.integers(0, len(lines)))
        self.read_or_refuse("".join([*lines[:at], line, *lines[at:]]))

    @staticmethod
    def read_or_refuse(content: str | bytes) -> None:
        try:
            scenario_set = read(content, params_of)
        except ScenarioError as error:
            problems = error.problems
        else:
            problems = ()
            assert read(write(scenario_set), params_of) == scenario_set
        assert all(problem.endswith((".", "?")) and problem.isprintable() for problem in problems)

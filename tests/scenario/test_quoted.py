"""A momentum or an eps given as a framework quotes it, wherever parameters are read from text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bnsim
from bnsim.errors import ParamsError, ScenarioError
from bnsim.experiments import all_experiments, find, params_of
from bnsim.frameworks.table import Framework, new_weight
from bnsim.frameworks.table import quoted as quoted_by
from bnsim.scenario import link, prepared_file, toml
from bnsim.scenario.prepared import Possible
from bnsim.scenario.vary import read_variation

TRAIN_EVAL = find("train-eval").params
MOMENTUM = TRAIN_EVAL.controls()["momentum"]

SAID = "momentum: “0.99, Keras” is read as 0.01, the weight of the new batch: Keras gives the weight of the old value."
EPS_SAID = "eps: “Keras” is read as 0.001, the default of Keras."

SCENARIO_FILE = """schema = 1
experiment = "train-eval"
title = "T"
question = "Q?"

[params]
momentum = "0.99, Keras"

[[scenario]]
name = "one"

[[scenario]]
name = "two"
params = { eps = "Keras", momentum = "own" }
"""


def specs():
    """Every parameter of every experiment."""
    for slug, experiment in all_experiments().items():
        for spec in experiment.params.controls().values():
            yield slug, spec


class TestWhichParameters:
    def test_every_eps_and_every_momentum_of_statistics_and_no_other(self):
        found = {(slug, spec.name, spec.control.quoted) for slug, spec in specs() if spec.control.quoted}

        # The momentum of training is that of the optimizer.
        assert found == {(slug, "eps", "eps") for slug, spec in specs() if spec.name == "eps"} | {
            ("train-eval", "momentum", "momentum"),
            ("micro-batches", "momentum", "momentum"),
            ("training", "running_momentum", "momentum"),
        }

    def test_every_eps_is_read(self):
        for _, spec in specs():
            if spec.name == "eps":
                assert spec.read("0.001, Keras") == spec.read("Keras") == 1e-3

    def test_the_momentum_of_an_optimizer_is_refused(self):
        spec = find("training").params.controls()["momentum"]

        assert spec.read("0.9, Keras") == "0.9, Keras"
        assert spec.refusal("0.9, Keras") == "momentum must be a number from 0 to 0.99; got '0.9, Keras'."


class TestReading:
    def test_words_and_numbers_are_read_as_before_and_nothing_is_said(self):
        spec = TRAIN_EVAL.controls()["momentum"]

        for text, value in (("own", "own"), ("0.1", 0.1), ("1e-3", 1e-3), ("odd", "odd")):
            assert (spec.read(text), spec.told(text)) == (value, ())

    def test_what_was_read_is_said(self):
        assert TRAIN_EVAL.controls()["momentum"].told("0.99, Keras") == (
            "momentum: “0.99, Keras” is read as 0.01, the weight of the new batch: Keras gives the weight of the old "
            "value.",
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "0.99, Kears",
                "momentum must be own, or a number from 1e-06 to 1; got '0.99, Kears'. Kears is not a framework. "
                "Did you mean Keras?",
            ),
            (
                "1.2, Keras",
                "momentum must be own, or a number from 1e-06 to 1; got '1.2, Keras'. A momentum is from 0 to 1.",
            ),
            ("fast", "momentum must be own, or a number from 1e-06 to 1; got 'fast'."),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_the_reason(self, text, message):
        with pytest.raises(ParamsError) as error:
            TRAIN_EVAL.of({"momentum": TRAIN_EVAL.controls()["momentum"].read(text)})

        assert str(error.value) == message

    def test_in_a_link_it_is_read_and_said(self):
        params, reports = link.decode(TRAIN_EVAL, {"momentum": "0.9, ONNX", "eps": "Keras"})

        assert (params.momentum, params.eps) == (0.1, 1e-3)
        assert reports == (
            "momentum: “0.9, ONNX” is read as 0.1, the weight of the new batch: ONNX gives the weight of the old "
            "value.",
            "eps: “Keras” is read as 0.001, the default of Keras.",
        )

    def test_a_link_holds_the_number_that_was_read(self):
        params, _ = link.decode(TRAIN_EVAL, {"momentum": "0.9, ONNX"})

        assert link.encode(params)["momentum"] == "0.1"

    def test_in_a_list_of_values(self):
        problems, told = [], []

        found = read_variation(TRAIN_EVAL.controls()["momentum"], "0.99, Keras, 0.1,0.999 Flax", problems, told)

        assert (found.values, problems) == ((0.01, 0.1, 0.001), [])
        assert [sentence.split(" is read")[0] for sentence in told] == [
            "momentum: “0.99, Keras”",
            "momentum: “0.999 Flax”",
            "momentum: 0.1 names no framework: it is the weight of the new batch.",
        ]


def varied(asked):
    """Return what a momentum takes, what is wrong, and what is said."""
    problems, told = [], []
    found = read_variation(MOMENTUM, asked, problems, told)
    return found and found.values, problems, told


class TestFiles:
    def test_a_scenario_file_is_read_and_each_sentence_said_once(self):
        said = []

        found = toml.read(SCENARIO_FILE, params_of, say=said.append)

        assert [(each.params.momentum, each.params.eps) for each in found.scenarios] == [(0.01, "own"), ("own", 1e-3)]
        assert said == [SAID, EPS_SAID]

    def test_what_is_written_of_it_holds_the_numbers_and_is_read_without_a_word(self):
        found = toml.read(SCENARIO_FILE, params_of, say=str)

        with_numbers = toml.write(found)

        assert "Keras" not in with_numbers
        assert toml.read(with_numbers, params_of) == found

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "1, Keras",
                "momentum must be own, or a number from 1e-06 to 1; got '1, Keras'. “1, Keras” is read as 0, the "
                "weight of the new batch: Keras gives the weight of the old value.",
            ),
            (
                "0.99, Kears",
                "momentum must be own, or a number from 1e-06 to 1; got '0.99, Kears'. Kears is not a framework. Did "
                "you mean Keras?",
            ),
            ("0.99", "momentum must be own, or a number from 1e-06 to 1; got '0.99'."),
        ],
    )
    def test_what_cannot_be_meant_is_refused_with_the_reason(self, text, message):
        with pytest.raises(ScenarioError) as error:
            toml.read(SCENARIO_FILE.replace("0.99, Keras", text), params_of)

        assert error.value.problems == (f"params.momentum: {message}",)

    def test_the_file_of_a_prepared_page_is_read_and_said(self):
        said = []
        text = (
            'schema = 1\n[prepared]\nexperiment = "train-eval"\nlocked = ["momentum"]\n'
            '[params]\nmomentum = "0.99, Keras"\neps = 0.0\n'
        )

        page = prepared_file.read(text, params_of, lambda slug: Possible(("momentum",)), say=said.append)

        assert (page.params.momentum, page.params.eps) == (0.01, "own")
        assert said == [
            SAID,
            "eps=0 is read as own, the framework's own: that is what it meant in earlier versions.",
        ]


class TestPython:
    def test_run_reads_it_and_warns_of_what_it_means(self):
        with pytest.warns(UserWarning, match="framework|is read as") as said:
            found = bnsim.run("micro-batches", momentum="0.99, Keras")

        assert [str(each.message) for each in said] == [SAID]
        assert said[0].filename == __file__
        assert found.params.momentum == 0.01

    def test_run_many_reads_it_and_warns(self):
        with pytest.warns(UserWarning, match="framework|is read as") as said:
            (found,) = bnsim.run_many([("micro-batches", {"momentum": "0.99, Keras"})])

        assert [str(each.message) for each in said] == [SAID]
        assert said[0].filename == __file__
        assert found.params.momentum == 0.01

    def test_vary_reads_what_stays_and_what_varies_and_warns(self):
        with pytest.warns(UserWarning, match="framework|is read as") as said:
            found = bnsim.vary("train-eval", momentum=["0.99, Keras", 0.1], eps="Keras")

        assert [(each.params.momentum, each.params.eps) for each in found.scenarios] == [(0.01, 1e-3), (0.1, 1e-3)]
        assert [str(each.message) for each in said] == [
            EPS_SAID,
            SAID,
            "momentum: 0.1 names no framework: it is the weight of the new batch.",
        ]

    def test_vary_takes_a_number_with_a_colon_for_one_number(self):
        with pytest.warns(UserWarning, match="is read as 0.01"):
            found = bnsim.vary("train-eval", momentum="Keras: 0.99", steps=[1, 2])

        assert {each.params.momentum for each in found.scenarios} == {0.01}

    def test_what_cannot_be_read_is_refused_with_the_reason(self):
        with pytest.raises(ParamsError) as error:
            bnsim.run("training", running_momentum="0.99, Kears", momentum="0.9, Keras")

        assert error.value.problems == (
            "momentum must be a number from 0 to 0.99; got '0.9, Keras'.",
            "running_momentum must be a number from 0 to 1; got '0.99, Kears'. Kears is not a framework. Did you mean "
            "Keras?",
        )


class TestNumbersAlone:
    def test_where_only_numbers_are_read_the_refusal_says_which_to_write(self):
        with pytest.raises(ParamsError) as error:
            TRAIN_EVAL.of({"momentum": "0.99, Keras"})

        assert str(error.value) == (
            "momentum must be own, or a number from 1e-06 to 1; got '0.99, Keras'. Write the number that it means "
            "here, 0.01."
        )


class TestRanges:
    def test_both_ends_are_turned_and_then_the_steps_are_made(self):
        values, problems, told = varied("0.9, Keras:0.99 Keras:4")

        assert (values, problems) == ((0.1, 0.07, 0.04, 0.01), [])
        assert told == [SAID.replace("0.99", "0.9").replace("0.01", "0.1"), SAID.replace("0.99, Keras", "0.99 Keras")]

    def test_equal_ratios_are_those_of_the_weight_of_the_new_batch(self):
        assert varied("0, ONNX:0.99, Keras:3:log")[0] == (1.0, 0.1, 0.01)

    @pytest.mark.parametrize("asked", ["0.9:0.99, Keras:4", "Keras:0.99:4", "0.9:0.99:4, Keras", "0.9:0.99:4:Keras"])
    def test_a_framework_for_a_part_of_it_is_refused(self, asked):
        values, problems, told = varied(asked)

        assert (values, told) == (None, [])
        assert problems == [
            "momentum must name a framework at both ends of a range, as in 0.9, Keras:0.99, Keras:4, or nowhere; "
            f"got '{asked}'."
        ]

    def test_an_end_out_of_range_is_refused_with_what_it_means(self):
        assert varied("1, Keras:0.9, Keras:4")[1] == [
            "momentum must be own, or a number from 1e-06 to 1; got '1, Keras'. “1, Keras” is read as 0, the weight of "
            "the new batch: Keras gives the weight of the old value."
        ]

    def test_a_range_of_eps_may_be_quoted(self):
        problems, told = [], []

        found = read_variation(TRAIN_EVAL.controls()["eps"], "Flax:Keras:3:log", problems, told)

        assert (found.values, problems) == ((1e-5, 1e-4, 1e-3), [])

    def test_a_name_in_another_parameter_is_refused_as_before(self):
        problems, told = [], []

        assert read_variation(TRAIN_EVAL.controls()["mean"], "0, Keras:1, Keras:3", problems, told) is None
        assert problems == ["mean must begin and end at numbers; got '0, Keras' and '1, Keras'."]


class TestLists:
    def test_fifty_quoted_values_are_fifty(self):
        texts = [f"{0.9 + at / 1000:.3f}, Keras" for at in range(50)]

        values, problems, told = varied(", ".join(texts))

        assert (len(values), problems, len(told)) == (50, [], 50)

    def test_more_are_refused_by_their_number(self):
        assert varied(", ".join(["0.9, Keras"] * 51))[1] == ["momentum must have at most 50 values; got 102."]

    def test_one_out_of_range_is_refused_with_what_it_means(self):
        assert varied("0.9, Keras, 1, Keras")[1] == [
            "momentum must be own, or a number from 1e-06 to 1; got '1, Keras'. “1, Keras” is read as 0, the weight of "
            "the new batch: Keras gives the weight of the old value."
        ]


class TestRoundTrips:
    @settings(max_examples=60, deadline=None)
    @given(
        framework=st.sampled_from(Framework),
        weight=st.integers(1, 10**6),
        form=st.sampled_from(["{0}, {1}", "{0} {1}", "{1}: {0}", "{1} {0}"]),
    )
    def test_every_way_in_gives_the_weight_that_the_framework_means(self, framework, weight, form):
        text = form.format(repr(quoted_by(weight / 10**6, framework)), framework.title)
        by_file = toml.read(SCENARIO_FILE.replace("0.99, Keras", text), params_of, say=str).scenarios[0].params
        by_link, reports = link.decode(TRAIN_EVAL, {"momentum": text})
        values, said = TRAIN_EVAL.understood({"momentum": text})

        assert by_file.momentum == by_link.momentum == values["momentum"] == MOMENTUM.read(text) == weight / 10**6
        assert new_weight(quoted_by(weight / 10**6, framework), framework) == weight / 10**6
        assert reports == said == MOMENTUM.told(text)

    @settings(max_examples=60, deadline=None)
    @given(framework=st.sampled_from(Framework), eps=st.floats(1e-15, 1, exclude_min=True))
    def test_an_eps_is_the_same_number_in_every_framework(self, framework, eps):
        spec = find("transform").params.controls()["eps"]

        assert spec.understood(f"{eps!r}, {framework.title}") == (eps, *spec.told(f"{eps!r}, {framework.title}"))

    @settings(max_examples=100, deadline=None)
    @given(st.text(alphabet="0123456789.eE+-−,;: KerasTfonxPytch2", max_size=24))
    def test_a_text_is_read_and_said_or_neither(self, text):
        value = MOMENTUM.understood(text)

        assert (value is not None) == bool(MOMENTUM.told(text))
        assert value is None or (value[0] == MOMENTUM.read(text) and MOMENTUM.allows(value[0]))

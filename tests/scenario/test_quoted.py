"""A momentum or an eps given as a framework quotes it, wherever parameters are read from text."""

import pytest

import bnsim
from bnsim.errors import ParamsError
from bnsim.experiments import all_experiments, find
from bnsim.scenario import link
from bnsim.scenario.vary import read_variation

TRAIN_EVAL = find("train-eval").params


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
        ]

    def test_from_python_a_text_is_no_number(self):
        with pytest.raises(ParamsError):
            bnsim.run("train-eval", momentum="0.99, Keras")

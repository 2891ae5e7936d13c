"""`bnsim translate`, and settings that name their framework."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from bnsim import cli


def bnsim_(*arguments):
    return CliRunner(catch_exceptions=False).invoke(cli.main, arguments, prog_name="bnsim")


def done(*arguments):
    found = bnsim_(*arguments)
    assert found.exit_code == 0, found.stderr
    return found.stdout


def refused(*arguments):
    found = bnsim_(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    return found.stderr.splitlines()


class TestTranslate:
    def test_one_to_another(self):
        lines = done("translate", "keras", "pytorch", "--momentum", "0.99", "--shape", "32,28,28,64").splitlines()

        assert [line.split() for line in lines[:3]] == [
            ["what", "Keras", "PyTorch"],
            ["momentum", "0.99", "0.01"],
            ["ε", "0.001", "0.001"],
        ]
        assert lines[5].split("  ")[-1].strip() == "(32, 64, 28, 28)"
        assert lines[-1] == "A batch x goes from Keras to PyTorch by x.transpose(0, 3, 1, 2)."

    def test_to_all_others_a_row_each(self):
        rows = list(csv.DictReader(io.StringIO(done("translate", "onnx", "pytorch", "--format", "csv"))))
        lines = done("translate", "onnx", "--momentum", "0.8").splitlines()

        assert rows[0] == {"what": "momentum", "ONNX": "0.9", "PyTorch": "0.1"}
        assert [line.split()[:2] for line in lines[1:]] == [
            ["ONNX", "0.8"],
            ["PyTorch", "0.2"],
            ["Keras", "0.8"],
            ["TensorFlow", "0.8"],
            ["Flax", "0.8"],
            ["Paddle", "0.8"],
        ]

    def test_json(self):
        asked = ("--momentum", "0.1", "--var", "1.2", "--count", "5", "--shape", "(2, 3, 4, 5)")
        (found,) = json.loads(done("translate", "torch", "Flax", *asked, "--format", "json"))

        assert (found["momentum"], found["new_weight"], found["eps"]) == ([0.1, 0.9], 0.1, [1e-5, 1e-5])
        assert (found["shape"], found["axes"]) == ([[2, 3, 4, 5], [2, 4, 5, 3]], [0, 2, 3, 1])
        assert found["var"] == [1.2, pytest.approx(0.96, rel=1e-15)]
        assert found["layer"][1] == "flax.linen.BatchNorm(axis=-1, momentum=0.9, epsilon=1e-05)"

    def test_markdown(self):
        assert done("translate", "onnx", "paddle", "--format", "md").splitlines()[:3] == [
            "| what | ONNX | Paddle |",
            "| --- | --- | --- |",
            "| momentum | 0.9 | 0.9 |",
        ]

    def test_a_number_may_come_from_a_third_framework_and_that_is_said(self):
        found = bnsim_("translate", "onnx", "pytorch", "--momentum", "0.99, Keras", "--format", "csv")

        assert found.stdout.splitlines()[1] == "momentum,0.99,0.01"
        assert found.stderr == (
            "momentum: “0.99, Keras” is read as 0.01, the weight of the new batch: Keras gives the weight of the old "
            "value.\n"
        )

    def test_what_is_wrong_is_told_at_once(self):
        asked = ("--momentum", "0.9, trch", "--eps", "x", "--shape", "1,b", "--var", "q", "--count", "1" * 30)

        assert refused("translate", "keras", "pytorch", *asked) == [
            "momentum must be a number from 0 to 1; got '0.9, trch'. trch is not a framework. Did you mean PyTorch?",
            "eps must be a number more than 0; got 'x'.",
            "shape must be whole numbers with commas, such as 32,28,28,64; got '1,b'.",
            "var must be a number of at least 0; got 'q'.",
            "count must be a whole number; got '111111111111111111111111111111'.",
        ]

    @pytest.mark.parametrize("names", [("kears",), ("pytorch", "kears")])
    def test_an_unknown_framework_is_refused(self, names):
        assert refused("translate", *names) == ["kears is not a framework. Did you mean Keras?"]


class TestSettings:
    def test_a_momentum_and_an_eps_may_name_their_framework(self):
        asked = ("--set", "momentum=0.99, Keras", "--set", "eps=0.001 keras", "--set", "repeats=10")
        found = bnsim_("run", "train-eval", *asked, "--format", "json")
        params = json.loads(found.stdout)["scenarios"][0]["params"]

        assert (params["momentum"], params["eps"]) == (0.01, 1e-3)
        assert found.stderr.splitlines() == [
            "momentum: “0.99, Keras” is read as 0.01, the weight of the new batch: Keras gives the weight of the old "
            "value.",
            "eps: “0.001 keras” is read as 0.001: ε means the same in Keras and here.",
        ]

    def test_so_may_those_that_are_varied(self):
        asked = ("--vary", "momentum=0.99, Keras,0.1", "--set", "repeats=10", "--readout", "half_life")
        found = bnsim_("sweep", "train-eval", *asked, "--format", "json")

        assert [each["params"]["momentum"] for each in json.loads(found.stdout)["scenarios"]] == [0.01, 0.1]
        assert "“0.99, Keras” is read as 0.01" in found.stderr

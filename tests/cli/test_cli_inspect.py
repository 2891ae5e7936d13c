"""`bnsim inspect`: what it prints, its exit codes, and how it refuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bnsim import cli
from bnsim.checkpoint import SEVERITIES

CORPUS = Path(__file__).resolve().parents[1] / "checkpoint" / "corpus"


def inspect(name: str, *arguments: str) -> Result:
    command = ["inspect", str(CORPUS / name), *arguments]
    return CliRunner(catch_exceptions=False).invoke(cli.main, command, prog_name="bnsim")


class TestFailOn:
    @pytest.mark.parametrize(
        ("name", "unwanted", "code"),
        [
            ("untouched.pt", "untouched", 1),
            ("untouched.pt", "any", 1),
            ("untouched.pt", "young", 0),
            ("clean.pt", "any", 0),
        ],
    )
    def test_ends_with_one_if_it_is_found(self, name, unwanted, code):
        assert inspect(name, "--fail-on", unwanted).exit_code == code

    def test_one_of_several_is_enough(self):
        assert inspect("nan.pt", "--fail-on", "young", "--fail-on", "not-finite").exit_code == 1

    def test_what_is_found_alone_fails_nothing(self):
        assert inspect("nan.pt").exit_code == 0

    def test_a_finding_that_there_is_not(self):
        result = inspect("clean.pt", "--fail-on", "untuched", "--fail-on", "qqq")

        assert result.exit_code == 2
        assert result.stderr.splitlines() == [
            "--fail-on must name a finding; got untuched. Did you mean untouched?",
            f"--fail-on must name a finding; got qqq. There are any, {', '.join(SEVERITIES)}.",
        ]


class TestJson:
    def test_holds_layers_and_findings(self):
        found = json.loads(inspect("constant.pt", "--format", "json").stdout)

        assert (found["file"], found["format"], found["tensors"]) == ("constant.pt", "torch", 8)
        (layer,) = found["layers"]
        assert (layer["layer"], layer["channels"], layer["batches"], layer["findings"]) == ("1", 4, 60, ["constant"])
        (finding,) = found["findings"]
        assert (finding["finding"], finding["severity"], finding["sure"]) == ("constant", "serious", "likely")
        assert finding["channels"] == [0, 1]

    def test_says_of_each_layer_what_was_read_or_assumed(self):
        keras = json.loads(inspect("../keras_corpus/nested.keras", "--format", "json").stdout)
        torch = json.loads(inspect("clean.pt", "--format", "json").stdout)

        assert [(row["eps"], row["momentum"]) for row in keras["layers"][:2]] == [(1e-3, 0.2), (1e-2, 0.5)]
        assert [(row["eps"], row["momentum"]) for row in torch["layers"]] == [(1e-5, 0.1)]

    def test_what_is_not_finite_is_null(self):
        found = json.loads(inspect("infinite.safetensors", "--format", "json").stdout)

        assert found["layers"][0]["largest_variance"] is None

    def test_a_file_without_a_counter_has_null_batches(self):
        assert json.loads(inspect("clean-no-counter.pt", "--format", "json").stdout)["layers"][0]["batches"] is None


class TestAsked:
    def test_momentum_and_eps_are_what_is_said(self):
        assert "too young" not in inspect("young-slow.pt").stdout
        assert "too young" in inspect("young-slow.pt", "--momentum", "0.01").stdout
        assert "Variance far below" in inspect("tiny-variance.pt").stdout
        assert "Variance far below" not in inspect("tiny-variance.pt", "--eps", "1e-12").stdout

    def test_momentum_and_eps_as_a_framework_quotes_them_are_read_and_said(self):
        quoted = inspect("young-slow.pt", "--momentum", "0.99, Keras", "--eps", "tf")
        plain = inspect("young-slow.pt", "--momentum", "0.01", "--eps", "0.001")

        assert (quoted.stdout, quoted.exit_code, plain.stderr) == (plain.stdout, 0, "")
        assert quoted.stderr.splitlines() == [
            "eps: “tf” is read as 0.001, the default of TensorFlow.",
            "momentum: “0.99, Keras” is read as 0.01, the weight of the new batch: Keras gives the weight of the old "
            "value.",
        ]

    def test_what_cannot_be_read_is_refused_at_once_with_the_reason(self):
        result = inspect("clean.pt", "--momentum", "1, Keras", "--eps", "0.1, Kears")

        assert result.exit_code == 2
        assert result.stderr.splitlines() == [
            "eps must be a number more than 0 and at most 1; got '0.1, Kears'. Kears is not a framework. Did you mean "
            "Keras?",
            "momentum must be a number more than 0 and at most 1; got '1, Keras'. “1, Keras” is read as 0, the weight "
            "of the new batch: Keras gives the weight of the old value.",
        ]

    def test_a_text_and_a_number_out_of_range_are_refused_at_once(self):
        result = inspect("clean.pt", "--momentum", "slow", "--eps", "7")

        assert result.stderr.splitlines() == [
            "momentum must be a number more than 0 and at most 1; got 'slow'.",
            "eps must be a number more than 0 and at most 1; got 7.",
        ]

    def test_momentum_as_keras_says_it_is_explained(self):
        result = inspect("clean.pt", "--momentum", "1.5")

        assert (result.exit_code, result.stderr) == (
            2,
            "momentum must be a number more than 0 and at most 1, the weight of the new batch; got 1.5. Keras, Flax "
            "and ONNX quote the weight of the old one: their 0.99 is 0.01 here.\n",
        )

    def test_against_holds_two_files_against_each_other(self):
        found = json.loads(inspect("averaged.pt", "--against", str(CORPUS / "clean.pt"), "--format", "json").stdout)

        assert found["against"] == "clean.pt"
        assert [finding["finding"] for finding in found["findings"]] == ["copied-statistics"]

    def test_a_refusal_is_one_sentence_and_exit_code_two(self):
        result = inspect("torchscript.pt")

        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr == (
            "torchscript.pt must be a state dict; it is a program made by TorchScript, which bnsim never runs. Save "
            "torch.jit.load(FILE).state_dict() with torch.save.\n"
        )

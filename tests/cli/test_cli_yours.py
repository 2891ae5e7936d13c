"""`bnsim activations` and `bnsim autopsy`: what they print for people and programs, and what they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bnsim import cli

CORPUS = Path(__file__).parents[1] / "checkpoint" / "corpus"
NOTHING = "autopsy must have --checkpoint FILE, or else --mean LIST and --var LIST; got something else."


def run(*arguments):
    return CliRunner(catch_exceptions=False).invoke(cli.main, [str(each) for each in arguments], prog_name="bnsim")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.npy"
    x = np.random.default_rng(0).normal(size=(64, 4, 5))
    x[:, 1] = 0
    np.save(path, x)
    return path


class TestActivations:
    def test_for_people(self, file):
        lines = run("activations", file).stdout.splitlines()

        assert lines[3] == "4 channels of 320 values each from 64 examples; there is something odd about 1 of them."
        assert "Read from x.npy: axis 1 of the shape (64, 4, 5) counts channels." in lines
        assert "Channel 1: 0 for every example." in lines

    def test_for_programs(self, file):
        found = json.loads(run("activations", file, "--format", "json").stdout)

        assert (found["shape"], found["examples"], found["values_per_channel"]) == ([64, 4, 5], 64, 320)
        assert [row["finding"] for row in found["channels"]] == ["", "dead", "", ""]
        assert [row["norm"] for row in found["norms"]] == ["batch", "layer", "group", "instance", "rms"]
        assert len(found["by_norm"]) == 20

    def test_many_channels_are_cut_for_people_only(self, tmp_path):
        np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(8, 70)))

        assert "These are 64 channels of 70; --format json prints all." in run("activations", tmp_path / "x.npy").stdout
        assert len(json.loads(run("activations", tmp_path / "x.npy", "--format", "json").stdout)["channels"]) == 70

    def test_an_eps_as_a_framework_quotes_it_is_read_and_said(self, file):
        quoted, plain = (run("activations", file, "--eps", eps) for eps in ("Keras", "1e-3"))

        assert (quoted.stdout, quoted.exit_code) == (plain.stdout, 0)
        assert quoted.stderr == "eps: “Keras” is read as 0.001, the default of Keras.\n"

    def test_a_refusal_is_one_sentence_and_exit_code_two(self, file):
        result = run("activations", file, "--axis", "5")

        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "axis must be from 0 to 2 for the shape (64, 4, 5) of x.npy; got 5.\n"


class TestAutopsy:
    def test_a_momentum_as_a_framework_quotes_it_is_read_and_said(self, file):
        asked = ("autopsy", file, "--checkpoint", CORPUS / "clean.pt", "--format", "json", "--momentum")
        quoted, plain = (run(*asked, momentum) for momentum in ("0.9, ONNX", "0.1"))

        assert (quoted.stdout, quoted.exit_code) == (plain.stdout, 0)
        assert quoted.stderr == (
            "momentum: “0.9, ONNX” is read as 0.1, the weight of the new batch: ONNX gives the weight of the old "
            "value.\n"
        )

    def test_takes_the_only_layer_that_fits(self, file):
        found = json.loads(run("autopsy", file, "--checkpoint", CORPUS / "clean.pt", "--format", "json").stdout)

        assert found["running"] == "layer 1 of clean.pt"
        assert (found["verdict"], found["rests_on"], found["origin"]) == ("differ", pytest.approx(608), "unknown")
        # The second channel is dead, and 64 examples without a spread do not say that there is none.
        assert [row["differs"] for row in found["channels"]] == [True, False, True, True]

    def test_takes_what_is_typed_in(self, tmp_path):
        np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(0.3, 0.7, size=(256, 4)))
        asked = ("autopsy", tmp_path / "x.npy", "--var", "0.49,0.49,0.49,0.49", "--format", "json")

        assert json.loads(run(*asked, "--mean", "0.3").stdout)["verdict"] == "consistent"
        assert json.loads(run(*asked, "--mean", "0.3,0.3,2,0.3", "--from", "new").stdout)["verdict"] == "shift"

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ((), NOTHING),
            (("--mean", "0"), NOTHING),
            (
                ("--checkpoint", CORPUS / "clean.pt", "--layer", "2"),
                "2 is not a batch norm layer of clean.pt. It has 1 (4).",
            ),
            (
                ("--checkpoint", CORPUS / "clean.pt", "--axis", "2"),
                "clean.pt must have a batch norm layer of 5 channels, as the activations have; it has 1 (4). Say which "
                "axis counts channels: --axis.",
            ),
        ],
    )  # fmt: skip
    def test_what_it_must_have(self, file, arguments, sentence):
        result = run("autopsy", file, *arguments)

        assert (result.exit_code, result.stderr) == (2, f"{sentence}\n")

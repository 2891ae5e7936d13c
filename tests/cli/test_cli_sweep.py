"""`bnsim sweep`: what it prints and saves, and how it refuses."""

import csv
import io
import json
import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner, Result

import bnsim
from bnsim.cli import main


def sweep(*arguments: str) -> Result:
    return CliRunner(catch_exceptions=False).invoke(main, ("sweep", *arguments), prog_name="bnsim")


class TestPrints:
    def test_a_row_for_each_point_and_says_the_baseline(self):
        found = sweep("transform", "--vary", "std=1,2.5", "--readout", "output_std")

        assert found.stderr == "The baseline is “σ_B = 2.5”, what is set without the sweep.\n"
        assert found.stdout.splitlines()[-3:] == [
            "std σ_B  output_std std(y)",
            "      1    0.9999950000375",
            "    2.5     0.999999200001  baseline",
        ]

    def test_json_is_that_of_run(self):
        found = json.loads(
            sweep("transform", "--vary", "std=0.001:10:3:log", "--set", "x=4", "--format", "json").stdout
        )

        assert (found["experiment"], found["baseline"]) == ("transform", "std-10")
        assert [each["params"]["std"] for each in found["scenarios"]] == [0.001, 0.1, 10.0]
        for each in found["scenarios"]:
            std = each["params"]["std"]
            # A quotient and a root, each rounded once, and the batch's own std, exact to a few units in the last place.
            assert each["readouts"]["x_hat"] == pytest.approx(1 / math.sqrt(std**2 + 1e-5), rel=1e-12)

    def test_csv_has_a_row_for_each_point_of_a_grid(self):
        text = sweep("transform", "--vary", "gamma=1,2", "--vary", "beta=0,3", "--format", "csv").stdout

        assert [(row["gamma"], row["output_mean"]) for row in csv.DictReader(io.StringIO(text))] == [
            ("1.0", "0.0"), ("1.0", "3.0"), ("2.0", "0.0"), ("2.0", "3.0"),
        ]  # fmt: skip

    def test_markdown_shows_symbols_as_they_are(self):
        assert r"| std σ\_B | x\_hat x̂ |  |" in sweep(
            "transform", "--vary", "std=1,2", "--readout", "x_hat", "--format", "md"
        ).stdout  # fmt: skip

    def test_a_parameter_without_effect_is_said(self):
        assert "unit has no effect while source is exact; set source to digits.\n" in sweep(
            "transform", "--vary", "unit=0,1"
        ).stderr  # fmt: skip


class TestWorkers:
    def test_do_the_work(self, monkeypatch):
        asked = ("batch-size", "--vary", "batch_size=2,4", "--set", "repeats=100", "--format", "json")
        # Threads stand for the processes, which would take seconds to start.
        monkeypatch.setattr(
            "bnsim.work.sharing.processes", lambda count: workers.append(count) or ThreadPoolExecutor(count)
        )
        workers: list[int] = []

        assert json.loads(sweep(*asked, "--workers", "2").stdout) == json.loads(sweep(*asked).stdout)
        assert workers == [2]

    def test_are_not_asked_beside_a_cluster(self):
        found = sweep("transform", "--vary", "std=1,2", "--workers", "2", "--dask", "tcp://localhost:1")

        assert (found.exit_code, found.stderr) == (2, "--workers or --dask must say who does the work; got both.\n")


class TestSaves:
    def test_a_scenario_file_with_the_baseline(self, tmp_path):
        path = tmp_path / "std.toml"
        sweep("transform", "--vary", "std=0.001:10:25:log", "--save", str(path), "--readout", "x_hat")
        found = bnsim.load(path)

        assert (len(found.names), found.baseline, found.readouts) == (25, "std-2.154", ("x_hat",))
        assert found.get("std-0.001").title == "σ_B = 0.001"

    def test_under_the_name_of_a_scenario_file_only(self, tmp_path):
        found = sweep("transform", "--vary", "std=1,2", "--save", str(tmp_path / "a.csv"))

        assert found.exit_code == 2
        assert found.stderr.splitlines()[-1].startswith("--save must name a file that ends in .toml; got '")
        assert list(tmp_path.iterdir()) == []


class TestRefuses:
    def test_everything_at_once(self):
        found = sweep(
            "transform", "--vary", "stdd=1,2", "--vary", "gamma", "--set", "mean", "--set", "x=a", "--readout", "z_hat"
        )  # fmt: skip

        assert (found.exit_code, found.stdout) == (2, "")
        assert found.stderr.splitlines() == [
            "--vary must be name=values; got 'gamma'.",
            "--set must be name=value; got 'mean'.",
            "readouts: z_hat is not a readout of this experiment. Did you mean x_hat?",
            "stdd is not a parameter of this experiment. Did you mean std?",
            "x must be a number from -1000000000 to 1000000000; got 'a'.",
        ]

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--vary", "std=1,2", "--set", "std=3"), "std must be varied or set; got both."),
            (("--vary", "std=1,2", "--vary", "std=3,4"), "std must be varied once; got it twice."),
            ((), "a sweep must vary one parameter or two; got none."),
            (("--vary", "std"), "--vary must be name=values; got 'std'."),
        ],
    )
    def test_in_a_sentence(self, arguments, sentence):
        found = sweep("transform", *arguments)

        assert (found.exit_code, found.stdout, found.stderr) == (2, "", f"{sentence}\n")

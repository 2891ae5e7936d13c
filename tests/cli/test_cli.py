"""The command line: what it prints, and how it refuses."""

import csv
import io
import json
import math
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

import bnsim
from bnsim import cli
from bnsim.claims import read_ledger
from bnsim.cli import start
from bnsim.scenario import toml

REPOSITORY = Path(__file__).resolve().parents[2]
TWELVE_DIGITS = 1e-12  # what the command line promises of a number of size 1


def bnsim_(*arguments: str) -> Result:
    """Run a command in this process; whatever it raises that is no exit code is raised again."""
    return CliRunner(catch_exceptions=False).invoke(cli.main, arguments, prog_name="bnsim")


def scenario(*settings: str, experiment: str = "transform") -> dict:
    flags = [part for setting in settings for part in ("--set", setting)]
    found = bnsim_("run", experiment, *flags, "--format", "json")
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)["scenarios"][0]


def readouts(*settings: str) -> dict[str, float]:
    return scenario(*settings)["readouts"]


def process(*arguments: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bnsim", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(command, capture_output=True, encoding=encoding, cwd=REPOSITORY, env=environment)


def refused(*arguments: str) -> str:
    """Run a command that must be refused, and return its sentences."""
    found = bnsim_(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    return found.stderr


class TestWorkedNumbers:
    def test_the_first_example(self):
        found = readouts("mean=3", "std=2.5", "gamma=1", "beta=0", "x=6")

        assert found["x_hat"] == pytest.approx(1.2 / math.sqrt(1 + 1e-5 / 2.5**2), abs=TWELVE_DIGITS)
        assert f"{found['x_hat']:.12f}" == "1.199999040001"
        assert found["y"] == found["x_hat"]
        assert found["normalized_mean"] == pytest.approx(0, abs=TWELVE_DIGITS)
        assert found["normalized_std"] == pytest.approx(2.5 / math.sqrt(2.5**2 + 1e-5), abs=TWELVE_DIGITS)

    def test_the_second_example(self):
        found = readouts("mean=2.3", "std=1.8", "gamma=1.5", "beta=0.2", "batch_size=32")
        normalized_std = 1.8 / math.sqrt(1.8**2 + 1e-5)

        assert found["normalized_std"] == pytest.approx(normalized_std, abs=TWELVE_DIGITS)
        assert found["output_mean"] == pytest.approx(0.2, abs=TWELVE_DIGITS)
        assert found["output_std"] == pytest.approx(1.5 * normalized_std, abs=TWELVE_DIGITS)

    def test_a_negative_scale_has_a_positive_std(self):
        found = readouts("gamma=-1.5", "beta=0.2")

        assert found["output_std"] == pytest.approx(1.5 * 2.5 / math.sqrt(2.5**2 + 1e-5), abs=TWELVE_DIGITS)

    @pytest.mark.parametrize("settings", [("std=0",), ("batch_size=1",), ("std=0", "batch_size=1")])
    def test_without_spread_every_member_lands_on_beta_exactly(self, settings):
        found = readouts(*settings, "beta=-0.7", "gamma=3")

        assert (found["output_mean"], found["output_std"]) == (-0.7, 0.0)

    def test_a_probe_of_a_batch_without_spread_is_divided_by_the_root_of_eps(self):
        found = scenario("std=0", "mean=3", "x=3.01")

        assert found["readouts"]["x_hat"] == pytest.approx((3.01 - 3) / math.sqrt(1e-5), abs=TWELVE_DIGITS)

    @pytest.mark.parametrize("std", [2.5, 0.01, 0.001])
    def test_the_root_and_the_mean_are_the_identity(self, std):
        found = readouts(f"std={std}", "mean=3", f"gamma={math.sqrt(std**2 + 1e-5)!r}", "beta=3")

        # A member is at most 3 + sqrt(31) * 2.5 < 17, where a float64 is spaced 3.6e-15: two roundings.
        assert found["identity_error"] <= 7.2e-15

    def test_the_same_from_a_process_of_its_own(self):
        found = process("run", "transform", "--set", "mean=3", "--set", "std=2.5", "--set", "x=6", "--format", "json")

        assert (found.returncode, found.stderr) == (0, "")
        x_hat = json.loads(found.stdout)["scenarios"][0]["readouts"]["x_hat"]
        assert x_hat == bnsim.run("transform", mean=3, std=2.5, x=6).readouts["x_hat"]


class TestRun:
    def test_json_has_the_promised_shape(self):
        found = json.loads(bnsim_("run", "transform", "--format", "json").stdout)

        assert list(found) == ["experiment", "baseline", "scenarios"]
        assert (found["experiment"], found["baseline"]) == ("transform", None)
        assert list(found["scenarios"][0]) == ["name", "params", "readouts", "tables"]
        assert list(found["scenarios"][0]["readouts"]) == [
            "x_hat", "y", "normalized_mean", "normalized_std", "output_mean", "output_std", "batch_mean", "batch_std",
            "identity_gamma", "identity_beta", "identity_error",
        ]  # fmt: skip

    def test_the_scenario_is_default_until_something_is_set(self):
        assert scenario()["name"] == "default"
        assert scenario("std=2.5")["name"] == "custom"

    def test_the_table_has_readable_numbers_and_their_statements(self):
        found = bnsim_("run", "transform")

        assert "1.199999040001  (x − μ_B) / √(σ_B² + ε)" in found.stdout
        assert found.stderr == ""

    def test_markdown(self):
        assert "| x\\_hat | x̂ | 1.199999040001 |" in bnsim_("run", "transform", "--format", "md").stdout

    def test_csv_is_one_row_a_scenario(self):
        rows = list(csv.DictReader(io.StringIO(bnsim_("run", "scale-and-shift", "--format", "csv").stdout)))

        assert [row["scenario"] for row in rows] == list(bnsim.load("scale-and-shift").names)
        assert rows[-1]["output_std"] == "0.0"

    def test_a_shipped_set_by_its_name_and_by_its_path_are_the_same(self):
        by_name = bnsim_("run", "worked-examples", "--format", "json").stdout
        by_path = bnsim_("run", str(REPOSITORY / "scenarios" / "worked-examples.toml"), "--format", "json").stdout

        assert by_name == by_path
        assert json.loads(by_name)["baseline"] == "mean-3-std-2.5"

    def test_a_parameter_without_effect_is_told_on_stderr(self):
        found = bnsim_("run", "transform", "--set", "unit=3")

        assert found.exit_code == 0
        assert found.stderr == "unit has no effect while source is exact; set source to digits.\n"


class TestOwnNumbers:
    def test_typed(self):
        assert readouts("source=own", "values=1 2 3 4")["batch_mean"] == 2.5

    def test_from_a_csv_column(self, tmp_path):
        path = tmp_path / "my.csv"
        path.write_text("a;b\n1,5;10\n2,5;30\n")

        assert readouts("source=own", f"values=@{path}:b")["batch_mean"] == 20.0
        assert readouts("source=own", f"values=@{path}:1")["batch_mean"] == 2.0

    def test_from_npy(self, tmp_path):
        np.save(tmp_path / "x.npy", np.array([1.0, 2.0, 6.0]))

        assert readouts("source=own", f"values=@{tmp_path / 'x.npy'}")["batch_mean"] == 3.0

    def test_what_was_guessed_is_told_on_stderr_beside_the_first_values(self, tmp_path):
        path = tmp_path / "activations.csv"
        path.write_text('step,act\n1,"1,234.5"\n2,"2,345.5"\n3,"999.0"\n')
        found = bnsim_("run", "transform", "--set", "source=own", "--set", f"values=@{path}", "--format", "json")

        assert found.stderr == (
            'activations.csv: commas separate; header line used as names; column "act" taken, because "step" only '
            "counts; commas group digits; values 1234.5, 2345.5, 999.\n"
        )
        batch_mean = json.loads(found.stdout)["scenarios"][0]["readouts"]["batch_mean"]
        assert batch_mean == pytest.approx((1234.5 + 2345.5 + 999) / 3, rel=1e-14)

    def test_typed_ones_with_decimal_commas_are_told(self):
        found = bnsim_("run", "transform", "--set", "source=own", "--set", "values=1,5 2,7 3,9", "--format", "json")

        assert found.stderr == "your numbers: the comma is the decimal sign; values 1.5, 2.7, 3.9.\n"

    @pytest.mark.parametrize("name", ["a" * 5000, "9" * 300 + ".csv:" + "9" * 5000, "\0", ":" * 5000])
    def test_no_name_of_a_file_ends_in_a_traceback(self, name):
        assert refused("run", "transform", "--set", "source=own", "--set", f"values=@{name}").count("\n") == 1

    def test_a_file_that_is_not_numbers_is_refused(self, tmp_path):
        path = tmp_path / "my.csv"
        path.write_text("")

        assert "my.csv" in refused("run", "transform", "--set", "source=own", "--set", f"values=@{path}")

    def test_only_numbers_of_ones_own_come_from_files(self):
        assert refused("run", "transform", "--set", "mean=@x.csv") == (
            "mean must be a number from -1000000 to 1000000; got '@x.csv'.\n"
        )


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "sentences"),
        [
            (
                ["run", "trnsform"],
                "trnsform is not a scenario file or anything known by name. Did you mean transform?\n",
            ),
            (["run", "nowhere.toml"], "nowhere.toml does not exist; name a scenario file that ends in .toml.\n"),
            (["run", "transform", "--set", "mean"], "--set must be name=value; got 'mean'.\n"),
            (
                ["run", "transform", "--set", "gama=1", "--set", "std=-1"],
                "gama is not a parameter of this experiment. Did you mean gamma?\n"
                "std must be a number from 0 to 1000000; got -1.\n",
            ),
            (["run", "transform", "--set", "source=own"], None),
            (["run", "transform", "--set", "x=nan"], "x must be a number from -1000000000 to 1000000000; got 'nan'.\n"),
            (
                ["run", "transform", "--format", "xml"],
                "Invalid value for '--format': 'xml' is not one of 'table', 'json', 'csv', 'md'. "
                "See: bnsim run --help\n",
            ),
            (["run"], "Missing argument 'TARGET'. See: bnsim run --help\n"),
            (["nothing"], "No such command 'nothing'. See: bnsim --help\n"),
            (["compare", "transform"], None),
            (["compare", "epsilon", "--baseline", "x"], None),
            (["list", "transfrom"], "'transfrom' is not an experiment. Did you mean transform?\n"),
            (["app", "--port", "0"], None),
        ],
    )
    def test_are_sentences_on_stderr(self, arguments, sentences):
        found = refused(*arguments)

        assert sentences is None or found == sentences
        assert found.strip()
        assert not re.search("Traceback|Usage|Error:", found)

    def test_an_unreadable_file(self, tmp_path):
        (tmp_path / "folder.toml").mkdir()

        assert refused("run", str(tmp_path / "folder.toml")) == (
            "folder.toml is a folder; name a scenario file in it.\n"
        )

    def test_hostile_files_are_refused_from_a_process_too(self, tmp_path):
        path = tmp_path / "bad.toml"
        path.write_bytes(b"\xff\xfe\x00")
        found = process("run", str(path))

        assert found.returncode == 2
        assert found.stderr.startswith("bad.toml")
        assert found.stderr.endswith(" must be UTF-8 text; byte 1 is not.\n")

    def test_a_reader_that_stops_early_is_no_error(self):
        command = [sys.executable, "-m", "bnsim", "run", "epsilon", "--format", "json"]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=REPOSITORY)
        writer.stdout.close()

        assert (writer.wait(60), writer.stderr.read()) == (0, b"")
        writer.stderr.close()

    def test_a_terminal_without_greek_still_shows_the_numbers(self):
        found = process("run", "transform", encoding="latin-1")

        assert found.returncode == 0
        assert "1.199999040001" in found.stdout


class TestWords:
    def test_0_is_not_the_frameworks_own(self):
        assert refused("run", "train-eval", "--set", "eps=0", "--set", "momentum=0") == (
            "momentum must be own, or a number from 1e-06 to 1; got 0.\n"
            "eps must be own, or a number from 1e-12 to 1; got 0.\n"
        )

    def test_the_word_may_be_set(self):
        found = scenario("eps=own", "momentum=own", "repeats=10", experiment="train-eval")

        assert (found["params"]["eps"], found["params"]["momentum"]) == ("own", "own")

    def test_the_list_of_parameters_shows_it(self):
        line = next(line for line in bnsim_("list", "train-eval").stdout.splitlines() if line.startswith("eps "))

        assert line.split(maxsplit=3) == ["eps", "ε", "own", "be own, or a number from 1e-12 to 1"]


class TestCompare:
    def test_the_baseline_is_first_and_marked(self):
        found = bnsim_("compare", "scale-and-shift", "--baseline", "mirror").stdout

        assert "parameter    mirror (baseline)  pure-normalization" in found
        assert "Less mirror" in found

    def test_says_first_what_differs_most(self):
        found = bnsim_("compare", "scale-and-shift", "--changed-only").stdout
        said = (
            "The largest difference, for its size, is in “γ = −1.5, β = 0.2”: "
            "with Scale γ = −1.5 instead of 1 and Shift β = 0.2 instead of 0, "
            "“Output y” is −1.5999986 instead of 1.1999990."
        )

        assert found.index(said) < found.index("What went in")

    def test_changed_only_leaves_out_what_is_the_same(self):
        every = bnsim_("compare", "scale-and-shift").stdout
        changed = bnsim_("compare", "scale-and-shift", "--changed-only").stdout

        assert "batch_size" in every
        assert "batch_size" not in changed
        assert "gamma" in changed

    def test_json_has_signed_differences(self):
        found = json.loads(bnsim_("compare", "scale-and-shift", "--changed-only", "--format", "json").stdout)
        stretch = next(each for each in found["scenarios"] if each["name"] == "stretch")

        assert found["baseline"] == found["scenarios"][0]["name"] == "pure-normalization"
        assert stretch["params"] == {"gamma": 2.0, "beta": 0.0}
        assert stretch["differences"]["y"] == pytest.approx(1.2, abs=1e-5)

    def test_csv_is_the_frame(self):
        rows = list(csv.DictReader(io.StringIO(bnsim_("compare", "epsilon", "--format", "csv").stdout)))
        frame = bnsim.compare(bnsim.load("epsilon"))

        assert list(rows[0]) == ["scenario", *frame.columns]
        assert [float(row["x_hat - baseline"]) for row in rows] == frame["x_hat - baseline"].tolist()

    def test_a_second_reference_measures_and_an_order(self):
        found = bnsim_(
            "compare", "scale-and-shift", "--second", "mirror", "--columns", "difference,ratio", "--sort", "y"
        )
        heads = ["Less pure-normalization", "Over pure-normalization", "Less mirror", "Over mirror"]
        places = [found.stdout.index(f"\n{head}\n") for head in heads]
        names = next(line for line in found.stdout.splitlines() if line.startswith("readout")).split()
        y = next(line for line in found.stdout.splitlines() if line.startswith("y ")).replace("−", "-").split()[1:]

        assert places == sorted(places)
        assert names[1:4] == ["pure-normalization", "(baseline)", "mirror"]
        assert [float(text) for text in y[2:]] == sorted(map(float, y[2:]), reverse=True)

    def test_percent_and_a_second_reference_in_json(self):
        arguments = ("scale-and-shift", "--second", "mirror", "--columns", "percent", "--format", "json")
        stretch = next(
            each for each in json.loads(bnsim_("compare", *arguments).stdout)["scenarios"] if each["name"] == "stretch"
        )

        assert stretch["percent"]["output_std"] == pytest.approx(100.0, rel=1e-12)  # γ = 2 instead of 1
        assert stretch["percent"]["output_mean"] is None  # of 0
        assert stretch["second"]["percent"]["y"] == pytest.approx(300.0, rel=1e-12)  # 2 instead of −1, of 1

    def test_what_is_not_there_is_refused(self):
        assert refused("compare", "scale-and-shift", "--second", "mirrr", "--columns", "ratios", "--sort", "yy") == (
            "second: mirrr is not here. Did you mean mirror?\n"
            "columns: ratios is not here. Did you mean ratio?\n"
            "sort: yy is not here. Did you mean y?\n"
        )

    def test_an_experiment_is_not_a_set(self):
        assert refused("compare", "transform") == (
            "transform is an experiment; name a set of it: "
            "epsilon, identity-recovery, scale-and-shift, worked-examples.\n"
        )


class TestCheck:
    def test_every_shipped_set_is_fine(self):
        found = bnsim_("check", str(REPOSITORY / "scenarios"))

        assert found.exit_code == 0
        assert f"{REPOSITORY / 'scenarios' / 'worked-examples.toml'}: ok (2 scenarios)\n" in found.stdout

    def test_a_prepared_page_that_quotes_a_number_as_a_framework_does_is_fine_and_it_is_said(self, tmp_path):
        file = tmp_path / "class.toml"
        file.write_text('schema = 1\n[prepared]\nexperiment = "transform"\n[params]\neps = "Keras"\n', "utf-8")

        found = bnsim_("check", str(file))

        assert (found.exit_code, found.stdout) == (0, f"{file}: ok (a prepared page)\n")
        assert found.stderr == f"{file}: eps: “Keras” is read as 0.001, the default of Keras.\n"

    def test_every_problem_of_every_file_is_told_and_the_good_ones_are_named(self, tmp_path):
        good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
        good.write_text(toml.write(bnsim.load("epsilon")))
        bad.write_text(
            'schema = 2\nexperiment = "transform"\n\n[[scenario]]\nname = "a"\nparams = { gama = 1, std = -1 }\n'
        )
        found = bnsim_("check", str(tmp_path), str(tmp_path / "gone.toml"))

        assert found.exit_code == 2
        assert found.stdout == f"{good}: ok (14 scenarios)\n"
        assert found.stderr.splitlines() == [
            f"{bad}: schema must be 1; got 2.",
            f'{bad}: scenario 1 ("a"), params.gama: gama is not a parameter of this experiment. Did you mean gamma?',
            f'{bad}: scenario 1 ("a"), params.std: std must be a number from 0 to 1000000; got -1.',
            f"{tmp_path / 'gone.toml'} does not exist; name a scenario file that ends in .toml.",
        ]

    def test_what_a_file_of_earlier_versions_meant_by_0_is_said_by_every_command(self, tmp_path):
        file = tmp_path / "old.toml"
        file.write_text(
            'schema = 1\nexperiment = "train-eval"\n[params]\neps = 0.0\nrepeats = 10\n[[scenario]]\nname = "a"\n'
        )
        sentence = "eps=0 is read as own, the framework's own: that is what it meant in earlier versions.\n"
        ran, compared, checked = (bnsim_(command, str(file)) for command in ("run", "compare", "check"))

        assert (ran.exit_code, ran.stderr) == (0, f"old.toml: {sentence}")
        assert (compared.exit_code, compared.stderr) == (0, f"old.toml: {sentence}")
        assert (checked.exit_code, checked.stdout) == (0, f"{file}: ok (1 scenario)\n")
        assert checked.stderr == f"{file}: {sentence}"

    def test_a_folder_without_scenario_files_is_refused(self, tmp_path):
        assert refused("check", str(tmp_path)).endswith(" is a folder; name a scenario file in it.\n")


class TestExport:
    @pytest.mark.parametrize("kind", ["csv", "json"])
    def test_texts_are_those_of_run(self, kind):
        assert bnsim_("export", "epsilon", "--to", kind).stdout == bnsim_("run", "epsilon", "--format", kind).stdout

    def test_toml_of_settings_is_a_scenario_file(self, tmp_path):
        path = tmp_path / "mine.toml"
        path.write_text(bnsim_("export", "transform", "--to", "toml", "--set", "std=0.01").stdout)

        assert bnsim_("check", str(path)).stdout == f"{path}: ok (1 scenario)\n"
        assert bnsim.load(path).scenarios[0].params.std == 0.01

    def test_a_link_opens_the_page_of_the_experiment(self):
        found = bnsim_("export", "transform", "--to", "link", "--set", "std=0.01").stdout

        assert found.startswith("http://localhost:8501/transform?source=exact&mean=3.0&std=0.01&")

    def test_a_link_that_cannot_hold_the_numbers_says_so(self, tmp_path):
        np.save(tmp_path / "x.npy", np.arange(2000.0))
        flags = ["--set", "source=own", "--set", f"values=@{tmp_path / 'x.npy'}"]

        assert bnsim_("export", "transform", "--to", "link", *flags).stderr == (
            "x.npy: first values 0, 1, 2.\nThe link of custom leaves out your numbers: they are too many for a link.\n"
        )

    def test_files_are_named_when_written(self, tmp_path):
        found = bnsim_("export", "transform", "--to", "vega", "--out", str(tmp_path))

        assert found.stdout.splitlines() == [
            str(tmp_path / "transform-default-stages.vl.json"),
            str(tmp_path / "transform-default-map.vl.json"),
        ]

    def test_a_report_is_asked_for_as_a_format_too(self, tmp_path):
        found = [
            bnsim_("export", "transform", option, "html", "--base", "https://example.org").stdout
            for option in ("--to", "--format")
        ]

        assert found[0] == found[1]
        assert found[0].startswith("<!DOCTYPE html>")
        assert '<a href="https://example.org/transform?source=exact&amp;mean=' in found[0]

    def test_a_report_without_the_package_that_draws_is_refused(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "vl_convert", None)
        found = bnsim_("export", "transform", "--to", "html")

        assert found.exit_code == 1
        assert found.stderr == 'A report with pictures needs the extra "png"; run: pip install "bnsim[png]".\n'

    def test_png_without_its_package_is_told_and_is_not_the_users_fault(self, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "vl_convert", None)  # what Python says of a module that is not there
        found = bnsim_("export", "transform", "--to", "png", "--out", str(tmp_path))

        assert found.exit_code == 1
        assert found.stderr == 'PNG export needs the extra "png"; run: pip install "bnsim[png]".\n'


class TestList:
    def test_experiments_and_sets(self):
        found = bnsim_("list").stdout

        assert re.search(r"transform +What does batch normalization do to one mini-batch", found)
        assert re.search(r"identity-recovery +transform +6 +Identity recovery", found)

    def test_a_broken_file_of_the_users_own_is_told_and_hides_nothing(self, tmp_path, monkeypatch):
        (tmp_path / "mine.toml").write_text("schema = ")
        monkeypatch.setenv("BNSIM_SCENARIOS", str(tmp_path))
        found = bnsim_("list")

        assert found.exit_code == 0
        assert "worked-examples" in found.stdout
        assert found.stderr.startswith("mine.toml")
        assert "must be valid TOML: " in found.stderr

    def test_it_is_told_to_those_who_ask_for_it_too(self, tmp_path, monkeypatch):
        (tmp_path / "mine.toml").write_text("schema = ")
        monkeypatch.setenv("BNSIM_SCENARIOS", str(tmp_path))

        assert "must be valid TOML: " in refused("run", "mine")

    def test_the_parameters_of_an_experiment(self):
        found = bnsim_("list", "transform").stdout

        assert re.search(r"std +σ_B +2.5 +be a number from 0 to 1000000", found)


class TestApp:
    @pytest.fixture
    def started(self, monkeypatch):
        commands: list[list[str]] = []
        monkeypatch.setattr(start, "become", commands.append)
        monkeypatch.setenv("MALLOC_ARENA_MAX", "7")  # so that what a test sets is undone
        monkeypatch.delenv("MALLOC_ARENA_MAX")
        return commands

    def test_all_threads_share_two_heaps(self, started):
        bnsim_("app")

        assert os.environ["MALLOC_ARENA_MAX"] == "2"

    def test_who_wants_more_heaps_keeps_them(self, started, monkeypatch):
        monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
        bnsim_("app")

        assert os.environ["MALLOC_ARENA_MAX"] == "4"

    def test_starts_streamlit_on_the_entry_script_and_passes_the_rest_on(self, started):
        bnsim_("app", "--port", "8600", "--", "--server.headless", "true")

        script = str(REPOSITORY / "streamlit_app.py")
        flags = ["--server.port=8600", "--server.headless", "true"]
        assert started == [[sys.executable, "-m", "streamlit", "run", script, *flags]]

    def test_can_begin_with_a_prepared_page(self, started, tmp_path, monkeypatch):
        monkeypatch.setenv("BNSIM_PREPARED", "")
        file = tmp_path / "class.toml"
        file.write_text('schema = 1\n[prepared]\nexperiment = "transform"\nlocked = ["std"]\n', "utf-8")

        bnsim_("app", "--prepared", str(file))

        assert os.environ["BNSIM_PREPARED"] == str(file)
        assert len(started) == 1

    def test_refuses_a_damaged_prepared_page_before_it_starts(self, started, tmp_path):
        file = tmp_path / "class.toml"
        file.write_text('schema = 1\n[prepared]\nexperiment = "transform"\nlocked = ["sdt"]\nstart = 2\n', "utf-8")

        done = bnsim_("app", "--prepared", str(file))

        assert done.exit_code == 2
        assert done.stderr.splitlines() == [
            "class.toml: prepared.locked: sdt is not a control of this page. Did you mean std?",
            "class.toml: prepared.start must stand beside prepared.lesson; got 2 alone.",
        ]
        assert started == []

    def test_an_installed_package_starts_the_script_it_carries(self, started, tmp_path, monkeypatch):
        (tmp_path / "_shipped").mkdir()
        (tmp_path / "_shipped" / "streamlit_app.py").write_text("")
        monkeypatch.setattr(start, "PACKAGE", tmp_path)
        bnsim_("app")

        assert started[0][-1] == str(tmp_path / "_shipped" / "streamlit_app.py")

    def test_without_its_script_it_says_so(self, tmp_path, monkeypatch):
        monkeypatch.setattr(start, "PACKAGE", tmp_path / "nowhere")
        found = bnsim_("app")

        assert found.exit_code == 1
        assert found.stderr == "The app is not part of this installation; install bnsim again.\n"

    def test_the_settings_are_where_streamlit_looks_beside_the_script(self):
        carried = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
        places = carried["wheel"]["force-include"]

        assert (REPOSITORY / ".streamlit" / "config.toml").is_file()
        assert places["streamlit_app.py"] == "bnsim/_shipped/streamlit_app.py"
        assert places[".streamlit/config.toml"] == "bnsim/_shipped/.streamlit/config.toml"


class TestHelp:
    def test_alone_it_is_the_help(self):
        assert bnsim_().stdout == bnsim_("--help").stdout

    @pytest.mark.parametrize("name", list(cli.main.commands))
    def test_every_command_and_option_has_a_help_with_an_example(self, name):
        command = cli.main.commands[name]
        options = [each for each in command.params if isinstance(each, click.Option)]

        assert command.help
        assert command.epilog.startswith(f"Example: bnsim {name}")
        assert all(f"Example: {option.opts[0]}" in option.help for option in options)

    @pytest.mark.parametrize("name", [name for name in cli.main.commands if name != "app"])
    def test_every_example_works(self, name, tmp_path, monkeypatch):
        arguments = cli.main.commands[name].epilog.removeprefix("Example: bnsim ").split()
        (tmp_path / "my-scenarios.toml").write_text(toml.write(bnsim.load("epsilon")))
        (tmp_path / "my-lesson.toml").symlink_to(REPOSITORY / "docs" / "first-lesson.toml")
        (tmp_path / "model.safetensors").symlink_to(
            REPOSITORY / "tests" / "checkpoint" / "corpus" / "clean.safetensors"
        )
        np.save(tmp_path / "activations.npy", np.arange(40.0).reshape(10, 4))
        (tmp_path / "scenarios").symlink_to(REPOSITORY / "scenarios")
        monkeypatch.chdir(tmp_path)
        if "png" in arguments:
            pytest.importorskip("vl_convert")
        # All of the ledger is run in tests/test_claims.py, once.
        few = read_ledger()[:3]
        monkeypatch.setattr(bnsim.claims, "read_ledger", lambda: few)

        assert bnsim_(*arguments).exit_code == 0

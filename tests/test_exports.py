"""What leaves the house: text, JSON, CSV, files, pictures."""

import csv
import importlib
import io
import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

import bnsim
from bnsim.cli.targets import requested
from bnsim.compare import compare_scenarios
from bnsim.errors import InputError, MissingExtraError
from bnsim.experiments import find, params_of
from bnsim.exports.asked import Export
from bnsim.exports.files import TEXTS, links, without_link, write_files
from bnsim.exports.pictures import png, vega
from bnsim.exports.record import comparison_record, record, to_json
from bnsim.exports.report import MARKDOWN, comparison_report, run_report, signed
from bnsim.exports.text import escaped, markdown_table, plain_table, width
from bnsim.scenario import link, toml


def asked_for(target: str, changes: Sequence[str] = ()) -> Export:
    """Return what the command line would export."""
    found = requested(target, changes)
    return Export(found.scenarios, found.stem)


class TestPlainTable:
    def test_columns_of_numbers_stand_right_and_texts_left(self):
        assert plain_table(("name", "value"), [("a", "1.5"), ("bcd", "−10")]) == (
            "name  value\na       1.5\nbcd     −10"
        )

    def test_a_combining_mark_takes_no_room(self):
        assert width("x̂") == 1
        assert plain_table(("s", "t"), [("x̂", "a"), ("y", "b")]).splitlines()[1:] == ["x̂  a", "y  b"]

    def test_a_wide_character_takes_two(self):
        assert width("漢字") == 4

    def test_a_cell_stays_on_its_line(self):
        assert plain_table(("a",), [("one\ntwo",)]) == "a\none two"

    def test_no_rows_is_a_head(self):
        assert plain_table(("a", "b"), []) == "a  b"


class TestMarkdownTable:
    def test_is_a_table(self):
        assert markdown_table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"

    def test_shows_text_and_never_markup(self):
        assert markdown_table(("a",), [("max|y − x| <b>*x*</b> [l](u)",)]).splitlines()[2] == (
            r"| max\|y − x\| \<b\>\*x\*\</b\> \[l\](u) |"
        )
        assert escaped("&lt;`#1`\n# two") == r"\&lt;\`\#1\` \# two"


class TestRecord:
    def test_has_exactly_the_promised_keys(self):
        asked = asked_for("worked-examples")
        found = record(asked.scenarios, asked.results)

        assert list(found) == ["experiment", "baseline", "scenarios"]
        assert found["experiment"] == "transform"
        assert found["baseline"] == "mean-3-std-2.5"
        assert [list(each) for each in found["scenarios"]] == [["name", "params", "readouts", "tables"]] * 2

    def test_a_bare_experiment_has_no_baseline(self):
        asked = asked_for("transform")

        assert record(asked.scenarios, asked.results)["baseline"] is None

    def test_params_run_again_give_the_same_readouts(self):
        asked = asked_for("transform", ["source=own", "values=1,2,4.5", "gamma=-2"])
        found = json.loads(to_json(record(asked.scenarios, asked.results)))["scenarios"][0]
        explicit = {key: value for key, value in found["params"].items() if key in ("source", "values", "gamma")}

        assert found["params"]["values"] == [1.0, 2.0, 4.5]
        assert bnsim.run("transform", **explicit).readouts == found["readouts"]

    def test_floats_survive_json_exactly(self):
        asked = asked_for("transform", ["source=sample"])
        found = json.loads(to_json(record(asked.scenarios, asked.results)))["scenarios"][0]

        assert found["readouts"] == asked.results["custom"].readouts
        assert [row["x"] for row in found["tables"]["members"]] == asked.results["custom"].tables["members"][
            "x"
        ].tolist()

    def test_nan_is_null(self):
        asked = asked_for("transform")
        moments = record(asked.scenarios, asked.results)["scenarios"][0]["tables"]["moments"]

        assert moments[0]["standard_error"] is None

    def test_a_row_of_a_table_is_one_line_and_texts_are_untouched(self):
        rows = [{"a": 1, "b": "{ \n  }"}, {"a": 2, "b": "x"}]
        text = to_json({"s": [{"t": {"u": rows}}]})

        assert '{ "a": 2, "b": "x" }' in text
        assert json.loads(text) == {"s": [{"t": {"u": rows}}]}

    def test_a_comparison_adds_the_differences_and_puts_the_baseline_first(self):
        found = comparison_record(compare_scenarios(bnsim.load("worked-examples"), "mean-2.3-std-1.8"))
        first, second = found["scenarios"]

        assert found["baseline"] == first["name"] == "mean-2.3-std-1.8"
        assert first["differences"] == {}
        assert second["differences"]["y"] == second["readouts"]["y"] - first["readouts"]["y"]

    def test_a_comparison_of_what_changed_has_only_that(self):
        found = comparison_record(compare_scenarios(bnsim.load("scale-and-shift")).changed_only())

        assert list(found["scenarios"][1]["params"]) == ["gamma", "beta"]
        assert "x_hat" not in found["scenarios"][1]["readouts"]


class TestReport:
    def test_names_the_set_and_each_scenario_with_its_statements_and_notes(self):
        asked = asked_for("worked-examples")
        text = run_report(asked.scenarios, asked.results)

        assert text.startswith("Two worked examples\n===================\n\nWhat comes out")
        assert "mean-3-std-2.5: Example with x = 6" in text
        assert "1.199999040001  (x − μ_B) / √(σ_B² + ε)" in text
        assert all(note in text for result in asked.results.values() for note in result.notes)

    def test_a_comparison_shows_signed_differences_apart_from_the_outcomes(self):
        scenarios = bnsim.load("scale-and-shift")
        text = comparison_report(scenarios, compare_scenarios(scenarios).changed_only(), MARKDOWN)

        assert "## What went in\n\n| parameter | pure-normalization (baseline) | shift-up |" in text
        assert "| gamma | 1 | 1 | 2 | 0.5 | -1 | -1.5 | 0 |" in text
        assert "## Less pure-normalization" in text
        assert "| +2 |" in text

    def test_scenarios_that_agree_are_told_to(self):
        scenarios = bnsim.load("scale-and-shift").scenarios[0]
        asked = asked_for("transform")
        text = comparison_report(asked.scenarios, compare_scenarios([scenarios]).changed_only())

        assert text.endswith("The scenarios agree in everything.\n")

    @pytest.mark.parametrize(("value", "text"), [(0.5, "+0.5"), (-0.5, "−0.5"), (0.0, "0"), (math.inf, "+∞")])
    def test_a_difference_has_its_sign(self, value, text):
        assert signed(find("transform").terms, "y", value) == text


class TestFiles:
    def test_csv_is_one_row_a_scenario_in_their_order_with_every_digit(self):
        asked = asked_for("identity-recovery")
        rows = list(csv.DictReader(io.StringIO(TEXTS["csv"](asked))))

        assert tuple(row["scenario"] for row in rows) == asked.scenarios.names
        assert [float(row["gamma"]) for row in rows] == [each.params.gamma for each in asked.scenarios.scenarios]
        assert [float(row["y"]) for row in rows] == [result.readouts["y"] for result in asked.results.values()]
        assert not [column for column in rows[0] if "baseline" in column]

    def test_toml_is_the_canonical_file(self):
        asked = asked_for("transform", ["std=0.01"])
        text = TEXTS["toml"](asked)

        assert toml.read(text, params_of) == asked.scenarios
        assert tomllib.loads(text)["params"]["std"] == 0.01

    def test_toml_of_a_shipped_set_is_its_file(self):
        assert toml.read(TEXTS["toml"](asked_for("epsilon")), params_of) == bnsim.load("epsilon")

    def test_csv_files_are_the_scenarios_and_every_table(self, tmp_path):
        asked = asked_for("transform")
        names = [path.name for path in write_files(asked, "csv", tmp_path / "new")]
        tables = asked.results["default"].tables

        assert names == ["transform.csv", *(f"transform-default-{table}.csv" for table in tables)]
        rows = list(csv.DictReader(io.StringIO((tmp_path / "new" / "transform-default-members.csv").read_text())))
        assert [float(row["y"]) for row in rows] == tables["members"]["y"].tolist()

    def test_vega_files_are_complete_specifications(self, tmp_path):
        paths = list(write_files(asked_for("worked-examples"), "vega", tmp_path))
        spec = json.loads(paths[0].read_text())

        assert [path.name for path in paths][:2] == [
            "worked-examples-mean-3-std-2.5-stages.vl.json",
            "worked-examples-mean-3-std-2.5-map.vl.json",
        ]
        assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
        assert spec["datasets"]["state"][0]["mean"] == 3.0

    @pytest.mark.parametrize("kind", ["json", "toml"])
    def test_other_files_hold_what_is_printed(self, kind, tmp_path):
        asked = asked_for("transform")
        (path,) = write_files(asked, kind, tmp_path)

        assert path.name == f"transform.{kind}"
        assert path.read_bytes().decode() == TEXTS[kind](asked)

    def test_a_file_in_the_way_is_refused(self, tmp_path):
        blocked = tmp_path / "taken"
        blocked.write_text("")

        with pytest.raises(InputError) as error:
            list(write_files(asked_for("transform"), "md", blocked))

        assert str(error.value) == f"{blocked} must be a folder that can be written to; File exists."


class TestLinks:
    def test_one_scenario_is_one_link_that_gives_it_back(self):
        asked = asked_for("transform", ["std=0.1", "x=-3"])
        text = links(replace(asked, base="https://example.org/"))
        query = parse_qs(urlsplit(text.strip()).query)

        assert text.startswith("https://example.org/transform?source=exact&mean=3.0&std=0.1&")
        assert link.decode(params_of("transform"), query) == (asked.scenarios.scenarios[0].params, ())

    def test_several_are_named_and_the_last_is_that_of_all(self):
        asked = asked_for("worked-examples")
        lines = links(replace(asked, base="http://localhost:8501/")).splitlines()

        assert [line.split("\t")[0] for line in lines] == ["mean-3-std-2.5", "mean-2.3-std-1.8", "(all)"]
        assert lines[-1].split("\t")[1].startswith("http://localhost:8501/compare?mine=1.")
        assert requested(lines[-1].split("\t")[1]).scenarios == asked.scenarios
        assert list(without_link(asked)) == []

    def test_a_set_without_room_in_a_link_has_those_of_its_scenarios(self, tmp_path):
        (tmp_path / "own.csv").write_text("\n".join(map(str, range(2000))))
        asked = asked_for("worked-examples", ["source=own", f"values=@{tmp_path / 'own.csv'}"])

        assert len(links(replace(asked, base="http://localhost:8501")).splitlines()) == 2
        assert list(without_link(asked)) == [
            "The link of mean-3-std-2.5 leaves out your numbers: they are too many for a link.",
            "The link of mean-2.3-std-1.8 leaves out your numbers: they are too many for a link.",
            "a link must leave out your own numbers, and mean-3-std-2.5 has too many to do without. "
            "Share the file instead.",
        ]


class TestPictures:
    @pytest.fixture
    def figure(self):
        return bnsim.run("transform").figures[0]

    def test_a_figure_that_fills_the_page_gets_a_width(self, figure):
        assert vega(figure)["width"] == 720

    def test_png_is_a_picture(self, figure):
        pytest.importorskip("vl_convert")

        assert png(figure).startswith(b"\x89PNG\r\n\x1a\n")

    def test_without_the_package_the_way_out_is_told(self, figure, monkeypatch):
        def missing(name: str) -> None:
            raise ImportError(name)

        monkeypatch.setattr(importlib, "import_module", missing)

        with pytest.raises(MissingExtraError) as error:
            png(figure)

        assert str(error.value) == 'PNG export needs the extra "png"; run: pip install "bnsim[png]".'

"""`import bnsim`: what a notebook sees."""

import importlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import bnsim
from bnsim.errors import InputError, ParamsError, ScenarioError

# Only our own modules are imported anew between the ways in.
NEW_PYTHON = """
import bnsim, sys
print(sorted({'streamlit', 'altair', 'pandas', 'pydantic', 'click'} & set(sys.modules)))
bnsim.run('transform').figures
for first in ("import bnsim.compare", "from bnsim.compare import compare_scenarios", "pass"):
    for name in [name for name in sys.modules if name.split(".")[0] == "bnsim"]:
        del sys.modules[name]
    exec(first)
    import bnsim
    bnsim.compare(bnsim.load("scale-and-shift"))
    print(callable(bnsim.compare))
print('streamlit' in sys.modules)
"""


@pytest.fixture(scope="module")
def printed() -> list[str]:
    """What a new Python prints of what is imported first, whether compare can be called, and of Streamlit."""
    command = [sys.executable, "-c", NEW_PYTHON]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


class TestImport:
    def test_brings_neither_streamlit_nor_the_heavy_libraries(self, printed):
        assert printed[0] == "[]"

    def test_compare_is_the_function_whatever_is_imported_before(self, printed):
        assert printed[1:4] == ["True"] * 3

    def test_using_everything_needs_no_streamlit(self, printed):
        assert printed[4:] == ["False"]

    @pytest.mark.parametrize("name", ["bnsim", "bnsim.data", "bnsim.engine", "bnsim.engine.networks"])
    def test_every_promised_name_is_there_and_says_what_it_is(self, name):
        module = importlib.import_module(name)

        assert sorted(set(module.__all__)) == sorted(module.__all__)
        assert all(getattr(module, each).__doc__ for each in module.__all__)

    def test_a_name_that_is_not_there_is_told(self):
        with pytest.raises(AttributeError) as error:
            _ = importlib.import_module("bnsim.data").load_digit

        assert str(error.value) == "module 'bnsim.data' has no attribute 'load_digit'"

    def test_a_command_that_prints_numbers_brings_neither_what_reads_nor_what_writes_files(self):
        run = "main(['run', 'transform'], standalone_mode=False)"
        code = f"import sys; from bnsim.cli import main; {run}; print(*sys.modules)"
        printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        brought = printed.splitlines()[-1].split()

        assert "bnsim.exports.report" in brought
        assert not {"bnsim.exports.files", "bnsim.exports.pictures", "bnsim.data.own", "pandas"} & set(brought)


class TestRun:
    def test_readouts_tables_and_figures(self):
        result = bnsim.run("transform", mean=3, std=2.5, x=6)

        assert result.readouts["x_hat"] == pytest.approx(3 / np.sqrt(2.5**2 + 1e-5), abs=1e-14)
        assert isinstance(result.tables["members"], pd.DataFrame)
        assert [figure.key for figure in result.figures] == ["stages", "map"]

    @pytest.mark.parametrize("values", [[1, 2, 3, 4], np.array([1.0, 2.0, 3.0, 4.0]), (1, 2, 3, 4)])
    def test_own_numbers_as_list_tuple_or_array(self, values):
        readouts = bnsim.run("transform", source="own", values=values).readouts

        assert readouts["batch_mean"] == 2.5
        assert readouts["batch_std"] == np.sqrt(1.25)

    def test_an_unknown_experiment_is_refused_with_the_nearest(self):
        with pytest.raises(InputError) as error:
            bnsim.run("transfrom")

        assert str(error.value) == "'transfrom' is not an experiment. Did you mean transform?"

    def test_bad_parameters_are_refused_all_at_once(self):
        with pytest.raises(ParamsError) as error:
            bnsim.run("transform", gama=1, std=-1)

        assert error.value.problems == (
            "gama is not a parameter of this experiment. Did you mean gamma?",
            "std must be a number from 0 to 1000000; got -1.",
        )

    def test_a_parameter_without_effect_is_told(self):
        with pytest.warns(UserWarning, match="has no effect") as told:
            bnsim.run("transform", values=[1, 2])

        assert str(told[0].message) == "values has no effect while source is exact; set source to own."

    def test_one_that_matters_in_several_settings_names_them(self):
        with pytest.warns(UserWarning, match="has no effect") as told:
            bnsim.run("transform", source="own", values=[1, 2], std=3)

        assert str(told[0].message) == "std has no effect while source is own; set source to exact or sample."


class TestLoad:
    def test_a_file(self, tmp_path):
        path = tmp_path / "mine.toml"
        path.write_text('schema = 1\nexperiment = "transform"\ntitle = "Mine"\n\n[[scenario]]\nname = "a"\n')

        assert bnsim.load(path).names == ("a",)
        assert bnsim.load(str(path)) == bnsim.load(path)

    def test_a_shipped_set_by_its_name(self):
        assert bnsim.load("worked-examples").title == "Two worked examples"

    def test_an_unknown_name_is_refused_with_the_nearest(self):
        with pytest.raises(InputError) as error:
            bnsim.load("epsilom")

        assert str(error.value) == "epsilom is not a scenario set. Did you mean epsilon?"

    def test_a_missing_file_is_refused(self):
        with pytest.raises(ScenarioError) as error:
            bnsim.load("nowhere.toml")

        assert str(error.value) == "nowhere.toml does not exist; name a scenario file that ends in .toml."


class TestCompare:
    def test_one_row_a_scenario(self):
        frame = bnsim.compare(bnsim.load("identity-recovery"), baseline="std-0.01-gamma-root")

        assert frame.shape[0] == 6
        assert frame.index[0] == "std-0.01-gamma-root"

    def test_scenarios_may_be_picked_from_a_set(self):
        picked = bnsim.load("scale-and-shift").scenarios[:2]

        assert list(bnsim.compare(picked).index) == ["pure-normalization", "shift-up"]


class TestEngine:
    def test_its_main_functions_are_at_hand(self):
        forward = bnsim.batch_norm([1.0, 2.0, 3.0, 6.0])

        assert float(forward.mean) == 3.0
        assert float(bnsim.batch_stats([1.0, 2.0, 3.0, 6.0]).var) == 3.5

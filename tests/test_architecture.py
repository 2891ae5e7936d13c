"""Who may import whom, and what must not be in the house; docs/design.md says why."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "bnsim"
MODULES = sorted(HOUSE.rglob("*.py"))
OURS = [*MODULES, ROOT / "streamlit_app.py", *(ROOT / "scripts").glob("*.py")]

SCENARIO = {"errors", "scenario", "text"}
CONTRACT = {*SCENARIO, "charts", "experiment"}
# Room: its own package is always allowed, and so is the standard library.
EVERYWHERE = {"columns", "displayed", "once"}
MAY_IMPORT = {
    "errors": set(),
    "once": set(),
    "displayed": set(),
    "columns": {"numpy", "pandas"},
    "text": set(),
    "frameworks": {"errors", "text"},
    "frameworks/asked": {"scenario"},
    "engine": {"numpy", "errors"},
    "engine/statistics/running": {"frameworks"},
    "data": {"numpy", "errors"},
    "scenario": {"pydantic", "tomli_w", "errors", "text"},
    "scenario/values": {"numpy", "pydantic_core", "data"},
    "scenario/fields": {"numpy", "pydantic_core", "frameworks"},
    "scenario/declare": {"frameworks"},
    "scenario/vary": {"frameworks"},
    "scenario/qr": {"segno"},
    "scenario/params": {"numpy", "pydantic_core"},
    "charts": {"altair", "numpy", "pandas", "text"},
    "work": {"numpy", "threadpoolctl", "cachetools", "distributed", "errors", "scenario"},
    "experiment": {"pandas", "scenario", "charts", "text", "work"},
    "experiments": {"numpy", "pandas", "altair", "pydantic", "engine", "data", "work", *CONTRACT},
    "runs": {"experiments", "work", *SCENARIO, "experiment"},
    "compare": {"numpy", "pandas", "experiments", "runs", "work", *SCENARIO, "experiment"},
    "checkpoint": {"numpy", "pandas", "engine", *SCENARIO},
    "checkpoint/hdf5_child": {"h5py"},
    "checkpoint/keras_layers": {"frameworks"},
    "activations": {"numpy", "pandas", "engine", "data", "checkpoint", *SCENARIO},
    "claims": {"numpy", "engine", "data", "errors", "experiment", "experiments", "text"},
    "learn": {"claims", "errors", "experiment", "experiments", "runs", "scenario", "text", "work"},
    "classroom": {
        "cachetools",
        "pandas",
        "compare",
        "errors",
        "experiment",
        "experiments",
        "learn",
        "scenario",
        "text",
    },
    "classroom/database": {"sqlalchemy"},
    "classroom/schema": {"sqlalchemy"},
    "classroom/seats": {"sqlalchemy"},
    "classroom/store": {"sqlalchemy"},
    "exports": {
        "pandas",
        "vl_convert",
        "activations",
        "checkpoint",
        "claims",
        "compare",
        "experiments",
        "runs",
        "work",
        *CONTRACT,
    },
    "bnsim": {
        "pandas",
        "compare",
        "engine",
        "experiments",
        "frameworks",
        "notebook",
        "runs",
        "work",
        *CONTRACT,
    },  # the notebook face, bnsim/__init__.py
    "notebook": {"compare", "experiments", "exports", *CONTRACT},
    "cli": {
        "click",
        "bnsim",
        "activations",
        "checkpoint",
        "data",
        "claims",
        "compare",
        "experiments",
        "exports",
        "frameworks",
        "learn",
        "work",
        *CONTRACT,
    },
    "cli/workers": {"classroom"},
    "__main__": {"cli"},
    "app": {
        "streamlit",
        "pandas",
        "pyarrow",
        "data",
        "claims",
        "classroom",
        "compare",
        "experiments",
        "learn",
        "work",
        *CONTRACT,
    },
    "app/check/activations": {"activations"},
    "app/check/assuming": {"checkpoint"},
    "app/check/autopsy": {"activations", "checkpoint"},
    "app/check/checkpoint": {"checkpoint"},
    "app/check/example": {"numpy", "engine"},
    "app/check/looking": {"activations", "checkpoint", "engine"},
    "app/check/outputs": {"activations"},
    "app/check/page": {"activations", "checkpoint"},
    "app/check/pictures": {"numpy", "activations"},
    "app/check/tables": {"activations"},
    "app/coding": {"exports"},
    "app/translating/page": {"frameworks"},
    "app/more": {"exports"},
    "app/reporting": {"exports"},
}
MODEL = {"numpy", "engine", "data", "errors", "scenario", "work"}
"""What the arithmetic of an experiment may import: neither charts nor words."""

OF_A_PACKAGE = {
    "params": MODEL | {"pydantic", "text"},
    "tables": {"numpy", "pandas", "text"},
    "statements": {"numpy", "experiment", "text"},
    "answers": {"numpy", "experiment", "text"},
}
"""The other parts of an experiment that is a package; its pictures may import what the room may."""


def place(path: Path) -> str:
    """Return a module's place in the house: "engine/stats", "cli", or "bnsim" for the notebook face."""
    return path.relative_to(HOUSE).with_suffix("").as_posix().removesuffix("/__init__").replace("__init__", "bnsim")


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Return what a module imports, wherever in it: ours in full, others by their top name."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= parts if node.module == "bnsim" else {str(node.module)}
    return {name if name.startswith("bnsim") else name.split(".")[0] for name in found} - sys.stdlib_module_names


def room(name: str) -> str:
    """Return the room of an imported name: "engine" for what is in the engine, "bnsim" for the face."""
    _, _, inside = name.partition("bnsim.")
    first = inside.split(".")[0]
    return name if not inside else first if (HOUSE / first).is_dir() or (HOUSE / f"{first}.py").exists() else "bnsim"


class TestEveryModule:
    def test_imports_only_what_its_room_may(self):
        strangers = {}
        for path in MODULES:
            own = place(path).split("/")[0]
            allowed = EVERYWHERE | MAY_IMPORT[own] | MAY_IMPORT.get(place(path), set()) | {own}
            strangers[place(path)] = {room(name) for name in imports(path)} - allowed

        assert {where: names for where, names in strangers.items() if names} == {}

    def test_says_in_one_line_what_it_is(self):
        docs = {place(path): ast.get_docstring(tree(path)) or "" for path in MODULES}

        assert [where for where, text in docs.items() if not (text and text.splitlines()[0].endswith((".", "?")))] == []


class TestTheHouse:
    def test_every_room_is_in_the_table(self):
        assert {place(path).split("/")[0] for path in MODULES} == {name for name in MAY_IMPORT if "/" not in name}

    def test_only_the_app_knows_streamlit(self):
        assert {place(path).split("/")[0] for path in MODULES if "streamlit" in imports(path)} == {"app"}

    def test_the_entry_script_is_short(self):
        assert len((ROOT / "streamlit_app.py").read_text("utf-8").splitlines()) <= 20

    def test_the_command_line_and_the_app_do_not_know_each_other(self):
        reached = {(place(path).split("/")[0], room(name)) for path in MODULES for name in imports(path)}

        assert {(own, other) for own, other in reached if other in ("app", "cli") and own != other} == {
            ("__main__", "cli")
        }

    def test_an_import_is_seen_wherever_it_stands(self, tmp_path):
        (tmp_path / "x.py").write_text(
            "import os\ndef f():\n    import numpy.linalg\n    from bnsim import app, load\n"
        )

        assert imports(tmp_path / "x.py") == {"numpy", "bnsim.app", "bnsim.load"}
        assert [room(name) for name in ("bnsim.app", "bnsim.load", "bnsim.engine.statistics.batch", "numpy")] == [
            "app",
            "bnsim",
            "engine",
            "numpy",
        ]


class TestExperiments:
    PACKAGES = tuple(sorted(path.parent for path in (HOUSE / "experiments").glob("*/__init__.py")))

    def test_none_imports_another(self):
        reached = {}
        for path in (HOUSE / "experiments").rglob("*.py"):
            own = "bnsim.experiments." + path.relative_to(HOUSE / "experiments").parts[0].removesuffix(".py")
            inside = {name for name in imports(path) if name.startswith("bnsim.experiments.")}
            reached[place(path)] = {name for name in inside if name != own and not name.startswith(f"{own}.")}

        assert {where: names for where, names in reached.items() if names} == {}

    def test_their_arithmetic_knows_neither_charts_nor_words(self):
        strangers = {}
        for package in self.PACKAGES:
            for path in package.glob("*.py"):
                drawn = "altair" in imports(path) or "bnsim.charts" in "".join(imports(path))
                part = path.stem
                if part in ("__init__", "figures") or (drawn and part not in OF_A_PACKAGE and part != "model"):
                    continue
                allowed = EVERYWHERE | OF_A_PACKAGE.get(part, MODEL) | {"experiments"}
                strangers[place(path)] = {room(name) for name in imports(path)} - allowed

        assert {where: names for where, names in strangers.items() if names} == {}

    def test_notation_and_formatter_agree(self):
        skipped = {
            place(path): path.read_text("utf-8").count("fmt: skip") for path in (HOUSE / "experiments").rglob("*.py")
        }

        assert {where: count for where, count in skipped.items() if count} == {}

    def test_no_other_room_knows_one_of_them_by_name(self):
        elsewhere = [path for path in MODULES if "experiments" not in path.parts]
        known = {
            place(path): {name for name in imports(path) if name.startswith("bnsim.experiments.")} for path in elsewhere
        }

        assert {where: names for where, names in known.items() if names} == {}


class TestEveryFile:
    def test_holds_nothing_unfinished(self):
        assert [path.name for path in OURS if re.search(r"\b(?:TODO|FIXME|XXX|HACK)\b", path.read_text("utf-8"))] == []

    def test_catches_only_what_it_can_answer(self):
        caught = []
        for path in OURS:
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.ExceptHandler):
                    kinds = ast.walk(node.type or ast.Name("Exception"))
                    if {name.id for name in kinds if isinstance(name, ast.Name)} & {"Exception", "BaseException"}:
                        caught.append(f"{path.name}:{node.lineno}")

        assert caught == []

    def test_keeps_what_is_made_once_in_a_way_that_threads_can_share(self):
        """`functools.cache` lets threads make the same at once; `cached_property` has one lock for all instances."""
        used = {place(path): path.read_text("utf-8") for path in MODULES if place(path) != "once"}
        unshared = re.compile(r"^ *@(?:functools\.)?(?:cache|cached_property)$", re.MULTILINE)

        assert [where for where, text in used.items() if unshared.search(text)] == []

    def test_knows_no_path_of_one_machine(self):
        machine = re.compile(r"[\"'](?:/(?:home|work|root|tmp|Users|mnt)/|[A-Z]:\\\\)")

        assert [path.name for path in OURS if machine.search(path.read_text("utf-8"))] == []

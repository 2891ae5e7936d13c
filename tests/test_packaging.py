"""What is installed and deployed: pins, shipped files, settings."""

import importlib
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bnsim.charts.theme import SCENARIO_COLOURS, STAGE_COLOURS

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONFIG: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
LINES = [line.strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
PINNED = [line for line in LINES if line and not line.startswith("#")]
PINS = {canonicalize_name(name): Version(version) for name, _, version in (line.partition("==") for line in PINNED)}
RUNTIME = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
DRAWS, READS = {"vl-convert-python"}, {"h5py"}
"""The app itself can do without: it says so where a report has no pictures, or a file of Keras cannot be read."""

WEB_SERVER = {"starlette", "uvicorn", "websockets", "anyio", "h11", "httptools", "python-multipart", "itsdangerous"}


def needs(name: str) -> list[Requirement]:
    """Return what an installed distribution needs here, without extras; nothing if it is not installed."""
    try:
        texts = distribution(name).requires or []
    except PackageNotFoundError:
        return []
    found = [Requirement(text) for text in texts]
    return [need for need in found if need.marker is None or need.marker.evaluate({"extra": ""})]


def is_installed_as_pinned(name: str) -> bool:
    """Return whether what an installed distribution says of its needs is also true of the pinned one."""
    try:
        return name in PINS and PINS[name] == Version(distribution(name).version)
    except PackageNotFoundError:
        return False


def closure() -> dict[str, list[Requirement]]:
    """Return everything the app needs, directly or not, with every requirement made of it."""
    found: dict[str, list[Requirement]] = {}
    todo = [(need, True) for need in RUNTIME]
    while todo:
        need, counts = todo.pop()
        name = canonicalize_name(need.name)
        if name not in found:
            todo += [(each, is_installed_as_pinned(name)) for each in needs(name)]
        found.setdefault(name, [])
        found[name] += [need] if counts else []
    return found


class TestPins:
    def test_are_exact_one_a_line_and_sorted(self):
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line) for line in PINNED)
        names = [line.partition("==")[0].lower() for line in PINNED]
        assert sorted(set(names)) == names

    def test_every_runtime_dependency_has_one_that_satisfies_its_range(self):
        assert [str(need) for need in RUNTIME if PINS[canonicalize_name(need.name)] not in need.specifier] == []

    def test_so_has_everything_that_those_need(self):
        needed = closure()

        assert set(needed) - set(PINS) == set()
        unsatisfied = [
            str(need) for name, wanted in needed.items() for need in wanted if PINS[name] not in need.specifier
        ]
        assert unsatisfied == []

    def test_the_web_server_is_among_them(self):
        assert WEB_SERVER & set(closure()) <= set(PINS)
        assert {"starlette", "uvicorn", "websockets", "anyio", "h11"} <= set(PINS)

    def test_nothing_that_only_tests_need_is_among_them(self):
        extras = PROJECT["project"]["optional-dependencies"]
        names = {canonicalize_name(Requirement(text).name) for texts in extras.values() for text in texts}

        assert (names - set(closure())) & set(PINS) == DRAWS | READS

    @pytest.mark.parametrize(("extra", "names"), [("png", DRAWS), ("keras", READS)])
    def test_what_draws_reports_and_what_reads_files_of_keras_are_among_them(self, extra, names):
        needed = [Requirement(text) for text in PROJECT["project"]["optional-dependencies"][extra]]

        assert {canonicalize_name(need.name) for need in needed} == names
        assert [str(need) for need in needed if PINS[canonicalize_name(need.name)] not in need.specifier] == []


class TestWheel:
    SHIPPED: dict[str, str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]

    def test_what_is_shipped_is_there(self):
        assert [source for source in self.SHIPPED if not (ROOT / source).exists()] == []

    def test_the_app_its_settings_and_the_scenarios_are_shipped(self):
        assert self.SHIPPED == {
            "scenarios": "bnsim/_shipped/scenarios",
            ".streamlit/config.toml": "bnsim/_shipped/.streamlit/config.toml",
            "streamlit_app.py": "bnsim/_shipped/streamlit_app.py",
        }

    def test_what_the_source_archive_holds_is_there(self):
        assert all((ROOT / name).exists() for name in PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"])

    def test_the_command_exists(self):
        for target in PROJECT["project"]["scripts"].values():
            module, _, name = target.partition(":")
            assert callable(getattr(importlib.import_module(module), name))

    def test_licence_and_readme_are_there(self):
        assert all((ROOT / name).is_file() for name in [*PROJECT["project"]["license-files"], "README.md"])
        assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")

    def test_files_that_are_not_python_lie_inside_the_package(self):
        for name in ("app/live.js", "app/live.css", "app/page.css", "data/digits.npz", "data/hidden_units.npz"):
            assert (ROOT / "bnsim" / name).is_file()


class TestSettings:
    def test_streamlit_knows_every_one_of_them(self):
        from streamlit import config

        known = config.get_config_options()
        assert set(flat(CONFIG)) - set(known) == set()

    def test_what_was_measured_to_matter_is_set(self):
        wanted = {
            "browser.gatherUsageStats": False,
            "server.headless": True,  # no question about an e-mail address on the first start
            "client.showErrorDetails": "none",
            "runner.postScriptGC": False,
            "global.disableWidgetStateDuplicationWarning": True,
            "global.maxCachedMessageAge": 20,
        }

        assert {key: flat(CONFIG).get(key) for key in wanted} == wanted

    def test_uploads_are_as_large_as_the_readers_take_and_no_larger(self):
        from bnsim.activations import APP_LIMITS
        from bnsim.checkpoint import APP_LIMITS as OF_CHECKPOINTS
        from bnsim.data.own import MAX_BYTES
        from bnsim.scenario.toml import LARGEST_FILE

        limit = flat(CONFIG)["server.maxUploadSize"] * 2**20
        # Activations are the largest; the other places for files say a smaller size of their own.
        largest = max(APP_LIMITS.file_bytes, OF_CHECKPOINTS.file_bytes, MAX_BYTES, LARGEST_FILE)

        assert largest <= limit < 2 * largest

    def test_nothing_opens_the_app_to_others(self):
        assert not {"server.enableXsrfProtection", "server.enableCORS", "server.enableAgentApi"} & set(flat(CONFIG))

    def test_no_secret_is_in_them(self):
        assert not {"server.cookieSecret"} & set(flat(CONFIG))

    def test_colours_are_those_of_the_charts(self):
        assert tuple(CONFIG["theme"]["chartCategoricalColors"]) == SCENARIO_COLOURS
        assert SCENARIO_COLOURS[:3] == tuple(STAGE_COLOURS.values())
        assert CONFIG["theme"]["primaryColor"] == STAGE_COLOURS["raw"]

    def test_both_themes_are_there(self):
        assert set(CONFIG["theme"]["light"]) == set(CONFIG["theme"]["dark"])


def flat(table: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return the settings by their full name, such as "theme.light.textColor"."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= flat(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found

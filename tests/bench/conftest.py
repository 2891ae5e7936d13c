"""For all benches: an app of one slider, which shows what Streamlit costs by itself."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EMPTY = "import streamlit as st\nst.slider('a', 0.0, 10.0, 1.0, key='a')\n"


@pytest.fixture
def empty_app(tmp_path: Path) -> Path:
    """Return an app of one slider, run with our own settings."""
    (tmp_path / ".streamlit").mkdir()
    shutil.copy(ROOT / ".streamlit/config.toml", tmp_path / ".streamlit/config.toml")
    (tmp_path / "app.py").write_text(EMPTY)
    return tmp_path / "app.py"

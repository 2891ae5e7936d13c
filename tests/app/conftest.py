"""For the tests of the app: one server for all that hear what it sends and leave it as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from visitor import Server, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Serve the app until all tests are over."""
    with serving(ROOT / "streamlit_app.py", ROOT) as found:
        found.wait_until_it_listens()
        yield found

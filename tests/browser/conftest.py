"""A server, a browser, and a tab for each test."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from lab import DESKTOP, PATIENCE, PHONE, Lab
from playwright.sync_api import BrowserContext, ViewportSize, sync_playwright

import bnsim

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    "--process-per-site",  # one process for all tabs of a context, which translates the page's code once
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests first, as they take the longest, and together.

    What they share ends with the last of them: while Playwright is there, no other test could start an event loop.
    """
    here = Path(__file__).parent
    items.sort(key=lambda item: here not in item.path.parents)
    for item in items:
        if here in item.path.parents:
            # Once more after a failure, which the summary tells as RERUN: a fault of test or page, to be mended.
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="package")
def chromium() -> str:
    """Return Chromium's path; without one the tests are skipped, or fail where a browser is demanded.

    Where there is the one without any window, which takes a sixth less of the processor, it is that one.
    """
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if path is None:
        reason = "There is no chromium on the path; install it with: apt-get install chromium"
        if os.environ.get("BNSIM_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="package")
def server(chromium, tmp_path_factory) -> Iterator[str]:
    """Start the app as a visitor's command would, and return its address; its log must not hold a traceback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "BNSIM_SCENARIOS"}
    with log.open("w") as out, subprocess.Popen(
        [*command, "--server.address", "127.0.0.1", "--server.headless", "true"],
        cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            await_health(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
    _, found, trace = log.read_text("utf-8").partition("Traceback")
    assert not found, trace


def await_health(base: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"{base}/_stcore/health") as answer:
                if answer.status == 200:
                    return
        except URLError:
            time.sleep(0.1)
    pytest.fail(f"The server did not start:\n{log.read_text('utf-8')}")


@pytest.fixture(scope="package")
def presets():
    """Return the two worked examples, which the page offers first."""
    return bnsim.load("worked-examples").scenarios


@pytest.fixture(scope="package")
def browser(chromium):
    """Start the browser."""
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


def shared_context(browser, base: str, **options) -> Iterator[BrowserContext]:
    """Yield a context whose tabs share downloaded code, and nothing else that the app looks at.

    A tab that stays keeps the browser's process for this address, with the code that was translated for earlier ones.
    """
    context = browser.new_context(viewport=DESKTOP, **options)
    context.set_default_timeout(1000 * PATIENCE)
    context.new_page().goto(f"{base}/_stcore/health")
    yield context
    context.close()


@pytest.fixture(scope="package")
def desk(browser, server):
    """Return the context of a computer with a mouse."""
    yield from shared_context(browser, server)


@pytest.fixture(scope="package")
def hand(browser, server):
    """Return the context of a telephone."""
    yield from shared_context(browser, server, is_mobile=True, has_touch=True)


def tabs(context, base: str) -> Iterator[Callable[[], Lab]]:
    """Yield what opens a tab; close all at the end, none of which may have complained."""
    opened: list[Lab] = []

    def new() -> Lab:
        opened.append(Lab(context.new_page(), base))
        return opened[-1]

    yield new
    for lab in opened:
        lab.page.close()
    assert [complaint for lab in opened for complaint in lab.complaints] == []


@pytest.fixture
def tab(desk, server):
    """Open tabs of a test's own."""
    yield from tabs(desk, server)


@pytest.fixture(scope="module")
def module_tab(desk, server):
    """Open tabs that the tests of a module share."""
    yield from tabs(desk, server)


@pytest.fixture(scope="package")
def long_visit(desk, server) -> Iterator[Lab]:
    """Return one tab for all tests that do not need a visit of their own: to load the app costs as much as four pages.

    A page of it is reached by `Lab.go` with a link that says everything, so that nothing that was set before counts.
    """
    lab = Lab(desk.new_page(), server)
    yield lab
    lab.page.close()


@pytest.fixture(scope="package")
def long_visit_by_hand(hand, server) -> Iterator[Lab]:
    """Return the like of it on a telephone."""
    lab = Lab(hand.new_page(), server)
    yield lab
    lab.page.close()


def part_of(lab: Lab, viewport: ViewportSize) -> Iterator[Lab]:
    """Yield a visit as the tests of a module may expect it: by daylight, with no button pressed, without complaints."""
    lab.at_screen(viewport)
    lab.grows = False
    yield lab
    complaints, lab.complaints = lab.complaints, []
    assert complaints == []


@pytest.fixture(scope="module")
def visit(long_visit) -> Iterator[Lab]:
    """Return the long visit at a desk."""
    yield from part_of(long_visit, DESKTOP)


@pytest.fixture(scope="module")
def visit_by_hand(long_visit_by_hand) -> Iterator[Lab]:
    """Return the long visit on a telephone."""
    yield from part_of(long_visit_by_hand, PHONE)

"""For all tests: one thread for linear algebra, as `bnsim app` has it, and three processes on two cores.

They share the tests file by file, in the order of collection. Those in the browser take longest and wait half of their
time, so two processes begin with them, each with a server and a browser of its own; the third one does the rest
meanwhile, the longest files first, and the two help with what is left of it. What is done in the browser must not
depend on how busy the machine is. What is measured is run in one process.
"""

import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ALONE = ("bench", "bands")
LONGEST = ("test_experiment_contract.py", "test_claims.py", "test_deploy_nginx.py", "test_dask.py", "test_sharing.py")
BROWSERS = 2
"""So many processes run tests in a browser."""

MAIN = sys.modules["__main__"]

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The same draws in every run, however busy the machine is: what fails once fails again, and nothing else fails.
settings.register_profile(
    "same everywhere", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same everywhere")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes share the tests: 0 is this one."""
    return 0 if any(name in argument for argument in config.args for name in ALONE) else min(os.cpu_count() or 1, 2) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return what gives files to the processes: those of the browser to some of them, as long as there are any."""
    from xdist.scheduler import LoadFileScheduling

    class FewBrowsers(LoadFileScheduling):
        def _assign_work_unit(self, node: Any) -> None:
            in_browser = [scope.startswith("tests/browser/") for scope in self.workqueue]
            has_browser = node in self.nodes[:BROWSERS] or len(self.nodes) <= BROWSERS
            order = sorted(zip(in_browser, self.workqueue, strict=True), key=lambda each: each[0] is not has_browser)
            if order[0][0] and not has_browser:
                node.shutdown()  # nothing is left for it: one more browser would take longer to start than it helps
                return
            self.workqueue.move_to_end(order[0][1], last=False)
            super()._assign_work_unit(node)

    return FewBrowsers(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Search for no garbage while the tests are collected: all of it stays, and is looked through again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, and with those that wait for others; tests/browser puts its own before them."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish() -> None:
    """Leave what was collected out of all later searches for garbage: thousands of tests, which stay to the end.

    Streamlit's loggers hand on to ours what they are told: pytest would hang two handlers on each of them otherwise,
    three times a test.
    """
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.propagate = True
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def packages_searched_once() -> Iterator[None]:
    """Let Streamlit search the installed packages for components once: AppTest does it anew for every page it opens."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        if "streamlit.testing.v1" in sys.modules:
            with suppress(ImportError, AttributeError):  # another version may keep it elsewhere: only time is lost
                from streamlit.components.v2 import manifest_scanner as scanner

                monkeypatch.setattr(scanner, "scan_component_manifests", cache(scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="module")
def own_main() -> Iterator[None]:
    """Let new processes begin with our main module: Streamlit's AppTest leaves a script of its own in its place."""
    left, sys.modules["__main__"] = sys.modules["__main__"], MAIN
    yield
    sys.modules["__main__"] = left

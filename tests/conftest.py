"""For all tests: one thread for linear algebra, as `bnsim app` has it, and two processes.

On two cores more only hinder each other. What is measured or takes both cores itself is run in one process.
"""

import os

import pytest

ALONE = ("bench", "bands")

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes share the tests: 0 is this one."""
    return 0 if any(name in argument for argument in config.args for name in ALONE) else min(os.cpu_count() or 1, 2)

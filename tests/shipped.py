"""The scenario sets that come with bnsim: read once and run once, for all tests of a process that only look at them."""

from functools import cache

import bnsim
from bnsim.compare import Comparison, compare_scenarios
from bnsim.scenario.scenario import ScenarioSet


@cache
def loaded(name: str) -> ScenarioSet:
    """Return a set."""
    return bnsim.load(name)


@cache
def compared(name: str) -> Comparison:
    """Return the comparison of the scenarios of a set with its baseline."""
    return compare_scenarios(loaded(name))

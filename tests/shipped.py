"""What comes with bnsim: sets read once and run once, defaults run once, for all tests that only look at them."""

from functools import cache

import bnsim
from bnsim.compare import Comparison, compare_scenarios
from bnsim.experiment import Result
from bnsim.experiments import find
from bnsim.scenario.scenario import ScenarioSet


@cache
def loaded(name: str) -> ScenarioSet:
    """Return a set."""
    return bnsim.load(name)


@cache
def compared(name: str) -> Comparison:
    """Return the comparison of the scenarios of a set with its baseline."""
    return compare_scenarios(loaded(name))


@cache
def at_small(slug: str) -> Result:
    """Return the result of the defaults of an experiment; of slow work, at the small size that it names for tests."""
    return Result(find(slug), find(slug).params().replace(**find(slug).small))

"""What is to be exported: scenarios, and their results when something needs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bnsim.compare import Comparison, compare_scenarios
from bnsim.experiment import Result
from bnsim.exports import LOCAL
from bnsim.once import kept
from bnsim.runs import run_all
from bnsim.scenario.scenario import ScenarioSet
from bnsim.work.sharing import Progress


@dataclass(frozen=True, eq=False)
class Export:
    """Scenarios, and their results when something needs them.

    Attributes
    ----------
    scenarios : ScenarioSet
        Those to export, in order.
    stem : str
        The beginning of file names.
    base : str
        Address of the app, for links.
    made : date
        The day that a report is of.
    executor, progress : optional
        Who does slow work, and who hears how far it is: see `bnsim.run_many`.
    """

    scenarios: ScenarioSet
    stem: str
    base: str = LOCAL
    made: date = field(default_factory=date.today)
    executor: Any = None
    progress: Progress | None = None

    @kept
    def results(self) -> dict[str, Result]:
        """The result of every scenario, by name."""
        results = run_all(self.scenarios.scenarios, executor=self.executor, progress=self.progress)
        return dict(zip(self.scenarios.names, results, strict=True))

    @kept
    def comparison(self) -> Comparison:
        """The scenarios held against the baseline of their set."""
        return compare_scenarios(self.scenarios, results=self.results.values())

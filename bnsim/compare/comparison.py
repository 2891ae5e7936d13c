"""Scenarios of one experiment, run and held against a baseline, as frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from bnsim.errors import InputError
from bnsim.once import kept

if TYPE_CHECKING:
    import pandas as pd

    from bnsim.experiment import Readout, Result
    from bnsim.scenario.params import Params
    from bnsim.scenario.scenario import Scenario, ScenarioSet
    from bnsim.work.sharing import Progress

SHOWN_VALUES = 6
VISIBLE = 0.01
"""By this share of the picture two curves lie apart that the eye can tell from each other."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scenarios of one experiment held against one of them, the baseline, which comes first everywhere.

    Attributes
    ----------
    experiment : str
        Slug of the experiment.
    names : tuple of str
        Names of the scenarios, the baseline first, the others in their own order.
    titles : mapping of str to str
        For people, by name; the name itself where a scenario has no title.
    inputs : DataFrame
        A row per parameter, a column per scenario. Cells are plain numbers and texts; numbers of the user's own
        are one text, which differs whenever they do.
    outcomes : DataFrame
        A row per numeric readout, a column per scenario; float64. Where algebra knows the exact value it stands
        here, so that rounding does not pass for a difference.
    results : mapping of str to Result
        Where all of it comes from, by name.
    about : tuple of str
        Keys of the readouts that the scenarios are about: those that their set names, else the experiment's headline.
    """

    experiment: str
    names: tuple[str, ...]
    titles: Mapping[str, str]
    inputs: pd.DataFrame
    outcomes: pd.DataFrame
    results: Mapping[str, Result]
    about: tuple[str, ...]

    @property
    def baseline(self) -> str:
        """Name of the scenario that the others are held against."""
        return self.names[0]

    @kept
    def differences(self) -> pd.DataFrame:
        """Outcomes minus those of the baseline, which has no column here; NaN where both are the same infinity."""
        return self.outcomes.drop(columns=self.baseline).sub(self.outcomes[self.baseline], axis=0)

    @kept
    def readouts(self) -> Mapping[str, Mapping[str, Readout]]:
        """Every readout, by name of the scenario and by key; numbers, and words in place of numbers."""
        return {name: {each.key: each for each in result.readout_list} for name, result in self.results.items()}

    def changed_only(self) -> Comparison:
        """Return the comparison without the parameters and readouts on which all scenarios agree exactly."""
        return replace(self, inputs=_varying(self.inputs), outcomes=_varying(self.outcomes))

    def only(self, names: Sequence[str]) -> Comparison:
        """Return the comparison of some of the scenarios, in this order: the first is the baseline."""
        if tuple(names) == self.names:
            return self
        listed = list(names)
        return replace(
            self,
            names=tuple(names),
            titles={name: self.titles[name] for name in names},
            inputs=self.inputs[listed],
            outcomes=self.outcomes[listed],
            results={name: self.results[name] for name in names},
        )

    def frame(self) -> pd.DataFrame:
        """Return one row a scenario: its parameters, its readouts, and each ``<readout> - baseline``, signed."""
        outcomes = self.outcomes.T
        differences = outcomes.sub(self.outcomes[self.baseline], axis=1)
        differences.columns = [f"{key} - baseline" for key in outcomes.columns]
        return self.inputs.T.infer_objects().join([outcomes, differences]).rename_axis("scenario")

    def overlay(self) -> pd.DataFrame:
        """Return the curves of all scenarios, in order of their points: scenario, series, x, y.

        What they are, and whether each is drawn to its own peak, the experiment declares (`Experiment.overlay`).
        """
        return self._curves

    @kept
    def _curves(self) -> pd.DataFrame:
        import pandas as pd

        frames = []
        for name, result in self.results.items():
            declared = result.experiment.overlay
            table = result.tables[declared.table]
            columns = {"series": declared.series, "x": declared.x, "y": declared.y}
            frame = pd.DataFrame({"scenario": name, **{to: table[column] for to, column in columns.items()}})
            frames.append(_to_peak(frame) if declared.to_peak else frame)
        return pd.concat(frames, ignore_index=True)

    def telling_series(self) -> str:
        """Return the first series in which the scenarios' curves can be told apart by eye; the first if there is none.

        That is where a point lies elsewhere by more than 1 % of the picture.
        """
        return self._telling

    @kept
    def _telling(self) -> str:
        offered = list(self.results[self.baseline].experiment.overlay.labels)
        curves = self.overlay()
        for series in offered:
            points = curves[curves["series"] == series]
            if _differ_to_the_eye([line[["x", "y"]] for _, line in points.groupby("scenario", sort=False)]):
                return series
        return offered[0]


def _differ_to_the_eye(lines: Sequence[pd.DataFrame]) -> bool:
    """Return whether any of several curves leaves the first by more than 1 % of what all of them take up."""
    import numpy as np

    # What is not finite is not drawn.
    points = [np.nan_to_num(line.to_numpy(dtype=float), posinf=0.0, neginf=0.0) for line in lines]
    if len({each.shape for each in points}) > 1:
        return True
    if len(points) < 2:
        return False
    stacked = np.stack(points)
    room = np.ptp(stacked, axis=(0, 1))
    return bool((np.abs(stacked - stacked[0]) > VISIBLE * room).any())


def _to_peak(curves: pd.DataFrame) -> pd.DataFrame:
    """Return curves with each scaled to its own peak; infinity, a point mass, becomes 1."""
    import numpy as np

    finite = curves["y"].replace(np.inf, np.nan)
    peaks = finite.groupby(curves["series"]).transform("max")
    return curves.assign(y=(finite / peaks.where(peaks > 0, 1.0)).fillna(1.0))


def compare_scenarios(
    scenarios: ScenarioSet | Sequence[Scenario],
    baseline: str | None = None,
    results: Iterable[Result] = (),
    *,
    executor: Any = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run scenarios of one experiment and hold them against a baseline.

    Parameters
    ----------
    scenarios : ScenarioSet or sequence of Scenario
        1 to 200 of one experiment, with different names.
    baseline : str, optional
        Name of the scenario to subtract; without it the set's own baseline, else the first.
    results : iterable of Result
        Results at hand: parameters found among them are not run again. Equal parameters are run once.
    executor, progress : optional
        Who does the work of slow experiments, and who hears how far it is: see `bnsim.run_many`.

    Raises
    ------
    InputError
        If there is no scenario, they do not belong together, or none has the name of the baseline.
    """
    import pandas as pd

    from bnsim.experiments import find
    from bnsim.runs import run_all

    chosen = set_of(scenarios)
    first = chosen.baseline_scenario if baseline is None else chosen.get(baseline)
    ordered = (first, *(scenario for scenario in chosen.scenarios if scenario is not first))
    names = tuple(scenario.name for scenario in ordered)
    found = dict(zip(names, run_all(ordered, results, executor=executor, progress=progress), strict=True))
    inputs = {scenario.name: plain_inputs(scenario.params) for scenario in ordered}
    outcomes = {name: _numbers(result) for name, result in found.items()}
    return Comparison(
        experiment=chosen.experiment,
        names=names,
        titles={scenario.name: scenario.title or scenario.name for scenario in ordered},
        inputs=pd.DataFrame(inputs, dtype=object, columns=list(names)).rename_axis("parameter"),
        outcomes=pd.DataFrame(outcomes, dtype=float, columns=list(names)).rename_axis("readout"),
        results=found,
        about=chosen.readouts or find(chosen.experiment).headline,
    )


def set_of(scenarios: ScenarioSet | Sequence[Scenario]) -> ScenarioSet:
    """Return scenarios as a set, which checks that they belong together; a set is returned as it is."""
    from bnsim.scenario.scenario import ScenarioSet

    if isinstance(scenarios, ScenarioSet):
        return scenarios
    if not scenarios:
        raise InputError("scenarios must hold at least one scenario; got none.")
    return ScenarioSet(scenarios[0].experiment, title="", scenarios=tuple(scenarios))


def told_apart(titles: Mapping[str, str]) -> dict[str, str]:
    """Return titles by name, the name added where two look the same; names alone if that is not enough."""
    shown = {name: " ".join(title.split()) for name, title in titles.items()}
    seen = Counter(shown.values())
    found = {name: title if seen[title] == 1 else f"{title} ({name})" for name, title in shown.items()}
    return found if len(set(found.values())) == len(found) else {name: name for name in titles}


def plain_inputs(params: Params) -> dict[str, object]:
    """Return the parameters as plain numbers and texts; a column of the user's own numbers becomes one text."""
    return {name: plain(getattr(params, name)) for name in params.controls()}


def plain(value: object) -> object:
    """Return the value of a parameter as a plain number or text; a column of the user's own numbers as one text."""
    from bnsim.scenario.values import Values

    if not isinstance(value, Values):
        return value.value if isinstance(value, Enum) else value
    head = ", ".join(map(repr, value.array[:SHOWN_VALUES].tolist()))
    return head if len(value) <= SHOWN_VALUES else f"{head}, … {len(value)} numbers, digest {value.digest}"


def _numbers(result: Result) -> dict[str, float]:
    return {each.key: float(each.best) for each in result.readout_list if not isinstance(each.best, str)}


def _varying(frame: pd.DataFrame) -> pd.DataFrame:
    distinct = frame.nunique(axis=1, dropna=False)  # a NaN equals a NaN here
    return frame[distinct > 1]

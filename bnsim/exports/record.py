"""Results as JSON, for programs: floats in full, NaN and infinity as null."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bnsim.charts.template import jsonable, records
from bnsim.compare import Comparison
from bnsim.compare.tables import USUAL, measures_of, references_of
from bnsim.compare.view import View
from bnsim.experiment import Result
from bnsim.scenario.scenario import ScenarioSet

if TYPE_CHECKING:
    import pandas as pd

DEEP_OBJECT = re.compile(r"(?<=\n     ) *\{[^{}]*\}")
LINE_END = re.compile(r"\n *")


def record(scenarios: ScenarioSet, results: Mapping[str, Result]) -> dict[str, Any]:
    """Return scenarios with everything that was found for them.

    Parameters
    ----------
    scenarios : ScenarioSet
        Their order is kept; its own baseline is named, None where it names none.
    results : mapping of str to Result
        By name of the scenario.

    Returns
    -------
    dict
        experiment, baseline, and per scenario: name, params, readouts, tables (lists of rows).
    """
    found = [{"name": name, **result_record(results[name])} for name in scenarios.names]
    return {"experiment": scenarios.experiment, "baseline": scenarios.baseline, "scenarios": found}


def result_record(result: Result) -> dict[str, Any]:
    """Return one result: params, readouts, tables."""
    return {
        "params": result.params.model_dump(mode="json"),
        "readouts": {key: jsonable(value) for key, value in result.readouts.items()},
        "tables": {name: records(frame) for name, frame in result.tables.items()},
    }


def comparison_record(comparison: Comparison, view: View = USUAL) -> dict[str, Any]:
    """Return a comparison: as `record`, the baseline first, with only its rows, and the signed differences.

    What a view asks for besides stands beside these: ``percent`` and ``ratio``, and all of it against a second
    reference under ``second``.
    """
    found = []
    more = {
        (role, measure): measures_of(comparison, measure, name)
        for role, name in references_of(comparison, view).items()
        for measure in view.columns
        if (role, measure) != ("baseline", "difference")
    }
    for name in comparison.names:
        whole = result_record(comparison.results[name])
        params = {key: whole["params"][key] for key in comparison.inputs.index}
        readouts = {key: jsonable(comparison.outcomes.loc[key, name]) for key in comparison.outcomes.index}
        differences = {} if name == comparison.baseline else comparison.differences[name].to_dict()
        found.append(
            {
                "name": name,
                "params": params,
                "readouts": readouts,
                "differences": {str(key): jsonable(value) for key, value in differences.items()},
                **_measures(more, name),
                "tables": whole["tables"],
            }
        )
    return {"experiment": comparison.experiment, "baseline": comparison.baseline, "scenarios": found}


def _measures(frames: Mapping[tuple[str, str], pd.DataFrame], name: str) -> dict[str, Any]:
    """Return the measures of one scenario: those against the baseline by name, the others under "second"."""
    found: dict[str, Any] = {}
    for (role, measure), frame in frames.items():
        values = {str(key): jsonable(value) for key, value in frame[name].items()}
        place = found if role == "baseline" else found.setdefault(role, {})
        place[measure] = values
    return found


def to_json(found: object) -> str:
    """Return JSON text: every float by its shortest exact form, everything in ASCII, a row of a table on one line."""
    text = json.dumps(found, indent=1, allow_nan=False)
    # No string of JSON holds a line end, so only the layout can change.
    return DEEP_OBJECT.sub(lambda match: LINE_END.sub(" ", match[0]), text) + "\n"

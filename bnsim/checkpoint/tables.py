"""What was found as tables of pandas: the layers, the findings, and the channels of one layer."""

from typing import Any

import numpy as np
import pandas as pd

from bnsim.checkpoint.checks import gain_of
from bnsim.checkpoint.findings import Finding
from bnsim.checkpoint.inspection import Inspection
from bnsim.checkpoint.layers import Layer
from bnsim.checkpoint.wording import COMMAND, Ways, told
from bnsim.engine.arrays import Array

LAYERS = (
    "layer",
    "channels",
    "batches",
    "smallest_variance",
    "largest_variance",
    "smallest_gain",
    "largest_gain",
    "findings",
)
FINDINGS = ("finding", "layer", "severity", "sure", "count", "title", "text", "why", "do")


def layers_table(inspection: Inspection) -> pd.DataFrame:
    """Return one row for each batch norm layer.

    Columns: layer, channels, batches (missing without a counter), smallest_variance, largest_variance, smallest_gain,
    largest_gain, where gain is |γ| / √(σ² + ε) and NaN stands if none of the channels has one, and findings, their
    keys between blanks.
    """
    rows = [_layer_row(layer, inspection) for layer in inspection.layers]
    frame = pd.DataFrame(rows, columns=list(LAYERS))
    return frame.astype({"channels": "int64", "batches": "Int64"})


def findings_table(inspection: Inspection, ways: Ways = COMMAND) -> pd.DataFrame:
    """Return one row for each finding in words; severity and sure are keys, count is the number of channels."""
    rows = [_finding_row(finding, inspection, ways) for finding in inspection.findings]
    return pd.DataFrame(rows, columns=list(FINDINGS))


def channels_table(layer: Layer, inspection: Inspection) -> pd.DataFrame:
    """Return one row for each channel of a layer: channel, mean, var, gamma, beta, gain, findings."""
    findings = inspection.by_layer[layer.name]
    nothing = np.full(layer.channels, np.nan)
    keys = [[] for _ in range(layer.channels)]  # type: list[list[str]]
    for finding in findings:
        for channel in finding.channels:
            keys[channel].append(finding.key)
    return pd.DataFrame(
        {
            "channel": np.arange(layer.channels),
            "mean": layer.mean,
            "var": layer.var,
            "gamma": nothing if layer.gamma is None else layer.gamma,
            "beta": nothing if layer.beta is None else layer.beta,
            "gain": gain_of(layer, inspection.assumed.eps_of(layer)),
            "findings": [" ".join(each) for each in keys],
        }
    )


def _layer_row(layer: Layer, inspection: Inspection) -> tuple[Any, ...]:
    gain = gain_of(layer, inspection.assumed.eps_of(layer))
    keys = " ".join(finding.key for finding in inspection.by_layer[layer.name])
    batches = pd.NA if layer.batches is None else layer.batches
    return (layer.name, layer.channels, batches, *_range(layer.var), *_range(gain), keys)


def _range(values: Array) -> tuple[float, float]:
    """Return the smallest and the largest of what is no NaN."""
    return float(np.fmin.reduce(values)), float(np.fmax.reduce(values))


def _finding_row(finding: Finding, inspection: Inspection, ways: Ways) -> tuple[Any, ...]:
    words = told(finding, inspection, ways)
    return (
        finding.key, finding.layer, finding.severity.value, finding.sure.value, len(finding.channels),
        words.title, words.text, words.why, words.do,
    )  # fmt: skip

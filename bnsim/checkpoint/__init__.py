"""The checkpoint doctor: batch norm in a file of trained weights, read without PyTorch and without unpickling.

>>> from io import BytesIO
>>> from bnsim.checkpoint import inspect, source_of
>>> empty = BytesIO((2).to_bytes(8, "little") + b"{}")
>>> inspect(source_of(empty, "empty.safetensors")).without
'none'
"""

from bnsim.checkpoint.assuming import read_assumed
from bnsim.checkpoint.findings import SEVERITIES, Assumed, Finding, Severity, Sureness
from bnsim.checkpoint.inspection import Inspection, inspect
from bnsim.checkpoint.layers import Layer
from bnsim.checkpoint.source import APP_LIMITS, LIMITS, Limits, open_source, source_of
from bnsim.checkpoint.tables import channels_table, findings_table, layers_table
from bnsim.checkpoint.wording import Ways, answer, assumptions, told

__all__ = [
    "APP_LIMITS",
    "LIMITS",
    "SEVERITIES",
    "Assumed",
    "Finding",
    "Inspection",
    "Layer",
    "Limits",
    "Severity",
    "Sureness",
    "Ways",
    "answer",
    "assumptions",
    "channels_table",
    "findings_table",
    "inspect",
    "layers_table",
    "open_source",
    "read_assumed",
    "source_of",
    "told",
]

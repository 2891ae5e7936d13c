"""What visitors bring, read apart from the server: nothing here knows Streamlit."""

import io
from dataclasses import dataclass

from bnsim.activations import Batch, Report, activations_of, batch_of, counts_of, report_of
from bnsim.checkpoint import Assumed, Inspection, inspect, source_of
from bnsim.data.apart import LARGE, apart
from bnsim.data.npz import ZIP
from bnsim.engine.arrays import Array
from bnsim.engine.statistics.histograms import ChannelCounts

MOST_VALUES = 200
"""Values of a channel that a link to the transform page can hold, with all their digits."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What one reading of a file of activations gives.

    Attributes
    ----------
    report : Report
        Of every channel.
    batch : Batch
        What an autopsy needs.
    counts : ChannelCounts
        How the values of each channel are spread.
    values : array, shape (C, count), or None
        All numbers, if a channel has so few that a link can hold them.
    """

    report: Report
    batch: Batch
    counts: ChannelCounts
    values: Array | None


def look(content: bytes, name: str, axis: int | None, array: str, eps: float, groups: int) -> Seen:
    """Return what is found in activations.

    Raises
    ------
    InputError
        In plain sentences, if they cannot be read.
    """
    activations = activations_of(io.BytesIO(content), name, axis=axis, array=array)
    report = report_of(activations, eps=eps, groups=groups or None)
    values = None
    if report.profile.count <= MOST_VALUES:
        values = activations.all_values()
    batch = batch_of(activations, report.profile)
    return Seen(report, batch, counts_of(activations, report.profile), values)


def inspected(
    content: bytes, name: str, assumed: Assumed, other: bytes | None = None, other_name: str = ""
) -> Inspection:
    """Return what is found in a checkpoint, held against another one if there is one.

    Raises
    ------
    CheckpointError
        In plain sentences, if one of them cannot be read.
    """
    against = None if other is None else source_of(io.BytesIO(other), other_name)
    return inspect(source_of(io.BytesIO(content), name), assumed, against=against)


def look_aside(content: bytes, name: str, axis: int | None, array: str, eps: float, groups: int) -> Seen:
    """Return what `look` finds, in a process of its own if that may keep others waiting."""
    given = (content, name, axis, array, eps, groups)
    return apart(look, *given) if _is_large(content) else look(*given)


def inspect_aside(
    content: bytes, name: str, assumed: Assumed, other: bytes | None = None, other_name: str = ""
) -> Inspection:
    """Return what `inspected` finds, in a process of its own if that may keep others waiting."""
    given = (content, name, assumed, other, other_name)
    is_large = _is_large(content) or (other is not None and _is_large(other))
    return apart(inspected, *given) if is_large else inspected(*given)


def _is_large(content: bytes) -> bool:
    # A zip of a few bytes may hold millions.
    return len(content) > LARGE or content.startswith(ZIP)

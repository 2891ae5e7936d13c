"""What `bnsim inspect` was asked for: one file or two, and which findings make it fail."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bnsim.activations import Running, layer_of, running_of, typed_running
from bnsim.checkpoint import SEVERITIES, Assumed, Inspection, inspect, open_source, read_assumed
from bnsim.cli.speech import complain
from bnsim.errors import InputError, nearest
from bnsim.scenario.wording import shown_name

ANY = "any"


def assumed_of(eps: str | None, momentum: str | None = None) -> Assumed:
    """Return what was said of ε and momentum; how a number of a framework is read is said on stderr."""
    assumed, told = read_assumed(eps, momentum)
    complain(told, 0)
    return assumed


def inspected(file: Path, assumed: Assumed, against: Path | None) -> Inspection:
    """Return what is found in a file, held against another one if there is one; both are closed again."""
    with ExitStack() as stack:
        source = stack.enter_context(open_source(file))
        other = None if against is None else stack.enter_context(open_source(against))
        return inspect(source, assumed, against=other)


def require_known(unwanted: Sequence[str]) -> None:
    """Refuse what is the name of no finding."""
    problems = []
    for name in unwanted:
        if name in (*SEVERITIES, ANY):
            continue
        near = nearest(name, (*SEVERITIES, ANY))
        way_out = f"Did you mean {near}?" if near else f"There are {ANY}, {', '.join(SEVERITIES)}."
        problems.append(f"--fail-on must name a finding; got {shown_name(name)}. {way_out}")
    if problems:
        raise InputError(*problems)


def is_unwanted(inspection: Inspection, unwanted: Sequence[str]) -> bool:
    """Return whether something was found that shall not be."""
    return any(ANY in unwanted or finding.key in unwanted for finding in inspection.findings)


def running_for(
    channels: int,
    *,
    checkpoint: Path | None,
    layer: str,
    mean: str,
    var: str,
    eps: str | None,
    momentum: str | None,
    batch_size: int,
) -> Running:
    """Return the running statistics that an autopsy was asked for: of a layer in a checkpoint, or typed in."""
    assumed = assumed_of(eps, momentum)
    if checkpoint is not None and not mean and not var:
        inspection = inspected(checkpoint, assumed, None)
        return running_of(layer_of(inspection, channels, layer), assumed, batch_size, inspection.name)
    if mean and var and checkpoint is None:
        return typed_running(mean, var, channels, assumed, batch_size)
    raise InputError("autopsy must have --checkpoint FILE, or else --mean LIST and --var LIST; got something else.")

"""The checkpoint doctor: a file of trained weights, its batch norm layers, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bnsim.checkpoint.against import compare_layers, pairs_of, weights_differ
from bnsim.checkpoint.checks import check_layer
from bnsim.checkpoint.findings import Assumed, Finding
from bnsim.checkpoint.layers import NAMINGS, Layer, find_layers
from bnsim.checkpoint.reading import read_contents
from bnsim.checkpoint.source import Source
from bnsim.checkpoint.tensors import Tensor
from bnsim.once import kept

CONV_AXES = (3, 4, 5)
"""Of the weights of a convolution in one, two and three dimensions."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """What is in a file, and what was found.

    Attributes
    ----------
    name, form : str
        The file, fit to be shown, and its format: "safetensors", "torch", "onnx",
        "keras" or "hdf5".
    tensors : int
        How many there are in it.
    layers : tuple of Layer
        Its batch norm layers in order.
    findings : tuple of Finding
        What was found, layer by layer.
    assumed : Assumed
        ε and momentum as given.
    problems : tuple of str
        A sentence for each layer that cannot be read.
    without : str
        Why there is no batch norm layer: "folded", "other" or "none"; "" if there is one.
    against : str
        The file that it was held against; "" without.
    unmatched : tuple of str
        Layers that the other file has not.
    """

    name: str
    form: str
    tensors: int
    layers: tuple[Layer, ...]
    findings: tuple[Finding, ...]
    assumed: Assumed
    problems: tuple[str, ...] = ()
    without: str = ""
    against: str = ""
    unmatched: tuple[str, ...] = ()

    @kept
    def by_name(self) -> Mapping[str, Layer]:
        """The layers by their names."""
        return {layer.name: layer for layer in self.layers}

    @kept
    def by_layer(self) -> Mapping[str, tuple[Finding, ...]]:
        """What was found by the name of the layer; layers without findings are there, too."""
        found: dict[str, list[Finding]] = {layer.name: [] for layer in self.layers}
        for finding in self.findings:
            found[finding.layer].append(finding)
        return {name: tuple(findings) for name, findings in found.items()}


def inspect(source: Source, assumed: Assumed | None = None, *, against: Source | None = None) -> Inspection:
    """Return what a file of weights says about its batch norm layers; nothing in it is ever run.

    Parameters
    ----------
    source : Source
        The file, from `open_source` or `source_of`.
    assumed : Assumed, optional
        ε and momentum, which a state dict does not hold; the defaults of the framework without.
    against : Source, optional
        Another file of the same network: an averaged or fine-tuned copy, before or after.

    Raises
    ------
    CheckpointError
        In plain sentences, if a file is of another kind, damaged or too large, or holds what is never read.
    """
    assumed = assumed or Assumed()
    contents = read_contents(source)
    tensors = contents.tensors
    layers, problems = find_layers(contents, source.limits.values)
    findings = tuple(finding for layer in layers for finding in check_layer(layer, assumed))
    without = "" if layers or problems else _without(tensors)
    alone = Inspection(source.name, contents.form, len(tensors), layers, findings, assumed, problems, without)
    return alone if against is None else _compared(alone, tensors, against)


def _compared(alone: Inspection, tensors: Mapping[str, Tensor], against: Source) -> Inspection:
    other_contents = read_contents(against)
    others, problems = find_layers(other_contents, against.limits.values)
    moved = weights_differ(tensors, other_contents.tensors)
    pairs = pairs_of(alone.layers, others)
    differing = {layer.name: tuple(compare_layers(layer, other, alone.assumed, moved=moved)) for layer, other in pairs}
    findings = tuple(
        finding for layer in alone.layers for finding in (*alone.by_layer[layer.name], *differing.get(layer.name, ()))
    )
    matched = {layer.name for layer, _ in pairs}
    return replace(
        alone,
        findings=findings,
        problems=(*alone.problems, *(f"{against.name}: {problem}" for problem in problems)),
        against=against.name,
        unmatched=tuple(layer.name for layer in alone.layers if layer.name not in matched),
    )


def _without(tensors: Mapping[str, Tensor]) -> str:
    """Return what a file without batch norm layers looks like."""
    ends = tuple(f".{part}" for naming in NAMINGS for part in (naming.mean, naming.var))
    convolutions = [name for name, tensor in tensors.items() if len(tensor.shape) in CONV_AXES]
    biased = [name for name in convolutions if _bias_of(name) in tensors]
    scaled = [name for name, tensor in tensors.items() if len(tensor.shape) == 1 and not name.endswith((*ends, "bias"))]
    if scaled:
        return "other"
    return "folded" if convolutions and len(biased) == len(convolutions) else "none"


def _bias_of(name: str) -> str:
    head, point, _ = name.rpartition(".")
    return f"{head}{point}bias"

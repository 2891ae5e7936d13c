"""The commands for files of one's own: inspect, activations, autopsy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bnsim.cli.commands import main
from bnsim.cli.options import format_option, momentum_option

axis_option = click.option(
    "--axis", type=int, metavar="A",
    help="Which axis counts channels, from 0; without it is guessed, and said. Example: --axis 3",
)  # fmt: skip
array_option = click.option(
    "--array", default="", metavar="NAME", help="Which array of an NPZ file with several. Example: --array conv1"
)


@main.command(
    short_help="Look for trouble in the batch norm of a checkpoint.", epilog="Example: bnsim inspect model.safetensors"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--against", type=click.Path(path_type=Path), metavar="FILE",
    help="Hold it against another file of the same network: an averaged or fine-tuned copy, before or after. Example: "
    "--against before.pt",
)  # fmt: skip
@click.option("--eps", metavar="E", help="The ε of the model, which most files do not hold. Example: --eps 1e-3")
@momentum_option
@click.option(
    "--fail-on", "unwanted", multiple=True, metavar="FINDING",
    help="End with exit code 1 if this is found, or any with “any”; may be repeated. Example: --fail-on untouched",
)  # fmt: skip
@format_option("table", "json", "md")
def inspect(
    file: Path, against: Path | None, eps: str | None, momentum: str | None, unwanted: Sequence[str], form: str
) -> int:
    """Say what is wrong with the batch norm layers of FILE: .safetensors, .pt, .pth, .onnx, .keras, .h5.

    A file may have any size: only the tensors of batch norm layers are read. Nothing in it is run, and neither PyTorch
    nor Keras is needed.
    """
    from bnsim.cli.inspecting import assumed_of, inspected, is_unwanted, require_known
    from bnsim.exports.checkpoint import inspection_record, inspection_report
    from bnsim.exports.record import to_json
    from bnsim.exports.report import MARKDOWN, PLAIN

    require_known(unwanted)
    found = inspected(file, assumed_of(eps, momentum), against)
    if form == "json":
        click.echo(to_json(inspection_record(found)), nl=False)
    else:
        click.echo(inspection_report(found, MARKDOWN if form == "md" else PLAIN), nl=False)
    return 1 if is_unwanted(found, unwanted) else 0


@main.command(
    short_help="Look at every channel of activations.", epilog="Example: bnsim activations activations.npy --axis 1"
)
@click.argument("file", type=click.Path(path_type=Path))
@axis_option
@array_option
@click.option("--eps", metavar="E", help="The ε of the norms; without, 1e-5. Example: --eps 1e-3")
@click.option("--groups", type=int, metavar="G", help="Of group norm; without, up to 32 that fit. Example: --groups 4")
@format_option("table", "json", "md")
def activations(file: Path, axis: int | None, array: str, eps: str | None, groups: int | None, form: str) -> None:
    """Say what is odd about the channels of FILE, and what each norm makes of them.

    FILE is CSV (columns are channels), NPY or NPZ of shape (N,), (N, C), (N, C, L) or (N, C, H, W), of any size: it is
    read in parts.
    """
    from bnsim.activations import open_activations, report_of
    from bnsim.activations.profile import EPS
    from bnsim.cli.inspecting import assumed_of
    from bnsim.exports.activations import activations_record, activations_report
    from bnsim.exports.record import to_json
    from bnsim.exports.report import STYLES

    chosen = assumed_of(eps).eps or EPS  # an ε of 0 is refused
    with open_activations(file, axis=axis, array=array) as found:
        report = report_of(found, eps=chosen, groups=groups)
    text = to_json(activations_record(report)) if form == "json" else activations_report(report, STYLES[form])
    click.echo(text, nl=False)


@main.command(
    short_help="Good in training mode, bad in eval mode?",
    epilog="Example: bnsim autopsy activations.npy --checkpoint model.safetensors",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), metavar="FILE",
    help="Where the running statistics are: .safetensors, .pt, .pth, .onnx, .keras or .h5. Example: "
    "--checkpoint model.pt",
)  # fmt: skip
@click.option(
    "--layer", default="", metavar="NAME",
    help="Which layer of it; without, the only one with as many channels. Example: --layer layer1.0.bn1",
)  # fmt: skip
@click.option("--mean", default="", metavar="LIST", help="Running means, instead. Example: --mean 0.1,0.4,0")
@click.option("--var", default="", metavar="LIST", help="Running variances, instead. Example: --var 1.1,0.9,1")
@axis_option
@array_option
@click.option("--eps", metavar="E", help="The ε of the layer. Example: --eps 1e-3")
@momentum_option
@click.option(
    "--batch-size", type=int, default=32, show_default=True, metavar="B",
    help="Examples in each batch of the training. Example: --batch-size 256",
)  # fmt: skip
@click.option(
    "--from", "origin", type=click.Choice(["unknown", "new", "training"]), default="unknown", show_default=True,
    help="Where the activations come from, which tells stale statistics from shifted data. Example: --from training",
)  # fmt: skip
@format_option("table", "json", "md")
def autopsy(file: Path, axis: int | None, array: str, origin: str, form: str, **asked: Any) -> None:
    """Hold activations before a batch norm layer, FILE, against its running statistics.

    Each channel is tested for a shift of its mean and a change of its variance, counting examples and corrected for
    the number of tests. FILE is what `bnsim activations` reads.
    """
    from bnsim.activations import Origin, autopsy, batch_of, open_activations
    from bnsim.cli.inspecting import running_for
    from bnsim.exports.activations import autopsy_record, autopsy_report
    from bnsim.exports.record import to_json
    from bnsim.exports.report import STYLES

    with open_activations(file, axis=axis, array=array) as found:
        running = running_for(found.channels, **asked)
        result = autopsy(batch_of(found), running, Origin(origin))
    text = to_json(autopsy_record(result)) if form == "json" else autopsy_report(result, STYLES[form])
    click.echo(text, nl=False)

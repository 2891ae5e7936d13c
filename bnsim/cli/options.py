"""Options that several commands have."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def format_option(*formats: str) -> Callable[[Command], Command]:
    """Return the option --format with the formats a command knows; the first is the default."""
    return click.option(
        "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True,
        help="How to print. Example: --format json",
    )  # fmt: skip


set_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE",
    help="Set a parameter, in every scenario; may be repeated. Numbers of your own come from a CSV, NPY or NPZ file: "
    "values=@FILE or values=@FILE:COLUMN; before the @ may stand leave-out, header, no-header, decimal-comma, "
    "decimal-point or flat. A momentum or an eps may name the framework that means it so: momentum='0.99, Keras'. "
    "Example: --set std=0.01 --set x=3.02",
)  # fmt: skip


momentum_option = click.option(
    "--momentum", metavar="M",
    help="The momentum of the model, as the weight of the new batch, or with the framework that means it so: "
    "'0.99, Keras'. Example: --momentum 0.01",
)  # fmt: skip


vary_option = click.option(
    "--vary", "asked", multiple=True, metavar="NAME=VALUES",
    help="Vary a parameter over a list, a,b,c, or a range, low:high:count, in equal steps or, with :log, in equal "
    "ratios; twice for a grid of two. Example: --vary std=0.001:10:25:log",
)  # fmt: skip


dask_option = click.option(
    "--dask", "address", metavar="ADDRESS",
    help="Let a Dask cluster do slow work: the address of its scheduler. Without it long sweeps use all processors of "
    "this machine. Example: --dask tcp://10.0.0.5:8786",
)  # fmt: skip


workers_option = click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N",
    help="Let N processes of this machine do the work. Example: --workers 4",
)  # fmt: skip

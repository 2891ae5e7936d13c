"""How the command line answers: in plain sentences, with exit code 2 for bad input and 1 for a fault of ours."""

import io
import os
import sys
from collections.abc import Iterable
from typing import IO, Any

import click

from bnsim.errors import BnsimError, InputError


class Fault(click.ClickException):
    """Ends a command with one sentence a line on stderr: something of ours is missing."""

    exit_code = 1

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentences."""
        click.echo(self.format_message(), file=file, err=file is None)


class Refusal(Fault):
    """The input is at fault."""

    exit_code = 2


class PlainSpeech(click.Group):
    """A group of commands that answers every problem in plain sentences; a command may return its exit code."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the arguments of the group itself."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise Refusal(_sentence(error)) from None

    def invoke(self, ctx: click.Context) -> None:
        """Run a command; a reader that has seen enough (`bnsim run ... | head`) is not an error."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without γ still shows everything else
        try:
            code = super().invoke(ctx)
        except click.UsageError as error:
            raise Refusal(_sentence(error)) from None
        except InputError as error:
            raise Refusal(*error.problems) from None
        except BnsimError as error:
            raise Fault(*error.problems) from None
        except BrokenPipeError:
            code = _stop_printing()
        ctx.exit(code)


def _sentence(error: click.UsageError) -> str:
    message = " ".join(error.format_message().split())
    message = message if message.endswith((".", "?")) else f"{message}."
    return f"{message} See: {error.ctx.command_path} --help" if error.ctx else message


def complain(problems: Iterable[str], code: int) -> int:
    """Print sentences to stderr, and return an exit code."""
    for problem in problems:
        click.echo(problem, err=True)
    return code


def _stop_printing() -> int:
    # What is still in the buffer must go somewhere when Python flushes it at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0

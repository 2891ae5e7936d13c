"""The command line, `bnsim`: its commands, what a person asks for in words, and how far slow work is."""

from bnsim.cli import yours
from bnsim.cli.commands import main

__all__ = ["main", "yours"]

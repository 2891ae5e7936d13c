"""Reading a pickle without unpickling: its instructions are followed on paper, and nothing that it names is called.

A pickle is a program for a small machine. This one knows the instructions that make numbers, texts, lists, tuples and
dictionaries, and keeps every name of a class or function as a name. Of the few names that PyTorch writes into a state
dict it knows what they would have made (`Made`); every other name is refused, all of them at once.
"""

import pickletools
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from bnsim.checkpoint.machine import ACTS, Damaged, Machine, Make
from bnsim.errors import CheckpointError

OPCODES: Mapping[str, pickletools.OpcodeInfo] = {opcode.code: opcode for opcode in pickletools.opcodes}
"""What `pickletools.genops` reads by; here an instruction is refused before what belongs to it is read."""


def read_pickle(
    raw: bytes, name: str, known: Mapping[str, Make | None], persistent: Make, opcodes: int
) -> tuple[Any, int]:
    """Return what a pickle describes, and where it ends.

    Parameters
    ----------
    raw : bytes
        The pickle; something may follow it.
    name : str
        What the file is called in messages.
    known, persistent
        As for `Machine`.
    opcodes : int
        How many instructions are followed.

    Raises
    ------
    CheckpointError
        If it is damaged or too long, uses an instruction that no state dict needs, or names what is not known.
    """
    machine, file = Machine(known, persistent), BytesIO(raw)
    try:
        value = _followed(machine, file, name, opcodes)
    except (Damaged, ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        if machine.foreign:
            raise _refused(machine, name) from None
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{name} must be a whole file of weights; its pickle is damaged.") from None
    if machine.foreign:
        raise _refused(machine, name)
    return value, file.tell()


def _followed(machine: Machine, file: BytesIO, name: str, opcodes: int) -> Any:
    for _ in range(opcodes):
        opcode = OPCODES[file.read(1).decode("latin-1")]
        act = ACTS.get(opcode.name)
        if act is None:
            raise CheckpointError(
                f"{name} must be a state dict; its pickle uses the instruction {opcode.name}, which none needs."
            )
        argument = _argument(opcode, file)
        if opcode.name == "STOP":
            return machine.pop()
        act(machine, argument)
    raise CheckpointError(f"{name} must be described by at most {opcodes} pickle instructions; it has more.")


def _argument(opcode: pickletools.OpcodeInfo, file: BytesIO) -> Any:
    if opcode.name == "GLOBAL":
        # pickletools would read escapes such as \x41 in a name, and warn of others; pickle itself does neither.
        return b".".join(file.readline().rstrip(b"\n") for _ in range(2)).decode("utf-8")
    return opcode.arg.reader(file) if opcode.arg else None


def _refused(machine: Machine, name: str) -> CheckpointError:
    names = [f'"{_printable(text)}"' for text in machine.foreign]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return CheckpointError(
        f"{name} must hold only tensors, dictionaries, lists and numbers; it names {', '.join(names[:5])}{more}, which "
        "bnsim never runs. Save the state dict alone: torch.save(model.state_dict(), FILE)."
    )


def _printable(text: str, most: int = 60) -> str:
    line = "".join(character if character.isprintable() else " " for character in text[:most])
    return line if len(text) <= most else f"{line[: most - 1]}…"

"""The small machine that a pickle is a program for, on paper: it keeps names as names and never calls anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST_KEY = 1_000
"""Characters: to compare two keys takes the longer the longer they are."""

MOST_DIGITS = 32
"""Bytes of a whole number."""


@dataclass(frozen=True)
class Name:
    """A class or function that a pickle names: never imported, never called."""

    text: str


@dataclass(frozen=True, eq=False)
class Opaque:
    """Something that is not looked into."""


class Damaged(Exception):  # noqa: N818 - never seen outside this room
    """The instructions make no sense."""


class _Mark:
    """Where the values of a list, tuple or dictionary begin on the stack."""


MARK = _Mark()
Make = Callable[[tuple[Any, ...]], Any]
Call = Callable[["Machine", Any], None]


@dataclass
class Machine:
    """The state of the machine that a pickle is a program for.

    Attributes
    ----------
    known : mapping
        What each name would have made of its arguments; names that are only named have None.
    persistent : callable
        What stands for something outside of the pickle, from what the pickle says of it.
    """

    known: Mapping[str, Make | None]
    persistent: Make
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    foreign: dict[str, None] = field(default_factory=dict)

    def pop(self) -> Any:
        """Return the topmost value, which no mark may be."""
        if not self.stack or self.stack[-1] is MARK:
            raise Damaged
        return self.stack.pop()

    def top(self, kind: type) -> Any:
        """Return the topmost value without taking it; it must be of a kind."""
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise Damaged
        return self.stack[-1]

    def since_mark(self) -> list[Any]:
        """Return all values since the last mark."""
        at = len(self.stack) - 1
        while at >= 0 and self.stack[at] is not MARK:
            at -= 1
        if at < 0:
            raise Damaged
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values

    def name(self, text: str) -> Name:
        """Return a name; one that is not known is noted."""
        if text not in self.known:
            self.foreign.setdefault(text)
        return Name(text)

    def called(self, function: Any, arguments: Any) -> Any:
        """Return what a known name would have made, else something that is not looked into."""
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise Damaged
        make = self.known.get(function.text)
        return Opaque() if make is None else make(arguments)

    def set_items(self, target: Any, pairs: list[Any]) -> None:
        """Put keys and values, one after the other, into a dictionary."""
        if len(pairs) % 2:
            raise Damaged
        if isinstance(target, Opaque):
            return
        if not isinstance(target, dict):
            raise Damaged
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            target[_key(key)] = value


def _key(key: Any) -> Any:
    """Return a key that is quickly hashed and compared; another kind of key is one that nobody asks for."""
    if isinstance(key, str):
        return key if len(key) <= LONGEST_KEY else Opaque()
    return key if isinstance(key, bool | int | float | Name) or key is None else Opaque()


def _push(machine: Machine, value: Any) -> None:
    machine.stack.append(value)


def _push_whole(machine: Machine, value: int) -> None:
    if value.bit_length() > 8 * MOST_DIGITS:
        raise Damaged
    machine.stack.append(value)


def _push_text(machine: Machine, value: Any) -> None:
    machine.stack.append(value if isinstance(value, str) else value.decode("latin-1"))


def _pushes(make: Callable[[], Any]) -> Call:
    return lambda machine, _: machine.stack.append(make())


def _tuple_of(count: int) -> Call:
    def act(machine: Machine, _: Any) -> None:
        values = [machine.pop() for _ in range(count)]
        machine.stack.append(tuple(reversed(values)))

    return act


def _collect(make: Callable[[list[Any]], Any]) -> Call:
    return lambda machine, _: machine.stack.append(make(machine.since_mark()))


def _dictionary(machine: Machine, _: Any) -> None:
    pairs = machine.since_mark()
    table: dict[Any, Any] = {}
    machine.set_items(table, pairs)
    machine.stack.append(table)


def _pop(machine: Machine, _: Any) -> None:
    if not machine.stack:
        raise Damaged
    machine.stack.pop()


def _pop_mark(machine: Machine, _: Any) -> None:
    machine.since_mark()


def _duplicate(machine: Machine, _: Any) -> None:
    machine.stack.append(machine.top(object))


def _append(machine: Machine, _: Any) -> None:
    value = machine.pop()
    machine.top(list).append(value)


def _append_all(machine: Machine, _: Any) -> None:
    values = machine.since_mark()
    machine.top(list).extend(values)


def _set_item(machine: Machine, _: Any) -> None:
    value, key = machine.pop(), machine.pop()
    machine.set_items(machine.top(object), [key, value])


def _set_items(machine: Machine, _: Any) -> None:
    pairs = machine.since_mark()
    machine.set_items(machine.top(object), pairs)


def _put(machine: Machine, place: int) -> None:
    machine.memo[place] = machine.top(object)


def _memoize(machine: Machine, _: Any) -> None:
    machine.memo[len(machine.memo)] = machine.top(object)


def _get(machine: Machine, place: int) -> None:
    machine.stack.append(machine.memo[place])


def _global(machine: Machine, argument: str) -> None:
    machine.stack.append(machine.name(argument))


def _stack_global(machine: Machine, _: Any) -> None:
    name, module = machine.pop(), machine.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise Damaged
    machine.stack.append(machine.name(f"{module[:LONGEST_KEY]}.{name[:LONGEST_KEY]}"))


def _call(machine: Machine, _: Any) -> None:
    arguments, function = machine.pop(), machine.pop()
    machine.stack.append(machine.called(function, arguments))


def _build(machine: Machine, _: Any) -> None:
    # The state of an OrderedDict is `_metadata`, versions of modules; of a name that is refused it does not matter.
    machine.pop()
    machine.top(object)


def _persistent(machine: Machine, _: Any) -> None:
    machine.stack.append(machine.persistent(machine.pop()))


def _nothing(machine: Machine, argument: Any) -> None:
    """Do nothing: the version of the format, or how long a part is."""


ACTS: Mapping[str, Call] = {
    "PROTO": _nothing, "FRAME": _nothing, "STOP": _nothing,
    "NONE": _pushes(lambda: None), "NEWTRUE": _pushes(lambda: True), "NEWFALSE": _pushes(lambda: False),
    "BININT": _push, "BININT1": _push, "BININT2": _push, "LONG1": _push_whole, "BINFLOAT": _push,
    "SHORT_BINUNICODE": _push, "BINUNICODE": _push, "BINUNICODE8": _push,
    "SHORT_BINSTRING": _push_text, "BINSTRING": _push_text, "SHORT_BINBYTES": _push, "BINBYTES": _push,
    "MARK": _pushes(lambda: MARK), "POP": _pop, "POP_MARK": _pop_mark, "DUP": _duplicate,
    "EMPTY_LIST": _pushes(list), "LIST": _collect(list), "APPEND": _append, "APPENDS": _append_all,
    "EMPTY_TUPLE": _pushes(tuple), "TUPLE": _collect(tuple),
    "TUPLE1": _tuple_of(1), "TUPLE2": _tuple_of(2), "TUPLE3": _tuple_of(3),
    "EMPTY_DICT": _pushes(dict), "DICT": _dictionary, "SETITEM": _set_item, "SETITEMS": _set_items,
    "BINPUT": _put, "LONG_BINPUT": _put, "MEMOIZE": _memoize, "BINGET": _get, "LONG_BINGET": _get,
    "GLOBAL": _global, "STACK_GLOBAL": _stack_global, "REDUCE": _call, "NEWOBJ": _call, "BUILD": _build,
    "BINPERSID": _persistent,
}  # fmt: skip
"""What each instruction does; those that are not here are refused by name."""

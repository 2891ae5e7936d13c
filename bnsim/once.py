"""Made once and kept, whichever threads ask: what all visitors share, and the parts of one result.

`functools.cache` lets every thread that asks before the first has finished do the same work, and
`functools.cached_property` of Python 3.11 lets all instances wait for one lock. Here who asks for the same thing waits
for it, and nobody else does.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import update_wrapper
from threading import Lock, RLock
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

Asked = ParamSpec("Asked")
Made = TypeVar("Made")


class once(Generic[Asked, Made]):  # noqa: N801 - a decorator
    """Make what a function returns once for each of its arguments, and keep all of it.

    What raises is not kept: the next who asks tries again.
    """

    def __init__(self, make: Callable[Asked, Made]) -> None:
        self._make = make
        self._kept: dict[Hashable, Made] = {}
        self._locks: dict[Hashable, RLock] = {}
        self._guard = Lock()
        update_wrapper(self, make)

    def __call__(self, *given: Asked.args, **named: Asked.kwargs) -> Made:
        """Return what was made, or make it while others who want the same wait."""
        key = given, tuple(named.items())
        if key in self._kept:
            return self._kept[key]
        with self._guard:
            lock = self._locks.setdefault(key, RLock())
        with lock:
            if key not in self._kept:
                self._kept[key] = self._make(*given, **named)
            return self._kept[key]

    def cache_clear(self) -> None:
        """Forget everything, as `functools.cache` does."""
        self._kept.clear()


class kept(Generic[Made]):  # noqa: N801 - a decorator
    """A property that is made when first asked for, and then kept by its instance; nobody waits.

    Threads that ask one instance at once may each make it. It is `functools.cached_property` as Python 3.12 has it.
    """

    def __init__(self, make: Callable[[Any], Made]) -> None:
        self._make, self.__doc__ = make, make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Made: ...
    def __get__(self, instance: object | None, owner: type) -> Self | Made:
        """Make the value; Python asks here only while the instance has none of that name."""
        return self if instance is None else self._made(instance)

    def _made(self, instance: object) -> Made:
        # The dictionary also of a frozen dataclass. What is there stays: all threads shall hold the same.
        made: Made = instance.__dict__.setdefault(self._name, self._make(instance))
        return made


class kept_once(kept[Made]):  # noqa: N801 - a decorator
    """A kept property that is made once whichever threads ask; they wait for those of this very instance only.

    All such properties of an instance share a lock, so that one may be made of another. The instance keeps the lock,
    so it cannot be sent to another process.
    """

    def _made(self, instance: object) -> Made:
        values = instance.__dict__
        with values.setdefault("_making", RLock()):
            made: Made = values[self._name] if self._name in values else super()._made(instance)
            return made

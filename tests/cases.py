"""Many cases of one fact as one test: a test of its own for each would cost more than the case itself."""

import inspect
import reprlib
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any


class Noted:
    """Says of which case an error is, whatever the error."""

    def __init__(self, case: str) -> None:
        self.case = case

    def __enter__(self) -> None:
        """Begin the case."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            error.add_note(f"where {self.case}")


Test = Callable[..., None]


def together(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """Run a test with each case, as `pytest.mark.parametrize` would; all that are not so are told together.

    What a test gets of pytest it gets once for all cases: this is for those that only compute.
    """
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    every = [dict(zip(keys, case if len(keys) > 1 else (case,), strict=True)) for case in cases]
    assert every, "there is no case"

    def decorate(test: Test) -> Test:
        @wraps(test)
        def of_all(*given: Any, **fixtures: Any) -> None:
            failures = []
            for case in every:
                said = ", ".join(f"{name} = {reprlib.repr(value)}" for name, value in case.items())
                try:
                    with Noted(said):
                        test(*given, **fixtures, **case)
                except AssertionError as error:
                    failures.append(f"where {said}: {error}")
            assert not failures, "\n".join([f"{len(failures)} of {len(every)} cases", *failures])

        left = [each for name, each in inspect.signature(test).parameters.items() if name not in keys]
        assert len(left) + len(keys) == len(inspect.signature(test).parameters), "the test takes no such case"
        of_all.__signature__ = inspect.Signature(left)  # type: ignore[attr-defined]
        return of_all

    return decorate

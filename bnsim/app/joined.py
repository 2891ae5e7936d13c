"""What a control's release changes is drawn in one run, where Streamlit would take two.

A browser asks for the fragment that holds a control: what follows the controls is another one. Streamlit lets the
control's callback ask for it, ends the run, and begins anew, with all the messages that a run takes. So a request for
such a fragment asks for what follows it from the start.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Protocol

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bnsim.app.hooks import module, put

BOX, FOLLOWING, STANDING, PICTURE = "controls.", "following", "standing", "picture"
"""How the keys of the fragments begin that hold controls, and the keys of those that follow them, where they are."""

WISH, TAKE = "request_rerun", "request_rerun"
"""What Streamlit calls in a session for what a browser asks for, and then for what is to be run."""

REQUESTS = "streamlit.runtime.scriptrunner_utils.script_requests"
"""Where the latter is."""

BESIDE: ContextVar[tuple[str, ...]] = ContextVar("beside", default=())
"""The fragments that are to be drawn before the one that is asked for."""


class Request(Protocol):
    """What is needed of what a browser asks for."""

    fragment_id: str


def join() -> None:
    """Draw what follows a control in the same run from now on; where it cannot be done, it takes two as before."""
    if put(getattr(module(REQUESTS), "ScriptRequests", None), TAKE, with_those_beside):
        put(AppSession, WISH, with_what_follows)


def with_what_follows(wish: Callable[..., Any]) -> Callable[..., Any]:
    """Return what asks for what follows a control beside the fragment that holds it."""

    def begin(session: Any, request: Request | None, *given: Any, **named: Any) -> Any:
        with beside(what_follows(session, request.fragment_id) if request else ()):
            return wish(session, request, *given, **named)

    return begin


def what_follows(session: Any, fragment: str) -> tuple[str, ...]:
    """Return the fragments that follow a control in another one; none where that holds no controls."""
    storage = getattr(session, "_fragment_storage", None)
    keys: Mapping[str, str] = getattr(storage, "_target_key_by_id", {})
    asked = keys.get(fragment, "")
    after = (STANDING, FOLLOWING) if asked.startswith(BOX) else (STANDING,) if asked == FOLLOWING else ()
    return tuple(each for wanted in after for each, key in list(keys.items()) if key == wanted)


@contextmanager
def beside(fragments: tuple[str, ...]) -> Iterator[None]:
    """Have these drawn before what is asked for meanwhile."""
    before = BESIDE.set(fragments)
    try:
        yield
    finally:
        BESIDE.reset(before)


def with_those_beside(take: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return what takes a request for one fragment as one for those beside it, too."""

    def taken(requests: Any, data: Any) -> bool:
        if data.fragment_id and BESIDE.get():
            data = replace(data, fragment_id=None, fragment_id_queue=[*BESIDE.get(), data.fragment_id])
        return take(requests, data)

    return taken


def are_drawn(fragments: list[str]) -> bool:
    """Return whether this run draws the fragments of these keys anyway; False where Streamlit keeps no keys."""
    context = get_script_run_ctx()
    if context is None:
        return False
    now = context.fragment_ids_this_run or []
    keys: Mapping[str, str] = getattr(context.fragment_storage, "_target_key_by_id", {})
    return set(fragments) <= {keys.get(each) for each in now}

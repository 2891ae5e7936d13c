"""What a run or a visitor leaves behind is let go at its end, not when somebody searches for it.

Streamlit draws every release in a thread of its own. At its end the thread, what it drew by and the visitor's values
hold each other in a ring, which only a search through all objects finds: nearly all that such a search was for, and it
holds up everybody. Sessions of visitors who have left are kept for two minutes, and then until somebody else leaves.
"""

import threading
from collections.abc import Callable
from typing import Any

from streamlit import runtime
from streamlit.runtime.scriptrunner import ScriptRunner

from bnsim.app.hooks import module, put

THREAD = "_run_script_thread"
"""What Streamlit does in the thread of a release, from its beginning to its end."""

CONTEXT, CONTEXT_NAME = "streamlit.runtime.scriptrunner_utils.script_run_context_attr", "SCRIPT_RUN_CONTEXT_ATTR_NAME"
"""Where Streamlit says under which name a thread holds what it draws by."""

VALUES, ASKS = "_session_state", "_yield_callback"
"""Where what draws keeps the visitor's values, and where they keep whom they ask whether to go on drawing."""

SESSIONS, LISTED, LEFT = "_session_mgr", "list_sessions", ("_session_storage", "_cache")
"""Where the server has its sessions, what tells all of them, and where, by way of these, it keeps those of visitors who
have left."""


def let_go() -> None:
    """Let go of what a run leaves behind from now on; where it cannot be done, it is found as before."""
    put(ScriptRunner, THREAD, without_ring)


def without_ring(draw: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return what lets go of its thread's context, and its values of it, when all is drawn."""

    def drawing(runner: Any) -> None:
        try:
            draw(runner)
        finally:
            vars(threading.current_thread()).pop(getattr(module(CONTEXT), CONTEXT_NAME, ""), None)
            values = getattr(runner, VALUES, None)
            if hasattr(values, ASKS):
                # Not by setattr: what is set of the values themselves is one more value of the visitor's.
                object.__setattr__(values, ASKS, go_on)

    return drawing


def go_on() -> None:
    """Go on: of a run that has ended nothing is to be stopped."""


def forget_who_left() -> bool:
    """Let the sessions go that can no longer be taken up again, and return whether there were any.

    Call it where Streamlit itself takes them up and puts them away: in the server's event loop.
    """
    kept = sessions()
    for name in LEFT:
        kept = getattr(kept, name, None)
    expire = getattr(kept, "expire", None)
    return bool(expire()) if callable(expire) else False


def is_deserted() -> bool:
    """Return whether nobody is here, and nobody left so lately that their session may be taken up again."""
    listed = getattr(sessions(), LISTED, None)
    return callable(listed) and not listed()


def sessions() -> Any:
    """Return where the server has its sessions; None if it has none."""
    return getattr(runtime.get_instance() if runtime.exists() else None, SESSIONS, None)

"""The runs of all visitors take turns: of each page that is drawn, or part of one, for whomever it is.

Streamlit draws for every visitor in a thread of their own. Two hundred students on all pages waited 4 seconds for
each answer while a third of the processor idled, so often did the threads wait for each other; in turns, 0.2 to 0.8.
"""

from collections.abc import Callable
from typing import Any

from streamlit.runtime.scriptrunner import ScriptRunner

from bnsim.app.hooks import put
from bnsim.work.turns import Turns

LONGEST = 0.1
"""Seconds after which the next visitor's run begins beside one that is not done: most take a tenth of that."""

TURNS = Turns(LONGEST)
RUN = "_run_script"
"""What Streamlit calls for each run; it offers no place of its own for this. Where it is called otherwise one day, all
run at once as before."""


def take_turns() -> None:
    """Let all runs of this process take turns from now on."""
    put(ScriptRunner, RUN, in_turn)


def in_turn(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a run that waits for its turn."""

    def waiting(*given: Any, **named: Any) -> Any:
        with TURNS.taken():
            return run(*given, **named)

    return waiting

"""The sliders that are watched while they move: one component draws all of them."""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import streamlit as st

from bnsim.charts.template import Template
from bnsim.once import once
from bnsim.scenario.params import FieldSpec

HERE = Path(__file__).parent


def code(name: str) -> str:
    """Return a file of ours without indentation, empty lines and comments: the browser gets it with every page."""
    lines = (line.strip() for line in (HERE / name).read_text("utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


WORD = re.compile(r"[A-Za-z_]\w*")

HTML = '<div class="bn-controls"></div>'

STYLE, CODE = code("live.css"), code("live.js")
"""What all sliders need. A component's code is sent again with every release: this comes once, with the page (see
`address`), and the component itself only calls it, as soon as it is there."""

CALL = """export default (given) => {
const call = () => (window.bnsimLive ? window.bnsimLive(given) : setTimeout(call, 10));
call();
}"""

# Registered when this module is imported: in the script body it would cost milliseconds on every rerun.
draw = st.components.v2.component(
    "bnsim_live_controls",
    html=HTML,
    js=CALL,
    isolate_styles=False,  # the charts listen to the page itself, and the controls take its colours
)


def item(spec: FieldSpec, value: object, *, locked: bool = False) -> dict[str, object]:
    """Return what the browser needs to know of one slider."""
    low, high, step = spec.control.slider or (spec.low, spec.high, 1)
    return {
        "name": spec.name,
        "label": spec.control.label,
        "symbol": spec.control.symbol,
        "help": spec.control.help,
        "min": low,
        "max": high,
        "step": step,
        "low": spec.low,
        "high": spec.high,
        "whole": spec.kind == "integer",
        "rule": spec.rule(),
        "value": value,
        **({"locked": True} if locked else {}),
    }


@once
def needed(template: Template, expressions: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the named parameters of a picture that some expressions need, directly or not, in their order."""
    named = [(each["name"], each["expr"]) for each in template.spec["params"] if "expr" in each]
    wanted = set(WORD.findall(" ".join(expressions))) | {"moved", "thumb", "at"}
    for name, expression in reversed(named):
        if name in wanted:
            wanted |= set(WORD.findall(expression))
    return [(name, expression) for name, expression in named if name in wanted]


def live_sliders(
    key: str,
    specs: list[FieldSpec],
    values: Mapping[str, object],
    epoch: int,
    released: Callable[[object], None],
    live: Mapping[str, object] | None,
    locked: Collection[str] = (),
) -> None:
    """Draw the sliders; call `released` with {name: value, ..., "epoch": ...} when one is let go.

    Parameters
    ----------
    key : str
        Identity of this set of sliders.
    specs, values : list of FieldSpec, mapping
        The numeric parameters and their values as Python knows them.
    epoch : int
        Raised whenever Python itself changes a value; the browser then takes Python's values over.
    released : callable
        Receives what the browser holds, which can be anything; the caller compares the epoch.
    live : mapping, optional
        How the numbers beside the picture follow the thumb: "parameters" (name and expression, in order), "numbers"
        (expressions by name, in which ``sweep('column')`` is the number of a sweep where the thumb is), "state" and
        "sweep", the row of data that they read, and the columns (see `short_values`). Empty where they do not follow;
        None where another set of sliders of the page says it.
    locked : collection of str
        Those that are shown and cannot be moved.
    """

    def heard() -> None:
        said = st.session_state.get(key)
        released(said.get("values") if isinstance(said, Mapping) else None)

    # Tuples: Streamlit looks through lists and dictionaries for what might be a table, and takes as long as all that is
    # drawn here.
    items = tuple(item(spec, values[spec.name], locked=spec.name in locked) for spec in specs)
    draw(
        data={"epoch": epoch, "items": items, "live": () if live is None else (live,)},
        default={"values": None},
        key=key,
        on_values_change=heard,
    )

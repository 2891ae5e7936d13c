"""What makes the numbers of a text live: fields move the page's sliders, and links lead on within the visit."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import streamlit as st

from bnsim.app.live import code
from bnsim.learn.targets import Target

NOTHING: Mapping[str, object] = MappingProxyType({})

# Registered when this module is imported, as the sliders are. The style takes the component's empty place away.
draw = st.components.v2.component(
    "bnsim_living",
    html='<div class="bn-living"></div>',
    css=code("living.css"),
    js=code("living.js"),
    isolate_styles=False,
)


def living(
    key: str, targets: Sequence[Target], numbers: Mapping[str, object] = NOTHING, values: Mapping[str, object] = NOTHING
) -> None:
    """Let the browser write the numbers of a text, and go where its links lead.

    Parameters
    ----------
    key : str
        Identity of the text.
    targets : sequence of Target
        Where the links lead, by what they say of their place (``data-go``).
    numbers : mapping of str to str
        By name and form, what the numbers of the text are now; written where no thumb has moved on meanwhile.
    values : mapping of str to value
        The parameters that they belong to.
    """
    said = draw(data={"numbers": dict(numbers), "values": dict(values)}, key=key, on_go_change=hear)
    chosen = said.get("go")
    # What comes from a browser can be anything.
    if isinstance(chosen, int) and not isinstance(chosen, bool) and 0 <= chosen < len(targets):
        target = targets[chosen]
        st.switch_page(st.session_state["bnsim.all"][target.page], query_params=dict(target.query))


def hear() -> None:
    """Take notice of a link: a callback cannot lead to another page, so it is followed where it is drawn."""

"""The page "Check yours": activations and checkpoints, what is found in each, and one held against the other."""

from collections.abc import Mapping

import streamlit as st

from bnsim.activations import APP_LIMITS as OF_ACTIVATIONS
from bnsim.app import address, text
from bnsim.app.check.activations import activations_part
from bnsim.app.check.autopsy import autopsy_part
from bnsim.app.check.bringing import Brought, Place, brought
from bnsim.app.check.checkpoint import checkpoint_part
from bnsim.app.check.example import NAME_ACTIVATIONS, NAME_CHECKPOINT, NAME_EARLIER, example_files
from bnsim.app.check.keeping import Content
from bnsim.app.check.pictures import WORDS
from bnsim.app.state import leave
from bnsim.checkpoint import APP_LIMITS as OF_CHECKPOINTS

HERE = "check"
WHICH = "example"
"""What the address says if the example is shown."""

KINDS = ["csv", "tsv", "txt", "npy", "npz"]
WEIGHTS = ["safetensors", "pt", "pth", "onnx", "keras", "h5", "hdf5"]
SAVING = """numpy.save("x.npy", x.detach().cpu().float().numpy())   # what goes into the layer
torch.save(model.state_dict(), "model.pt")"""

ACTIVATIONS = Place("activations", KINDS, OF_ACTIVATIONS.file_bytes or 0, "bnsim activations")
CHECKPOINT, AGAINST = (
    Place(name, WEIGHTS, OF_CHECKPOINTS.file_bytes or 0, "bnsim inspect") for name in ("checkpoint", "against")
)


def check_page() -> None:
    """Draw the places for files, and what is found in them."""
    leave()
    text.question(WORDS["label.question"])
    st.session_state["bnsim.here"] = HERE
    is_example = WHICH in st.query_params
    activations, checkpoint, against = example() if is_example else places()
    way_within("label.no_example" if is_example else "label.example", {} if is_example else {WHICH: "1"})
    # The page's question is answered first, from what the other parts find.
    first = st.container()
    seen = activations_part(activations)
    inspection = checkpoint_part(checkpoint, against)
    with first:
        autopsy_part(seen, inspection)
    address.write(HERE, {WHICH: "1"} if is_example else {})


def example() -> tuple[Brought, ...]:
    """Say that what follows is an example, and return its files."""
    text.sentences(st.empty(), [WORDS["label.is_example"]])
    names = (NAME_ACTIVATIONS, NAME_CHECKPOINT, NAME_EARLIER)
    return tuple(
        Brought(name, Content(content), f"{WHICH}.{name}", "")
        for name, content in zip(names, example_files(), strict=True)
    )


def places() -> tuple[Brought | None, ...]:
    """Draw the places for files, and how to save them; return what is there."""
    st.caption(WORDS["label.lead"])
    columns = st.columns(3, gap="medium")
    files = tuple(
        brought(place, column) for place, column in zip((ACTIVATIONS, CHECKPOINT, AGAINST), columns, strict=True)
    )
    with st.expander(WORDS["label.how"]):
        st.caption(WORDS["label.saving"])
        # Without colours, which are too light to be read by everybody.
        st.code(SAVING, language=None, wrap_lines=True)
    return files


def way_within(label: str, query: Mapping[str, str]) -> None:
    """Draw a link within this page."""
    here = st.session_state["bnsim.all"][HERE]
    st.page_link(here, label=WORDS[label], icon=":material/science:", query_params=address.as_step(query))

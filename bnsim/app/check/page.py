"""The page "Check yours": two files, what is found in each, and one held against the other."""

from collections.abc import Mapping

import streamlit as st

from bnsim.activations import APP_LIMITS as OF_ACTIVATIONS
from bnsim.app import address, text
from bnsim.app.check.activations import activations_part
from bnsim.app.check.autopsy import autopsy_part
from bnsim.app.check.bringing import Brought, brought
from bnsim.app.check.checkpoint import checkpoint_part
from bnsim.app.check.example import NAME_ACTIVATIONS, NAME_CHECKPOINT, example_files
from bnsim.app.check.pictures import WORDS
from bnsim.app.state import leave
from bnsim.checkpoint import APP_LIMITS as OF_CHECKPOINTS

HERE = "check"
WHICH = "example"
"""What the address says if the example is shown."""

MEGABYTE = 1_000_000
KINDS = ["csv", "tsv", "txt", "npy", "npz"]
WEIGHTS = ["safetensors", "pt", "pth", "onnx", "keras", "h5", "hdf5"]
SAVING = """numpy.save("x.npy", x.detach().cpu().float().numpy())   # what goes into the layer
torch.save(model.state_dict(), "model.pt")"""


def check_page() -> None:
    """Draw the places for files, and what is found in them."""
    leave()
    text.question(WORDS["label.question"])
    st.session_state["bnsim.here"] = HERE
    is_example = WHICH in st.query_params
    activations, checkpoint = example() if is_example else places()
    way_within("label.no_example" if is_example else "label.example", {} if is_example else {WHICH: "1"})
    # The page's question is answered first, from what the other parts find.
    first = st.container()
    seen = activations_part(activations)
    inspection = checkpoint_part(checkpoint)
    with first:
        autopsy_part(seen, inspection)
    address.write(HERE, {WHICH: "1"} if is_example else {})


def example() -> tuple[Brought, Brought]:
    """Say that what follows is an example, and return its files."""
    text.sentences(st.empty(), [WORDS["label.is_example"]])
    activations, checkpoint = example_files()
    return Brought(NAME_ACTIVATIONS, activations, WHICH), Brought(NAME_CHECKPOINT, checkpoint, WHICH)


def places() -> tuple[Brought | None, Brought | None]:
    """Draw the places for both files, and how to save them; return what is there."""
    st.caption(WORDS["label.lead"])
    left, right = st.columns(2)
    file = left.file_uploader(
        WORDS["label.upload_activations"], KINDS, key="check.activations",
        max_upload_size=megabytes(OF_ACTIVATIONS.file_bytes),
    )  # fmt: skip
    weights = right.file_uploader(
        WORDS["label.upload_checkpoint"], WEIGHTS, key="check.checkpoint",
        max_upload_size=megabytes(OF_CHECKPOINTS.file_bytes),
    )  # fmt: skip
    with st.expander(WORDS["label.how"]):
        st.caption(WORDS["label.saving"])
        st.code(SAVING, language="python")
    return brought(file), brought(weights)


def megabytes(size: int | None) -> int:
    """Return a size as the place for a file takes it: it reckons a megabyte as 2**20 bytes."""
    return (size or 0) // MEGABYTE


def way_within(label: str, query: Mapping[str, str]) -> None:
    """Draw a link within this page."""
    here = st.session_state["bnsim.all"][HERE]
    st.page_link(here, label=WORDS[label], icon=":material/science:", query_params=address.as_step(query))

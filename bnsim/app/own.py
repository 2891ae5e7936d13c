"""The user's own numbers: pasted, or one column of a file."""

from collections.abc import Callable

import streamlit as st

from bnsim.app import text
from bnsim.app.state import PageState
from bnsim.data.own import Table, read_table
from bnsim.errors import DataError
from bnsim.scenario.params import FieldSpec
from bnsim.scenario.values import Values

PASTED_AT_MOST = 2000
"""More values than this are not written back into the text box."""


def own_numbers(state: PageState, spec: FieldSpec) -> None:
    """Draw a box to paste numbers into and a place to drop a file; what cannot be read is said, and nothing is lost."""
    key = f"{state.experiment.slug}.{spec.name}"
    say = f"{key}.problems"

    def adopt(make: Callable[[], Values]) -> None:
        try:
            state.give({spec.name: make()})
            st.session_state[say] = ()
        except DataError as error:
            st.session_state[say] = error.problems

    def pasted() -> None:
        adopt(lambda: Values.from_text(st.session_state[f"{key}.text"]))
        st.session_state[f"{key}.written"] = state.given[spec.name]  # the text is the user's own: leave it

    def loaded() -> None:
        file = st.session_state[f"{key}.file"]
        st.session_state.pop(f"{key}.table", None)
        if file is not None:
            adopt(lambda: first_column(read_table(file.getvalue(), file.name)))

    def first_column(table: Table) -> Values:
        st.session_state[f"{key}.table"] = table
        name = next(column.name for column in table.found if not column.problem)
        st.session_state[f"{key}.column"] = st.session_state[f"{key}.chosen"] = name
        return Values(table.column(name))

    def chosen() -> None:
        st.session_state[f"{key}.chosen"] = st.session_state[f"{key}.column"]
        adopt(lambda: Values(st.session_state[f"{key}.table"].column(st.session_state[f"{key}.column"])))

    values: Values = state.given[spec.name]
    written = st.session_state.get(f"{key}.written")
    if f"{key}.text" not in st.session_state or (values != written and not st.session_state.get(say)):
        few = 0 < len(values) <= PASTED_AT_MOST
        st.session_state[f"{key}.text"] = ", ".join(map(repr, values.tolist())) if few else ""
        st.session_state[f"{key}.written"] = values
    st.text_area("Paste numbers", key=f"{key}.text", on_change=pasted, help=spec.control.help, height=90,
                 placeholder="2.1, 3.5 4.0; −1e-3")  # fmt: skip
    st.file_uploader(
        "or load CSV or NPY, up to 5 MB", ["csv", "tsv", "txt", "npy"], key=f"{key}.file", on_change=loaded
    )
    table: Table | None = st.session_state.get(f"{key}.table")
    if table is not None and len(table.columns) > 1:
        if f"{key}.column" not in st.session_state:  # back from another page
            st.session_state[f"{key}.column"] = st.session_state[f"{key}.chosen"]
        st.selectbox("Column", table.columns, key=f"{key}.column", on_change=chosen)
    text.sentences(st.empty(), st.session_state.get(say, ()), bad=True)
    if len(values):
        st.caption(f"{len(values)} numbers in the batch.")

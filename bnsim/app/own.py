"""The user's own numbers: pasted, or one column of a file; what was guessed to read them stands below."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from bnsim.app import text
from bnsim.app.held import HELD
from bnsim.app.state import PageState
from bnsim.data.apart import apart, is_large
from bnsim.data.own import MAX_BYTES, Choices, Reading, Table, read_table
from bnsim.data.pasted import read_text
from bnsim.errors import DataError
from bnsim.scenario.params import FieldSpec
from bnsim.scenario.values import Values

PASTED_AT_MOST = 2000
"""More values than this are not written back into the text box."""

HEADERS = {None: "as it looks", True: "header: names of the columns", False: "no-header: numbers"}
DECIMALS = {None: "as it looks", ".": "decimal-point: 1.5", ",": "decimal-comma: 1,5"}


@dataclass(frozen=True)
class OwnNumbers:
    """What one visitor has entered for one parameter; every key of the session may be missing at any time."""

    state: PageState
    spec: FieldSpec

    def key(self, name: str) -> str:
        """Return the key of the session under which something is kept."""
        return f"{self.state.experiment.slug}.{self.spec.name}.{name}"

    def get(self, name: str, default: Any = None) -> Any:
        """Return what is kept under a name, if it is there."""
        return st.session_state.get(self.key(name), default)

    def put(self, name: str, value: object) -> None:
        """Keep something for this visitor."""
        st.session_state[self.key(name)] = value

    @property
    def locked(self) -> bool:
        """Whether a teacher has locked the numbers that are there."""
        return self.spec.name in self.state.prepared.locked

    @property
    def values(self) -> Values:
        """The numbers that are the batch now, or would be."""
        given = self.state.given.get(self.spec.name)
        return given if isinstance(given, Values) else Values()

    def choices(self) -> Choices:
        """Return what the visitor says about how to read the numbers."""
        header, decimal = self.get("header"), self.get("decimal")
        return Choices(
            header if header in HEADERS else None,
            decimal if decimal in DECIMALS else None,
            leave_out=self.get("leave_out") is True,
            flat=self.get("flat") is True,
        )

    def pasted(self) -> None:
        """Take over the text in the box."""
        self.put("source", ("", self.get("text", "")))
        self.put("columns", None)
        if self.read():
            self.put("written", self.values)  # the text is the user's own: leave it

    def loaded(self) -> None:
        """Take over a file; forget its columns when it is taken away."""
        file = self.get("file")
        for name in ("columns", "chosen", "column"):
            self.put(name, None)
        if file is None:
            self.put("source", None)
            self.put("place", None)
        else:
            self.put("source", (file.name, file.getvalue()))
            self.read()

    def chosen(self) -> None:
        """Take over another column of the file."""
        self.put("chosen", self.get("column"))
        self.read()

    def read(self) -> bool:
        """Read what was entered, as the visitor says; what cannot be read is said, and nothing is lost."""
        name, content = self.get("source") or ("", None)
        if content is None:
            return False
        try:
            reading = self.typed(content) if isinstance(content, str) else self.reading(content, name)
            values, place = HELD.take(Values(reading.values), len(content))
            self.state.give({self.spec.name: values})
        except DataError as error:
            self.put("problems", error.problems)
            return False
        self.put("place", place)
        self.put("problems", ())
        self.put("told", (self.values, reading.line()))
        return True

    def typed(self, content: str) -> Reading:
        """Return the numbers of a text."""
        if len(content) > MAX_BYTES:
            raise DataError(
                f"values must be a text of at most {MAX_BYTES} characters; got {len(content)}. Paste fewer numbers."
            )
        return apart(read_text, content, self.choices()) if is_large(content) else read_text(content, self.choices())

    def reading(self, content: bytes, name: str) -> Reading:
        """Return the chosen column of a file, or the first that may be the batch."""
        self.put("columns", None)
        given = (content, name, self.choices())
        elsewhere = is_large(content) and len(content) <= MAX_BYTES
        table = apart(read_table, *given) if elsewhere else read_table(*given)
        if table.question:
            raise DataError(table.question)
        self.put("columns", table.columns)
        chosen = self.get("chosen")
        several = len(table.offered) > 1
        name = chosen if chosen in table.columns else first_of(table) if several else table.offered[0]
        self.put("taken", name)
        reading = table.reading(name if several or chosen in table.columns else None)
        if not several or chosen in table.columns:
            return reading
        others = f"the first of {len(table.offered)} that may be meant: choose another above"
        return Reading(reading.values, (*reading.told, others), reading.name)


def first_of(table: Table) -> str:
    """Return the name of the first column that may be the batch and can be used."""
    usable = [column.name for column in table.found if not column.problem]
    return next((name for name in table.offered if name in usable), usable[0])


def own_numbers(state: PageState, spec: FieldSpec) -> None:
    """Draw a box to paste numbers into, a place to drop a file, and how what was entered has been read."""
    own = OwnNumbers(state, spec)
    values, written = own.values, own.get("written")
    if own.get("text") is None or (values != written and not own.get("problems")):
        few = 0 < len(values) <= PASTED_AT_MOST
        own.put("text", ", ".join(map(repr, values.tolist())) if few else "")
        own.put("written", values)
    st.text_area("Paste numbers", key=own.key("text"), on_change=own.pasted, help=spec.control.help, height=90,
                 placeholder="2.1, 3.5 4.0; −1e-3", disabled=own.locked)  # fmt: skip
    st.file_uploader(
        "or load CSV, NPY or NPZ, up to 5 MB", ["csv", "tsv", "txt", "dat", "npy", "npz"],
        key=own.key("file"), on_change=own.loaded, max_upload_size=MAX_BYTES // 1_000_000, disabled=own.locked,
    )  # fmt: skip
    column_choice(own)
    if not own.locked:
        how_to_read(own)
    text.sentences(st.empty(), own.get("problems", ()), bad=True)
    told_of, line = own.get("told") or (None, "")
    if len(values) and values == told_of:
        st.caption(f"Read from {text.plain(line)}")
    if len(values):
        st.caption(f"{len(values)} numbers in the batch.")


def column_choice(own: OwnNumbers) -> None:
    """Draw the choice of a column where a file has several."""
    columns: tuple[str, ...] = own.get("columns") or ()
    if len(columns) < 2:
        return
    if own.get("column") not in columns:  # another file, or back from another page
        taken = own.get("taken")
        own.put("column", taken if taken in columns else columns[0])
    st.selectbox("Column", columns, key=own.key("column"), on_change=own.chosen, disabled=own.locked)


def how_to_read(own: OwnNumbers) -> None:
    """Draw what decides where numbers have two readings or are missing."""

    def again() -> None:
        own.read()

    with st.expander("How to read them"):
        st.selectbox(
            "First line", tuple(HEADERS), key=own.key("header"), format_func=HEADERS.__getitem__, on_change=again
        )
        st.selectbox(
            "Decimal sign", tuple(DECIMALS), key=own.key("decimal"), format_func=DECIMALS.__getitem__, on_change=again
        )
        st.checkbox("leave-out: leave out missing cells", key=own.key("leave_out"), on_change=again)
        st.checkbox("flat: all numbers of the file are one batch", key=own.key("flat"), on_change=again)

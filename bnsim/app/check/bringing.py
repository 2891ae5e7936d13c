"""A file that a visitor has brought, and what was found in it: read once for each way to read it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from bnsim.app import text
from bnsim.app.check.keeping import KEPT, MEGABYTE, Content
from bnsim.app.check.pictures import WORDS
from bnsim.app.text import plain
from bnsim.errors import DataError, InputError
from bnsim.scenario.files import name_of
from bnsim.text import number

Found = TypeVar("Found")
READ = "bnsim.check"
"""Where the session keeps what was found last, by the part of the page."""

FILES, REFUSED, TRIES = "bnsim.check.files", "bnsim.check.refused", "bnsim.check.tries"
"""Where it keeps the files, why there is none, and how often one was refused, by the place."""


@dataclass(frozen=True, eq=False)
class Brought:
    """A file: its name, its content, what tells it from others, and the command that reads it without a server."""

    name: str
    content: Content
    identity: str
    command: str


@dataclass(frozen=True)
class Place:
    """A place for a file: its name, the kinds of files, the most bytes, and the command that reads them."""

    name: str
    kinds: Sequence[str]
    most: int
    command: str

    @property
    def label(self) -> str:
        """What stands above it."""
        return WORDS[f"label.upload_{self.name}"]

    @property
    def key(self) -> str:
        """The key of its widget: another one after a refusal, as the widget would hold the file that it came by."""
        tries = st.session_state.get(TRIES, {}).get(self.name, 0)
        return f"check.{self.name}.{tries}" if tries else f"check.{self.name}"


def brought(place: Place, where: DeltaGenerator) -> Brought | None:
    """Draw a place for a file, or which file is there; return it, None if there is none.

    A file stays while the visitor looks at other pages, and longer than the widget that it came by.
    """
    file: Brought | None = st.session_state.setdefault(FILES, {}).get(place.name)
    with where:
        if file is None:
            st.file_uploader(
                place.label, list(place.kinds), key=place.key, on_change=partial(take, place),
                max_upload_size=place.most // MEGABYTE,
            )  # fmt: skip
            text.sentences(st.empty(), st.session_state.get(REFUSED, {}).get(place.name, ()), bad=True)
            return None
        st.caption(plain(place.label))
        size = number(file.content.size / MEGABYTE, 3)
        st.markdown(WORDS.say("label.file", name=f"**{plain(file.name)}**", size=size))
        st.button(WORDS["label.another"], key=f"check.{place.name}.another", on_click=partial(let_go, place))
    return file


def take(place: Place) -> None:
    """Take a file over from Streamlit, which would keep it as long as the session."""
    file = st.session_state.get(place.key)
    if not isinstance(file, UploadedFile):
        return
    data, name = file.getvalue(), name_of(file.name)
    release(file)
    refused = st.session_state.setdefault(REFUSED, {})
    refused.pop(place.name, None)
    try:
        content = KEPT.take(data, name, place.command)
    except DataError as error:
        refused[place.name] = error.problems
        tries = st.session_state.setdefault(TRIES, {})
        tries[place.name] = tries.get(place.name, 0) + 1
        return
    st.session_state[FILES][place.name] = Brought(file.name, content, file.file_id, place.command)


def release(file: UploadedFile) -> None:
    """Have Streamlit forget a file."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def let_go(place: Place) -> None:
    """Forget a file, and what was found in it."""
    st.session_state[FILES].pop(place.name, None)
    st.session_state.get(READ, {}).pop(place.name, None)


def once_each(part: str, key: object, files: Sequence[Brought], read: Callable[..., Found]) -> Found | None:
    """Return what `read` finds in the contents of files, read anew only if the key is another one.

    What is wrong is said, and None returned.
    """
    known: dict[str, tuple[object, Any, tuple[str, ...], object]] = st.session_state.setdefault(READ, {})
    if known.get(part, (None, None, (), None))[0] != key:
        known.pop(part, None)
        try:
            found = read_with(files, read)
            known[part] = key, found, (), KEPT.count(found, name_of(files[0].name), files[0].command)
        except InputError as error:
            known[part] = key, None, error.problems, None
    text.sentences(st.empty(), known[part][2], bad=True)
    shown: Found | None = known[part][1]
    return shown


def read_with(files: Sequence[Brought], read: Callable[..., Found], *contents: bytes) -> Found:
    """Return what is read from files, none of which goes meanwhile."""
    if len(contents) == len(files):
        return read(*contents)
    file = files[len(contents)]
    with KEPT.reading(file.content, name_of(file.name)) as content:
        return read_with(files, read, *contents, content)

"""A file that a visitor has brought, and what was found in it: read once for each way to read it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from bnsim.app import text
from bnsim.errors import InputError

Found = TypeVar("Found")
READ = "bnsim.check"
"""Where the session keeps what was found last, by the part of the page."""


@dataclass(frozen=True, eq=False)
class Brought:
    """A file: its name, its content, and what tells it from others."""

    name: str
    content: bytes
    identity: str


def brought(file: UploadedFile | None) -> Brought | None:
    """Return what is in the place for a file; None if it is empty."""
    if file is None:
        return None
    return Brought(file.name, file.getvalue(), file.file_id)


def once_each(part: str, key: object, read: Callable[[], Found]) -> Found | None:
    """Return what is found, read anew only if the key is another one; what is wrong is said, and None returned."""
    known: dict[str, tuple[object, Any, tuple[str, ...]]] = st.session_state.setdefault(READ, {})
    if known.get(part, (None, None, ()))[0] != key:
        try:
            known[part] = key, read(), ()
        except InputError as error:
            known[part] = key, None, error.problems
    found: Found | None = known[part][1]
    text.sentences(st.empty(), known[part][2], bad=True)
    return found

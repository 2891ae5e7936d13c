"""How a class joins a room: its code, its address, and that as a QR code; and the way to the projector."""

import html
from base64 import b64encode
from urllib.parse import urlencode, urlsplit

import streamlit as st

from bnsim.app import text
from bnsim.app.classroom.question import WORDS
from bnsim.app.saved.sharing import base
from bnsim.classroom import spaced
from bnsim.scenario.qr import qr_svg

HERE = "classroom"


def address_of(query: dict[str, str]) -> str:
    """Return the address of this page with a query."""
    return f"{base()}/{HERE}?{urlencode(query)}"


def joining(code: str) -> None:
    """Draw how students join, and the way to the projector; no address here holds a secret."""
    link, projector = address_of({"join": code}), address_of({"projector": code})
    st.link_button(
        WORDS["label.projector_open"], projector, icon=":material/present_to_all:", type="primary",
        help=WORDS["label.projector_help"], width="stretch",
    )  # fmt: skip
    text.section(WORDS["label.joining"])
    st.html(f'<p class="bn-code">{spaced(code)}</p>{qr(link)}')
    st.code(link, language=None, wrap_lines=True)
    if urlsplit(link).hostname in ("localhost", "127.0.0.1", "::1"):
        st.caption(WORDS["label.only_here"])


def qr(link: str) -> str:
    """Return the QR code of an address as markup."""
    alt = WORDS.say("label.qr_alt", link=link)
    picture = b64encode(qr_svg(link, alt).encode()).decode()
    return f'<img class="bn-qr" alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{picture}">'

"""A link to pass on: as text with a button that copies it, and as a QR code that a room reads from the projector."""

import html
from base64 import b64encode
from urllib.parse import urlencode, urlsplit

import streamlit as st

from bnsim.app import text
from bnsim.app.saved.scenarios import WORDS
from bnsim.errors import InputError, ScenarioError
from bnsim.scenario import set_link
from bnsim.scenario.qr import LONGEST_EASY, qr_svg
from bnsim.scenario.scenario import ScenarioSet


def base() -> str:
    """Return the address of the app, as the visitor's browser has it."""
    here = urlsplit(st.context.url or "http://localhost:8501/")
    return f"{here.scheme}://{here.netloc}{here.path.rpartition('/')[0]}"


def set_in_link(scenarios: ScenarioSet) -> str:
    """Return a set as it stands in a link; "" if it has no room there."""
    try:
        return set_link.encode(scenarios)
    except ScenarioError:
        return ""


def share(link: str, words: str) -> None:
    """Draw a link and what it opens."""
    st.caption(words)
    st.code(link, language=None, wrap_lines=True)


def wants_code(key: str) -> bool:
    """Draw the switch of the QR code, and return whether it is on."""
    return st.toggle(WORDS["label.qr"], key=f"{key}.qr", persist_state="session")


def code_of(link: str) -> None:
    """Draw the QR code of a link, or say why there is none."""
    alt = WORDS.say("label.qr_alt", link=link)
    try:
        picture = b64encode(qr_svg(link, alt).encode()).decode()
    except InputError as error:
        text.sentences(st.empty(), error.problems)
        return
    # Streamlit takes SVG out of what it shows, and leaves images.
    st.html(f'<img class="bn-qr" alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{picture}">')
    if len(link) > LONGEST_EASY:
        st.caption(WORDS.say("label.qr_far", count=str(len(link))))


def share_page(slug: str, query: dict[str, str]) -> None:
    """Draw the link of a page with its settings, and its QR code if it is wanted."""
    link = f"{base()}/{slug}?{urlencode(query)}"
    share(link, WORDS["label.share_page"])
    if st.session_state.get(f"{slug}.qr") is True:
        code_of(link)


def share_set(scenarios: ScenarioSet, name: str = "") -> None:
    """Draw the link of a set and its QR code, or say why it has none.

    Parameters
    ----------
    scenarios : ScenarioSet
        With the baseline that is shown.
    name : str
        That of a set which everybody has: its link need not hold the set.
    """
    try:
        link = set_link.url(base(), scenarios) if not name else named(name, scenarios.baseline_scenario.name)
    except ScenarioError as error:
        text.sentences(st.empty(), error.problems)
        return
    share(link, WORDS["label.share_set"])
    if wants_code("compare"):
        code_of(link)


def named(name: str, baseline: str) -> str:
    """Return the link to a set that everybody has."""
    return f"{base()}/compare?{urlencode({'set': name, 'baseline': baseline})}"

"""The app as a whole: its pages and how they are reached."""

import re
import sys
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote, unquote, urlsplit

import streamlit as st

from bnsim.app import address, text
from bnsim.app.check.page import check_page
from bnsim.app.navigation import narrow_menu, navigation
from bnsim.app.page import experiment_page
from bnsim.app.pages.claims import claims_page
from bnsim.app.pages.classroom import classroom_page
from bnsim.app.pages.compare import compare_page
from bnsim.app.pages.home import home_page
from bnsim.app.pages.learn import learn_page
from bnsim.app.pages.lessons import lessons_page
from bnsim.app.translating.page import translate_page
from bnsim.errors import nearest
from bnsim.experiments import all_experiments
from bnsim.work.memory import tidying_up

FAVICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M2 27C12 27 11 5 16 5s4 22 14 22z" '
    'fill="#3b7dd8"/><circle cx="16" cy="27" r="4" fill="#d1661f"/></svg>'
)
"""Drawn here: a named icon would be fetched from another server."""

TURN = 0.001
"""Seconds after which a thread that computes lets another one go on: a page takes many turns, so that beside a run of
seconds five times as many, which is Python's own setting, would be felt."""

MOST_SAID = 40
"""Characters of an unknown address that are looked at and said."""


def pages() -> dict[str, st.Page]:
    """Return every page by the name under which others lead to it."""
    found = {
        "home": st.Page(home_page, title="Home", default=True),
        "compare": st.Page(compare_page, title="Compare", url_path="compare"),
        "learn": st.Page(learn_page, title="Explanations", url_path="learn"),
        "lessons": st.Page(lessons_page, title="Lessons", url_path="lessons"),
        "claims": st.Page(claims_page, title="Claims", url_path="claims"),
        "classroom": st.Page(classroom_page, title="Classroom", url_path="classroom"),
        "check": st.Page(check_page, title="Check yours", url_path="check"),
        "translate": st.Page(translate_page, title="Translate", url_path="translate"),
    }
    for slug, experiment in all_experiments().items():
        found[slug] = st.Page(partial(experiment_page, experiment), title=experiment.title, url_path=slug)
    return found


def asked_for() -> str:
    """Return the last part of the address that the visitor came by; "" for the front page."""
    return unquote(urlsplit(st.context.url or "").path.rstrip("/").rpartition("/")[2]).strip()


def most_like(wanted: str, titles: Mapping[str, str]) -> str:
    """Return the page whose name or title an address most resembles: the front page if it resembles none.

    >>> most_like("batch_size", {"home": "Home", "batch-size": "Batch size"})
    'batch-size'
    """
    ways = {plainly(way): name for name, title in titles.items() for way in (title, name)}
    near = nearest(plainly(wanted[:MOST_SAID]), list(ways), cutoff=0.75)
    return "home" if near is None else ways[near]


def plainly(name: str) -> str:
    """Return a name without what people write in different ways: capitals, joints, the ending of a file."""
    return re.sub(r"[\W_]", "", name.casefold().removesuffix(".html"))


def elsewhere(wanted: str) -> None:
    """Lead from an address that is no page of this app to the page most like it, and say so there."""
    every = st.session_state["bnsim.all"]
    name = most_like(wanted, {name: page.title for name, page in every.items()})
    where = "the front page" if name == "home" else f"the page most like it, {every[name].title}"
    said = f"/{wanted[:MOST_SAID]} is not a page here; this is {where}. All pages are in the menu."
    st.session_state["bnsim.led"] = said
    st.switch_page(every[name], query_params=None if name == "home" else st.query_params.to_dict())


def main() -> None:
    """Draw the page that the visitor asked for."""
    sys.setswitchinterval(TURN)
    tidying_up.wish()
    every = pages()
    st.session_state["bnsim.all"] = every
    address.begin()
    led, wanted = list[st.Page](), asked_for()
    if wanted and wanted not in {page.url_path for page in every.values()}:
        # Registered as it is asked for: Streamlit would answer in a window of its own, and lead to the front page only.
        led.append(st.Page(partial(elsewhere, wanted), title="Elsewhere", url_path=wanted, visibility="hidden"))
    page = navigation(every, wanted, led)
    st.set_page_config(
        page_title=f"{page.title} - bnsim", page_icon=FAVICON, layout="wide", initial_sidebar_state="expanded"
    )
    narrow_menu(every, page)
    place = st.empty()
    if said := st.session_state.pop("bnsim.led", ""):
        text.sentences(place, [said], bad=True)
    page.run()
    address.listen()

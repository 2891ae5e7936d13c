"""The app as a whole: its pages and how they are reached."""

from functools import partial
from urllib.parse import quote

import streamlit as st

from bnsim.app import address
from bnsim.app.page import experiment_page
from bnsim.app.pages.compare import compare_page
from bnsim.app.pages.home import home_page
from bnsim.experiments import all_experiments

FAVICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M2 27C12 27 11 5 16 5s4 22 14 22z" '
    'fill="#3b7dd8"/><circle cx="16" cy="27" r="4" fill="#d1661f"/></svg>'
)
"""Drawn here: a named icon would be fetched from another server."""


def pages() -> dict[str, st.Page]:
    """Return every page by the name under which others lead to it, in the order of the navigation.

    Compare stands before the experiments: where there is no room for all, the last ones go into a menu.
    """
    found = {
        "home": st.Page(home_page, title="Home", url_path="home", default=True),
        "compare": st.Page(compare_page, title="Compare", url_path="compare"),
    }
    for slug, experiment in all_experiments().items():
        found[slug] = st.Page(partial(experiment_page, experiment), title=experiment.title, url_path=slug)
    return found


def main() -> None:
    """Draw the page that the visitor asked for."""
    st.set_page_config(
        page_title="bnsim · batch normalization", page_icon=FAVICON, layout="wide", initial_sidebar_state="expanded"
    )
    every = pages()
    st.session_state["bnsim.all"] = every
    address.begin()
    st.navigation(list(every.values()), position="top").run()
    address.listen()

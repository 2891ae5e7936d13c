"""How one gets from page to page: a line of menus at the top, and on a narrow screen one menu above the page."""

from collections.abc import Mapping, Sequence

import streamlit as st

from bnsim.app import address
from bnsim.app.sheets import sheet
from bnsim.app.text import plain
from bnsim.experiments import all_experiments

STYLE = sheet("page.css", "navigation.css")
"""The looks of all pages: in one element that is the same on each, so that a browser gets it once."""

MENU_ICON = ":material/menu:"

Groups = Mapping[str, Sequence[str]]
"""Names of pages by what their menu is called; what is under "" stands by itself, before the menus."""


def groups() -> Groups:
    """Return what the navigation consists of: a further menu is a further line.

    A menu of one page would be a click too many, so Compare stands by itself; Streamlit puts such pages first.
    """
    return {
        "": ("home", "compare"),
        "Learn": ("learn", "lessons", "claims", "classroom", "check", "translate"),
        "Experiments": tuple(all_experiments()),
    }


def name_of(group: str, names: Sequence[str], titles: Mapping[str, str], here: str) -> str:
    """Return what a menu is called: with the page that is shown, if that is one of its own.

    >>> name_of("Experiments", ["folding"], {"folding": "Folding"}, "folding")
    'Experiments **· Folding**'
    """
    return f"{group} **· {plain(titles[here])}**" if group and here in names else group


def navigation(every: Mapping[str, st.Page], here: str, led: Sequence[st.Page]) -> st.Page:
    """Draw the menus and return the page that is asked for.

    Parameters
    ----------
    every : mapping of name to st.Page
        The pages of the app.
    here : str
        The last part of the address. Streamlit marks the page that is shown only inside an open menu.
    led : sequence of st.Page
        Pages that are reached by their address only.
    """
    titles = {name: page.title for name, page in every.items()}
    menus = {name_of(group, names, titles, here): [every[name] for name in names] for group, names in groups().items()}
    menus[""] = [*menus.get("", ()), *led]
    return st.navigation(menus, position="top")


def narrow_menu(every: Mapping[str, st.Page], shown: st.Page) -> None:
    """Draw the same pages as one menu, which a narrow screen shows in place of the line at the top.

    Streamlit would put them into the sidebar, which is a sheet of sliders there; the headings of its groups fold at
    a touch and cannot be reached by keyboard, which is how somebody sees a wide screen at 200 %. It unfolds in its
    place, and is no popover: to a popover's content the keyboard comes after all the rest of the page.
    """
    st.html(STYLE)
    with st.container(key="pages"):
        st.fragment(unfolding, key="bnsim.pages_menu")(every, shown)


def unfolding(every: Mapping[str, st.Page], shown: st.Page) -> None:
    """Draw the menu, and what is in it once it is unfolded: a wide screen never shows it, and every page has it."""
    # A menu of its own for each page: it would stay open on the way from one to the next.
    key = f"pages.{shown.url_path}"
    menu = st.expander(f"Pages · **{plain(shown.title)}**", icon=MENU_ICON, key=key, on_change="rerun")
    if not menu.open:
        return
    with menu:
        for group, names in groups().items():
            if group:
                st.caption(group)
            for name in names:
                # Without a step the address would go on to name what was open on the page that is shown.
                query = address.as_step({}) if every[name] is shown else None
                st.page_link(every[name], query_params=query)

"""The ways from an experiment's page to the lessons about it, where it explains itself."""

from urllib.parse import parse_qsl

from streamlit.testing.v1 import AppTest

from bnsim.app import more
from bnsim.app.parts import OPEN


def app() -> None:
    import streamlit as st

    from bnsim.app.page import experiment_page
    from bnsim.app.shell import pages
    from bnsim.experiments import find

    st.session_state["bnsim.all"] = pages()
    here = st.Page(lambda: experiment_page(find("transform")), title="Transform", url_path="transform", default=True)
    others = [page for name, page in st.session_state["bnsim.all"].items() if name not in ("home", "transform")]
    st.navigation([here, *others]).run()


def ways(*, explained: bool) -> list[tuple[str, str, dict[str, str]]]:
    """Return label, page and query of each way from the transform page to a lesson."""
    at = AppTest.from_function(app, default_timeout=20)
    at.session_state[OPEN] = {f"transform.more.{more.EXPLAIN}": explained}
    at.run()
    assert not at.exception
    found = [each.proto for each in at.get("page_link")]
    return [(each.label, each.page, dict(parse_qsl(each.query_string))) for each in found if each.page == "lessons"]


def test_lead_to_every_lesson_about_the_experiment():
    assert ways(explained=True) == [
        ("Predict first: A feature that hardly varies", "lessons", {"lesson": "tiny-spread"}),
        ("Predict first: Can γ and β undo it?", "lessons", {"lesson": "undoing"}),
    ]


def test_stay_away_while_the_explanation_is_closed():
    assert ways(explained=False) == []

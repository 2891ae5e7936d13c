"""The ways from an experiment's page to the lessons about it."""

import streamlit as st

from bnsim.app.lessons.course import HERE, WHICH, WORDS
from bnsim.app.pages import lessons as page
from bnsim.app.text import plain


def ways_to_lessons(slug: str) -> None:
    """Draw the way to each lesson about an experiment; none where the page stands alone, without others to lead to."""
    there = st.session_state.get("bnsim.all", {}).get(HERE)
    if there is None:
        return
    for lesson in page.lessons().lessons.values():
        if lesson.experiment == slug:
            label = WORDS["go"]["lesson"].format(title=plain(lesson.title))
            st.page_link(there, label=label, icon=":material/school:", query_params={WHICH: lesson.name})

"""The same in code, on an experiment's page."""

import pytest
from streamlit.testing.v1 import AppTest

from bnsim.app import coding, more
from bnsim.app.parts import OPEN


def page(slug: str) -> None:
    from bnsim.app.page import experiment_page
    from bnsim.experiments import find

    experiment_page(find(slug))


def shown(slug: str, *parts: str, **query: str) -> AppTest:
    at = AppTest.from_function(page, args=(slug,), default_timeout=10)
    at.session_state[OPEN] = {f"{slug}.more.{part}": True for part in parts}
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


class TestTheSameInCode:
    def test_is_neither_made_nor_sent_while_it_is_closed(self, monkeypatch):
        monkeypatch.setattr(coding, "code_text", lambda *_, **__: pytest.fail("made though nobody asked"))
        at = shown("transform")

        assert not at.exception
        assert more.CODE in [each.label for each in at.expander]
        assert list(at.code) == []

    def test_has_the_settings_and_the_link_of_the_page_and_the_framework_that_is_chosen(self):
        at = shown("transform", more.CODE, std="0.01")

        assert at.code[0].language == "python"
        assert "\nimport torch\n" in at.code[0].value
        assert "\nSTD = 0.01  # Batch std\n" in at.code[0].value
        assert "/transform?source=exact&mean=3.0&std=0.01&" in at.code[0].value

        at.button_group(key="transform.code").set_value("keras").run()

        assert "\nimport keras\n" in at.code[0].value

    def test_is_not_offered_where_there_is_none(self):
        at = shown("depth")

        assert more.CODE not in [each.label for each in at.expander]

"""A momentum typed on the page as a framework quotes it."""

import html
import re

from grids import markup
from streamlit.testing.v1 import AppTest

from bnsim.app.parts import OPEN
from bnsim.app.state import PageState
from bnsim.experiments import find

GROUP = find("transform").params.controls()["eps"].control.group


def laboratory() -> None:
    from bnsim.app.page import experiment_page
    from bnsim.experiments import find

    experiment_page(find("transform"))


def opened() -> AppTest:
    at = AppTest.from_function(laboratory, default_timeout=10)
    at.session_state[OPEN] = {f"transform.group.{GROUP}": True}
    return at.run()


def eps_of(at):
    return next(each for each in at.selectbox if str(each.key).startswith("transform.eps."))


def typed(at: AppTest, text: str) -> AppTest:
    """Type what is not among the values offered, which the test's own widget does not know of."""
    box = eps_of(at)
    box.options.append(text)
    return box.set_value(text).run()


def state_of(at: AppTest) -> PageState:
    return at.session_state["bnsim.pages"]["transform"]


def said(at: AppTest, kind: str) -> list[str]:
    found = re.findall(rf'<div class="bnn(?: bad)?" role="{kind}"><p>(.*?)</p></div>', markup(at))
    return [html.unescape(text) for text in found]


READ = "eps: “0.001, Keras” is read as 0.001: ε means the same in Keras and here."


class TestTyped:
    def test_a_number_of_a_framework_is_read_and_that_is_said(self):
        at = opened()
        typed(at, "0.001, Keras")

        assert state_of(at).params.eps == 1e-3
        assert READ in said(at, "note")
        assert eps_of(at).value == "0.001"

    def test_it_is_said_until_something_else_is_set(self):
        at = opened()
        typed(at, "0.001, Keras")
        eps_of(at).set_value("1e-05").run()

        assert READ not in said(at, "note")

    def test_what_cannot_be_read_is_refused_with_the_reason(self):
        at = opened()
        typed(at, "0.001, Kears")

        assert said(at, "alert") == [
            "eps must be a number more than 0 and at most 1; got '0.001, Kears'. Kears is not a framework. "
            "Did you mean Keras?"
        ]

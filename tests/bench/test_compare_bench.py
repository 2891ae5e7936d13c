"""Fifty scenarios that take a moment each are compared in under a second of the server's time.

Run with: pytest tests/bench/test_compare_bench.py -s
"""

import time

import pytest
from streamlit.testing.v1 import AppTest

from bnsim.app.pages.compare import MINE
from bnsim.experiments import find
from bnsim.scenario.scenario import Scenario

COUNT, MOST = 50, 1.0
VARIED = {"transform": "gamma", "norm-family": "seed"}
LINKS = {"overlay": {}, "panels": {"picture": "panels"}, "all": {"numbers": "1", "settings": "1", "together": "1"}}


def comparing() -> None:
    from bnsim.app.pages.compare import compare_page

    compare_page()


def page(slug: str, start: int, count: int, link: dict[str, str]) -> AppTest:
    """Return the page of saved scenarios that nobody has asked for before, not yet run."""
    made = [find(slug).params.of({VARIED[slug]: start + at}) for at in range(count)]
    at = AppTest.from_function(comparing, default_timeout=60)
    at.session_state["bnsim.saved"] = {slug: {f"s{k}": Scenario(slug, f"s{k}", each) for k, each in enumerate(made)}}
    at.session_state["compare.experiment"] = slug
    for key, value in {"set": MINE, **link}.items():
        at.query_params[key] = value
    return at


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("slug", VARIED)
def test_fifty_scenarios_take_less_than_a_second(slug, link):
    page(slug, 10, 2, LINKS[link]).run()  # what is made once for everybody
    at = page(slug, 100 * (1 + list(LINKS).index(link)), COUNT, LINKS[link])
    start = time.process_time()
    at.run()
    first = time.process_time() - start
    start = time.process_time()
    at.run()
    again = time.process_time() - start

    assert not at.exception
    assert sum(each.proto.body.count("<tr>") for each in at.get("html")) > COUNT  # they are all there
    print(f"{slug}, {link}: {first:.2f} s, drawn again {again:.2f} s")
    assert first < MOST

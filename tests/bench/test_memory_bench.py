"""What a session takes of the server's memory, on every page and with the largest legal settings, and what it leaves.

An app of one slider is visited in the same way in the same run: what Streamlit itself takes and leaves is given beside.

Run with: pytest tests/bench/test_memory_bench.py -s
"""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from test_fairness_bench import QUICK, corners
from visitor import Server, serving, visiting

from bnsim.experiments import all_experiments, find
from bnsim.scenario import link

ROOT = Path(__file__).parents[2]
FIRST, MORE, CLASS = 100, 60, 200
MOST_OF_ONE, MOST_OF_A_CLASS = 1.0, 500.0
CAME_AND_WENT, AT_ONCE, GRACE = 1000, 10, 135.0
"""Streamlit keeps a session for 120 seconds after its visitor has left."""
FULL = 800
"""Visitors after whom the store of results is full: what it holds is left on purpose."""
LEFT_BEHIND = 1.05
PAGES = ["", "compare", "check", "translate", *all_experiments()]


def queries(page: str) -> Iterator[str]:
    """Yield links to a page: of quick experiments with the dearest and largest settings, of the others as they are."""
    seed = 0
    while True:
        seed += 1
        if page not in QUICK:
            yield f"seed={seed}" if page in all_experiments() else ""
            continue
        for params in corners(find(page), seed):
            yield "&".join(f"{key}={value}" for key, value in link.encode(params).items())


def stay(server: Server, visits: Sequence[tuple[str, str]], stack: ExitStack) -> float:
    """Open sessions that stay until the stack is left; return the megabytes of the server with them."""
    for page, query in visits:
        stack.enter_context(visiting(server, page, query=query))
    time.sleep(3)
    return server.megabytes()


def come_and_go(server: Server, visits: Sequence[tuple[str, str]]) -> None:
    """Open and leave sessions, several at a time."""

    def some(first: int) -> None:
        for page, query in visits[first::AT_ONCE]:
            with visiting(server, page, query=query):
                pass

    visitors = [threading.Thread(target=some, args=(first,)) for first in range(AT_ONCE)]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join(timeout=600)


@pytest.mark.parametrize("page", PAGES)
def test_a_session_takes_at_most_a_megabyte(page: str) -> None:
    """Beyond what the first hundred share: the store of results, and what is made once."""
    links = queries(page)
    visits = [(page, next(links)) for _ in range(FIRST + MORE)]
    with serving(ROOT / "streamlit_app.py", ROOT) as server, ExitStack() as stack:
        first = stay(server, visits[:FIRST], stack)
        more = stay(server, visits[FIRST:], stack)
    print(f"\n{page or 'home'}: {first:.0f} MB with {FIRST}, {(more - first) / MORE:.2f} MB for each of {MORE} more")
    assert (more - first) / MORE <= MOST_OF_ONE


def test_a_class_on_all_pages_fits_into_a_small_server() -> None:
    links = {page: queries(page) for page in PAGES}
    random.seed(1)
    visits = [(page, next(links[page])) for page in random.choices(PAGES, k=CLASS)]
    with serving(ROOT / "streamlit_app.py", ROOT) as server, ExitStack() as stack:
        held = stay(server, visits, stack)
    print(f"\n{CLASS} sessions on all pages: {held:.0f} MB")
    assert held <= MOST_OF_A_CLASS


def left_behind(server: Server, pages: Sequence[str]) -> tuple[float, float]:
    """Return megabytes of a server that has had some sessions, and after a thousand more have come and gone."""
    links = {page: queries(page) for page in pages}
    visits = [(page, next(links[page])) for _ in range(FULL + CAME_AND_WENT) for page in pages][: FULL + CAME_AND_WENT]
    come_and_go(server, visits[:FULL])
    time.sleep(GRACE)
    before = server.megabytes()
    come_and_go(server, visits[FULL:])
    time.sleep(GRACE)
    return before, server.megabytes()


def test_a_thousand_sessions_leave_nothing_behind(empty_app: Path) -> None:
    with serving(empty_app, empty_app.parent) as nothing:
        peer = left_behind(nothing, [""])
    with serving(ROOT / "streamlit_app.py", ROOT) as server:
        before, after = left_behind(server, PAGES)
    print(
        f"\n{CAME_AND_WENT} sessions: {before:.0f} MB before, {after:.0f} after, {after / before:.3f} times; "
        f"the app of one slider {peer[1] / peer[0]:.3f} times"
    )
    assert after <= LEFT_BEHIND * before

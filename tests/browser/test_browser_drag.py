"""Dragging a slider moves every picture, with no message to the server; what is left after the release is exact."""

from dataclasses import dataclass

import pytest
from lab import LIVE, MORE, Drag

MOVES = {
    "mean": {"raw curve", "normalized dot", "output dot", "map line", "map cross", "map dot", "answer"},
    "std": {"raw curve", "normalized dot", "output dot", "map line", "map dot", "answer"},
    "gamma": {"output curve", "output dot", "map line", "map dot", "answer"},
    "beta": {"output curve", "output dot", "map line", "map cross", "map dot", "answer"},
    "x": {"raw dot", "normalized dot", "output dot", "map dot", "answer"},
}
STAYS = {
    "mean": {"normalized curve", "output curve", "raw dot", "identity line"},
    "std": {"raw dot", "identity line", "map cross"},
    "gamma": {"raw curve", "normalized curve", "raw dot", "normalized dot", "identity line", "map cross"},
    "beta": {"raw curve", "normalized curve", "raw dot", "normalized dot", "identity line"},
    "x": {"raw curve", "normalized curve", "output curve", "identity line", "map line", "map cross"},
}


@dataclass(frozen=True)
class Dragged:
    name: str
    drag: Drag
    sent_after: int
    disagreements: list[str]
    query: dict[str, str]


@pytest.fixture(scope="module")
def lab(visit):
    lab = visit.show().reveal(MORE)
    lab.page.wait_for_function("document.querySelectorAll('svg.marks').length == 2")
    return lab


@pytest.fixture(scope="module", params=LIVE)
def dragged(request, lab):
    drag = lab.drag(request.param, moves=15)
    before = lab.sent
    disagreements = lab.release()
    return Dragged(request.param, drag, lab.sent - before, disagreements, lab.query)


class TestDrag:
    def test_takes_many_values(self, dragged):
        assert len(dragged.drag.values) >= 12

    def test_paints_every_one_of_them_before_the_release(self, dragged):
        assert dragged.drag.painted == dragged.drag.values

    def test_sends_nothing_to_the_server(self, dragged):
        assert dragged.drag.sent == 0

    def test_moves_what_depends_on_it_in_both_figures_and_in_the_answer(self, dragged):
        enough = len(dragged.drag.values)
        assert {mark for mark, places in dragged.drag.moved.items() if places >= enough} >= MOVES[dragged.name]

    def test_leaves_the_rest_where_it_is(self, dragged):
        assert {mark: dragged.drag.moved[mark] for mark in STAYS[dragged.name]} == dict.fromkeys(STAYS[dragged.name], 1)

    def test_sends_once_it_is_released(self, dragged):
        assert dragged.sent_after > 0

    def test_ends_in_the_address(self, dragged):
        low, high = min(dragged.drag.values), max(dragged.drag.values)
        assert low <= float(dragged.query[dragged.name]) <= high
        assert float(dragged.query[dragged.name]) == high

    def test_ends_with_every_number_on_the_page_the_engines(self, dragged):
        assert dragged.disagreements == []

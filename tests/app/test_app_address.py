"""The address: what is a step that Back undoes, and what the browser writes by itself."""

import pytest
from streamlit.testing.v1 import AppTest

from bnsim.app import address
from bnsim.app.state import PageState
from bnsim.scenario import link

FIRST = {"mean": "1.0"}
SECOND = {"mean": "2.0"}


class Query:
    """Stands for `st.query_params`: remembers every address that Streamlit was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    def to_dict(self) -> dict[str, str]:
        return self.told[-1] if self.told else {}

    def from_dict(self, query: dict[str, str]) -> None:
        self.told.append(dict(query))


@pytest.fixture
def told(monkeypatch):
    """Begin a visit, and return the list of addresses that Streamlit is told."""
    query, state = Query(), dict[str, object]()
    monkeypatch.setattr(address.st, "query_params", query)
    monkeypatch.setattr(address.st, "session_state", state)
    return query.told


class TestWriting:
    def test_the_first_address_of_a_visit_is_left_to_the_browser(self, told):
        address.begin()
        address.write("transform", FIRST)
        address.begin()
        address.write("transform", FIRST)

        assert told == []
        assert address.st.session_state["bnsim.visit"] == address.Visit("transform", "mean=1.0")

    def test_a_first_page_without_a_query_is_not_overwritten_by_the_next(self, told):
        address.begin()
        address.write("lessons", {})
        address.write("lessons", SECOND)

        assert told == [SECOND]

    def test_a_link_that_is_a_step_makes_an_entry(self, told):
        address.st.query_params.told.append(address.as_step(SECOND))
        address.write("lessons", FIRST)

        assert told[1:] == [address.as_step(FIRST), FIRST]

    def test_so_does_a_link_to_the_page_without_anything(self, told):
        address.st.query_params.told.append(address.as_step({}))
        address.write("learn", {})

        assert told[1:] == [address.as_step({}), {}]

    def test_every_later_one_is_told(self, told):
        address.begin()
        for query in (FIRST, SECOND, FIRST):
            address.write("transform", query)

        assert told == [SECOND, FIRST]

    def test_another_page_with_the_same_query_is_told(self, told):
        address.begin()
        address.write("transform", FIRST)
        address.write("folding", FIRST)

        assert told == [FIRST]

    def test_an_unchanged_one_is_not_told_again(self, told):
        for query in (FIRST, FIRST):
            address.write("transform", query)

        assert told == [FIRST]

    def test_a_step_is_marked_and_the_mark_taken_off_at_once(self, told):
        address.write("transform", FIRST, step=True)

        assert told == [{**FIRST, "bnsim-step": "1"}, FIRST]


def visited() -> None:
    from bnsim.app.page import experiment_page
    from bnsim.experiments import find

    experiment_page(find("transform"))


def opened(**query: str) -> AppTest:
    at = AppTest.from_function(visited, default_timeout=10)
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def state_of(at: AppTest) -> PageState:
    found: PageState = at.session_state["bnsim.pages"]["transform"]
    return found


class TestSteps:
    @pytest.fixture
    def steps(self, monkeypatch):
        found: list[bool] = []
        write = address.write

        def watched(page, query, *, step=False):
            found.append(step)
            write(page, query, step=step)

        monkeypatch.setattr(address, "write", watched)
        return found

    def test_arrival_is_none(self, steps):
        opened(mean="1.5")

        assert steps == [False]

    def test_a_widget_is_none(self, steps):
        at = opened()
        state = state_of(at)
        at.selectbox(key=f"transform.source.{state.epoch}").set_value("sample").run()

        assert not any(steps)
        assert state_of(at).params.source == "sample"

    def test_a_preset_is_one(self, steps):
        at = opened()
        at.button(key="transform.pick.mean-2.3-std-1.8").click().run()
        at.run()

        assert steps.count(True) == 1
        assert "bnsim-step" not in at.query_params


class TestBack:
    def test_takes_over_what_the_address_says(self, monkeypatch):
        at = opened(mean="1.5")
        epoch = state_of(at).epoch
        monkeypatch.setattr(address, "is_history", lambda: True)
        at.query_params["mean"] = "-2.0"
        at.run()

        assert state_of(at).params.mean == -2
        assert state_of(at).epoch > epoch  # so that the browser's sliders take over ours
        assert link.encode(state_of(at).params)["mean"] == at.query_params["mean"] == "-2.0"

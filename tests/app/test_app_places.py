"""What a page sends fits together in a browser, also where Streamlit puts what is sent late in place of what was sent.

A server that is busy has not sent the beginning of a page when its end is drawn. What is drawn twice in one place is
then sent once, where the first stood: if it holds other places by then, they come before the place that holds them, and
the browser stops at them for good.
"""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest, local_script_runner

from bnsim.app import more, waiting
from bnsim.app.parts import OPEN
from bnsim.experiments import find, slugs

PARTS = (more.PICTURES, more.NUMBERS, more.TABLES, more.VARY, more.EXPLAIN, more.CODE, more.KEEP)
Path = tuple[int, ...]


def experiment(slug: str) -> None:
    from bnsim.app.page import experiment_page
    from bnsim.experiments import find

    experiment_page(find(slug))


def all_open(slug: str) -> AppTest:
    """Return the page of an experiment with everything on it open."""
    at = AppTest.from_function(experiment, default_timeout=30, kwargs={"slug": slug})
    groups = {spec.control.group for spec in find(slug).params.controls().values() if spec.control.group}
    keys = [*(f"{slug}.more.{part}" for part in PARTS), *(f"{slug}.group.{group}" for group in groups)]
    at.session_state[OPEN] = dict.fromkeys(keys, True)
    return at


@pytest.fixture
def sent(monkeypatch) -> list[Any]:
    """Return the messages of the last run, as they go to a browser that hears nothing before the run has ended."""
    messages: list[Any] = []
    monkeypatch.setattr(waiting, "ask", lambda runs: None)  # nothing is trained here
    read: Callable[[list[Any]], Any] = local_script_runner.parse_tree_from_messages

    def note(every: list[Any]) -> Any:
        messages[:] = every
        return read(every)

    monkeypatch.setattr(local_script_runner, "parse_tree_from_messages", note)
    return messages


def homeless(messages: list[Any]) -> list[Path]:
    """Return the places into which something is sent before they are there, in the order of the messages."""
    found: list[Path] = []
    blocks: set[Path] = {(0,), (1,), (2,), (3,)}
    for message in messages:
        if message.WhichOneof("type") != "delta":
            continue
        path = tuple(message.metadata.delta_path)
        if path[:-1] not in blocks:
            found.append(path)
        blocks = {each for each in blocks if each[: len(path)] != path}
        if message.delta.WhichOneof("type") == "add_block":
            blocks.add(path)
    return found


@pytest.mark.parametrize("slug", slugs())
def test_every_place_is_sent_before_what_is_in_it(sent, slug):
    at = all_open(slug).run()

    assert not at.exception
    assert len(sent) > 50
    assert homeless(sent) == []


@pytest.mark.parametrize("slug", slugs())
def test_on_a_prepared_page_as_well(sent, slug):
    at = all_open(slug)
    first, second, *_ = find(slug).params.controls()
    at.query_params["lock"], at.query_params["hide"], at.query_params["presets"] = first, second, "none"
    at.run()

    assert not at.exception
    assert homeless(sent) == []


def test_no_widget_has_the_name_of_what_a_visit_keeps(sent):
    """Else a message of the browser would take its place: the visit would lose it."""
    at = all_open("transform").run()

    keys = {id_of(message).rpartition("-")[2] for message in sent if message.WhichOneof("type") == "delta"} - {""}
    assert len(keys) > 20
    assert [key for key in keys if key in at.session_state and is_ours(at.session_state[key])] == []


def id_of(message: Any) -> str:
    element = message.delta.new_element
    return getattr(getattr(element, element.WhichOneof("type") or "", None), "id", "")


def is_ours(value: object) -> bool:
    return type(value).__module__.partition(".")[0] == "bnsim"

"""What a release draws anew, as a browser hears it: what goes with it and what follows, and nothing else."""

import random
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from types import SimpleNamespace
from typing import Any, cast

import pytest
import streamlit.proto.BackMsg_pb2 as back
import streamlit.proto.ForwardMsg_pb2 as forward
from test_app_releases import Listener as Releasing
from visitor import Server, Visitor, serving, visiting

from bnsim.app.controls import changed_of
from bnsim.experiments import all_experiments
from bnsim.scenario.values import Values

ROOT = Path(__file__).parents[2]
PICTURE = "vega_lite_chart"


class Listener(Visitor):
    """A visitor who moves controls that the browser draws itself, and hears which widgets are drawn anew."""

    drawn: tuple[str, ...] = ()
    runs = 0

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        self.runs += answer.WhichOneof("type") == "new_session"
        if answer.WhichOneof("type") == "delta":
            element = answer.delta.new_element
            named = getattr(element, element.WhichOneof("type") or "", None)
            block = answer.delta.add_block.expandable.id
            key = getattr(named, "id", "") or block
            if key:
                short = key.split("-", 2)[2]
                self.widgets[short], self.fragments[short] = key, answer.delta.fragment_id
                self.drawn = (*self.drawn, short.rpartition(".")[0] if short[-1].isdigit() else short)

    def say(self, start: str, **value: object) -> None:
        """Change the widget whose key begins so."""
        key = next(key for key in self.widgets if key.startswith(start))
        message = back.BackMsg()
        message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id = self.fragments[key]
        message.rerun_script.widget_states.widgets.add(id=self.widgets[key], **value)
        self.drawn, self.runs = (), 0
        self.send(message)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(ROOT / "streamlit_app.py", ROOT) as found:
        found.wait_until_it_listens()
        yield found


@pytest.fixture
def depth(server: Server) -> Iterator[Listener]:
    with visiting(server, "depth", Listener) as visitor:
        assert isinstance(visitor, Listener)
        yield visitor


class TestQuickWork:
    def test_a_list_draws_the_lists_beside_it_and_what_follows(self, depth: Listener):
        depth.say("depth.connections.", string_value="Residual")

        assert "connections=residual" in depth.query
        assert depth.messages[PICTURE]
        assert "depth.live" in depth.drawn
        assert not [key for key in depth.drawn if ".group." in key]

    def test_a_control_of_a_group_leaves_the_other_controls_alone(self, depth: Listener):
        depth.say("depth.group.Random draws", bool_value=True)
        depth.say("depth.seed.", double_value=7.0)

        assert "seed=7" in depth.query
        box = ("depth.live.Random draws", "depth.seed", "depth.group.Random draws.back")
        assert set(depth.drawn) == {"depth.live", *box}

    def test_a_control_and_what_follows_it_take_one_run(self, depth: Listener):
        depth.say("depth.group.Random draws", bool_value=True)
        depth.say("depth.seed.", double_value=8.0)

        assert depth.runs == 1
        assert "seed=8" in depth.query
        assert depth.messages[PICTURE]

    def test_where_other_controls_matter_all_are_drawn(self, depth: Listener):
        depth.say("depth.group.The norm in detail", bool_value=True)
        assert "depth.groups" not in depth.drawn

        depth.say("depth.norm.", string_value="Group")

        assert {"depth.groups", "depth.activation", "depth.live"} <= set(depth.drawn)

    def test_what_is_offered_goes_with_the_controls(self, depth: Listener):
        depth.say("depth.connections.", string_value="Residual")
        assert "depth.act.Without skip connections" in depth.drawn

        depth.say("depth.act.Without skip connections", trigger_value=True)

        assert "connections=plain" in depth.query
        assert "depth.connections" in depth.drawn


@pytest.fixture
def transform(server: Server) -> Iterator[Listener]:
    with visiting(server, "transform", Listener) as visitor:
        assert isinstance(visitor, Listener)
        visitor.say("transform.group.Batch size, ε, seed", bool_value=True)
        yield visitor


class TestPictureThatFollowsItself:
    def test_is_sent_with_what_follows_where_the_batch_is_another_one(self, transform: Listener):
        transform.say("transform.seed.", double_value=7.0)

        assert transform.messages[PICTURE]
        assert "transform.live" in transform.drawn
        assert not [key for key in transform.drawn if ".pick." in key or ".more." in key]
        assert "seed=7" in transform.query

    def test_stays_where_it_has_followed(self, transform: Listener):
        transform.say("transform.seed.", double_value=8.0)
        transform.say("transform.group.Batch size, ε, seed", bool_value=True)

        assert PICTURE not in transform.messages

    def test_comes_with_the_whole_page_where_others_stand_below_it(self, transform: Listener):
        transform.say("transform.more.More pictures", bool_value=True)
        transform.say("transform.seed.", double_value=9.0)

        assert [key for key in transform.drawn if ".more." in key]
        assert "seed=9" in transform.query

    def test_comes_with_the_whole_page_where_other_controls_matter(self, transform: Listener):
        source = next(key for key in transform.widgets if key.startswith("transform.source."))
        transform.say(source, string_value="A random sample")
        before = transform.drawn
        transform.say(source, string_value="Real digits, one hidden unit")

        assert not [key for key in before if ".pick." in key]
        assert [key for key in transform.drawn if ".pick." in key]


class TestSlowWork:
    def test_a_control_run_and_what_follows_take_one_run(self, server):
        with visiting(server, "training", Listener, "steps=3000&seeds=8&width=256&batch=256") as visitor:
            assert isinstance(visitor, Listener)
            visitor.say("training.stop", trigger_value=True)
            assert "training.run" in visitor.drawn
            visitor.say("training.activation.", string_value="tanh")

            assert visitor.runs == 1
            assert "activation=tanh" in visitor.query
            assert "training.run" in visitor.drawn


class TestTexts:
    def test_a_text_stays_where_its_numbers_and_its_picture_follow(self, server):
        with visiting(server, "learn", Releasing, "page=where-it-is-used") as visitor:
            assert isinstance(visitor, Releasing)
            assert "page_link" in visitor.kinds
            name, now = next(iter(visitor.sliders["learn.where-it-is-used"].items()))
            visitor.release("learn.where-it-is-used", **{name: now + 1})

            assert "vega_lite_chart" in visitor.kinds
            assert "page_link" not in visitor.kinds
            assert f"{name}={now + 1}" in visitor.query


class Hasty(Visitor):
    """A visitor who touches a slider while the page is still on its way."""

    def places(self, wait: float | None = None) -> set[tuple[int, ...]]:
        """Load the page anew, let go of a slider after some seconds, and return which places of it were filled."""
        page = back.BackMsg()
        page.rerun_script.page_script_hash, page.rerun_script.query_string = self.page_hash, self.query
        self.socket.send(page.SerializeToString())
        if wait is not None:
            sleep(wait)
            touch = back.BackMsg()
            touch.rerun_script.CopyFrom(page.rerun_script)
            touch.rerun_script.fragment_id = self.fragments["transform.live"]
            touch.rerun_script.widget_states.widgets.add(id=self.widgets["transform.live"], json_value="{}")
            self.socket.send(touch.SerializeToString())
        filled: set[tuple[int, ...]] = set()
        under_way = True
        while True:
            try:
                # What has been begun may be a while on its way, as may what a run was cut short for, though nothing of
                # that one had come yet; what was lost never comes.
                answer = forward.ForwardMsg.FromString(self.socket.recv(timeout=5 if under_way else 0.1))
            except TimeoutError:
                return filled
            kind = answer.WhichOneof("type")
            if kind in ("new_session", "script_finished"):
                early = answer.script_finished == forward.ForwardMsg.FINISHED_EARLY_FOR_RERUN
                under_way = kind == "new_session" or early
            if kind == "delta" or answer.ref_hash:
                filled.add(tuple(answer.metadata.delta_path))


class TestHaste:
    def test_a_slider_that_is_let_go_as_the_page_ends_keeps_back_nothing_of_it(self, server):
        drawn = random.Random(0)
        with visiting(server, "transform", Hasty) as visitor:
            assert isinstance(visitor, Hasty)
            whole = visitor.places()

            assert len(whole) > 30
            # The page takes some hundredths of a second.
            assert [whole - visitor.places(drawn.uniform(0.005, 0.04)) for _ in range(25)] == [set()] * 25


class TestChanged:
    @pytest.mark.parametrize("slug", all_experiments())
    def test_a_number_is_the_default_also_where_a_browser_says_0_for_it(self, slug: str):
        specs = list(all_experiments()[slug].params.controls().values())
        given = {spec.name: spec.default for spec in specs}
        said = {
            name: int(value) if value in (0.0, 1.0) else value for name, value in given.items() if type(value) is float
        }
        state: Any = SimpleNamespace(given={**given, **said})

        assert changed_of(state, specs) == []

    def test_what_differs_is_named_valid_or_not(self):
        specs = list(all_experiments()["transform"].params.controls().values())
        given = {spec.name: spec.default for spec in specs} | {"mean": 2, "eps": "nonsense", "values": Values([1.0])}

        assert changed_of(cast(Any, SimpleNamespace(given=given)), specs) == ["mean", "eps", "values"]

"""What one release of a slider costs the server, against an app with one slider and nothing else, in the same run.

Run with: pytest tests/bench/test_rerun_bench.py -s
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import streamlit.proto.ForwardMsg_pb2 as forward
from visitor import Server, Visitor, serving, visiting

from bnsim.experiments import all_experiments

ROOT = Path(__file__).parents[2]
WARM_UP, RELEASES, ROUNDS = 30, 150, 5
MOST_CPU, MOST_BYTES = 2.5, 15_000
MOST_CPU_OF_A_PAGE = 125.0


class ControlsVisitor(Visitor):
    """A visitor of an experiment's page who drags its sliders."""

    epoch = 0
    values: Mapping[str, float] = {}

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        if answer.WhichOneof("type") == "delta" and answer.delta.new_element.WhichOneof("type") == "bidi_component":
            known = json.loads(answer.delta.new_element.bidi_component.json)
            if "items" in known:  # the component that keeps the address has no sliders
                self.epoch = known["epoch"]
                self.values = {item["name"]: item["value"] for item in known["items"]}

    def release(self, **moved: float) -> None:
        """Let go of sliders, and run whatever reruns the page asks for on top."""
        self.rerun({f"{self.page}.live": {"values": {**self.values, **moved, "epoch": self.epoch}}})


def cost(server: Server, visitor: Visitor, change: Callable[[int], None]) -> tuple[float, float]:
    """Return milliseconds of the server's CPU and bytes sent, per change; pauses as between a person's changes."""
    visitor.received, before = 0, server.cpu_seconds()
    for turn in range(RELEASES):
        change(turn)
        time.sleep(0.02)
    return (server.cpu_seconds() - before) / RELEASES * 1e3, visitor.received / RELEASES


def test_a_release_costs_at_most_so_much_more_than_an_empty_app(empty_app: Path) -> None:
    with (
        serving(empty_app, empty_app.parent) as nothing,
        serving(ROOT / "streamlit_app.py", ROOT) as ours,
        visiting(nothing) as peer,
        visiting(ours, "transform", ControlsVisitor) as visitor,
    ):
        assert isinstance(visitor, ControlsVisitor)
        changes = (
            (lambda turn: peer.rerun({"a": float(turn % 10)})),
            (lambda turn: visitor.release(mean=turn % 100 / 20)),
        )
        for turn in range(WARM_UP):
            changes[0](turn), changes[1](turn)
        ratios = []
        for _ in range(ROUNDS):
            base, _ = cost(nothing, peer, changes[0])
            cpu, sent = cost(ours, visitor, changes[1])
            ratios.append(cpu / base)
            print(f"\nempty {base:.2f} ms, transform {cpu:.2f} ms, ratio {cpu / base:.2f}, {sent:.0f} bytes")
            print(visitor.messages)
        assert f"mean={(RELEASES - 1) % 100 / 20}&" in visitor.query, "the release did not reach the link"
        assert statistics.median(ratios) <= MOST_CPU
        assert sent <= MOST_BYTES


@pytest.mark.parametrize("slug", list(all_experiments()))
def test_a_changed_slider_costs_about_a_tenth_of_a_second_at_most(slug: str, empty_app: Path) -> None:
    """The first slider of each page goes to and fro near its default: numbers, tables and pictures follow."""
    spec = next(spec for spec in all_experiments()[slug].params.controls().values() if spec.control.slider)
    assert spec.control.slider is not None
    places = [spec.default, spec.default + spec.control.slider[2]]
    with (
        serving(empty_app, empty_app.parent) as nothing,
        serving(ROOT / "streamlit_app.py", ROOT) as ours,
        visiting(nothing) as peer,
        visiting(ours, slug, ControlsVisitor) as visitor,
    ):
        assert isinstance(visitor, ControlsVisitor)
        changes = (
            lambda turn: peer.rerun({"a": float(turn % 10)}),
            lambda turn: visitor.release(**{spec.name: places[turn % 2]}),
        )
        for turn in range(WARM_UP // 3):
            changes[0](turn), changes[1](turn)
        base, _ = cost(nothing, peer, changes[0])
        cpu, sent = cost(ours, visitor, changes[1])
        print(
            f"\n{slug}, {spec.name}: {cpu:.1f} ms, {cpu / base:.1f} times the empty app's {base:.1f}, {sent:.0f} bytes"
        )
        assert cpu <= MOST_CPU_OF_A_PAGE

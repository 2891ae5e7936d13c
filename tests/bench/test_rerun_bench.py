"""What one release of a slider costs the server, against an app with one slider and nothing else, in the same run.

Run with: pytest tests/bench/test_rerun_bench.py -s
"""

import json
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit.proto.ForwardMsg_pb2 as forward
from visitor import Server, Visitor, serving, visiting

ROOT = Path(__file__).parents[2]
EMPTY = "import streamlit as st\nst.slider('a', 0.0, 10.0, 1.0, key='a')\n"
WARM_UP, RELEASES, ROUNDS = 30, 150, 5
MOST_CPU, MOST_BYTES = 2.5, 15_000


class ControlsVisitor(Visitor):
    """A visitor of the transform page who drags the mean."""

    epoch = 0

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        if answer.WhichOneof("type") == "delta" and answer.delta.new_element.WhichOneof("type") == "bidi_component":
            self.epoch = json.loads(answer.delta.new_element.bidi_component.json)["epoch"]

    def release(self, mean: float) -> None:
        values = {"mean": mean, "std": 2.5, "gamma": 1.0, "beta": 0.0, "x": 6.0, "batch_size": 32}
        self.rerun({"transform.live": {"values": {**values, "epoch": self.epoch}}})


def cost(server: Server, visitor: Visitor, change: Callable[[int], None]) -> tuple[float, float]:
    """Return milliseconds of the server's CPU and bytes sent, per change; pauses as between a person's changes."""
    visitor.received, before = 0, server.cpu_seconds()
    for turn in range(RELEASES):
        change(turn)
        time.sleep(0.02)
    return (server.cpu_seconds() - before) / RELEASES * 1e3, visitor.received / RELEASES


@pytest.fixture
def empty_app(tmp_path: Path) -> Path:
    """Return an app of one slider, run with our own settings."""
    (tmp_path / ".streamlit").mkdir()
    shutil.copy(ROOT / ".streamlit/config.toml", tmp_path / ".streamlit/config.toml")
    (tmp_path / "app.py").write_text(EMPTY)
    return tmp_path / "app.py"


def test_a_release_costs_at_most_so_much_more_than_an_empty_app(empty_app: Path) -> None:
    with (
        serving(empty_app, empty_app.parent) as nothing,
        serving(ROOT / "streamlit_app.py", ROOT) as ours,
        visiting(nothing) as peer,
        visiting(ours, "transform", ControlsVisitor) as visitor,
    ):
        assert isinstance(visitor, ControlsVisitor)
        changes = (lambda turn: peer.rerun({"a": float(turn % 10)})), (lambda turn: visitor.release(turn % 100 / 20))
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

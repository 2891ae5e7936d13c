"""What a release costs the server when all controls of a page are moved at random, the expensive ends among them.

Run with: pytest tests/bench/test_moves_bench.py -s
"""

import math
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit.proto.BackMsg_pb2 as back
import streamlit.proto.ForwardMsg_pb2 as forward
from test_rerun_bench import ROOT, ControlsVisitor
from visitor import Server, cpu, serving, visiting

from bnsim.experiment import Experiment, Result
from bnsim.experiments import find
from bnsim.experiments.folding.model import cost
from bnsim.scenario.params import FieldSpec, Params

MOVES, WARM_UP, SEED = 150, 15, 0
IDLE_NS = 50e6
"""A server that needs less in a second has nothing to do."""

MEDIAN_MS, LATE_MS, MOST_BYTES = 15.0, 40.0, 30_000
"""At most so many milliseconds of CPU above an app of one slider, in the middle and in 95 of 100 releases."""


class Mover(ControlsVisitor):
    """A visitor who opens every group of controls and moves all of them."""

    def note(self, answer: forward.ForwardMsg, size: int) -> None:
        super().note(answer, size)
        if answer.WhichOneof("type") == "delta" and answer.delta.WhichOneof("type") == "add_block":
            part = answer.delta.add_block.expandable.id
            if ".group." in part:
                key = part.split("-", 2)[2]
                self.widgets[key], self.fragments[key] = part, answer.delta.fragment_id

    def unfold(self) -> None:
        """Open every group of controls, on a page that shows what work has found meanwhile, as it does in a browser."""
        self.rerun({})
        for key in [key for key in self.widgets if ".group." in key and not key.endswith(".back")]:
            self.say(key, bool_value=True)

    def say(self, key: str, **value: Any) -> None:
        """Change a native widget."""
        message = back.BackMsg()
        message.rerun_script.page_script_hash = self.page_hash
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id = self.fragments[key]
        message.rerun_script.widget_states.widgets.add(id=self.widgets[key], **value)
        self.send(message)

    def move(self, spec: FieldSpec, value: Any) -> None:
        """Move one control."""
        if spec.control.slider:
            self.values = {**self.values, spec.name: value}
            self.release(**{spec.name: value})
            return
        key = next(key for key in self.widgets if key.startswith(f"{self.page}.{spec.name}."))
        if spec.options:
            self.say(key, string_value=(spec.control.choices or {}).get(value, str(value)))
        elif spec.control.choices:
            self.say(key, string_value=value if isinstance(value, str) else f"{value:g}")
        else:
            self.say(key, double_value=float(value))


def moves(experiment: Experiment, seed: int = SEED) -> Iterator[tuple[FieldSpec, Any]]:
    """Yield moves of one control at a time to a random place or an end of its slider, wherever that is allowed."""
    drawn, params = random.Random(seed), experiment.params()
    while True:
        spec = drawn.choice(list(experiment.params.controls().values()))
        shown = spec.control.when is None or getattr(params, spec.control.when[0]) in spec.control.when[1]
        value = place(spec, drawn)
        moved = after(params, spec, value)
        if shown and spec.name not in experiment.measured and moved is not None and moved != params:
            params = moved
            yield spec, value


def place(spec: FieldSpec, drawn: random.Random) -> Any:
    """Return where a control is moved to; every third time to an end."""
    if spec.options:
        return drawn.choice(spec.options)
    if spec.control.slider:
        low, high, step = spec.control.slider
        many = round((high - low) / step)
        value = low + step * drawn.choice((drawn.choice((0, many)), drawn.randint(0, many), drawn.randint(0, many)))
        return int(value) if spec.kind == "integer" else round(value, 6)
    if spec.control.choices:
        return drawn.choice([value if isinstance(value, str) else float(value) for value in spec.control.choices])
    return drawn.randint(int(spec.low or 0), int(min(spec.high or 1000, 1000)))


def after(params: Params, spec: FieldSpec, value: Any) -> Params | None:
    """Return the parameters after a move; None if it is refused."""
    moved, _ = type(params).examine({**dict(params), spec.name: value})
    return moved


def milliseconds(server: Server, change: Callable[[], None]) -> float:
    """Return the server's CPU for one change."""
    before = cpu(server)
    change()
    time.sleep(0.01)
    return (cpu(server) - before) / 1e6


def rest(server: Server) -> None:
    """Wait until a server has nothing to do: work that begins by itself when somebody arrives is no release."""
    before, passed = cpu(server), math.inf
    while passed > IDLE_NS:
        time.sleep(1)
        passed, before = cpu(server) - before, cpu(server)


@pytest.mark.parametrize(
    "slug",
    [
        *("norm-family", "folding", "depth", "train-eval", "landscape", "batch-size", "transform", "training"),
        *("transfer", "micro-batches", "precision"),
    ],
)
def test_a_random_move_of_any_control_is_cheap(slug: str, empty_app: Path) -> None:
    with (
        serving(empty_app, empty_app.parent) as nothing,
        serving(ROOT / "streamlit_app.py", ROOT) as ours,
        visiting(nothing) as peer,
        visiting(ours, slug, Mover) as visitor,
    ):
        assert isinstance(visitor, Mover)
        rest(ours)
        visitor.unfold()
        rest(ours)
        base, costs, sent = list[float](), list[float](), list[int]()
        for turn, (spec, value) in zip(range(WARM_UP + MOVES), moves(find(slug)), strict=False):
            base.append(milliseconds(nothing, lambda turn=turn: peer.rerun({"a": float(turn % 10)})))  # type: ignore[misc]
            visitor.received = 0
            costs.append(milliseconds(ours, lambda spec=spec, value=value: visitor.move(spec, value)))  # type: ignore[misc]
            sent.append(visitor.received)
            assert f"{spec.name}=" in visitor.query, f"{spec.name} did not reach the link"
        report(slug, base[WARM_UP:], costs[WARM_UP:], sent[WARM_UP:])


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"layer": "linear", "inputs": 24, "outputs": 24, "batch_size": 4096},
        {"layer": "linear", "inputs": 256, "outputs": 256, "batch_size": 76},
        {"inputs": 90, "outputs": 90, "groups": 90, "size": 32, "kernel": 7, "batch_size": 1},
        {"inputs": 32, "outputs": 32, "size": 24, "kernel": 3, "batch_size": 1},
        {"inputs": 1, "outputs": 1, "size": 32, "kernel": 7, "batch_size": 97},
    ],
    ids=str,
)
def test_what_folding_costs_is_known_to_a_factor_of_three(params: dict[str, Any]) -> None:
    experiment = find("folding")
    seconds = []
    for _ in range(4):
        result, before = Result(experiment, experiment.params.of(params)), time.process_time()
        assert result.answers
        assert result.first_figure
        seconds.append(time.process_time() - before)
    expected = cost(result.params)
    print(f"\n{min(seconds):.4f} s, expected {expected:.4f} s")
    assert expected / 3 <= min(seconds) <= expected * 3


def report(slug: str, base: list[float], costs: list[float], sent: list[int]) -> None:
    """Print what releases cost, and hold it against the limits."""
    empty = statistics.median(base)
    middle, late = statistics.median(costs), sorted(costs)[int(0.95 * len(costs))]
    print(f"\n{slug}: median {middle:.1f} ms ({middle / empty:.1f} times the empty app's {empty:.1f}), ", end="")
    print(f"95th percentile {late:.1f} ms ({late / empty:.1f} times), most {max(costs):.1f} ms, ", end="")
    print(f"bytes: median {statistics.median(sent):.0f}, most {max(sent)}")
    assert middle - empty <= MEDIAN_MS
    assert late - empty <= LATE_MS
    # Where what can be clicked changes, all of the page is sent.
    assert statistics.median(sent) <= MOST_BYTES

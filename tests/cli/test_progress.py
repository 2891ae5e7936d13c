"""What is said at a terminal of how far slow work is."""

import io
import re

import pytest
from click.testing import CliRunner

from bnsim.cli import main, progress
from bnsim.cli.progress import ProgressBar

SMALL = [
    part
    for setting in ("depth=1", "width=8", "steps=40", "samples=8", "draws=1", "tuning_steps=2", "seeds=2")
    for part in ("--set", setting)
]


class Terminal(io.StringIO):
    """A stream that can move its cursor."""

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(progress, "time", found)
    return found


class TestBar:
    def test_moves_on_one_line_and_ends_it(self, clock):
        stream = Terminal()
        with ProgressBar("training", stream) as bar:
            for done in (0.25, 0.5, 1.0):
                clock.now += 2
                bar(done)

        assert stream.getvalue() == (
            "\r\x1b[Ktraining [########                        ]  25 %, 6.0 s left"
            "\r\x1b[Ktraining [################                ]  50 %, 4.0 s left"
            "\r\x1b[Ktraining [################################] 100 %, took 6.0 s\n"
        )

    def test_does_not_move_more_often_than_an_eye_can_follow(self, clock):
        stream = Terminal()
        with ProgressBar("training", stream) as bar:
            for k in range(100):
                clock.now += 0.01
                bar(k / 1000)

        assert stream.getvalue().count("\r") == 10

    def test_promises_nothing_before_it_can_know(self, clock):
        stream = Terminal()
        with ProgressBar("training", stream) as bar:
            clock.now += 1
            bar(0.01)

        assert stream.getvalue().splitlines()[-1].endswith("   1 %")

    def test_is_a_line_now_and_then_where_nothing_can_move(self, clock):
        stream = io.StringIO()
        with ProgressBar("training", stream) as bar:
            for k in range(1, 101):
                clock.now += 0.1
                bar(k / 100)

        lines = stream.getvalue().splitlines()
        assert len(lines) == 11
        assert lines[0] == "training [                                ]   1 %"
        assert lines[5] == "training [################                ]  50 %, 5.0 s left"
        assert lines[-1] == "training [################################] 100 %, took 10 s"

    def test_says_nothing_of_what_is_done_at_once(self):
        stream = Terminal()
        with ProgressBar("transform", stream):
            pass

        assert stream.getvalue() == ""


class TestCommandLine:
    def test_a_slow_run_shows_on_stderr_how_far_it_is_and_prints_only_its_result(self):
        found = CliRunner().invoke(main, ["run", "transfer", *SMALL, "--format", "json"])

        assert found.exit_code == 0
        assert found.stdout.startswith('{\n "experiment": "transfer"')
        assert re.fullmatch(r"(transfer \[#* *\] +\d+ %(, (\d.* left|took \d.*))?\n)+", found.stderr)
        assert found.stderr.splitlines()[-1].startswith("transfer [################################] 100 %, took ")

    def test_a_quick_run_does_not(self):
        assert CliRunner().invoke(main, ["run", "transform"]).stderr == ""

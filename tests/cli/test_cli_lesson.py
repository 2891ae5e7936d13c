"""`bnsim lesson` and `bnsim check`: what is asked, what is said, and how one goes on."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from written_lessons import CHOICE, NUMBER, written

from bnsim import cli

QUESTIONS = (
    {**CHOICE, "right": "Yes: {y:3}.", "wrong": "No: {y:3}."},
    {**NUMBER, "right": "Yes.", "wrong": "No, off by {error:2}.", "unsure": "It is {truth:3}.", "follow_up": "Why?"},
)
FIRST = """Step 1 of 2
What is y?
  1  Less than 1
  2  More than 1
"""
CHOOSE = "A choice from 1 to 2, ? if you don't know, q to stop: "
OFF = "You said 1; it is 1.1999990: off by 0.1999990.\n"
ENTER = "A number from 0 to 2, ? if you don't know, q to stop: "


@pytest.fixture(autouse=True)
def _at_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "two.toml").write_text(written(*QUESTIONS, need="Nothing."), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BNSIM_SCENARIOS", raising=False)


def bnsim_(*arguments: str, typed: str | bytes = "") -> Result:
    return CliRunner(catch_exceptions=False).invoke(cli.main, arguments, input=typed, prog_name="bnsim")


def lesson(typed: str | bytes, *arguments: str) -> str:
    found = bnsim_("lesson", "two.toml", *arguments, typed=typed)
    assert (found.exit_code, found.stderr) == (0, "")
    return found.stdout


class TestSession:
    def test_from_first_to_last_step(self):
        assert lesson("2\n1\n") == (
            f"A lesson\nYou need to know: Nothing.\n\n{FIRST}{CHOOSE}2\nYes: 1.2.\n\n"
            f"Step 2 of 2\nWhat is y?\n{ENTER}1\n{OFF}Yes.\nWhy?\n\n2 of 2 predictions right.\n"
        )

    def test_wrong_and_unsure_are_said_and_counted(self):
        found = lesson("1\n?\n")

        assert "No: 1.2." in found
        assert "It is 1.2.\nWhy?" in found
        assert found.endswith("\n0 of 2 predictions right, 1 left open.\n")

    def test_what_is_no_answer_is_told_and_asked_again(self):
        assert f"{CHOOSE}3\nthe answer must be a choice from 1 to 2, or ?; got '3'.\n{CHOOSE}2\n" in lesson("3\n2\n1\n")

    def test_q_stops_and_says_how_to_go_on(self):
        assert lesson("2\nq\n").endswith(f"{ENTER}q\n\nTo go on: bnsim lesson two.toml --from 1.c2\n")

    def test_so_does_the_end_of_the_input(self):
        assert lesson("2\n").endswith(f"{ENTER}\n\nTo go on: bnsim lesson two.toml --from 1.c2\n")

    def test_so_does_an_interrupt_while_something_is_computed(self, monkeypatch):
        def interrupted(step, progress):
            raise KeyboardInterrupt

        monkeypatch.setattr("bnsim.cli.lesson.truth", interrupted)

        assert lesson("2\n").endswith(f"{CHOOSE}2\n\n\nTo go on: bnsim lesson two.toml --from 1\n")

    def test_control_characters_do_nothing(self):
        found = lesson(b"\x1b[2J\n\xff\n")

        assert found.isascii() is False
        assert "\x1b" not in found
        assert r"got '\x1b[2J'." in found

    def test_it_goes_on_where_one_stopped(self):
        assert lesson("1\n", "--from", "1.c2") == (
            "A lesson\nYou need to know: Nothing.\n1 step is answered.\n\n"
            f"Step 2 of 2\nWhat is y?\n{ENTER}1\n{OFF}Yes.\nWhy?\n\n1 of 1 prediction right.\n"
        )

    def test_a_finished_one_says_so(self):
        assert lesson("", "--from", "1.c2.u").endswith("Every step is answered. To begin anew, leave out --from.\n")

    def test_damaged_progress_is_told_and_goes_as_far_as_it_can(self):
        found = bnsim_("lesson", "two.toml", "--from", "1.c2.n9", typed="1\n")

        assert found.exit_code == 0
        assert found.stderr == "progress: answer 2 must be a number from 0 to 2; got 'n9'. Answer from there on.\n"
        assert "1 step is answered." in found.stdout

    def test_slow_steps_say_how_far_they_are(self):
        slow = {
            **NUMBER, "experiment": "training", "params": {"steps": 60, "seeds": 1, "against": "none"},
            "readout": "loss_norm", "wrong": "No.", "unsure": "",
        }  # fmt: skip
        Path("slow.toml").write_text(written(slow), "utf-8")
        found = bnsim_("lesson", "slow.toml", typed="?\n")

        assert found.exit_code == 0
        assert "number [" in found.stderr
        assert "100 %" in found.stderr


class TestList:
    def test_lessons_are_listed_with_ones_own(self, monkeypatch):
        monkeypatch.setenv("BNSIM_SCENARIOS", ".")
        found = bnsim_("lesson")

        assert found.exit_code == 0
        assert found.stdout.splitlines()[0].split() == ["lesson", "experiment", "steps", "minutes", "title"]
        assert found.stdout.splitlines()[-1].split() == ["two", "transform", "2", "3", "A", "lesson"]

    def test_one_goes_by_its_name(self, monkeypatch):
        monkeypatch.setenv("BNSIM_SCENARIOS", ".")

        assert bnsim_("lesson", "two", typed="q\n").stdout.endswith("To go on: bnsim lesson two --from 1\n")

    def test_a_name_that_there_is_not_is_refused(self, monkeypatch):
        monkeypatch.setenv("BNSIM_SCENARIOS", ".")
        found = bnsim_("lesson", "twoo")

        assert (found.exit_code, found.stdout) == (2, "")
        assert found.stderr == "twoo is not a lesson. Did you mean two?\n"

    def test_a_broken_file_is_refused_with_every_problem(self):
        Path("bad.toml").write_text(written(CHOICE, title=3, minutes=0), "utf-8")
        found = bnsim_("lesson", "bad.toml")

        assert (found.exit_code, found.stdout) == (2, "")
        assert found.stderr == (
            "bad.toml: title must be text; got 3.\nbad.toml: minutes must be a whole number from 1 to 60; got 0.\n"
        )


class TestCheck:
    def test_a_good_lesson_is_fine(self):
        assert bnsim_("check", "two.toml").output == "two.toml: ok (2 steps)\n"

    def test_what_only_a_run_tells_is_told(self):
        Path("bad.toml").write_text(written(CHOICE, {**NUMBER, "high": 1.0}), "utf-8")
        found = bnsim_("check", ".")

        assert found.exit_code == 2
        assert found.stdout == "two.toml: ok (2 steps)\n"
        assert found.stderr == (
            'bad.toml: step 2 ("number"): low and high must hold the truth between them, from 0 to 1; '
            "y is 1.199999040001.\n"
        )

    def test_a_lesson_is_not_run_as_a_set(self):
        found = bnsim_("run", "two.toml")

        assert found.exit_code == 2
        assert found.stderr == (
            "two.toml is a lesson and no set of scenarios; go through it with: bnsim lesson two.toml\n"
        )

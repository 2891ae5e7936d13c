"""Lessons written for tests: small, and of experiments that are there at once."""

from typing import Any

import tomli_w

from bnsim.learn.lesson import Lesson, Step, read

CHOICE: dict[str, Any] = {
    "name": "alone",
    "kind": "choice",
    "question": "What is y?",
    "experiment": "transform",
    "params": {"mean": 3.0, "std": 2.5, "x": 6.0},
    "readout": "y",
    "choices": [{"text": "Less than 1", "to": 1}, {"text": "More than 1", "from": 1}],
    "right": "Yes.",
    "wrong": "No.",
}
NUMBER: dict[str, Any] = {
    **{key: value for key, value in CHOICE.items() if key != "choices"},
    "name": "number",
    "kind": "number",
    "low": 0.0,
    "high": 2.0,
    "close": 0.25,
}


def changed(table: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a table with some keys changed, and without those that are changed to None."""
    return {key: value for key, value in {**table, **changes}.items() if value is not None}


def written(*steps: object, **top: object) -> str:
    """Return the text of a lesson with these steps."""
    facts = {"schema": 1, "title": "A lesson", "summary": "What it is about.", "need": "", "minutes": 3}
    return tomli_w.dumps(changed({**facts, "step": list(steps)}, top))


def lesson_of(*steps: dict[str, Any], **top: object) -> Lesson:
    """Return the lesson with these steps."""
    return read(written(*steps, **top), "a-lesson")


def step_of(table: dict[str, Any], **changes: object) -> Step:
    """Return one step."""
    return lesson_of(changed(table, changes)).steps[0]

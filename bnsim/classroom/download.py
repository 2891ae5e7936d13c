"""Everything of a room as CSV files: answers by the numbers of seats, and what is on the board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bnsim.classroom.board import board_of
from bnsim.classroom.phase import Phase
from bnsim.classroom.room import Room, answer_in
from bnsim.classroom.views import FindTruth
from bnsim.classroom.words import say
from bnsim.compare import compare_scenarios
from bnsim.compare.tables import csv_of, whole_frame
from bnsim.compare.view import View
from bnsim.learn.lesson import UNSURE, Answer, Step, judge

if TYPE_CHECKING:
    import pandas as pd

    from bnsim.experiment import Result

RIGHT = {True: "yes", False: "no", None: ""}
ANSWERS, BOARD = "answers.csv", "board.csv"


def answers_frame(room: Room, find_truth: FindTruth) -> pd.DataFrame:
    """Return one row an answer: round, question, vote, seat, answer, and whether it is right once that was shown.

    Parameters
    ----------
    room : Room
        Read `whole`.
    find_truth : callable
        Returns what is true of a step, or None; asked only for what was shown.
    """
    import pandas as pd

    truths = {at: find_truth(room.topic.step(at)) for at in range(1, room.round + (room.phase is Phase.REVEALED))}
    rows = []
    for (at, vote, seat), text in sorted(room.votes.items()):
        step, truth = room.topic.step(at), truths.get(at)
        answer = answer_in(text, step)
        right = None if truth is None else judge(step, answer, truth).right
        rows.append((at, step.name, vote, seat, _written(step, answer), RIGHT[right]))
    columns = ["round", "question", "vote", "seat", "answer", "right"]
    return pd.DataFrame(rows, columns=columns).set_index("round")


def board_frame(room: Room, results: Iterable[Result] = ()) -> pd.DataFrame | None:
    """Return one row a seat: what it set, and what came out; None where nothing is on the board.

    `results` are those at hand; what is not among them is run.
    """
    board = board_of(room)
    return None if board is None else whole_frame(compare_scenarios(board, results=results), View(columns=()))


def files_of(
    room: Room, find_truth: FindTruth, results: Iterable[Result] = (), *, board: bool = True
) -> dict[str, str]:
    """Return everything of a room that was read `whole`, as CSV by name of the file; no text that would be computed."""
    settings = board_frame(room, results) if board else None
    return {ANSWERS: csv_of(answers_frame(room, find_truth))} | ({} if settings is None else {BOARD: csv_of(settings)})


def _written(step: Step, answer: Answer) -> str | float | None:
    if answer == UNSURE:
        return say("answer.unsure")
    return answer.number if answer.choice is None else step.choices[answer.choice].text

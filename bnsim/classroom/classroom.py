"""A class in this process: the store of its rooms, and what pages ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bnsim.classroom import board, download
from bnsim.classroom.bounds import FEW
from bnsim.classroom.codes import code_in
from bnsim.classroom.phase import Phase
from bnsim.classroom.room import Ballot, Keys, Room, Seat
from bnsim.classroom.topic import Topic
from bnsim.classroom.views import (
    FindTruth,
    ProjectorView,
    StudentView,
    TeacherView,
    projector_view,
    student_view,
    teacher_view,
)
from bnsim.classroom.watch import Watch
from bnsim.classroom.words import say
from bnsim.errors import LateError, RoomError, StrangerError
from bnsim.learn.lesson import Answer, fits, rule
from bnsim.learn.lesson import truth as worked_out

if TYPE_CHECKING:
    from bnsim.classroom.store import Store
    from bnsim.experiment import Result
    from bnsim.scenario.params import Params
    from bnsim.scenario.scenario import ScenarioSet


class Classroom:
    """Rooms for the pages of a process; its threads may share it.

    Codes are taken as people type them. Every method refuses with a `RoomError`, one plain sentence, as `Store` says.
    `find_truth` returns what is true of a step, or None as long as that is being worked out; it is asked for students
    and the projector only once the answer is shown.
    """

    def __init__(self, store: Store, watch: Watch | None = None) -> None:
        self._store = store
        self._watch = watch or Watch(store.read)

    def open(self, topic: Topic, seconds: float | None = None) -> Keys:
        """Open a room: its code is for everybody, its key for the teacher's browser alone."""
        return self._store.open_room(topic, seconds)

    def advance(self, code: str, key: str, to: Phase, seconds: float | None = None) -> None:
        """Go on to another phase, as the teacher; with a countdown of so many seconds, if there are any."""
        self._store.advance(code, key, to, seconds)
        self._watch.forget(code_in(code))

    def join(self, code: str) -> Seat:
        """Take a seat; its token is for the student's browser alone."""
        seat = self._store.take_seat(code)
        self._watch.change(code_in(code), lambda room: room.with_seat(seat))
        return seat

    def vote(self, code: str, token: str, ballot: Ballot) -> None:
        """Keep an answer to the round and the vote that the page of this student showed.

        Raises
        ------
        LateError
            If they are not asked now.
        RoomError
            If the step does not allow such an answer.
        """
        topic = self.room(code).topic
        if not 1 <= ballot.round <= len(topic.steps):
            raise LateError(say("error.question"))
        step = topic.step(ballot.round)
        if not fits(step, ballot.answer):
            raise RoomError(say("error.answer", rule=rule(step), got=_shown(ballot.answer)))
        number = self._store.put(code, token, ballot)
        self._watch.change(code_in(code), lambda room: room.with_vote(number, ballot))

    def share(self, code: str, token: str, experiment: str, params: Params) -> None:
        """Put settings on the board, in place of those that this student put there before."""
        self._store.put(code, token, board.shared(self.room(code), experiment, params))
        self._watch.forget(code_in(code))

    def room(self, code: str) -> Room:
        """Return a room as it was at most a second ago; a page shows of it what is in the views."""
        return self._watch.see(code_in(code))

    def student(self, code: str, token: str, find_truth: FindTruth = worked_out) -> StudentView:
        """Return what the owner of a seat sees."""
        try:
            return student_view(self.room(code), token, find_truth)
        except StrangerError:
            # Another process may have given the seat less than a second ago.
            self._watch.forget(code_in(code))
            return student_view(self.room(code), token, find_truth)

    def projector(self, code: str, find_truth: FindTruth = worked_out) -> ProjectorView:
        """Return what a projector shows."""
        return projector_view(self.room(code), find_truth)

    def teacher(self, code: str, key: str, find_truth: FindTruth = worked_out) -> TeacherView:
        """Return what the teacher sees."""
        return teacher_view(self.room(code), key, find_truth)

    def board(self, code: str, key: str) -> ScenarioSet | None:
        """Return what is on the board of the present experiment, for the teacher; None where nothing is."""
        return board.board_of(self._whole(code, key))

    def download(
        self,
        code: str,
        key: str,
        find_truth: FindTruth = worked_out,
        results: Iterable[Result] = (),
        *,
        board: bool = True,
    ) -> dict[str, str]:
        """Return everything of a room as CSV, by name of the file.

        What is on the board is run if it is not at hand; without `board` it is left out.
        """
        return download.files_of(self._whole(code, key), find_truth, results, board=board)

    def shown_board(self, code: str) -> ScenarioSet | None:
        """Return what is on the board for the projector; None before the answer is shown, and of fewer than five."""
        room = self._watch.see(code_in(code), whole=True)
        found = board.board_of(room) if room.phase is Phase.REVEALED else None
        return found if found is not None and len(found.scenarios) >= FEW else None

    def _whole(self, code: str, key: str) -> Room:
        room = self._watch.see(code_in(code), whole=True)
        room.require_key(key)
        return room


def _shown(answer: Answer) -> str:
    from bnsim.scenario.wording import number_text, shown

    if answer.choice is not None:
        return f"choice {number_text(answer.choice + 1)}"
    return shown(answer.number)

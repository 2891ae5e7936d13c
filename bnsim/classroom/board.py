"""The board: what each student set on the page of the experiment that is asked about, as one scenario set."""

from bnsim.classroom.bounds import LARGEST_SCENARIO
from bnsim.classroom.room import Room, Shared
from bnsim.classroom.words import say
from bnsim.errors import RoomError
from bnsim.experiments import params_of
from bnsim.scenario import toml
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import MOST_SCENARIOS, Scenario, ScenarioSet
from bnsim.scenario.wording import shown_name


def shared(room: Room, experiment: str, params: Params) -> Shared:
    """Return settings as they are put on the board: without titles and notes, in which somebody could write a name.

    Raises
    ------
    RoomError
        If the question is about another experiment, or they are too large.
    """
    asked = room.step.scenario.experiment
    if experiment != asked:
        raise RoomError(say("error.experiment", experiment=asked, got=shown_name(experiment)))
    text = toml.write(ScenarioSet(experiment, "", (Scenario(experiment, "shared", params),)))
    if len(text.encode()) > LARGEST_SCENARIO:
        raise RoomError(say("error.scenario", most=LARGEST_SCENARIO, got=len(text.encode())))
    return Shared(experiment, text)


def board_of(room: Room) -> ScenarioSet | None:
    """Return what is on the board of the experiment that is asked about, by seat; None where nothing is.

    Of more than 200, as many as a set may have, those of the lowest seats are taken: seats are numbered by chance.
    """
    asked = room.step.scenario.experiment
    entries = sorted((seat, text) for (experiment, seat), text in room.board.items() if experiment == asked)
    scenarios = tuple(_scenario(asked, seat, text) for seat, text in entries[:MOST_SCENARIOS])
    return ScenarioSet(asked, say("board.title"), scenarios) if scenarios else None


def _scenario(experiment: str, seat: int, text: str) -> Scenario:
    (kept,) = toml.read(text, params_of).scenarios
    return Scenario(experiment, say("board.seat", number=seat), kept.params)

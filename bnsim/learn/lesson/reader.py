"""Lesson files: strict when read, with every problem at once."""

from bnsim.errors import LessonError, ScenarioError
from bnsim.learn.lesson.step import Lesson
from bnsim.learn.lesson.steps import step_of, together_problems
from bnsim.learn.lesson.table import Table
from bnsim.scenario.document import parsed, taken
from bnsim.scenario.scenario import LONGEST_TITLE, name_problems
from bnsim.scenario.wording import refuse, shown

SCHEMA = 1
KEYS = ("schema", "title", "summary", "need", "minutes", "step")
LONGEST_SUMMARY = 300
MOST_MINUTES = 60
MOST_STEPS = 20


def read(text: str | bytes, name: str, *, where: str = "lesson") -> Lesson:
    """Return the lesson that a file holds.

    Parameters
    ----------
    text : str or bytes
        The content of the file: UTF-8, at most 1 MiB.
    name : str
        What the lesson is called in links and on the command line.
    where : str
        What the file is called in messages about it as a whole.

    Raises
    ------
    LessonError
        With every problem at once, each with the path of its key. Nothing is run: what only a run can tell,
        `bnsim.learn.lesson.checking` finds.
    """
    try:
        top = Table(parsed(text, where), "")
    except ScenarioError as error:
        raise LessonError(*error.problems) from None
    top.refuse_unknown(KEYS, "a key of a lesson")
    if type(top.items.get("schema")) is not int or top.items["schema"] != SCHEMA:
        top.say(f"schema must be {SCHEMA}; got {shown(top.items.get('schema'))}.")
    title = top.text("title", LONGEST_TITLE, needed=True, one_line=True)
    summary = top.text("summary", LONGEST_SUMMARY, needed=True, one_line=True)
    need = top.text("need")
    minutes = top.whole("minutes", 1, MOST_MINUTES)
    steps = [step_of(table) for table in _step_tables(top)]
    top.say(*together_problems(steps))
    refuse(LessonError, top.problems)
    return Lesson(name, title, summary, need, minutes, tuple(filter(None, steps)))


def _step_tables(top: Table) -> list[Table]:
    written = taken(top.items, "step", list, top.problems)
    if "step" in top and not isinstance(top.items["step"], list):
        return []
    if not 1 <= len(written) <= MOST_STEPS:
        top.say(f"a lesson must hold 1 to {MOST_STEPS} steps; got {len(written)}.")
        return []
    found = []
    for place, item in enumerate(written, 1):
        if isinstance(item, dict):
            found.append(Table(item, f"{_called(place, item.get('name'))}: ", top.problems))
        else:
            top.say(f"step {place} must be a table; got {shown(item)}.")
    return found


def _called(place: int, name: object) -> str:
    return f"step {place}" if name_problems("name", name) else f'step {place} ("{name}")'

"""What a room asks: a lesson, one step of it, or a question that a teacher wrote; kept as the text of its file."""

from dataclasses import dataclass, replace
from functools import lru_cache

from bnsim.classroom.bounds import LARGEST_TOPIC
from bnsim.classroom.words import say
from bnsim.errors import LessonError, RoomError
from bnsim.learn.lesson import Choice, Lesson, Lessons, Step, read
from bnsim.scenario.wording import unknown

OWN = "own-question"
"""What a teacher's own text is called."""

REMEMBERED = 100
"""Lessons that are read once: two of each room."""


@dataclass(frozen=True)
class Topic:
    """What a room asks. The text is kept whole, so that another process reads the same, whatever files it has.

    Parameters
    ----------
    text : str
        Of a lesson's file.
    name : str
        What the lesson is called.
    only : str
        Name of the one step that is asked; "" for all of them, one after the other.
    """

    text: str
    name: str = OWN
    only: str = ""

    @property
    def lesson(self) -> Lesson:
        """The lesson that the text is."""
        return _lesson(self.text, self.name)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is asked, in order: one step for each round."""
        return tuple(step for step in self.lesson.steps if self.only in ("", step.name))

    def step(self, round_number: int) -> Step:
        """Return what a round asks; rounds count from 1."""
        return self.steps[round_number - 1]


def topic_of(target: str, lessons: Lessons | None = None) -> Topic:
    """Return what is asked by the name of a lesson, or of one step of it: ``batch-of-two``, ``batch-of-two/largest``.

    Raises
    ------
    RoomError
        If there is no such lesson or step; the nearest one is suggested.
    """
    known = Lessons.open() if lessons is None else lessons
    name, only = (target, "") if target in known.lessons or "/" not in target else _parted(target)
    if name not in known.lessons:
        raise RoomError(
            say("error.lesson", sentence=unknown(name, "a lesson here", known.lessons, "The lessons are")),
        )
    names = [step.name for step in known.lessons[name].steps]
    if only and only not in names:
        raise RoomError(say("error.step", sentence=unknown(only, "a step of this lesson", names, "Its steps are")))
    return topic_in(known.sources[name], name, only)


def topic_in(text: str | bytes, name: str = OWN, only: str = "") -> Topic:
    """Return what is asked by the text of a lesson's file, such as a teacher's own of one step.

    Raises
    ------
    RoomError
        If it is too large.
    LessonError
        With everything that is wrong with it; what only a run can tell, `bnsim.learn.lesson.truth_problems` finds.
    """
    content = text if isinstance(text, bytes) else _encoded(text)
    if len(content) > LARGEST_TOPIC:
        raise RoomError(say("error.topic", most=LARGEST_TOPIC, got=len(content)))
    topic = Topic(_decoded(content), name, only)
    topic.lesson  # noqa: B018 - it raises what is wrong with the text
    return topic


def asked_only(step: Step) -> Step:
    """Return a step without anything that tells its answer: no verdicts, and no choice says when it is true."""
    choices = tuple(Choice(choice.text) for choice in step.choices)
    return replace(step, right="", wrong="", unsure="", follow_up="", choices=choices)


def _parted(target: str) -> tuple[str, str]:
    name, _, only = target.rpartition("/")
    return name, only


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:  # half a character
        raise LessonError(say("error.characters", place=error.start + 1)) from None


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise LessonError(say("error.bytes", place=error.start + 1)) from None


@lru_cache(maxsize=REMEMBERED)
def _lesson(text: str, name: str) -> Lesson:
    return read(text, name)

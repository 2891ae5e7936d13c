"""What somebody has answered in a lesson, as a short text for links and for going on at a terminal.

``1.c2.n0.42.u``: version 1; the second choice; the number 0.42; "I don't know".
"""

import re
from dataclasses import dataclass, replace
from typing import Self

from bnsim.learn.lesson.answers import fits, rule
from bnsim.learn.lesson.step import UNSURE, Answer, Lesson
from bnsim.scenario.wording import number_text, shown

VERSION = "1"
LONGEST = 1000
"""Characters; twenty numbers with all their digits need half of it."""

ANSWER = re.compile(
    r"\.(?:c(?P<choice>[1-9])|n(?P<number>-?[0-9]{1,17}(?:\.[0-9]{1,20})?(?:e-?[0-9]{1,3})?)|(?P<unsure>u))"
)
EXAMPLE = "1.c2.n0.42.u"


@dataclass(frozen=True)
class Progress:
    """The answers so far, in the order of the steps. What was given is not changed: a lesson is only begun anew."""

    answers: tuple[Answer, ...] = ()

    def given(self, answer: Answer) -> Self:
        """Return the progress after one more answer."""
        return replace(self, answers=(*self.answers, answer))

    def written(self) -> str:
        """Return the text that `read` reads."""
        return "".join((VERSION, *map(_written, self.answers)))

    @classmethod
    def read(cls, text: str, lesson: Lesson) -> tuple[Self, tuple[str, ...]]:
        """Return the answers in a text, as far as they go, and a sentence for what cannot be used.

        Every answer has to fit its step of the lesson; what follows one that does not is left out.
        """
        rest = text[:LONGEST].strip()
        if not rest:
            return cls(), ()
        if rest != VERSION and not rest.startswith(f"{VERSION}."):
            return cls(), (f"progress must be {VERSION} and the answers, such as {EXAMPLE}; got {shown(text)}.",)
        answers, at = list[Answer](), len(VERSION)
        for place, step in enumerate(lesson.steps, 1):
            if at == len(rest):
                break
            found = ANSWER.match(rest, at)
            answer = None if found is None else _read(found)
            if found is None or answer is None or not fits(step, answer):
                got = shown(rest[at:].removeprefix("."))
                told = f"progress: answer {place} must be {rule(step)}; got {got}. Answer from there on."
                return cls(tuple(answers)), (told,)
            answers.append(answer)
            at = found.end()
        many = f"progress must hold at most {len(lesson.steps)} answers; got more, which are left out."
        return cls(tuple(answers)), (many,) if at < len(rest) else ()


def _written(answer: Answer) -> str:
    if answer.choice is not None:
        return f".c{answer.choice + 1}"
    if answer.number is None:
        return ".u"
    # A plus sign would be read as a blank in a link.
    return f".n{number_text(answer.number).replace('e+', 'e')}"


def _read(found: re.Match[str]) -> Answer:
    if found["choice"]:
        return Answer(choice=int(found["choice"]) - 1)
    return UNSURE if found["unsure"] else Answer(number=float(found["number"]))

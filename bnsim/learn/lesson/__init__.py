"""Lessons: predict, then see. Read from files, run, judged; docs/lessons.md says how to write one."""

from bnsim.learn.lesson.answers import answer_of, fits, rule
from bnsim.learn.lesson.checking import truth_problems
from bnsim.learn.lesson.judging import Truth, Verdict, judge, question, truth, truth_of
from bnsim.learn.lesson.library import Lessons, load
from bnsim.learn.lesson.progress import Progress
from bnsim.learn.lesson.reader import read
from bnsim.learn.lesson.step import UNSURE, Answer, Choice, Compare, Kind, Lesson, Step

__all__ = [
    "UNSURE",
    "Answer",
    "Choice",
    "Compare",
    "Kind",
    "Lesson",
    "Lessons",
    "Progress",
    "Step",
    "Truth",
    "Verdict",
    "answer_of",
    "fits",
    "judge",
    "load",
    "question",
    "read",
    "rule",
    "truth",
    "truth_of",
    "truth_problems",
]

"""A page prepared for a class: which controls are hidden or locked, which scenarios are offered, which question comes.

It guides and does not protect: whoever opens it can unlock everything. It stands in a link, which is read as far as
it goes, or in a file (`bnsim.scenario.prepared_file`), which is refused with every problem at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote, unquote, urlencode

from bnsim.errors import ScenarioError
from bnsim.scenario import link
from bnsim.scenario.params import Params
from bnsim.scenario.wording import MOST_PROBLEMS, counted, limited, nearest, shown, shown_name, unknown, unknowns

HIDE, LOCK, PRESETS, LESSON, START = "hide", "lock", "presets", "lesson", "start"
"""What a link says besides the parameters; no parameter may have these names."""

KEYS = (HIDE, LOCK, PRESETS, LESSON, START)
LONGEST_LINK = 2000
"""Characters of the whole link: a QR code of so many can still be read, and mail and chat pass it on whole."""

LONGEST_READ = link.LONGEST_READ
NONE, WHOLE = "none", "*"
"""No scenarios at all, and in place of a scenario's name all of its set; every other word has a "/" in it."""

CONTROLS_ARE, SETS_ARE, LESSONS_ARE = "Its controls are", "Its sets are", "The lessons are"
Query = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Possible:
    """What there is to prepare on a page.

    Attributes
    ----------
    controls : tuple of str
        Names of its parameters.
    presets : tuple of str
        Its scenarios as ``set/scenario``, those of a set one after the other.
    lessons : mapping of str to int
        How many questions each lesson has.
    """

    controls: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    lessons: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Prepared:
    """How a page is prepared; as it stands here, nothing is.

    Attributes
    ----------
    hidden, locked : tuple of str
        Parameters without a control, and those whose control cannot be moved. What they are set to holds all the same.
    presets : tuple of str, optional
        The scenarios that are offered, as ``set/scenario``; None for all.
    lesson : str
        The lesson that it leads to, "" for none.
    start : int
        At which question that begins, from 1.
    """

    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    presets: tuple[str, ...] | None = None
    lesson: str = ""
    start: int = 1

    def __bool__(self) -> bool:
        """Return whether anything is prepared."""
        return self != Prepared()

    @property
    def guarded(self) -> frozenset[str]:
        """The parameters that nobody moves by a control."""
        return frozenset((*self.hidden, *self.locked))


@dataclass(frozen=True)
class PreparedPage:
    """A prepared page with all that is set on it; of a lesson, `experiment` is "" and `params` is None."""

    experiment: str
    params: Params | None
    prepared: Prepared
    presenter: bool = False


def encode(prepared: Prepared, possible: Possible) -> dict[str, str]:
    """Return what a link says of it; nothing where nothing is prepared.

    Examples
    --------
    >>> encode(Prepared(locked=("mean", "std"), presets=()), Possible(("mean", "std")))
    {'lock': 'mean,std', 'presets': 'none'}
    """
    found = {HIDE: ",".join(prepared.hidden), LOCK: ",".join(prepared.locked)}
    if prepared.presets is not None:
        found[PRESETS] = ",".join(_short(prepared.presets, possible)) or NONE
    if prepared.lesson:
        found |= {LESSON: prepared.lesson, START: str(prepared.start)}
    return {key: text for key, text in found.items() if text}


def decode(query: Query, possible: Possible) -> tuple[Prepared, tuple[str, ...]]:
    """Return how a link prepares the page, as far as it can be read, and a sentence for all that cannot."""
    reader = Reader(possible)
    texts = {key: reader.text(key, query[key]) for key in KEYS if key in query}
    prepared = reader.prepared(
        hidden=_listed(texts.get(HIDE, "")),
        locked=_listed(texts.get(LOCK, "")),
        presets=None if not texts.get(PRESETS) else list(_long(texts[PRESETS], possible)),
        lesson=texts.get(LESSON, ""),
        start=_number(texts[START]) if START in texts else None,
    )
    return prepared, limited(reader.problems)


def url(base: str, page: PreparedPage, query: Mapping[str, str]) -> str:
    """Return the link to a prepared page; `query` is all that it says, `base` the address of the app.

    Raises
    ------
    ScenarioError
        If there is no room in it: in the sentence why, with the way out.
    """
    found = f"{base}/{page.experiment or 'lessons'}?{urlencode(query, safe=',/*')}"
    whole = page.params is None or link.holds_everything(page.params)
    if whole and len(found) <= LONGEST_LINK:
        return found
    why = f"this one would need {len(found)}" if whole else "your own numbers would need more"
    raise ScenarioError(
        f"the link of a prepared page must have at most {LONGEST_LINK} characters; {why}. Share the file instead."
    )


class Reader:
    """Puts together what a link or a file says, and gathers in `problems` what cannot be."""

    def __init__(self, possible: Possible, names: Mapping[str, str] = MappingProxyType({})) -> None:
        self.possible, self.problems = possible, list[str]()
        self._names = names

    def text(self, key: str, values: str | Sequence[str]) -> str:
        """Return the last text that a link gives for a key; "" where it is too long."""
        given = [values] if isinstance(values, str) else list(values)
        if len(given) > 1:
            self.problems.append(f"{key} is given {len(given)} times; the last one counts.")
        found = given[-1] if given else ""
        if len(found) > LONGEST_READ:
            self.problems.append(f"{key} must be at most {LONGEST_READ} characters; got {len(found)}.")
            return ""
        return found

    def prepared(
        self, hidden: list[str], locked: list[str], presets: list[str] | None, lesson: str, start: object
    ) -> Prepared:
        """Return what of it can be; a start of None is none."""
        is_hidden = self._known(HIDE, hidden, self.possible.controls, "a control of this page", CONTROLS_ARE)
        is_locked = self._known(LOCK, locked, self.possible.controls, "a control of this page", CONTROLS_ARE)
        twice = [name for name in is_locked if name in is_hidden]
        self.problems += [
            f"{self.name(LOCK)}: {name} must be hidden or locked; got both. It is hidden." for name in twice
        ]
        offered = None
        if presets is not None:
            found = self._presets(presets)
            # A list of which nothing is there is no wish to offer nothing.
            offered = None if presets and not found else found
        named = self._lesson(lesson)
        return Prepared(
            is_hidden, tuple(name for name in is_locked if name not in twice), offered,
            named, self._start(lesson, named, start),
        )  # fmt: skip

    def name(self, key: str) -> str:
        """Return how a key is called where this comes from."""
        return self._names.get(key, key)

    def _known(
        self, key: str, names: Iterable[str], known: Sequence[str], what: str, introduction: str
    ) -> tuple[str, ...]:
        """Return the names that there are, each once and in the order of the page; the others are told."""
        asked = dict.fromkeys(names)
        odd = unknowns((name for name in asked if name not in known), what, known, introduction)
        self.problems += [f"{self.name(key)}: {sentence}" for sentence in odd]
        return tuple(name for name in known if name in asked)

    def _presets(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the scenarios that there are; of one like none of them the sets are said, not all of them."""
        asked, known = dict.fromkeys(names), self.possible.presets
        sets = [f"{name}/{WHOLE}" for name in _sets(self.possible)]
        odd = [each for each in asked if each not in known]
        # To look for what is nearest takes a millisecond, and no more than so many are ever told.
        for name in odd[: MOST_PROBLEMS + 1]:
            is_set = name.endswith(f"/{WHOLE}") or not nearest(name, known)
            there = sets if is_set else known
            self.problems.append(f"{self.name(PRESETS)}: {unknown(name, 'a scenario of this page', there, SETS_ARE)}")
        return tuple(name for name in known if name in asked)

    def _lesson(self, lesson: str) -> str:
        if not lesson or lesson in self.possible.lessons:
            return lesson
        self.problems += [
            f"{self.name(LESSON)}: {sentence}"
            for sentence in unknowns([lesson], "a lesson", self.possible.lessons, LESSONS_ARE)
        ]
        return ""

    def _start(self, asked: str, lesson: str, start: object) -> int:
        """Return the question at which a lesson begins: the first, unless it says otherwise."""
        if start is None:
            return 1
        if not lesson:
            if not asked:
                self.problems.append(
                    f"{self.name(START)} must stand beside {self.name(LESSON)}; got {shown(start)} alone."
                )
            return 1
        most = self.possible.lessons[lesson]
        if isinstance(start, int) and not isinstance(start, bool) and 1 <= start <= most:
            return start
        self.problems.append(
            f"{self.name(START)} must be a whole number from 1 to {most}, as {shown_name(lesson)} has "
            f"{counted(most, 'question', 'questions')}; got {shown(start)}."
        )
        return 1


def _listed(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else text


def _sets(possible: Possible) -> dict[str, list[str]]:
    """Return the scenarios of each set, as they are called here."""
    found: dict[str, list[str]] = {}
    for each in possible.presets:
        found.setdefault(each.rpartition("/")[0], []).append(each)
    return found


def _short(presets: Sequence[str], possible: Possible) -> Iterator[str]:
    """Yield the words for some scenarios: one for each set of which all are there, else one for each."""
    chosen, sets = set(presets), _sets(possible)
    whole = {name for name, every in sets.items() if chosen.issuperset(every)}
    for each in dict.fromkeys(f"{_set(each)}/{WHOLE}" if _set(each) in whole else each for each in presets):
        yield quote(each, safe="/*")


def _long(text: str, possible: Possible) -> Iterator[str]:
    """Yield the scenarios that some words stand for; what is not known as it was written."""
    sets = _sets(possible)
    for word in _listed("" if text == NONE else text):
        each = unquote(word)
        name, _, scenario = each.rpartition("/")
        yield from sets.get(name, [each]) if scenario == WHOLE else [each]


def _set(preset: str) -> str:
    return preset.rpartition("/")[0]

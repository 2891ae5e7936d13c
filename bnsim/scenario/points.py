"""The points of a sweep: one parameter over its values, or a grid of two, as a scenario set with a baseline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from bnsim.errors import ParamsError
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import LONGEST_TITLE, Scenario, ScenarioSet, name_from
from bnsim.scenario.vary import MOST_POINTS, Variation, read_variation, value_text
from bnsim.scenario.wording import counted, cut, refuse, shown_name, unknown
from bnsim.text import words_of

WORDS = words_of("bnsim.scenario")
MOST_VARIED = 2

Asked = Sequence[tuple[str, str | Sequence[object]]]
"""What is to be varied: names, each with a list or a range as text, or the values themselves."""


@dataclass(frozen=True)
class Sweep:
    """One parameter or two over their values, everything else being the same.

    Attributes
    ----------
    variations : tuple of Variation
        One or two; of two the second changes faster.
    points : tuple of Params
        At least 2 and at most 50.
    baseline : int
        The place of the point that is nearest to what is set without the sweep.
    read : tuple of str
        Sentences on how the values were read, and on what was left out.
    of_baseline : str
        The sentence on the baseline.
    """

    variations: tuple[Variation, ...]
    points: tuple[Params, ...]
    baseline: int
    read: tuple[str, ...]
    of_baseline: str

    @property
    def told(self) -> tuple[str, ...]:
        """All that is to be said of it."""
        return (*self.read, self.of_baseline)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters that vary."""
        return tuple(each.spec.name for each in self.variations)

    @property
    def title(self) -> str:
        """What is varied: "σ_B from 0.001 to 10"."""
        return _joined(_extent(each) for each in self.variations)

    def titles(self) -> list[str]:
        """Return what each point is called: "σ_B = 0.001, γ = 2"."""
        texts = product(*(each.written() for each in self.variations))
        return [_title(self.variations, point) for point in texts]

    def scenarios(self, experiment: str, title: str, readouts: Sequence[str] = ()) -> ScenarioSet:
        """Return the points as a scenario set, which can be saved and compared.

        Parameters
        ----------
        experiment, title : str
            Slug and title of the experiment.
        readouts : sequence of str
            Keys of the readouts that the set is about.

        Raises
        ------
        ScenarioError
            If a readout is unknown.
        """
        taken: dict[str, Scenario] = {}
        parts = product(*(each.in_names() for each in self.variations))
        for params, point, part in zip(self.points, self.titles(), parts, strict=True):
            name = name_from(" ".join(part), taken)
            taken[name] = Scenario(experiment, name, params, title=cut(point, LONGEST_TITLE))
        what = _joined(each.label for each in self.variations)
        return ScenarioSet(
            experiment,
            cut(WORDS.say("label.title", experiment=title, what=self.title), LONGEST_TITLE),
            tuple(taken.values()),
            question=WORDS.say("label.question", what=what),
            baseline=tuple(taken)[self.baseline],
            readouts=tuple(readouts),
        )


def sweep_of(params: type[Params], given: Mapping[str, object], asked: Asked, problems: Iterable[str] = ()) -> Sweep:
    """Return a sweep.

    Parameters
    ----------
    params : type[Params]
        The parameters of the experiment.
    given : mapping
        Typed values of those that stay as they are; what is not given is default.
    asked : sequence
        One or two parameters to vary.
    problems : iterable of str
        What is wrong already; it is told with everything else.

    Raises
    ------
    ParamsError
        With every problem at once.
    """
    found, told = list(problems), list[str]()
    variations = _variations(params, asked, found, told)
    fixed = {name: value for name, value in given.items() if name not in dict(asked)}
    found += [each.sentence for each in params.examine(fixed)[1] if not each.is_rule]
    many = [len(each.values) for each in variations]
    if len(many) == MOST_VARIED and many[0] * many[1] > MOST_POINTS:
        counts = f"{many[0]} × {many[1]} = {many[0] * many[1]}"
        found.append(f"a sweep must have at most {MOST_POINTS} points; got {counts}. Take fewer values of one.")
    refuse(ParamsError, found)
    points = _points(params, fixed, variations)
    default = {name: given.get(name, spec.default) for name, spec in params.controls().items()}
    places = [each.nearest(default[each.spec.name]) for each in variations]
    baseline = places[0] if len(places) == 1 else places[0] * many[1] + places[1]
    of_baseline = _said_of_baseline(variations, places, default)
    return Sweep(tuple(variations), points, baseline, tuple(told), of_baseline)


def _variations(params: type[Params], asked: Asked, problems: list[str], told: list[str]) -> list[Variation]:
    controls = params.controls()
    names = [name for name, _ in asked]
    if not 1 <= len(names) <= MOST_VARIED:
        problems.append(f"a sweep must vary one parameter or two; got {len(names) or 'none'}.")
        return []
    if len(set(names)) < len(names):
        problems.append(f"{shown_name(names[0])} must be varied once; got it twice.")
        return []
    known = {name: values for name, values in asked if name in controls}
    varied = [name for name, spec in controls.items() if spec.kind not in ("values", "text")]
    problems += [
        unknown(name, "a parameter of this experiment", varied, "Those that can be varied are")
        for name in names
        if name not in known
    ]
    found = [read_variation(controls[name], values, problems, told) for name, values in known.items()]
    return [each for each in found if each is not None]


def _points(params: type[Params], fixed: Mapping[str, object], variations: Sequence[Variation]) -> tuple[Params, ...]:
    """Return the parameters of every point; what a point breaks is said with it, once for each kind of sentence."""
    names = [each.spec.name for each in variations]
    points, broken = list[Params](), dict[str, list[str]]()
    texts = product(*(each.written() for each in variations))
    for values, text in zip(product(*(each.values for each in variations)), texts, strict=True):
        found, problems = params.examine({**fixed, **dict(zip(names, values, strict=True))})
        if found is not None:
            points.append(found)
        for problem in problems:
            broken.setdefault(problem.sentence, []).append(_title(variations, text))
    many = len(points) + len({point for places in broken.values() for point in places})
    refuse(ParamsError, [_said_of_points(sentence, places, many) for sentence, places in broken.items()])
    return tuple(points)


def _said_of_points(sentence: str, places: Sequence[str], many: int) -> str:
    """Return what is wrong, and at which points."""
    if len(places) == many:
        return sentence
    more = f" and {counted(len(places) - 1, 'other point', 'other points')}" if len(places) > 1 else ""
    return f"At {places[0]}{more}: {sentence}"


def _title(variations: Sequence[Variation], texts: Sequence[str]) -> str:
    pairs = zip(variations, texts, strict=True)
    return ", ".join(WORDS.say("label.point", symbol=each.symbol, value=text) for each, text in pairs)


def _extent(variation: Variation) -> str:
    if not variation.is_ordered:
        return WORDS.say("label.list", symbol=variation.symbol, count=str(len(variation.values)))
    first, *_, last = variation.written()
    return WORDS.say("label.range", symbol=variation.symbol, first=first, last=last)


def _joined(parts: Iterable[str]) -> str:
    one, *others = parts
    return WORDS.say("label.both", one=one, other=others[0]) if others else one


def _said_of_baseline(variations: Sequence[Variation], places: Sequence[int], default: Mapping[str, Any]) -> str:
    title = _title(variations, [each.written()[place] for each, place in zip(variations, places, strict=True)])
    wanted = [default[each.spec.name] for each in variations]
    if all(value in each.values for each, value in zip(variations, wanted, strict=True)):
        return WORDS.say("label.baseline.exact", title=title)
    there = _title(variations, [value_text(each.spec, value) for each, value in zip(variations, wanted, strict=True)])
    return WORDS.say("label.baseline.near", title=title, set=there)

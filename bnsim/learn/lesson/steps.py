"""A step of a lesson's file, read and checked as far as it can be without running anything."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bnsim.experiments import find
from bnsim.learn.lesson import template
from bnsim.learn.lesson.settings import against_of, scenario_of, too_slow
from bnsim.learn.lesson.step import Choice, Compare, Kind, Step
from bnsim.learn.lesson.table import Table
from bnsim.scenario.document import taken
from bnsim.scenario.scenario import Scenario, name_problems
from bnsim.scenario.wording import number_text, shown, shown_name

KEYS = (
    "name", "kind", "question", "scenario", "experiment", "params", "against", "compare", "readout",
    "choices", "low", "high", "close", "close_factor", "right", "wrong", "unsure", "follow_up", "again",
)  # fmt: skip
ONLY_FOR = {
    Kind.CHOICE: ("choices",),
    Kind.NUMBER: ("low", "high", "close", "close_factor"),
    Kind.POINT: ("low", "high", "close", "close_factor"),
}
CHOICE_KEYS = ("text", "from", "to", "is")
FEWEST_CHOICES, MOST_CHOICES = 2, 5
LONGEST_CHOICE = 200
LATER = 2
"""A step that asks again comes so many steps later, or more."""

PREDICTED = frozenset({"prediction", "error", "factor"})


def step_of(table: Table) -> Step | None:
    """Return a step, or None when something is wrong with it, which is said."""
    before = len(table.problems)
    table.refuse_unknown(KEYS, "a key of a step")
    table.say(*name_problems("name", table.items.get("name")))
    kind = table.one_of("kind", Kind)
    compare = table.one_of("compare", Compare, Compare.VALUE)
    scenario = scenario_of(table)
    if scenario is None or kind is None or compare is None:
        _texts(table)
        return None
    step = _whole(table, scenario, kind, compare)
    if len(table.problems) == before and (sentence := too_slow(step.scenarios)):
        table.say(sentence)
    return step if len(table.problems) == before else None


def _whole(table: Table, scenario: Scenario, kind: Kind, compare: Compare) -> Step:
    """Return a step, which is of no use where something was said."""
    against = against_of(table, scenario)
    if compare is not Compare.VALUE and "against" not in table:
        table.say(f"against must name a second scenario where compare is {compare}; got nothing.")
    step = Step(
        name=str(table.items.get("name")),
        kind=kind,
        scenario=scenario,
        against=against,
        compare=compare,
        readout=_readout(table, scenario),
        choices=_choices(table, kind, scenario, against),
        **_numbers(table, kind),
        **_texts(table),
    )
    table.say(*_odd_keys(table, kind), *_template_problems(step))
    return step


def together_problems(steps: Sequence[Step | None]) -> Iterator[str]:
    """Yield what is wrong with steps beside each other: names, and what is asked again; None is one with problems."""
    names = [step.name if step else "" for step in steps]
    for name, count in Counter(filter(None, names)).items():
        if count > 1:
            yield f"the names of steps must differ; {shown_name(name)} is there more than once."
    for place, step in enumerate(steps):
        if step and step.again:
            path = f'step {place + 1} ("{step.name}")'
            yield from (f"{path}: again {sentence}" for sentence in _again_problems(place, step, steps))


def _again_problems(place: int, step: Step, steps: Sequence[Step | None]) -> Iterator[str]:
    earlier = {each.name: at for at, each in enumerate(steps[:place]) if each}
    if step.again not in earlier:
        if None not in steps[:place]:
            yield f"must name an earlier step; got {shown(step.again)}."
        return
    at = earlier[step.again]
    first = steps[at]
    if place - at < LATER:
        yield f"must name a step at least {LATER} steps earlier; {shown_name(step.again)} is {place - at} earlier."
    if first and _asked(first) != _asked(step):
        yield f"must ask the same: the experiment, readout, kind and compare of {shown_name(step.again)}; got others."
    elif first and [each.params for each in first.scenarios] == [each.params for each in step.scenarios]:
        yield f"must ask with other numbers; got the parameters of {shown_name(step.again)}."


def _asked(step: Step) -> tuple[str, ...]:
    return step.scenario.experiment, step.readout, step.kind, step.compare


def _texts(table: Table) -> dict[str, Any]:
    needed = {key: table.text(key, needed=True) for key in ("question", "right", "wrong")}
    return {**needed, **{key: table.text(key) for key in ("unsure", "follow_up", "again")}}


def _readout(table: Table, scenario: Scenario) -> str:
    experiment, name = find(scenario.experiment), table.text("readout", needed=True)
    known = list(experiment.terms)
    if not name or not table.known("readout", name, known, "a readout of this experiment", "Its readouts are"):
        return ""
    if name in experiment.measured:
        table.say(f"readout must be the same on every machine; {name} is measured.")
    return name


def _odd_keys(table: Table, kind: Kind) -> Iterator[str]:
    allowed = ONLY_FOR[kind]
    for key in dict.fromkeys(key for keys in ONLY_FOR.values() for key in keys):
        if key in table and key not in allowed:
            yield f"{key} must be left out where kind is {kind}."


def _numbers(table: Table, kind: Kind) -> dict[str, Any]:
    if kind is Kind.CHOICE:
        return {}
    found = {key: table.number(key, needed=True) for key in ("low", "high")}
    found |= {key: table.number(key) for key in ("close", "close_factor")}
    low, high, close, factor = found.values()
    if low is not None and high is not None and not low < high:
        table.say(f"high must be more than low, {number_text(low)}; got {number_text(high)}.")
    if ("close" in table) == ("close_factor" in table):
        got = "both" if "close" in table else "neither"
        table.say(f"close or close_factor must say how near is near enough; got {got}.")
    if close is not None and close <= 0:
        table.say(f"close must be more than 0; got {number_text(close)}.")
    if factor is not None and factor <= 1:
        table.say(f"close_factor must be more than 1; got {number_text(factor)}.")
    if factor is not None and low is not None and low <= 0:
        table.say(f"low must be more than 0 where close_factor is given; got {number_text(low)}.")
    return found


def _choices(table: Table, kind: Kind, scenario: Scenario, against: Scenario | None) -> tuple[Choice, ...]:
    written = taken(table.items, "choices", list, table.problems, table.path)
    if kind is not Kind.CHOICE or ("choices" in table and not isinstance(table.items["choices"], list)):
        return ()
    if not FEWEST_CHOICES <= len(written) <= MOST_CHOICES:
        table.say(f"choices must be {FEWEST_CHOICES} to {MOST_CHOICES}; got {len(written)}.")
        return ()
    found = tuple(_choice(each, scenario, against) for each in table.tables("choices", "choice"))
    for text, count in Counter(choice.text for choice in found if choice.text).items():
        if count > 1:
            table.say(f"the texts of choices must differ; {shown(text)} is there {count} times.")
    return found


def _choice(table: Table, scenario: Scenario, against: Scenario | None) -> Choice:
    table.refuse_unknown(CHOICE_KEYS, "a key of a choice")
    text = table.text("text", LONGEST_CHOICE, needed=True, one_line=True)
    low, high = table.number("from"), table.number("to")
    word = table.text("is", one_line=True) or None
    if "is" in table and ("from" in table or "to" in table):
        table.say("is must stand alone, without from and to; got both.")
    if not {"is", "from", "to"} & set(table.items):
        table.say("from, to or is must say when the choice is true; got none of them.")
    if low is not None and high is not None and low > high:
        table.say(f"to must be at least from, {number_text(low)}; got {number_text(high)}.")
    problems = list(template.template_problems("text", text, _known(scenario, against)))
    table.say(*problems)
    return Choice("" if problems else template.filled(text, scenario, against), low, high, word)


def _known(scenario: Scenario, against: Scenario | None) -> set[str]:
    """Return what may be named before the answer: parameters, which tell nothing."""
    return template.parameters(scenario) | (template.parameters(against, template.OTHER) if against else set())


def _template_problems(step: Step) -> Iterator[str]:
    before = _known(step.scenario, step.against)
    after = before | template.readouts(step.scenario) | {"truth"}
    if step.against:
        after |= template.readouts(step.against, template.OTHER)
    answered = after | _predicted(step)
    yield from template.template_problems("question", step.question, before)
    for key in ("right", "wrong"):
        yield from template.template_problems(key, getattr(step, key), answered)
    for key in ("unsure", "follow_up"):
        yield from template.template_problems(key, getattr(step, key), after)
    predicted = sorted(PREDICTED & template.names_in(step.wrong))
    if predicted and not step.unsure:
        yield f"unsure must be given where wrong asks for {{{predicted[0]}}}; got nothing."


def _predicted(step: Step) -> set[str]:
    if step.kind is Kind.CHOICE:
        return {"prediction"}
    return {"prediction", "error", *(("factor",) if step.close_factor is not None else ())}

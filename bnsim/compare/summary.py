"""What differs most from the baseline, in one sentence; the words are in `text.toml`."""

from collections.abc import Sequence

from bnsim.compare.comparison import Comparison, told_apart
from bnsim.compare.differences import Difference, differences, largest
from bnsim.compare.settings import changed, name_of, settings_of
from bnsim.scenario.params import Params
from bnsim.text import words_of

WORDS = words_of("bnsim.compare")

MOST_NAMED = 3
"""So many parameters of a scenario are named with both values; of more, only how many there are."""


def summary(comparison: Comparison, *, left_out: int = 0) -> str:
    """Return what differs most from the baseline among the readouts that the set is about.

    Parameters
    ----------
    comparison : Comparison
        The scenarios that are shown.
    left_out : int
        How many others there are.

    Notes
    -----
    A difference is measured relative to the size of the numbers: see `differences.relative_difference`. What stands
    as a word in place of a number cannot be measured and is said besides.
    """
    if len(comparison.names) == 1:
        return WORDS.say("answer.hidden" if left_out else "answer.alone")
    found = list(differences(comparison))
    most, as_large = largest(found)
    # What does not apply under some setting is no news; a word says why there is no number.
    words = [item for item in found if isinstance(item.found.best, str) or isinstance(item.base.best, str)]
    if most is None:
        unlike = words or found
        return said(comparison, "kind", unlike[0]) if unlike else WORDS.say("answer.same")
    sentences = [said_largest(comparison, most, as_large)]
    if words:
        sentences.append(said(comparison, "word", words[0]))
    return " ".join(sentences)


def said_largest(comparison: Comparison, most: Difference, as_large: int) -> str:
    """Return the sentence of the largest difference, alone or with others as large."""
    if not as_large:
        return said(comparison, "largest", most)
    others = WORDS["label.others.one"] if as_large == 1 else WORDS.say("label.others.many", count=str(as_large))
    return said(comparison, "tie", most, others=others)


def said(comparison: Comparison, case: str, item: Difference, **more: str) -> str:
    """Return a sentence about one difference, with the parameters that make it."""
    value, base = both(item)
    told = {
        "title": told_apart(comparison.titles)[item.scenario],
        "readout": item.found.term.label,
        "value": value,
        "base": base,
        **more,
    }
    parameter = "" if case == "word" else why(comparison, item.scenario)
    if parameter:
        return WORDS.say(f"answer.{case}.parameter", parameter=parameter, **told)
    return WORDS.say(f"answer.{case}.scenario", **told)


def both(item: Difference) -> tuple[str, str]:
    """Return the two values in few digits, or in all where few would not tell them apart."""
    term = item.found.term
    value, base = term.short(item.found.best), term.short(item.base.best)
    return (value, base) if value != base else (term.written(item.found.best), term.written(item.base.best))


def why(comparison: Comparison, scenario: str) -> str:
    """Return the parameters in which a scenario differs from the baseline, with both values; of many their number."""
    params = [comparison.results[name].params for name in (scenario, comparison.baseline)]
    names = changed(params)
    if len(names) > MOST_NAMED:
        return WORDS.say("label.parameters.many", count=str(len(names)))
    *others, last = [one_parameter(name, params) for name in names] or [""]
    return WORDS.say("label.parameters.few", others=", ".join(others), last=last) if others else last


def one_parameter(name: str, params: Sequence[Params]) -> str:
    """Return one parameter of two scenarios, with both values."""
    spec = params[0].controls()[name]
    value, base = settings_of(spec, params)
    kind = "choice" if spec.options else ("symbol" if spec.control.symbol else "number")
    return WORDS.say(f"label.parameter.{kind}", name=" ".join(name_of(spec)).strip(), value=value, base=base)

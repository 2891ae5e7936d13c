"""Every page answers its question: whatever the setting, in plain sentences whose numbers are those of the readouts."""

import tomllib
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bnsim.experiment import Experiment, Result
from bnsim.experiments import all_experiments
from bnsim.scenario.params import Params
from bnsim.text import short

HERE = Path(__file__).parent / "answers"
LONGEST = 60
"""Words of a whole answer, at most."""


def settings(slug: str) -> list[dict[str, Any]]:
    file = HERE / f"{slug}.toml"
    found: list[dict[str, Any]] = tomllib.loads(file.read_text("utf-8"))["setting"] if file.exists() else []
    return found


def result_of(slug: str, setting: dict[str, Any]) -> Result:
    """Return the result; what runs long runs at settings at which it takes no time, or is stopped part-way."""
    experiment = all_experiments()[slug]
    params = experiment.params.of({**experiment.small, **setting["params"]})
    if "stopped" in setting:
        return part_way(experiment, params, setting["stopped"])
    return Result(experiment, params)


def part_way(experiment: Experiment, params: Params, reports: int) -> Result:
    """Return what there is when slow work has reported so often and is stopped."""
    work = experiment.work
    assert work is not None
    found = [values for _, values in islice(work.advance(params), reports)]
    return Result.of(experiment, params, work.join(params, found[-1]) if found else work.nothing(params))


@cache
def results(slug: str) -> list[tuple[dict[str, Any], Result]]:
    """Return each setting of an experiment with its result, for tests that only look at them."""
    return [(setting, result_of(slug, setting)) for setting in settings(slug)]


def misstated(result: Result) -> list[str]:
    """Return the numbers of an answer that are not written as those of its readouts."""
    items = {item.key: item for item in result.readout_list}
    wrong = []
    for said in (each for sentence in result.answers for each in sentence):
        if said.name not in items or said.form not in ("", "%"):
            continue
        item = items[said.name]
        percent = short(100 * item.best, item.term.digits) + "\N{NARROW NO-BREAK SPACE}%" if said.form == "%" else ""
        if said.text != (percent or item.term.short(item.best)):
            wrong.append(f"{said.name} is {item.best}: {said.text}")
    return wrong


@pytest.mark.parametrize("slug", all_experiments())
class TestAnswers:
    """Each test names the settings that break its rule."""

    def test_the_sentences_are_those_of_the_setting(self, slug):
        said = [
            (setting, [each.key for each in result.experiment.answers(result.outcome)])
            for setting, result in results(slug)
        ]

        assert [(setting, keys) for setting, keys in said if keys != setting["keys"]] == []

    def test_its_numbers_are_those_of_the_readouts(self, slug):
        wrong = [(setting, misstated(result)) for setting, result in results(slug)]

        assert [each for each in wrong if each[1]] == []

    def test_it_is_short_and_ends_as_a_sentence(self, slug):
        answers = [result.answer for _, result in results(slug)]

        assert [each for each in answers if not each.endswith(".") or len(each.split()) > LONGEST] == []

    def test_every_sentence_is_reached_by_a_setting(self, slug):
        reached = {key for each in settings(slug) for key in each["keys"]}

        assert reached == set(all_experiments()[slug].words.group("answer"))

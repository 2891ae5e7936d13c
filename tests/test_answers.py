"""Every page answers its question: whatever the setting, in plain sentences whose numbers are those of the readouts."""

import tomllib
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


CASES = [(slug, each) for slug in all_experiments() for each in settings(slug)]


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


@pytest.mark.parametrize(("slug", "setting"), CASES, ids=lambda each: each if isinstance(each, str) else "")
class TestAnswers:
    def test_the_sentences_are_those_of_the_setting(self, slug, setting):
        result = result_of(slug, setting)

        assert [each.key for each in result.experiment.answers(result.outcome)] == setting["keys"]

    def test_its_numbers_are_those_of_the_readouts(self, slug, setting):
        result = result_of(slug, setting)
        items = {item.key: item for item in result.readout_list}

        said = [each for sentence in result.answers for each in sentence if each.name in items]

        for each in said:
            item = items[each.name]
            wanted = (
                short(100 * item.best, item.term.digits) + "\N{NARROW NO-BREAK SPACE}%"
                if each.form == "%"
                else item.term.short(item.best)
            )
            assert each.form not in ("", "%") or each.text == wanted

    def test_it_is_short_and_ends_as_a_sentence(self, slug, setting):
        answer = result_of(slug, setting).answer

        assert answer.endswith(".")
        assert len(answer.split()) <= LONGEST


@pytest.mark.parametrize("slug", all_experiments())
def test_every_sentence_is_reached_by_a_setting(slug):
    reached = {key for each in settings(slug) for key in each["keys"]}

    assert reached == set(all_experiments()[slug].words.group("answer"))

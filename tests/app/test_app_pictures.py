"""What is sent with a picture: all that it shows, and nothing else."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import pytest

from bnsim.app.controls import short_values
from bnsim.app.pictures import seen
from bnsim.experiment import Result
from bnsim.experiments import all_experiments

QUICK = [experiment for experiment in all_experiments().values() if experiment.work is None]
FIGURES = [figure for experiment in QUICK for figure in Result(experiment, experiment.params()).figures]


def marks(spec: Mapping[str, Any], data: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name of the data of each mark, and what the specification says of it."""
    data = spec.get("data", {}).get("name", data)
    parts = (spec.get(kind, ()) for kind in ("layer", "vconcat", "hconcat"))
    for part in (*chain(*parts), *filter(None, [spec.get("spec")])):
        yield from marks(part, data)
    if "mark" in spec and data:  # others draw a sequence of their own
        yield data, json.dumps(spec)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.key)
def test_no_column_is_left_out_that_a_mark_shows(figure):
    sent = seen(figure)

    for data, said in marks(figure.template.spec):
        for name in set(figure.data[data]) - set(sent[data]):
            computed = f'"as": "{name}"' in said
            assert computed or not re.search(rf'"field": "{name}"|datum\.{name}\b|"{name}": "datum', said), (data, name)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.key)
def test_no_number_of_the_state_is_left_out_that_the_picture_follows(figure):
    if "state" in figure.data:
        asked = set(re.findall(r"\bstate\.(\w+)", json.dumps(figure.template.spec)))

        assert asked <= set(seen(figure)["state"])


def test_numbers_that_follow_a_thumb_are_sent_with_seven_digits():
    assert short_values([1.23456789, 3, "sigma", float("nan"), 1e300]) == [1.234568, 3, "sigma", None, 1e300]

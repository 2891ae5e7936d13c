"""What is sent with a picture: all that it shows, and nothing else."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from shipped import at_small

from bnsim.app.pictures import compact, seen, stamp
from bnsim.charts.template import Figure, Template, short_values
from bnsim.experiments import all_experiments

QUICK = [experiment for experiment in all_experiments().values() if experiment.work is None]


def figures() -> list[Figure]:
    return [figure for experiment in QUICK for figure in at_small(experiment.slug).figures]


def marks(spec: Mapping[str, Any], data: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name of the data of each mark, and what the specification says of it."""
    data = spec.get("data", {}).get("name", data)
    parts = (spec.get(kind, ()) for kind in ("layer", "vconcat", "hconcat"))
    for part in (*chain(*parts), *filter(None, [spec.get("spec")])):
        yield from marks(part, data)
    if "mark" in spec and data:  # others draw a sequence of their own
        yield data, json.dumps(spec)


def test_no_column_is_left_out_that_a_mark_shows():
    left_out = []
    for figure in figures():
        sent = seen(figure)
        for data, said in marks(figure.template.spec):
            for name in set(figure.data[data]) - set(sent[data]):
                computed = f'"as": "{name}"' in said
                if not computed and re.search(rf'"field": "{name}"|datum\.{name}\b|"{name}": "datum', said):
                    left_out.append((figure.key, data, name))

    assert left_out == []


def test_no_number_of_the_state_is_left_out_that_the_picture_follows():
    left_out = {}
    for figure in figures():
        if "state" in figure.data:
            asked = set(re.findall(r"\bstate\.(\w+)", json.dumps(figure.template.spec)))
            left_out[figure.key] = asked - set(seen(figure)["state"])

    assert left_out
    assert {key: names for key, names in left_out.items() if names} == {}


class TestNumbersThatFollowAThumb:
    def test_are_one_text_with_seven_digits_each(self):
        sent = short_values(pd.Series([1.23456789, 0.0, -98765.4321, np.nan, np.inf, 1e300, 1.5e-20]))

        assert sent == "1.234568 0 -98765.43 nan inf 1e+300 1.5e-20"

    @given(st.lists(st.floats(), min_size=1))
    def test_are_the_nearest_of_seven_digits(self, values):
        read = [float(text) for text in str(short_values(values)).split(" ")]

        np.testing.assert_array_equal(read, [float(f"{value:.7g}") for value in values])

    def test_are_left_as_they_are_where_they_are_whole_or_words(self):
        assert short_values(pd.Series([3, 20])) == [3, 20]
        assert short_values(pd.Series(["sigma"], dtype="category")) == ["sigma"]


def test_data_carry_their_epoch_and_words_by_their_codes():
    frame = pd.DataFrame({"kind": pd.Categorical(["one", "other", "one"]), "value": np.arange(3, dtype=np.float32)})
    template = Template({"data": {"name": "state"}, "layer": [{"data": {"name": "rows"}}]}, {"rows": ("kind", "value")})
    data = {"state": pd.DataFrame({"n": [4]}), "rows": frame, "unseen": frame}
    figure = Figure("picture", "", "", "", "", template, data)

    sent = {name: compact(columns | stamp(name, 7)) for name, columns in seen(figure).items()}

    assert set(sent) == {"state", "rows"}
    assert sent["state"].to_pydict() == {"n": [4], "epoch": [7.0]}
    assert sent["rows"].to_pydict() == {"kind": ["one", "other", "one"], "value": [0.0, 1.0, 2.0]}
    assert sent["rows"].schema.field("value").type == "float"

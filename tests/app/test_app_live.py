"""The sliders' component: what is sent to the browser, how often and how much."""

import json
import re
from pathlib import Path

from cases import together

import bnsim.app
from bnsim.app.live import CALL, HTML, code, item, needed
from bnsim.charts.following import ELEMENT, EVENT
from bnsim.charts.live import CONTROLS
from bnsim.experiment import Result
from bnsim.experiments import all_experiments, find
from bnsim.experiments.transform.params import TransformParams

HERE = Path(bnsim.app.__file__).parent
SPECS = [spec for each in all_experiments().values() for spec in each.params.controls().values() if spec.control.slider]
MEAN = TransformParams.controls()["mean"]


class TestItem:
    def test_says_all_that_the_browser_needs(self):
        assert item(MEAN, 3.0) == {
            "name": "mean",
            "label": "Batch mean",
            "symbol": "μ_B",
            "help": "The mean of the mini-batch; of the population, when the batch is a random sample.",
            "min": -5,
            "max": 5,
            "step": 0.05,
            "low": -1e6,
            "high": 1e6,
            "whole": False,
            "rule": "be a number from -1000000 to 1000000",
            "value": 3.0,
        }

    @together("spec", SPECS)
    def test_is_json(self, spec):
        json.dumps(item(spec, spec.default), allow_nan=False)

    @together("spec", SPECS)
    def test_its_typed_range_is_the_valid_one(self, spec):
        found = item(spec, spec.default)

        assert (found["low"], found["high"]) == (spec.low, spec.high)
        assert found["low"] <= found["min"] <= found["max"] <= found["high"]


class TestCode:
    def test_is_small_for_it_is_sent_with_every_page(self):
        assert len((code("live.js") + code("live.css") + HTML).encode()) <= 8_200

    def test_what_is_sent_with_every_rerun_only_calls_it(self):
        assert len((CALL + HTML).encode()) <= 250
        assert "window.bnsimLive = function ({ data, parentElement, setStateValue }) {" in code("live.js")
        assert "window.bnsimLive(given)" in CALL

    def test_comes_without_indentation(self):
        assert not re.search(r"^\s+\S", code("live.js"), re.MULTILINE)

    def test_speaks_to_the_charts_where_they_listen(self):
        script = code("live.js")

        assert f'new Event("{EVENT}")' in script
        assert f"document.{ELEMENT}" in script
        assert "body.value = " in script

    def test_writes_words_as_text_and_never_as_markup(self):
        markup = re.findall(r"innerHTML\s*=\s*(.*?);", code("live.js"), re.DOTALL)

        assert len(markup) == 1
        assert not re.search(r"\$\{|item\.", markup[0])

    def test_asks_no_other_server(self):
        files = [*HERE.rglob("*.js"), *HERE.rglob("*.css")]

        assert files
        assert not [path for path in files if re.search(r"https?:|@import|url\(", path.read_text("utf-8"))]

    def test_knows_no_experiment(self):
        words = set(re.findall(r"[\w-]+", code("live.js")))

        assert not words & (set(CONTROLS) - {"x"})


CALLED = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\(")
KNOWN = set(re.findall(r"\w+", re.search(r"const \{([\w, ]+)\} = Math", code("live.js"))[1])) | {
    "isObject", "isValid", "data", "sweep"
}  # fmt: skip
"""The functions that numbers which follow a thumb may call; a picture knows all of Vega's."""


@together("slug", [slug for slug, each in all_experiments().items() if each.live and not each.work])
def test_numbers_that_follow_call_only_functions_that_the_page_knows(slug):
    experiment = find(slug)
    numbers = tuple(experiment.live.values())
    sent = needed(Result(experiment, experiment.params()).first_figure.template, numbers)
    expressions = [*numbers, *(expression for _, expression in sent)]

    assert {name for expression in expressions for name in CALLED.findall(expression)} <= KNOWN

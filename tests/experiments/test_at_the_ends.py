"""At every end of the range of a parameter a page has all that it shows at first."""

import pytest

from bnsim.experiment import Result
from bnsim.experiments import all_experiments

MOST_SECONDS = 0.3
"""What takes longer is looked at by the benches."""

QUICK = [experiment for experiment in all_experiments().values() if experiment.work is None]


def ends(spec):
    """Return the values of a parameter that are furthest apart."""
    return [*spec.options, *spec.words, *(value for value in (spec.low, spec.high) if value is not None)]


@pytest.mark.parametrize("experiment", QUICK, ids=lambda experiment: experiment.slug)
def test_each_parameter_alone_at_an_end_leaves_nothing_without_a_word(experiment):
    made = 0
    for spec in experiment.params.controls().values():
        for value in ends(spec) if spec.kind != "values" else ():
            params, _ = experiment.params.examine({spec.name: value})
            if params is not None and experiment.cost(params) <= MOST_SECONDS:
                result = Result(experiment, params)
                result.at_sight()
                assert all(result.notes)
                made += 1

    assert made > len(experiment.params.controls())

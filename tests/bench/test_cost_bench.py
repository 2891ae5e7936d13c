"""How long a setting takes is known beforehand, to a factor of three: what takes long is not run in front of everybody.

Run with: pytest tests/bench/test_cost_bench.py
"""

import time

import pytest

from bnsim.experiments import batch_size, train_eval

SETTINGS = [
    (train_eval, {}),
    (train_eval, {"steps": 10_000, "repeats": 2000, "momentum": 0.001}),
    (train_eval, {"steps": 10_000, "repeats": 1000}),
    (train_eval, {"inference_size": 200, "companion_sets": 20_000}),
    (train_eval, {"decision": "digits", "shufflings": 20, "inference_size": 64}),
    (batch_size, {}),
    (batch_size, {"batch_size": 1024, "repeats": 3906}),
    (batch_size, {"batch_size": 200, "repeats": 20_000}),
    (batch_size, {"source": "digits", "unit": 3, "repeats": 100}),
]


@pytest.mark.parametrize(("experiment", "values"), SETTINGS, ids=str)
def test_the_cost_of_a_run_is_known(experiment, values):
    times, params = [], experiment.params.__dict__[experiment.EXPERIMENT.params.__name__]
    for seed in (1, 100, 101, 102):
        start = time.process_time()
        experiment.EXPERIMENT.run(params(**values, seed=seed))
        times.append(time.process_time() - start)
    cost = experiment.model.cost(params(**values))

    # The first run reads what all others share.
    assert cost / 3 <= sorted(times[1:])[1] <= 3 * cost, times

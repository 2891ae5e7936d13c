"""How long one visitor with the most expensive legal link makes the others wait.

The parameters are searched for: both ends of every range, the middle and the defaults, in random combinations. Each of
those that take most CPU is opened by somebody while another visitor releases a slider of the transform page again and
again.

Run with: pytest tests/bench/test_fairness_bench.py -s
"""

import random
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_rerun_bench import ControlsVisitor
from visitor import Server, cpu, serving, visiting

from bnsim.app.shared import MOMENT
from bnsim.experiment import Experiment, Result
from bnsim.experiments import all_experiments, find
from bnsim.scenario import link
from bnsim.scenario.params import FieldSpec, Params

ROOT = Path(__file__).parents[2]
LONGEST_WAIT = 0.3
QUICK = [slug for slug, experiment in all_experiments().items() if experiment.work is None]
TRIED, OPENED = 60, 3
MISJUDGED = 4.0
"""So many times what is promised a run may take: it is measured on a machine that others use, too."""


def ends(spec: FieldSpec) -> list[object]:
    """Return the values of a parameter at which a run may take longest or be oddest."""
    slider = (spec.control.slider or ())[:2]
    middle = [int(spec.high // 2), int(spec.high**0.5)] if spec.kind == "integer" and spec.high else []
    found = [*spec.options, *spec.words, spec.low, spec.high, spec.default, *slider, *middle]
    return [value for value in found if value is not None and (spec.options or spec.words or spec.allows(value))]


def corners(experiment: Experiment, seed: int) -> Iterator[Params]:
    """Yield valid parameters of which most are at an end of their range."""
    rng, count = random.Random(seed), 0
    specs = [spec for spec in experiment.params.controls().values() if spec.kind != "values"]
    while count < TRIED:
        chosen = {spec.name: rng.choice(ends(spec)) for spec in specs if rng.random() < 0.7}
        params, _ = experiment.params.examine(chosen)
        if params is not None:
            count += 1
            yield params


def costs(experiment: Experiment, params: Params) -> tuple[float, float]:
    """Return the seconds of CPU of a run, and of what the page shows of it."""
    result = Result(experiment, params)
    begun = time.thread_time()
    assert result.outcome is not None
    ran = time.thread_time()
    result.at_sight()
    return ran - begun, time.thread_time() - ran


@pytest.fixture(scope="module", params=QUICK)
def dearest(request: pytest.FixtureRequest) -> tuple[Experiment, list[tuple[float, float, Params]]]:
    """Return an experiment and what runs cost at its corners, the dearest first."""
    experiment = find(request.param)
    costs(experiment, experiment.params())  # what is imported and made once is nobody's cost
    found = [(*costs(experiment, params), params) for params in corners(experiment, 1)]
    return experiment, sorted(found, key=lambda each: -each[0] - each[1])


def test_what_takes_longer_than_a_moment_is_known_before(
    dearest: tuple[Experiment, list[tuple[float, float, Params]]],
) -> None:
    experiment, found = dearest
    at_once = [each for each in found if experiment.cost(each[2]) <= MOMENT]
    run, page, params = at_once[0]
    most = found[0]
    print(
        f"\n{experiment.slug}: at most {most[0] * 1e3:.0f} + {most[1] * 1e3:.0f} ms, "
        f"predicted {experiment.cost(most[2]) * 1e3:.0f}; at once {len(at_once)} of {len(found)}, at most "
        f"{run * 1e3:.0f} + {page * 1e3:.0f} ms, predicted {experiment.cost(params) * 1e3:.0f}"
    )
    assert run + page <= MISJUDGED * MOMENT


def releases(server: Server, waits: list[float], over: threading.Event) -> None:
    """Release a slider of the transform page again and again, and note how long each answer takes.

    That is the time by the clock, or the CPU that the server had meanwhile if that is less: others on the same machine
    keep both waiting, and that is no fault of the server.
    """
    with visiting(server, "transform", ControlsVisitor) as visitor:
        assert isinstance(visitor, ControlsVisitor)
        turn = 0
        while not over.is_set():
            turn += 1
            begun, had = time.perf_counter(), cpu(server)
            visitor.release(mean=turn % 100 / 20)
            waits.append(min(time.perf_counter() - begun, (cpu(server) - had) / 1e9))
            time.sleep(0.03)


def opened(server: Server, page: str, queries: list[str]) -> tuple[list[float], list[float]]:
    """Return how long releases take while nobody else is there, and while somebody opens links one after the other."""
    alone, beside, over = list[float](), list[float](), threading.Event()
    with visiting(server, page):
        pass  # what is made once
    for waits, links in ((alone, []), (beside, queries)):
        over.clear()
        other = threading.Thread(target=releases, args=(server, waits, over))
        other.start()
        time.sleep(2)
        for query in links:
            with visiting(server, page, query=query):
                time.sleep(2)  # what waits in the queue goes on meanwhile
        over.set()
        other.join(timeout=60)
    return alone[3:], beside[3:]


def test_nobody_waits_long_for_the_dearest_link_of_another(
    dearest: tuple[Experiment, list[tuple[float, float, Params]]],
) -> None:
    experiment, found = dearest
    queries = ["&".join(f"{k}={v}" for k, v in link.encode(params).items()) for _, _, params in found[:OPENED]]
    with serving(ROOT / "streamlit_app.py", ROOT) as server:
        alone, beside = opened(server, experiment.slug, queries)
    print(
        f"\n{experiment.slug}: alone p50 {statistics.median(alone) * 1e3:.0f} ms, longest {max(alone) * 1e3:.0f}; "
        f"beside p50 {statistics.median(beside) * 1e3:.0f} ms, longest {max(beside) * 1e3:.0f}"
    )
    assert max(beside) <= LONGEST_WAIT + max(alone)


@pytest.mark.parametrize("name", ["residual-variance", "gradient-explosion-at-init", "train-mode-inference"])
def test_nobody_waits_long_for_a_comparison_of_another(name: str) -> None:
    with serving(ROOT / "streamlit_app.py", ROOT) as server:
        alone, beside = opened(server, "compare", [f"set={name}"])
    print(f"\n{name}: alone longest {max(alone) * 1e3:.0f} ms, beside longest {max(beside) * 1e3:.0f}")
    assert max(beside) <= LONGEST_WAIT + max(alone)

"""How long one run keeps everybody else from Python's interpreter at a time, with the dearest legal parameters.

Threads take turns of a millisecond (`bnsim.app.shell.TURN`), but a call into C that does not let go of the interpreter
is one turn, however long it takes: meanwhile no page is drawn for anybody. While a run goes on in one thread, another
one wakes up every millisecond. How long it could not is given in CPU of this process, less the time for which it waited
for a processor: who else uses the machine does not count.

Run with: pytest tests/bench/test_turns_bench.py -s
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_fairness_bench import corners

from bnsim.app.shell import TURN
from bnsim.experiment import Experiment, Result
from bnsim.experiments import all_experiments, find
from bnsim.scenario.params import Params
from bnsim.scenario.values import MOST_VALUES, Values
from bnsim.work import one_thread
from bnsim.work.store import weight

LONGEST_TURN = 0.06
"""Seconds. The longest measured is 0.022 s; a picture is seen to stutter from about 0.1 s."""
TRIED, DEAREST, OTHERS = 4, 6, 12
WATCHED = 4.0
"""Seconds of each slow run."""


@pytest.fixture(autouse=True)
def turns() -> Iterator[None]:
    """Let threads take turns as they do in the app."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    with one_thread():
        yield
    sys.setswitchinterval(usual)


def longest_turn(act: Callable[[], object]) -> float:
    """Return the longest time, in seconds of CPU, in which another thread could not go on while something was done."""
    thread = threading.Thread(target=act)
    longest, last = 0.0, time.process_time() - waited()
    thread.start()
    while thread.is_alive():
        time.sleep(0.001)
        now = time.process_time() - waited()
        longest, last = max(longest, now - last), now
    return longest


def waited() -> float:
    """Return the seconds that this thread has waited for a processor, as Linux counts them."""
    _, nanoseconds, _ = Path("/proc/thread-self/schedstat").read_text().split()
    return int(nanoseconds) / 1e9


def dearest(experiment: Experiment) -> list[Params]:
    """Return the parameters at the ends of their ranges that cost most, and some others."""
    seconds = experiment.in_parts
    found = {params for seed in range(1, TRIED + 1) for params in corners(experiment, seed)}
    costs = {params: sum(map(seconds.seconds, seconds.parts(params))) for params in found}
    ordered = sorted(costs, key=costs.__getitem__, reverse=True)
    return ordered[:DEAREST] + ordered[DEAREST :: max(1, len(ordered) // OTHERS)]


def as_a_page(experiment: Experiment, params: Params) -> None:
    """Do what a page does for somebody who comes by a link: run, some seconds at most, show, and weigh."""
    begun, found = time.monotonic(), list[object]()
    for _, values in experiment.in_parts.advance(params):
        found = values
        if time.monotonic() - begun > WATCHED:
            break
    result = Result.of(experiment, params, experiment.in_parts.join(params, found))
    result.at_sight()
    assert weight(result.made()) > 0


@pytest.mark.parametrize("slug", list(all_experiments()))
def test_no_run_keeps_the_interpreter_for_long(slug: str) -> None:
    experiment = find(slug)
    as_a_page(experiment, experiment.params.of(experiment.small))  # what is imported and made once
    found = [(longest_turn(lambda each=params: as_a_page(experiment, each)), params) for params in dearest(experiment)]  # type: ignore[misc]
    longest, params = max(found, key=lambda each: each[0])
    changed = {name: getattr(params, name) for name in params.changed(experiment.params())}
    print(f"\n{slug}: the longest turn of {len(found)} runs took {longest * 1e3:.0f} ms, {changed}")
    assert longest <= LONGEST_TURN


def test_a_million_numbers_of_ones_own_do_not_either() -> None:
    transform = find("transform")
    values = Values(range(MOST_VALUES))
    longest = longest_turn(lambda: as_a_page(transform, transform.params.of({"source": "own", "values": values})))
    print(f"\na million numbers: {longest * 1e3:.0f} ms")
    assert longest <= LONGEST_TURN

"""What a run of the depth page takes beside what `cost` says, for settings anywhere in the sliders and beyond.

Run with: pytest tests/bench/test_depth_bench.py -s
"""

import random
import time

from bnsim.errors import ParamsError
from bnsim.experiments.depth.model import cost, run
from bnsim.experiments.depth.params import DepthParams
from bnsim.work import one_thread

SETTINGS, TRIES, FACTOR = 40, 3, 3.0
BEYOND = {"width": (10, 100, 300), "batch_size": (2, 64, 256), "seeds": (1, 3, 5), "depth": (3, 20, 65, 100)}


def settings(drawn: random.Random) -> DepthParams:
    """Return some setting that is allowed."""
    while True:
        given: dict[str, object] = {name: drawn.choice(values) for name, values in BEYOND.items()}
        specs = [spec for spec in DepthParams.controls().values() if spec.options]
        given |= {spec.name: drawn.choice(spec.options) for spec in specs}
        try:
            return DepthParams.of({**given, "groups": 2, "beta": drawn.choice((0.0, 0.5))})
        except ParamsError:
            continue


def seconds(params: DepthParams) -> float:
    """Return the CPU of a run: the least of some, as neighbours only ever make it slower."""
    found = []
    for _ in range(TRIES):
        begun = time.process_time()
        run(params)
        found.append(time.process_time() - begun)
    return min(found)


def test_what_a_setting_costs_is_known_to_a_factor_of_three() -> None:
    drawn = random.Random(0)
    with one_thread():
        run(DepthParams())
        ratios = [seconds(params) / cost(params) for params in (settings(drawn) for _ in range(SETTINGS))]
    print(f"\ntook over told: {min(ratios):.2f} to {max(ratios):.2f}")
    assert min(ratios) >= 1 / FACTOR
    assert max(ratios) <= FACTOR

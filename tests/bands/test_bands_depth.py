"""Sixty layers: skip connections with batch norm or SkipInit train, and neither of the two alone does.

De and Smith (2020); claim "networks of over 100 layers train because batch norm keeps every layer in check".
"""

from functools import cache

import numpy as np
import pytest

from bnsim.data.digits import load_digits
from bnsim.engine.networks import Mlp, Norm, Run, Split, Start, Watch, train

SEEDS = (0, 1, 2)
RATES = (0.001, 0.01, 0.1)
DEEP = (64, *[100] * 60, 10)
KINDS = {
    "plain": (Mlp(sizes=DEEP), Start()),
    "plain, batch norm": (Mlp(sizes=DEEP, norm=Norm.BATCH), Start()),
    "skips": (Mlp(sizes=DEEP, residual=True), Start()),
    "skips, batch norm": (Mlp(sizes=DEEP, residual=True, norm=Norm.BATCH), Start()),
    "skips, batch norm, gamma 0": (Mlp(sizes=DEEP, residual=True, norm=Norm.BATCH), Start(branch_gamma=0.0)),
    "SkipInit": (Mlp(sizes=DEEP, residual=True, skip_init=True), Start()),
}


@cache
def best(kind: str, seed: int) -> float:
    """Return the training accuracy after 150 steps at the best of three rates."""
    digits = load_digits()
    rng = np.random.default_rng(seed)
    data = Split.shuffled(digits.images, digits.labels, 1347, rng, dtype=np.float32)
    net, start = KINDS[kind]
    runs = [Run(net=net, start=start, batch=64, steps=150, rate=rate, momentum=0.9, seed=seed) for rate in RATES]
    records = train(runs, data, Watch(every=10**6))
    return max(record.train_accuracy or 0.0 for record in records if record.network is not None)


@pytest.mark.parametrize("seed", SEEDS)
class TestSixtyLayers:
    @pytest.mark.parametrize("kind", ["plain", "plain, batch norm", "skips"])
    def test_one_alone_does_not_train(self, kind, seed):
        assert best(kind, seed) < 0.5

    @pytest.mark.parametrize("kind", ["skips, batch norm", "skips, batch norm, gamma 0", "SkipInit"])
    def test_skips_kept_in_check_do(self, kind, seed):
        assert best(kind, seed) > 0.98

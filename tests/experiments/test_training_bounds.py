"""What a training run may cost: what surely keeps the bounds is let through without taking it apart, and only that."""

import numpy as np
from cases import together

from bnsim.experiments.training.costs import bytes_of
from bnsim.experiments.training.params import MOST_SECONDS, SMALL, TrainingParams
from bnsim.experiments.training.parts import costliest, parts, seconds

VARIED = ("rate", "batch", "depth", "width", "placement", "activation", "dropout", "decay", "momentum", "examples")
ROUNDING = 1 + 1e-12
"""A sum of fewer than a hundred terms, each rounded once in the other order: a hundred times 1e-16, and to spare."""


def settings(vary: str, seed: int) -> TrainingParams:
    """Return settings with one thing varied and some others drawn at random, small enough to be allowed."""
    rng = np.random.default_rng(seed)
    norm, against = rng.choice(["batch", "layer", "none", "noisy"], 2, replace=False)
    drawn = {
        "depth": int(rng.integers(1, 6)),
        "width": int(rng.integers(8, 64)),
        "batch": int(rng.integers(1, 50)),
        "steps": int(rng.integers(1, 400)),
        "precise": str(rng.choice(["no", "yes"])),
        "examples": int(rng.integers(600, 1347)),
    }
    return TrainingParams.of({**drawn, "norm": str(norm), "against": str(against), "vary": vary})


class TestCostliest:
    @together("seed", range(3))
    @together("vary", ["nothing", *VARIED])
    def test_no_piece_takes_longer_or_more_memory(self, vary, seed):
        p = settings(vary, seed)
        curves, drift = costliest(p)

        for longest, pieces in (
            (curves, [x for x in parts(p) if not x.drift]),
            (drift, [x for x in parts(p) if x.drift]),
        ):
            assert max(map(seconds, pieces)) <= max(map(seconds, longest)) * ROUNDING
            assert max(bytes_of(x.run, x.seeds) for x in pieces) <= max(bytes_of(x.run, x.seeds) for x in longest)

    def test_where_nothing_is_varied_its_pieces_are_all_there_are(self):
        p = TrainingParams.of(SMALL)
        curves, drift = costliest(p)

        assert {*curves, *drift} == set(parts(p))


class TestBounds:
    def test_what_does_not_surely_fit_is_still_let_through_if_it_fits(self):
        """40 layers take so long that twelve of them would not fit; the others are quick."""
        p = TrainingParams.of(
            {"vary": "depth", "grid": "own", "low": 1, "high": 40, "points": 12, "steps": 2400, "seeds": 1}
        )
        curves, drift = costliest(p)

        assert 12 * sum(map(seconds, curves)) + sum(map(seconds, drift)) > MOST_SECONDS
        assert sum(map(seconds, parts(p))) <= MOST_SECONDS

    def test_what_takes_too_long_is_refused_as_before(self):
        _, (problem,) = TrainingParams.examine({"steps": 20_000, "depth": 20})

        assert problem.sentence == (
            "steps must be few enough for about 240 seconds of computing; these 20000 would take 273 in 4 pieces. "
            "steps up to 17574 will do, or fewer seeds or values."
        )

"""What the networks and the setting that is varied are called, in sentences and in tables."""

from bnsim.experiments.training.model import Outcome
from bnsim.experiments.training.parts import norm_of


def name_of(o: Outcome, network: str) -> str:
    """Return what a network is called."""
    return (o.params.controls()["norm"].control.choices or {})[norm_of(o.params, network)]


def varied_of(o: Outcome) -> str:
    """Return what the setting that is varied is called."""
    return (o.params.controls()["vary"].control.choices or {})[o.params.vary]

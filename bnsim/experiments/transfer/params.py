"""The parameters of the transfer page: a change of the images, what is done about it, and how the networks trained."""

from typing import Literal

from bnsim.experiments.transfer.images import POOL
from bnsim.scenario.declare import choice, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.text import number, words_of


def only(change: str) -> tuple[str, tuple[str]]:
    """Return when the strength of a change matters."""
    return "change", (change,)


class TransferParams(Params, words=words_of(__package__)):
    """A change of the images, what is done about it, and how the networks were trained before."""

    change: Literal["contrast", "brightness", "scale", "blur", "noise", "inversion"] = choice("contrast")
    contrast: float = real(0.3, ge=0, le=3, drag=(0, 2, 0.05), when=only("contrast"))
    brightness: float = real(0.5, ge=-2, le=2, drag=(-1, 1, 0.05), when=only("brightness"))
    scale: float = real(3.0, ge=0, le=10, drag=(0, 5, 0.1), when=only("scale"))
    blur: int = whole(1, ge=0, le=10, drag=(0, 6, 1), when=only("blur"))
    noise: float = real(0.3, ge=0, le=2, drag=(0, 1, 0.05), when=only("noise"))
    inversion: float = real(1.0, ge=0, le=1, drag=(0, 1, 0.05), when=only("inversion"))
    samples: int = whole(POOL, ge=2, le=POOL, drag=(2, POOL, 1))
    draws: int = whole(5, ge=1, le=20, drag=(1, 20, 1), group="adapting")
    tuning_steps: int = whole(30, ge=1, le=300, drag=(1, 100, 1), group="adapting")
    tuning_rate: float = real(0.5, ge=1e-4, le=10, offered=(0.1, 0.5, 2.0), group="adapting")
    activation: Literal["relu", "tanh", "sigmoid"] = choice("relu", group="networks")
    placement: Literal["before", "after"] = choice("before", group="networks")
    depth: int = whole(3, ge=1, le=10, drag=(1, 10, 1), group="networks")
    width: int = whole(100, ge=4, le=200, drag=(4, 200, 1), group="networks")
    steps: int = whole(400, ge=1, le=2000, drag=(50, 2000, 50), group="training")
    batch: int = whole(60, ge=2, le=200, drag=(2, 200, 1), group="training")
    rate: float = real(0.2, ge=1e-4, le=10, offered=(0.05, 0.1, 0.2, 0.5), group="training")
    eps: float = real(1e-5, ge=1e-10, le=1, offered=(1e-5, 1e-3, 1e-10), group="networks", quoted="eps")
    seeds: int = whole(3, ge=1, le=10, drag=(1, 10, 1), group="training")
    seed: int = seed(group="training")

    @property
    def strength(self) -> float:
        """The strength of the chosen change."""
        return float(getattr(self, self.change))

    @property
    def chosen(self) -> str:
        """The chosen change and its strength as tables name them: contrast 0.3."""
        return f"{self.change} {number(self.strength, 4)}"

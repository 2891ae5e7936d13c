"""The two networks that are compared, as the parameters describe them, and several draws of one of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.propagation import SAMPLES, Drawn, Inside, growth_per_layer, look_inside, propagate_drawn
from bnsim.engine.networks.structure import Activation, Mlp, Norm, Placement
from bnsim.experiments.depth.params import DepthParams

MOMENTS = ("mean", "std")
SHARES = ("branch_share", "flat", "dead")


class Network(StrEnum):
    """The two networks, the same weight for weight; as tables name them."""

    WITHOUT = "without norm"
    WITH = "with norm"

    @property
    def key(self) -> str:
        """How the keys of readouts and of texts name it."""
        return self.name.lower()


@lru_cache(maxsize=8)  # a run asks seven times for the same two, and each checks all of its sizes when it is made
def structure(p: DepthParams, network: Network) -> Mlp:
    """Return what one of the two networks looks like; of the one without norm nothing depends on what norms have."""
    plain = Mlp(
        sizes=(64 if p.inputs == "digits" else p.width, *[p.width] * p.depth, 1),
        activation=Activation(p.activation),
        residual=p.residual,
        skip_init=p.skip_init,
    )
    if network is Network.WITHOUT:
        return plain
    norm = Norm(p.norm)
    groups = p.groups if norm is Norm.GROUP else 1
    return replace(plain, norm=norm, placement=Placement(p.placement), groups=groups, eps=p.eps)


def start(p: DepthParams, network: Network = Network.WITH) -> Start:
    """Return how one of the two networks starts; with skip connections gamma is that of the branches."""
    if network is Network.WITHOUT:
        return Start(init=Init(p.init), sigma=p.sigma)
    gamma, branch = (1.0, p.gamma) if p.residual else (p.gamma, None)
    return Start(init=Init(p.init), sigma=p.sigma, gamma=gamma, beta=p.beta, branch_gamma=branch)


@dataclass(frozen=True, eq=False)
class Draws:
    """What `propagate_drawn` measured on R networks that differ in their weights and inputs only.

    Attributes
    ----------
    layers : mapping of str to array, shape (R, depth)
        "mean_square", and "gradient": the gradient norm over that of the last layer. NaN for a network of which any
        layer overflows: nothing sensible comes back.
    ends : mapping of str to array, shape (R, 2)
        What is `Seen` of the first layer and of the last.
    growth : array, shape (R,)
        By how much a layer multiplies the gradient on its way back.
    square_ratio : array, shape (R,)
        Mean square of h in the last layer over that in the first.
    """

    layers: Mapping[str, Array]
    ends: Mapping[str, Array]
    growth: Array
    square_ratio: Array


@dataclass(frozen=True, eq=False)
class Seen:
    """What else there is to see in the layers of R networks on the way forward.

    Attributes
    ----------
    layers : mapping of str to array, shape (R, depth)
        Fields of `Inside`. Shares are NaN in layers that overflow.
    samples : float32, shape (R, layers shown, values)
        Values of h in some layers, at most `SAMPLES` of each over all networks; infinite if too large for float32.
    """

    layers: Mapping[str, Array]
    samples: Array


def draw(net: Mlp, start: Start, drawn: Drawn) -> Draws:
    """Send each batch through a network of its own, and each gradient back.

    Parameters
    ----------
    net : Mlp
    start : Start
    drawn : Drawn
        Batches, weights and gradients; the two networks that are compared share them.
    """
    ends = [0, net.depth - 1]
    found = propagate_drawn(net, start, drawn, described=ends, sampled=())
    gradient = found.gradient_ratio
    with quiet(), np.errstate(divide="ignore"):
        square_ratio = found.mean_square[:, -1] / found.mean_square[:, 0]
    return Draws(
        layers={"mean_square": found.mean_square, "gradient": gradient},
        ends=without_lost(found, found.mean_square[:, ends]),
        growth=growth_per_layer(gradient),
        square_ratio=square_ratio,
    )


def see(net: Mlp, start: Start, drawn: Drawn, shown: Array) -> Seen:
    """Send each batch through its network once more, and look at all there is to see.

    Parameters
    ----------
    net, start, drawn
        See `draw`.
    shown : array of int
        The layers, from 0, of which samples are kept.
    """
    found = look_inside(net, start, drawn, sampled=shown.tolist(), samples=SAMPLES // len(drawn.x))
    with quiet():
        samples = found.samples.astype(np.float32)
    return Seen(without_lost(found, found.mean_square), samples)


def without_lost(found: Inside, mean_square: Array) -> dict[str, Array]:
    """Return moments and shares of the layers that are described, of which `mean_square` is that of h.

    Shares are NaN where that is lost.
    """
    lost = ~np.isfinite(mean_square)
    moments = {name: getattr(found, name) for name in MOMENTS}
    return moments | {name: np.where(lost, math.nan, getattr(found, name)) for name in SHARES}


def geometric_mean(values: Array) -> Array:
    """Return the geometric mean over the first axis; 0 if one is 0, NaN if one is."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean: Array = np.exp(np.log(values).mean(axis=0))
    return mean

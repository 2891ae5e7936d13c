"""The two networks that are compared, as the parameters describe them, and several draws of one of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np

from bnsim.engine.arrays import Array, quiet
from bnsim.engine.networks.initialization import Init, Start
from bnsim.engine.networks.propagation import SAMPLES, Drawn, growth_per_layer, propagate_drawn
from bnsim.engine.networks.structure import Activation, Mlp, Norm, Placement
from bnsim.experiments.depth.params import DepthParams

MOMENTS = ("mean", "std", "mean_square")
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
        Fields of `Propagation`; "gradient" is its gradient norm over that of the last layer. Shares are NaN in layers
        that overflow, and the gradient of a network of which any layer does: nothing sensible comes back.
    growth : array, shape (R,)
        By how much a layer multiplies the gradient on its way back.
    square_ratio : array, shape (R,)
        Mean square of h in the last layer over that in the first.
    samples : float32, shape (R, layers shown, values)
        Values of h in some layers, at most `SAMPLES` of each over all networks; infinite if too large for float32.
    """

    layers: Mapping[str, Array]
    growth: Array
    square_ratio: Array
    samples: Array


def draw(net: Mlp, start: Start, drawn: Drawn, shown: Array) -> Draws:
    """Send each batch through a network of its own, and each gradient back.

    Parameters
    ----------
    net : Mlp
    start : Start
    drawn : Drawn
        Batches, weights and gradients; the two networks that are compared share them.
    shown : array of int
        The layers, from 0, of which samples are kept.
    """
    found = propagate_drawn(net, start, drawn, sampled=shown.tolist(), samples=SAMPLES // len(drawn.x))
    lost = ~np.isfinite(found.mean_square)
    layers = {name: getattr(found, name) for name in MOMENTS}
    layers |= {name: np.where(lost, math.nan, getattr(found, name)) for name in SHARES}
    layers |= {"gradient": found.gradient_ratio}
    with quiet(), np.errstate(divide="ignore"):
        square_ratio = found.mean_square[:, -1] / found.mean_square[:, 0]
        samples = found.samples.astype(np.float32)
    return Draws(layers, growth_per_layer(layers["gradient"]), square_ratio, samples)


def geometric_mean(values: Array) -> Array:
    """Return the geometric mean over the first axis; 0 if one is 0, NaN if one is."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean: Array = np.exp(np.log(values).mean(axis=0))
    return mean

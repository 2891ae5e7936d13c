"""What is found in activations: numbers of each channel, and which channels are of a kind that norms treat oddly."""

from dataclasses import dataclass

import numpy as np

from bnsim.activations.opening import Activations
from bnsim.engine.arrays import Array
from bnsim.engine.statistics.channels import ChannelProfile, channel_profile
from bnsim.errors import InputError

EPS = 1e-5
FAR = 10.0
"""Standard deviations from 0 at which a mean is far off: of the three digits of half precision one is lost."""

MOST_GROUPS = 32
"""As Wu and He (2018) had; fewer where there are not twice as many channels."""

FINDINGS = ("not-finite", "dead", "constant", "nearly-constant", "far-off")
"""Every finding there is, the worst first; a channel has the first of them that is true."""


@dataclass(frozen=True, eq=False)
class Report:
    """What is found in a file of activations.

    Attributes
    ----------
    name : str
        The file.
    shape : tuple of int
        Of its array.
    labels : tuple of str
        What the channels are called.
    told : tuple of str
        What was guessed.
    eps : float
        Added to variances.
    groups : int
        Of group norm.
    profile : ChannelProfile
        The numbers.
    findings : tuple of str
        Of each channel the finding; "" where there is none.
    """

    name: str
    shape: tuple[int, ...]
    labels: tuple[str, ...]
    told: tuple[str, ...]
    eps: float
    groups: int
    profile: ChannelProfile
    findings: tuple[str, ...]

    def channels_of(self, finding: str) -> tuple[int, ...]:
        """Return the channels with a finding, counted from 0."""
        return tuple(place for place, each in enumerate(self.findings) if each == finding)


def report_of(activations: Activations, *, eps: float = EPS, groups: int | None = None) -> Report:
    """Return what is found in activations, in one pass over the file.

    Parameters
    ----------
    activations : Activations
        From `open_activations` or `activations_of`.
    eps : float
        Of every norm.
    groups : int, optional
        Of group norm; without, the largest number up to 32 that cuts the channels into groups of at least two.

    Raises
    ------
    InputError
        If eps or groups is out of range.
    DataError
        If the file turns out to be damaged.
    """
    if not 0 < eps <= 1:
        raise InputError(f"eps must be a number more than 0 and at most 1; got {eps:g}.")
    channels = activations.channels
    chosen = usual_groups(channels) if groups is None else groups
    if chosen < 1 or channels % chosen:
        raise InputError(f"groups must divide the {channels} channels of {activations.name}; got {chosen}.")
    profile = channel_profile(activations.blocks(), eps=eps, groups=chosen)
    shape = (profile.examples, *activations.shape[1:]) if activations.shape[0] == 0 else activations.shape
    findings = tuple(findings_of(profile, eps))
    return Report(activations.name, shape, activations.labels, activations.told, eps, chosen, profile, findings)


def usual_groups(channels: int) -> int:
    """Return into how many groups channels are cut if nobody says.

    >>> [usual_groups(channels) for channels in (1, 2, 6, 7, 64, 96)]
    [1, 1, 3, 1, 32, 32]
    """
    fitting = [groups for groups in range(2, MOST_GROUPS + 1) if channels % groups == 0 and channels >= 2 * groups]
    return max(fitting, default=1)


def findings_of(profile: ChannelProfile, eps: float) -> list[str]:
    """Return of each channel the first finding that is true, "" if none is."""
    is_true: dict[str, Array] = {
        "not-finite": profile.odd > 0,
        "dead": profile.zeros == 1,
        "constant": profile.var == 0,
        "nearly-constant": profile.var < eps,
        "far-off": np.abs(profile.mean) > FAR * np.sqrt(profile.var),
    }
    first = np.select(list(is_true.values()), list(is_true), default="")
    return [str(finding) for finding in first]

"""What was found as tables of pandas: the channels, the norms, and the channels of an autopsy."""

import numpy as np
import pandas as pd

from bnsim.activations.autopsy import Autopsy
from bnsim.activations.densities import Densities
from bnsim.activations.profile import Report
from bnsim.activations.wording import WORDS
from bnsim.engine.arrays import quiet
from bnsim.engine.normalization.family import NormKind

ROUNDED = 12
"""Decimals of what norms give, whose size is about 1: what is left beyond them is rounding."""


def channels_table(report: Report) -> pd.DataFrame:
    """Return one row for each channel: channel, mean, std, zeros (a share), largest (|x̂|), finding (a key or "")."""
    profile = report.profile
    with quiet():
        std = np.sqrt(profile.var)
    return pd.DataFrame(
        {
            "channel": list(report.labels),
            "mean": profile.mean,
            "std": std,
            "zeros": profile.zeros,
            "largest": profile.largest(report.eps),
            "finding": list(report.findings),
        }
    )


def norms_table(report: Report) -> pd.DataFrame:
    """Return one row for each norm, over all channels of its output.

    Columns: norm, mean_low, mean_high, std_low, std_high (the smallest and the largest mean and standard deviation of a
    channel; NaN if no channel has one), does (in words).
    """
    rows = []
    for kind, (mean, std) in report.profile.family.items():
        ends = (np.fmin.reduce(mean), np.fmax.reduce(mean), np.fmin.reduce(std), np.fmax.reduce(std))
        rows.append(
            (kind.value, *(round(float(end), ROUNDED) for end in ends), WORDS[f"label.does.{_does(kind, report)}"])
        )
    return pd.DataFrame(rows, columns=["norm", "mean_low", "mean_high", "std_low", "std_high", "does"])


def family_table(report: Report) -> pd.DataFrame:
    """Return what each norm makes of each channel: channel, norm, mean, std."""
    frames = [
        pd.DataFrame({"channel": list(report.labels), "norm": kind.value, "mean": mean, "std": std})
        for kind, (mean, std) in report.profile.family.items()
    ]
    return pd.concat(frames, ignore_index=True)


def autopsy_table(found: Autopsy) -> pd.DataFrame:
    """Return one row for each channel.

    Columns: channel; shift, ratio, p_shift, p_ratio (corrected), differs; running_mean, running_var; batch_mean,
    batch_var (unbiased: what new estimates would be); eval_mean, eval_std, train_mean, train_std (the outputs).
    """
    agreed = found.agreement
    return pd.DataFrame(
        {
            "channel": list(found.labels),
            "shift": agreed.shift,
            "ratio": agreed.ratio,
            "p_shift": agreed.p_shift,
            "p_ratio": agreed.p_ratio,
            "differs": agreed.differs,
            "running_mean": found.running.mean,
            "running_var": found.running.var,
            "batch_mean": found.found.mean,
            "batch_var": found.found.var,
            "eval_mean": found.eval_mode.mean,
            "eval_std": found.eval_mode.std,
            "train_mean": found.train_mode.mean,
            "train_std": found.train_mode.std,
        }
    )


def densities_table(found: Densities) -> pd.DataFrame:
    """Return one row for each bin of either output: mode ("eval" or "train"), low, high, count, density."""
    frames = [
        pd.DataFrame({
            "mode": mode, "low": each.edges[:-1], "high": each.edges[1:], "count": each.counts, "density": each.density,
        })
        for mode, each in (("eval", found.eval_mode), ("train", found.train_mode))
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _does(kind: NormKind, report: Report) -> str:
    """Return which words say what a norm does: others where it pools one value only."""
    profile, channels = report.profile, len(report.labels)
    is_one_position = profile.count == profile.examples
    pooled = {NormKind.INSTANCE: 1, NormKind.GROUP: channels // report.groups, NormKind.BATCH: 0}.get(kind, channels)
    return f"{kind.value}_single" if is_one_position and pooled == 1 else kind.value

"""The checks of the claims, with an engine that is broken on purpose: each fault must be noticed by some claim."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from cases import together

from bnsim.claims import read_ledger
from bnsim.claims.checks import is_slow, readouts, run_check
from bnsim.claims.ledger import ENGINE
from bnsim.engine.arrays import outward, pooled, values_per_channel
from bnsim.engine.networks import kernels
from bnsim.engine.normalization import batchnorm, family, folding
from bnsim.engine.statistics import merging, running
from bnsim.engine.statistics.batch import BatchStats
from bnsim.errors import InputError

CLAIMS = read_ledger()

QUICK = (ENGINE, "transform", "norm-family")
"""What keeps nothing of a run, so that a broken engine leaves no trace in it."""

CHECKS = {
    f"{claim.id}-{at}": (claim.id, check)
    for claim in CLAIMS
    for at, check in enumerate(claim.checks)
    if check.experiment in QUICK
}


def moments_with(change, monkeypatch):
    """Let the forward pass of batch norm work with other variances; `change` takes var and the count."""
    true = batchnorm.moments
    monkeypatch.setattr(batchnorm, "_forward_of_few", lambda *given: None)

    def broken(x):
        found = true(x)
        return found._replace(var=change(found.var, x.size // x.shape[1]))

    monkeypatch.setattr(batchnorm, "moments", broken)


def unbiased_in_training(monkeypatch):
    moments_with(lambda var, count: var * count / max(count - 1, 1), monkeypatch)


def no_mean_subtracted(monkeypatch):
    true = batchnorm.normalized

    def broken(x, found, inv_std, *factors, **options):
        return true(x, found._replace(pivot=None, residual=np.zeros_like(found.residual)), inv_std, *factors, **options)

    monkeypatch.setattr(batchnorm, "_forward_of_few", lambda *given: None)
    monkeypatch.setattr(batchnorm, "normalized", broken)


def eps_outside_the_root(monkeypatch):
    def broken(x, gamma, beta, eps):
        rows = np.ascontiguousarray(x)
        found = batchnorm.moments(pooled(rows))
        inv_std = 1 / (np.sqrt(found.var) + eps)
        return batchnorm.BatchNormForward(
            y=batchnorm.normalized(rows, found, inv_std, gamma, beta), mean=outward(found.mean, x),
            var=outward(found.var, x), inv_std=outward(inv_std, x), count=values_per_channel(x), x=rows,
            moments=found, gamma=gamma, beta=beta,
        )  # fmt: skip

    monkeypatch.setattr(batchnorm, "_forward", broken)


def scale_before_normalization(monkeypatch):
    true = batchnorm.normalized

    def broken(x, found, inv_std, gamma=None, beta=None, **options):
        return true(x, found, inv_std, None if gamma is None else np.sign(gamma), None, **options)

    monkeypatch.setattr(batchnorm, "_forward_of_few", lambda *given: None)
    monkeypatch.setattr(batchnorm, "normalized", broken)


def sign_of_the_shift(monkeypatch):
    true = batchnorm.normalized

    def broken(x, found, inv_std, gamma=None, beta=None, **options):
        return true(x, found, inv_std, gamma, None if beta is None else -beta, **options)

    monkeypatch.setattr(batchnorm, "_forward_of_few", lambda *given: None)
    monkeypatch.setattr(batchnorm, "normalized", broken)


def absolute_scale(monkeypatch):
    true = batchnorm.normalized

    def broken(x, found, inv_std, gamma=None, beta=None, **options):
        return true(x, found, inv_std, None if gamma is None else np.abs(gamma), beta, **options)

    monkeypatch.setattr(batchnorm, "_forward_of_few", lambda *given: None)
    monkeypatch.setattr(batchnorm, "normalized", broken)


def statistics_of_each_image(monkeypatch):
    true = batchnorm._forward

    def broken(x, gamma, beta, eps):
        if x.ndim < 4:
            return true(x, gamma, beta, eps)
        alone = [true(np.ascontiguousarray(image[None]), gamma, beta, eps) for image in x]
        y = np.concatenate([each.y for each in alone])
        return SimpleNamespace(y=y, x_hat=y)

    monkeypatch.setattr(batchnorm, "_forward", broken)


def layer_norm_over_the_batch(monkeypatch):
    monkeypatch.setattr(family, "pooled_axes_of", lambda x, axes: (0,))


def group_norm_over_all_channels(monkeypatch):
    monkeypatch.setitem(family.POOLED_AXES, family.NormKind.GROUP, (1, 2, 3))


def instance_norm_over_the_examples(monkeypatch):
    monkeypatch.setitem(family.POOLED_AXES, family.NormKind.INSTANCE, (0, 3))


def norms_that_see_the_batch(monkeypatch):
    for kind in (family.NormKind.LAYER, family.NormKind.GROUP, family.NormKind.RMS):
        monkeypatch.setitem(family.POOLED_AXES, kind, (0, *family.POOLED_AXES[kind]))


def layer_and_instance_norm_swapped(monkeypatch):
    monkeypatch.setitem(family.POOLED_AXES, family.NormKind.LAYER, (3,))
    monkeypatch.setitem(family.POOLED_AXES, family.NormKind.INSTANCE, (1, 2, 3))


def changed_forward(monkeypatch, name, change):
    """Let the forward pass tell another `name` than it works with."""
    true = batchnorm._forward

    def broken(*given):
        found = true(*given)
        object.__setattr__(found, name, change(getattr(found, name)))
        return found

    monkeypatch.setattr(batchnorm, "_forward", broken)


def mean_told_wrong(monkeypatch):
    changed_forward(monkeypatch, "mean", lambda mean: mean + 1)


def variance_told_wrong(monkeypatch):
    changed_forward(monkeypatch, "var", lambda var: var + 1)


def divided_by_the_spread_alone(monkeypatch):
    true = batchnorm._forward

    def broken(x, gamma, beta, eps):
        with np.errstate(all="ignore"):
            return true(x, gamma, beta, 0.0)

    monkeypatch.setattr(batchnorm, "_forward", broken)


def momentum_swapped(monkeypatch):
    true = running._weight
    monkeypatch.setattr(running, "_weight", lambda momentum, batches: 1 - true(momentum, batches))


def running_variance_biased(monkeypatch):
    monkeypatch.setattr(running, "unbiased_var", lambda part: part.var)


def running_variance_of_stds(monkeypatch):
    true = running.RunningStats._moved

    def broken(self, parts, convention, momentum):
        stds = tuple(BatchStats(part.mean, np.sqrt(part.var), part.count) for part in parts)
        return true(self, stds, convention, momentum)

    monkeypatch.setattr(running.RunningStats, "_moved", broken)


def running_mean_forgets_the_start(monkeypatch):
    monkeypatch.setattr(running.RunningStats, "start", lambda channels: running.RunningStats(*np.ones((2, channels))))


def eval_with_the_statistics_of_the_batch(monkeypatch):
    def broken(x, mean, var, gamma=None, beta=None, *, eps=1e-5):
        return batchnorm.batch_norm(x, gamma, beta, eps=eps).y

    monkeypatch.setattr(batchnorm, "batch_norm_eval", broken)


def fold_without_the_root(monkeypatch):
    without = {name: getattr(np, name) for name in dir(np) if not name.startswith("__")} | {
        "sqrt": lambda values: values
    }
    monkeypatch.setattr(folding, "np", SimpleNamespace(**without))


def fixed_statistics_in_the_gradient(monkeypatch):
    true = batchnorm.batch_norm_backward

    def broken(dy, forward, gamma=None):
        _, *others = true(dy, forward, gamma)
        return dy * forward.inv_std * (1.0 if forward.gamma is None else forward.gamma), *others

    monkeypatch.setattr(batchnorm, "batch_norm_backward", broken)


def gradient_of_scale_by_the_output(monkeypatch):
    true = batchnorm.batch_norm_backward

    def broken(dy, forward, gamma=None):
        dx, _, dbeta = true(dy, forward, gamma)
        return dx, np.sum(dy * forward.y), dbeta

    monkeypatch.setattr(batchnorm, "batch_norm_backward", broken)


def gradient_of_shift_by_the_mean(monkeypatch):
    true = batchnorm.batch_norm_backward

    def broken(dy, forward, gamma=None):
        dx, dgamma, dbeta = true(dy, forward, gamma)
        return dx, dgamma, dbeta / forward.count

    monkeypatch.setattr(batchnorm, "batch_norm_backward", broken)


def unbiased_in_networks(monkeypatch):
    true = kernels.normed_over_examples

    def broken(x, gamma, eps, **room):
        norm = true(x, gamma, eps, **room)
        factor = math.sqrt(1 - 1 / x.shape[-2])
        return norm._replace(inv_std=norm.inv_std * factor, scale=norm.scale * factor)

    monkeypatch.setattr(kernels, "normed_over_examples", broken)


def variances_of_devices_averaged(monkeypatch):
    def broken(parts):
        found = tuple(parts)
        return BatchStats(found[0].mean, np.mean([part.var for part in found]), sum(part.count for part in found))

    monkeypatch.setattr(merging, "merge", broken)


FAULTS = {
    unbiased_in_training: {"biased-variance", "mean-0-std-1"},
    no_mean_subtracted: {"formula-without-eps", "redundant-bias"},
    eps_outside_the_root: {"formula-without-eps", "identity-recovery"},
    scale_before_normalization: {"scale-and-shift", "output-moments", "limits-the-layer"},
    sign_of_the_shift: {"scale-and-shift", "one-sample-diverges"},
    absolute_scale: {"scale-and-shift"},
    statistics_of_each_image: {"conv-statistics"},
    layer_norm_over_the_batch: {"other-norms", "variable-length"},
    group_norm_over_all_channels: {"other-norms"},
    instance_norm_over_the_examples: {"other-norms"},
    norms_that_see_the_batch: {"other-norms", "detection", "variable-length"},
    layer_and_instance_norm_swapped: {"other-norms"},
    mean_told_wrong: {"one-sample"},
    variance_told_wrong: {"one-sample"},
    divided_by_the_spread_alone: {"formula-without-eps", "one-sample-diverges"},
    momentum_swapped: {"running-averages"},
    running_variance_biased: {"running-averages"},
    running_variance_of_stds: {"running-averages"},
    running_mean_forgets_the_start: {"running-averages"},
    eval_with_the_statistics_of_the_batch: {"switch-to-eval", "same-input-same-output", "worked-example"},
    fold_without_the_root: {"folding"},
    fixed_statistics_in_the_gradient: {"learned-scale-and-shift"},
    gradient_of_scale_by_the_output: {"learned-scale-and-shift"},
    gradient_of_shift_by_the_mean: {"learned-scale-and-shift"},
    unbiased_in_networks: {"biased-variance"},
    variances_of_devices_averaged: {"detection"},
}
"""What is broken, and claims that must notice it."""


OF_THE_FAMILY = (
    group_norm_over_all_channels, instance_norm_over_the_examples, norms_that_see_the_batch,
    layer_and_instance_norm_swapped, statistics_of_each_image,
)  # fmt: skip
"""Faults for whose sake the experiment about the norms is run, which takes longer."""


def refused(experiments=QUICK) -> frozenset[str]:
    """Return the names of the checks that do not hold now; what earlier runs have kept is not looked at."""
    made_anew = readouts.__wrapped__
    found = set()
    for name, (_, check) in CHECKS.items():
        if check.experiment not in experiments:
            continue
        try:
            holds = run_check(check, made_anew).holds
        except InputError:  # the engine itself refuses what was done to it
            holds = False
        if not holds:
            found.add(name)
    return frozenset(found)


@pytest.fixture(scope="module")
def noticed():
    """Which checks fail under each fault."""
    found = {}
    for fault in FAULTS:
        with pytest.MonkeyPatch.context() as monkeypatch:
            fault(monkeypatch)
            found[fault] = refused(QUICK if fault in OF_THE_FAMILY else QUICK[:2])
    return found


class TestBrokenEngine:
    def test_every_check_holds_with_the_engine_as_it_is(self):
        assert refused() == frozenset()

    @together("fault", FAULTS)
    def test_is_noticed_by_claims_about_it(self, noticed, fault):
        assert FAULTS[fault] <= {CHECKS[name][0] for name in noticed[fault]}

    def test_leaves_no_check_idle(self, noticed):
        busy = frozenset().union(*noticed.values())

        assert set(CHECKS) - busy == set()

    def test_is_not_tried_on_slow_checks(self):
        assert not any(is_slow(check) for _, check in CHECKS.values())

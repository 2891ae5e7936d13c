"""The checks that run whole experiments, with what those stand on broken on purpose: none of them may be idle.

`test_claims_broken_engine.py` does the same with the checks that ask the engine itself.
"""

import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from cases import together

from bnsim.claims import read_ledger
from bnsim.claims.checks import readouts, run_check
from bnsim.engine.networks import initialization, kernels
from bnsim.engine.networks.initialization import Init
from bnsim.engine.networks.structure import Activation, Mlp, Placement
from bnsim.engine.normalization import batchnorm, folding, variants
from bnsim.engine.statistics import formats, merging, running
from bnsim.engine.statistics.batch import BatchStats
from bnsim.engine.theory import inference
from bnsim.experiments.depth import networks
from bnsim.experiments.folding import costs, layer
from bnsim.experiments.micro_batches import model as in_parts
from bnsim.experiments.train_eval import companions, digits

MADE_OF_DRAWS = (
    "bnsim.experiments.batch_size.", "bnsim.experiments.depth.", "bnsim.experiments.precision.",
    "bnsim.experiments.train_eval.",
)  # fmt: skip
"""Modules that keep what they have made with the engine."""


def everywhere(monkeypatch, true, broken):
    """Put a function in the place of another wherever it was imported."""
    for module in [each for name, each in sys.modules.items() if name.startswith("bnsim.")]:
        for name in [name for name, value in vars(module).items() if value is true]:
            monkeypatch.setattr(module, name, broken)


def forget():
    """Forget what was made with the engine, broken or whole."""
    for name in [name for name in sys.modules if name.startswith(MADE_OF_DRAWS)]:
        for value in list(vars(sys.modules[name]).values()):
            if hasattr(value, "cache_clear") and not isinstance(value, type):
                value.cache_clear()


# Layers of a network at its start.


def he_without_its_two(monkeypatch):
    true = initialization.weight_spread
    halved = {Init.HE: math.sqrt(0.5), Init.XAVIER: 1.0, Init.FIXED: 1.0}
    monkeypatch.setattr(initialization, "weight_spread", lambda start, shape: halved[start.init] * true(start, shape))


def xavier_as_he(monkeypatch):
    true = initialization.weight_spread
    monkeypatch.setattr(initialization, "weight_spread", lambda start, shape: true(replace(start, init=Init.HE), shape))


def sigmoid_with_slope_one(monkeypatch):
    monkeypatch.setitem(kernels.BACKWARD, Activation.SIGMOID, lambda da, a, work: None)


def mean_stays_in_networks(monkeypatch):
    def broken(x, gamma, eps, *, work, centred, mean, var):
        np.copyto(centred, x)
        mean[...] = 0
        kernels.mean_over_examples(np.multiply(centred, centred, out=work), out=var)
        inv_std = 1 / np.sqrt(var + eps)
        return kernels.Normed(centred, inv_std, inv_std * gamma, given=False)

    everywhere(monkeypatch, kernels.normed_over_examples, broken)


def fixed_statistics_in_networks(monkeypatch):
    def broken(dy, norm, dgamma, dbeta, work):
        np.multiply(dy, norm.scale, out=dy)

    everywhere(monkeypatch, kernels.back_over_examples, broken)


def skip_connections_forgotten(monkeypatch):
    monkeypatch.setattr(networks, "Mlp", lambda **given: Mlp(**{**given, "residual": False}))


def norm_on_the_other_side(monkeypatch):
    other = {Placement.BEFORE: Placement.AFTER, Placement.AFTER: Placement.BEFORE}

    def turned(net, placement, **given):
        return replace(net, placement=other[placement], **given)

    monkeypatch.setattr(networks, "replace", turned)


# Folding.


def fold_of_the_spread_alone(monkeypatch):
    for true in (folding.fold_conv, folding.fold_linear):

        def broken(weight, bias, mean, var, gamma, beta, *, eps, true=true):
            return true(weight, bias, 0 * mean, var, gamma, beta, eps=eps)

        everywhere(monkeypatch, true, broken)


def relu_that_does_nothing(monkeypatch):
    everywhere(monkeypatch, layer.relu, lambda z: z)


def running_statistics_of_the_batch(monkeypatch):
    def broken(x, mean, var, gamma=None, beta=None, *, eps=1e-5):
        return batchnorm.batch_norm(x, gamma, beta, eps=eps).y

    everywhere(monkeypatch, batchnorm.batch_norm_eval, broken)


def batch_statistics_that_run(monkeypatch):
    monkeypatch.setattr(layer.Layer, "training", lambda self, z: self.running(z))


def no_mean_subtracted(monkeypatch):
    true = batchnorm.normalized

    def broken(x, found, inv_std, *factors, **options):
        return true(x, found._replace(pivot=None, residual=np.zeros_like(found.residual)), inv_std, *factors, **options)

    monkeypatch.setattr(batchnorm, "_forward_of_few", lambda *given: None)
    monkeypatch.setattr(batchnorm, "normalized", broken)


def fixed_statistics_in_the_gradient(monkeypatch):
    true = batchnorm.batch_norm_backward

    def broken(dy, found, gamma=None):
        _, *others = true(dy, found, gamma)
        scale = np.reshape(found.inv_std, (1, -1) + (1,) * (dy.ndim - 2))
        return dy * scale, *others

    everywhere(monkeypatch, true, broken)


def products_of_one_channel(monkeypatch):
    true = costs.counts_of
    everywhere(monkeypatch, true, lambda p: replace(true(p), products=p.kernel**2))


def folding_that_moves_as_much(monkeypatch):
    true = costs.costs_of

    def broken(n):
        *others, moved = true(n)
        return *others, replace(moved, after=moved.before)

    everywhere(monkeypatch, true, broken)


# Batches of N.


def statistics_of_half_the_batch(monkeypatch):
    true = batchnorm.moments
    monkeypatch.setattr(batchnorm, "_forward_of_few", lambda *given: None)
    monkeypatch.setattr(batchnorm, "moments", lambda x: true(x[: max(len(x) // 2, 1)]))


def eps_doubled(monkeypatch):
    true = batchnorm._forward
    monkeypatch.setattr(batchnorm, "_forward", lambda x, gamma, beta, eps: true(x, gamma, beta, 2 * eps))


def noise_that_falls_like_one_over_n(monkeypatch):
    true = batchnorm.normalized

    def broken(x, *given, **options):
        return x + (true(x, *given, **options) - x) / math.sqrt(len(x))

    monkeypatch.setattr(batchnorm, "_forward_of_few", lambda *given: None)
    monkeypatch.setattr(batchnorm, "normalized", broken)


# Training and inference.


def momentum_swapped(monkeypatch):
    true = running._weight
    monkeypatch.setattr(running, "_weight", lambda momentum, batches: 1 - true(momentum, batches))


def running_statistics_that_start_elsewhere(monkeypatch):
    true = running.running_history

    def broken(*given, **named):
        mean, var = true(*given, **named)
        return np.concatenate([[1.0], mean[1:]]), var

    everywhere(monkeypatch, true, broken)


def biased_and_unbiased_swapped(monkeypatch):
    true = running.running_history

    def broken(batches, *, convention, momentum):
        factor = 1 - 1 / batches.count
        var = batches.var * (factor if convention.unbiased else 1 / factor)
        return true(BatchStats(batches.mean, var, batches.count), convention=convention, momentum=momentum)

    everywhere(monkeypatch, true, broken)


def other_defaults_of_eps(monkeypatch):
    for rule in running.Convention:
        monkeypatch.setattr(rule, "eps", 1e-3 if rule.eps == 1e-5 else 1e-5)


def unbiased_among_companions(monkeypatch):
    true = merging.merge

    def broken(parts):
        found = true(parts)
        return BatchStats(found.mean, found.var * found.count / (found.count - 1), found.count)

    everywhere(monkeypatch, true, broken)


def twice_the_companions(monkeypatch):
    true = companions.standard_companions
    monkeypatch.setattr(companions, "standard_companions", lambda size, *others: true(2 * size, *others))


def alone_as_another_framework(monkeypatch):
    true = inference.alone_output
    swapped = {running.Convention.KERAS: running.Convention.PADDLE, running.Convention.PADDLE: running.Convention.KERAS}
    everywhere(monkeypatch, true, lambda x, rule, **named: true(x, swapped.get(rule, rule), **named))


def digits_without_companions(monkeypatch):
    def broken(z, at):
        return digits.with_running_statistics(z.reshape(-1, z.shape[-1]), at).reshape(z.shape)

    monkeypatch.setattr(digits, "with_own_statistics", broken)


def digits_not_looked_at(monkeypatch):
    for name in ("with_own_statistics", "with_running_statistics"):
        monkeypatch.setattr(digits, name, lambda z, at: z * 0)


# A batch in parts.


def outputs_of_the_whole(monkeypatch):
    true = variants.ghost_batch_norm
    everywhere(
        monkeypatch,
        true,
        lambda x, sizes, **given: replace(true(x, sizes, **given), y=batchnorm.batch_norm(x, **given).y),
    )


def gradient_of_the_whole(monkeypatch):
    def broken(dy, found):
        whole = batchnorm.batch_norm(np.concatenate([part.x for part in found.batches]))
        return batchnorm.batch_norm_backward(dy, whole)

    everywhere(monkeypatch, variants.ghost_batch_norm_backward, broken)


def parts_with_the_variance_of_the_whole(monkeypatch):
    true = variants.ghost_batch_norm

    def broken(x, sizes, **given):
        found = true(x, sizes, **given)
        for part in found.batches:
            object.__setattr__(part, "var", np.var(x))
        return found

    everywhere(monkeypatch, true, broken)


def synchronized_as_two_halves(monkeypatch):
    true = variants.ghost_batch_norm

    def broken(x, sizes, **given):
        return true(x, (len(x) // 2, len(x) - len(x) // 2) if sizes == len(x) else sizes, **given)

    everywhere(monkeypatch, true, broken)


def a_step_that_forgets_once(monkeypatch):
    monkeypatch.setattr(in_parts, "forgotten", lambda momentum, updates: momentum)


def a_step_that_forgets_twice(monkeypatch):
    true = in_parts.forgotten
    monkeypatch.setattr(in_parts, "forgotten", lambda momentum, updates: true(momentum, 2 * updates))


def ghost_batches_twice_as_large(monkeypatch):
    true = in_parts.sizes_of
    monkeypatch.setattr(in_parts, "sizes_of", lambda p: true(p.replace(micro=2 * p.micro) if p.way == "ghost" else p))


# Narrow formats.


def sums_in_float64(monkeypatch):
    everywhere(monkeypatch, formats.sum_in, lambda values, form, **given: np.sum(values, axis=0))


def formats_that_hold_everything(monkeypatch):
    everywhere(monkeypatch, formats.rounded, lambda values, form: np.asarray(values, dtype=np.float64))


def one_digit_less(monkeypatch):
    for form in formats.FloatFormat:
        monkeypatch.setattr(form, "digits", form.digits - 1)


FAULTS = {
    he_without_its_two: {"exploding-gradients", "activations-drift", "placement-matters"},
    xavier_as_he: {"exploding-gradients", "activations-drift", "careful-init"},
    sigmoid_with_slope_one: {"exploding-gradients"},
    mean_stays_in_networks: {"exploding-gradients", "careful-init", "stabilizes"},
    fixed_statistics_in_networks: {"exploding-gradients"},
    skip_connections_forgotten: {"activations-drift"},
    norm_on_the_other_side: {"placement-matters"},
    fold_of_the_spread_alone: {"folding", "folding-saves", "same-input-same-output"},
    relu_that_does_nothing: {"folding"},
    running_statistics_of_the_batch: {"folding", "redundant-bias"},
    batch_statistics_that_run: {"folding", "same-input-same-output"},
    no_mean_subtracted: {"redundant-bias"},
    fixed_statistics_in_the_gradient: {"redundant-bias"},
    products_of_one_channel: {"folding-saves"},
    folding_that_moves_as_much: {"folding-saves"},
    statistics_of_half_the_batch: {"tiny-batches", "below-sixteen"},
    eps_doubled: {"tiny-batches"},
    noise_that_falls_like_one_over_n: {"below-sixteen"},
    momentum_swapped: {"momentum", "running-averages", "eval-mode-left-on"},
    running_statistics_that_start_elsewhere: {"eval-mode-left-on"},
    biased_and_unbiased_swapped: {"running-averages"},
    other_defaults_of_eps: {"epsilon-default"},
    unbiased_among_companions: {"biased-variance"},
    twice_the_companions: {"train-mode-inference"},
    alone_as_another_framework: {"one-sample-diverges"},
    digits_without_companions: {"one-sample-diverges", "train-mode-inference"},
    digits_not_looked_at: {"train-mode-inference"},
    outputs_of_the_whole: {"accumulation", "ghost-batches"},
    gradient_of_the_whole: {"accumulation"},
    parts_with_the_variance_of_the_whole: {"synchronized", "ghost-batches"},
    synchronized_as_two_halves: {"synchronized"},
    a_step_that_forgets_once: {"accumulation"},
    a_step_that_forgets_twice: {"accumulation", "ghost-batches"},
    ghost_batches_twice_as_large: {"ghost-batches"},
    sums_in_float64: {"float32-norm", "bfloat16"},
    formats_that_hold_everything: {"float32-norm", "bfloat16"},
    one_digit_less: {"float32-norm", "bfloat16"},
}
"""What is broken, and the claims that must notice it: only their checks are run."""

EXPERIMENTS = ("depth", "folding", "batch-size", "train-eval", "micro-batches", "precision")
CHECKS = {
    claim.id: {f"{claim.id}-{at}": check for at, check in enumerate(claim.checks) if check.experiment in EXPERIMENTS}
    for claim in read_ledger()
}


def refused(claims):
    """Return by claim the names of the checks that do not hold now; what was made before is not looked at."""
    forget()
    made = {}

    def made_once(slug, params):
        if params not in made:
            made[params] = readouts.__wrapped__(slug, params)
        return made[params]

    found = {
        claim: {name for name, check in CHECKS[claim].items() if not run_check(check, made_once).holds}
        for claim in claims
    }
    forget()
    return found


@pytest.fixture(scope="module")
def noticed():
    """Which checks fail under each fault, by claim."""
    found = {}
    for fault, claims in FAULTS.items():
        with pytest.MonkeyPatch.context() as monkeypatch:
            fault(monkeypatch)
            found[fault] = refused(claims)
    return found


class TestBrokenExperiment:
    def test_every_check_holds_with_nothing_broken(self):
        assert {name for names in refused(CHECKS).values() for name in names} == set()

    @together("fault", FAULTS)
    def test_is_noticed_by_claims_about_it(self, noticed, fault):
        assert {claim for claim, names in noticed[fault].items() if names} == FAULTS[fault]

    def test_leaves_no_check_idle(self, noticed):
        busy = {name for found in noticed.values() for names in found.values() for name in names}

        assert {name for checks in CHECKS.values() for name in checks} - busy == set()

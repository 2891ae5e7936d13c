"""Training in micro-batches and with short last batches, weight decay with and without norms, frozen norms."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from rounding import CLOSE

from bnsim.engine import GhostRule, RunningStats, ghost_batch_norm
from bnsim.engine.networks import Decayed, Leftover, Mlp, Norm, Run, Split, Watch, memory_of, train
from bnsim.engine.networks.kernels import Scratch
from bnsim.engine.networks.steps import ORDER, Stack
from bnsim.engine.networks.structure import layers_of, numbers_in
from bnsim.errors import InputError

EVERY = Watch(every=1, networks=True)
LAST = Watch(every=10**6)
NET = Mlp(sizes=(5, 8, 8, 3), norm=Norm.BATCH)


@pytest.fixture(scope="module")
def toy():
    rng = np.random.default_rng(0)
    return Split.shuffled(rng.standard_normal((90, 5)), np.arange(90) % 3, 60, rng)


def small(**changes):
    return Run(**{"net": NET, "steps": 12, "batch": 12, "rate": 0.2} | changes)


def networks(run, data, watch=EVERY):
    return [record.network for record in train([run], data, watch)]


def shuffled(run, data):
    """The examples in the order of the first epoch."""
    order = np.random.default_rng((run.seed, ORDER)).permutation(len(data.x))
    return data.x[order]


class TestMicroBatches:
    def test_with_their_mean_they_are_ghost_batches(self, toy):
        ghost = replace(NET, norm=Norm.GHOST, ghost=4)

        whole = networks(small(net=ghost, momentum=0.9, decay=0.01), toy)[-1]
        parts = networks(small(micro=4, micro_rule=GhostRule.MEAN, momentum=0.9, decay=0.01), toy)[-1]

        np.testing.assert_allclose(parts.flat, whole.flat, rtol=0, atol=1e-10)
        np.testing.assert_allclose(parts.running_var, whole.running_var, rtol=1e-10)

    @pytest.mark.parametrize("rule", GhostRule)
    def test_running_statistics_follow_the_named_rule_for_unequal_parts_too(self, toy, rule):
        run = small(steps=1, batch=60, micro=25, micro_rule=rule, running_momentum=0.25)
        before, after = networks(run, toy)
        layer = layers_of(run.net, before.flat[None])[0]
        u = shuffled(run, toy) @ layer.weight[0] + layer.bias[0]

        expected = RunningStats.start(8).update(ghost_batch_norm(u, (25, 25, 10)), momentum=0.25, ghosts=rule)

        np.testing.assert_allclose(after.running_mean[:8], expected.mean, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(after.running_var[:8], expected.var, rtol=1e-10)

    def test_the_rule_changes_the_statistics_and_not_the_weights(self, toy):
        each, mean = (networks(small(micro=4, micro_rule=rule), toy)[-1] for rule in GhostRule)

        np.testing.assert_allclose(each.flat, mean.flat, **CLOSE)
        # 12 steps leave 0.9**36 of the variance 1 with EACH and 0.9**12 with MEAN.
        assert np.abs(each.running_var - mean.running_var).max() > 0.01

    @pytest.mark.parametrize("norm", [Norm.NONE, Norm.LAYER])
    def test_without_a_norm_over_examples_they_change_nothing(self, toy, norm):
        net = replace(NET, norm=norm)
        whole, parts = (
            list(train([small(net=net, micro=micro)], toy, Watch(every=3, gradients=True, layers=(1,))))
            for micro in (0, 5)
        )

        np.testing.assert_allclose(parts[-1].network.flat, whole[-1].network.flat, rtol=0, atol=1e-12)
        for one, other in zip(whole[1:], parts[1:], strict=True):
            assert other.loss == pytest.approx(one.loss, rel=1e-12)
            assert other.gradient_norms == pytest.approx(one.gradient_norms, rel=1e-9)
            np.testing.assert_allclose(other.hidden[0].batch_mean, one.hidden[0].batch_mean, atol=1e-12)

    def test_as_large_as_the_batch_it_is_the_whole_batch(self, toy):
        np.testing.assert_allclose(networks(small(micro=12), toy)[-1].flat, networks(small(), toy)[-1].flat, **CLOSE)

    def test_once_frozen_they_change_nothing(self, toy):
        whole, parts = (networks(small(frozen=1.0, micro=micro), toy)[-1] for micro in (0, 5))

        np.testing.assert_allclose(parts.flat, whole.flat, rtol=0, atol=1e-12)
        np.testing.assert_allclose(parts.running_var, whole.running_var, **CLOSE)

    def test_in_a_stack_or_alone(self, toy):
        runs = [small(micro=5, leftover=Leftover.SHORT, batch=25, seed=seed) for seed in range(3)]

        together = {record.run: record.network for record in train(runs, toy, LAST)}
        for index, run in enumerate(runs):
            np.testing.assert_allclose(together[index].flat, networks(run, toy, LAST)[-1].flat, **CLOSE)


class TestShortLastBatches:
    def batches(self, toy, leftover):
        run = small(batch=25, leftover=leftover)
        found = Stack([run], [0], toy, LAST, Scratch()).batches()
        return [next(found)[0] for _ in range(6)]

    def test_an_epoch_reads_every_example_once(self, toy):
        first, second = (self.batches(toy, Leftover.SHORT)[at : at + 3] for at in (0, 3))

        assert [len(batch) for batch in first] == [25, 25, 10]
        for epoch in (first, second):
            assert sorted(np.concatenate(epoch)) == list(range(60))

    def test_what_waits_is_left_out_of_the_epoch(self, toy):
        assert [len(batch) for batch in self.batches(toy, Leftover.WAIT)] == [25] * 6

    def test_a_short_batch_moves_the_running_statistics_by_its_own_unbiased_variance(self, toy):
        run = small(steps=3, batch=25, rate=1e-12, leftover=Leftover.SHORT)
        first, *_, after = networks(run, toy)
        layer = layers_of(run.net, first.flat[None])[0]
        u = shuffled(run, toy) @ layer.weight[0] + layer.bias[0]

        expected = RunningStats.start(8).update(ghost_batch_norm(u, (25, 25, 10)))

        # The rate is so small that the weights stay.
        np.testing.assert_allclose(after.running_var[:8], expected.var, rtol=1e-9)


class TestDecay:
    @pytest.mark.parametrize(
        ("decayed", "names"),
        [
            (Decayed.WEIGHTS, ("weight",)),
            (Decayed.NORMS, ("weight", "gamma", "beta")),
            (Decayed.EVERYTHING, ("weight", "bias", "gamma", "beta")),
        ],
    )
    def test_acts_on_what_is_named_and_nothing_else(self, toy, decayed, names):
        before, plain = networks(small(steps=1), toy)
        after = networks(small(steps=1, decay=0.5, decayed=decayed), toy)[-1]

        expected = plain.flat - 0.2 * 0.5 * before.flat * numbers_in(NET, names)
        np.testing.assert_allclose(after.flat, expected, rtol=0, atol=1e-15)

    def test_on_norms_pulls_gamma_to_zero_where_decay_of_weights_alone_leaves_it(self, toy):
        runs = [small(steps=200, decay=0.05, decayed=each) for each in (Decayed.WEIGHTS, Decayed.NORMS)]
        gammas = [layers_of(NET, networks(run, toy, LAST)[-1].flat[None])[0].gamma.mean() for run in runs]

        assert gammas[0] - gammas[1] > 0.2

    def test_runs_that_decay_differently_are_not_stacked(self):
        assert small(decay=0.1).stack_key != small(decay=0.1, decayed=Decayed.NORMS).stack_key


class TestFrozenNorms:
    def gammas(self, networks_found):
        kept = numbers_in(NET, ("gamma", "beta"))
        return [network.flat[kept] for network in networks_found]

    def test_gamma_and_beta_stay_with_the_statistics_and_the_weights_move_on(self, toy):
        run = small(frozen=0.5, frozen_affine=True, momentum=0.9, decay=0.1, decayed=Decayed.EVERYTHING)
        found = networks(run, toy)
        gammas = self.gammas(found)

        assert np.abs(gammas[6] - gammas[0]).max() > 0.01
        for later in gammas[7:]:
            np.testing.assert_array_equal(later, gammas[6])
        weights = numbers_in(NET, ("weight",))
        assert np.abs(found[-1].flat - found[6].flat)[weights].max() > 0.01

    def test_without_it_gamma_and_beta_learn_on(self, toy):
        gammas = self.gammas(networks(small(frozen=0.5), toy))

        assert np.abs(gammas[-1] - gammas[6]).max() > 1e-3

    def test_from_the_first_step_they_stay_where_they_started(self, toy):
        gammas = self.gammas(networks(small(frozen=1.0, frozen_affine=True), toy))

        np.testing.assert_array_equal(gammas[-1], gammas[0])


class TestMemory:
    def test_stays_below_what_is_stated(self, toy):
        runs = [Run(net=Mlp(sizes=(5, 300, 3), norm=Norm.BATCH), steps=4, batch=20, micro=8, seed=s) for s in range(8)]
        tracemalloc.start()
        for _ in train(runs, toy, LAST):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert peak < memory_of(runs, toy)


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"micro": -1}, "micro must be at least 0; got -1."),
            (
                {"micro": 4, "net": replace(NET, norm=Norm.GHOST, ghost=4)},
                "micro must be 0 where the norm is ghost, which takes a batch in parts already; got 4. "
                "Take the norm batch.",
            ),
        ],
    )
    def test_of_a_run(self, changes, message):
        with pytest.raises(InputError) as error:
            small(**changes)

        assert str(error.value) == message

    def test_of_ghost_batches_that_do_not_fit_a_short_last_batch(self, toy):
        run = small(batch=24, leftover=Leftover.SHORT, net=replace(NET, norm=Norm.GHOST, ghost=8))

        with pytest.raises(InputError) as error:
            train([run], toy)

        assert str(error.value) == (
            "ghost of run 1 must divide the 12 examples of the last batch of an epoch; got 8. "
            "Let them wait, or take the norm batch with micro."
        )


class TestAgainstPyTorch:
    """A network of PyTorch whose gradients are gathered over micro-batches, two epochs with short last batches."""

    @pytest.mark.parametrize("decayed", [Decayed.EVERYTHING, Decayed.WEIGHTS])
    def test_weights_and_running_statistics(self, toy, decayed):
        torch = pytest.importorskip("torch")
        run = small(
            steps=6, batch=25, micro=7, leftover=Leftover.SHORT, momentum=0.9, rate=0.05, decay=0.1, decayed=decayed
        )
        first, *_, ours = networks(run, toy)
        block = [torch.nn.Linear(5, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU()]
        block += [torch.nn.Linear(8, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Linear(8, 3)]
        theirs = torch.nn.Sequential(*block).double()
        for part, layer in zip(block[::3], layers_of(NET, first.flat[None]), strict=True):
            part.weight.data, part.bias.data = torch.tensor(layer.weight[0].T), torch.tensor(layer.bias[0, 0])
        weights = [part.weight for part in block[::3]]
        others = [one for one in theirs.parameters() if all(one is not weight for weight in weights)]
        rest = 0.1 if decayed is Decayed.EVERYTHING else 0.0
        optimizer = torch.optim.SGD(
            [{"params": weights, "weight_decay": 0.1}, {"params": others, "weight_decay": rest}], lr=0.05, momentum=0.9
        )
        rng = np.random.default_rng((run.seed, ORDER))
        for order in (rng.permutation(60) for _ in range(2)):
            for batch in np.split(order, (25, 50)):
                optimizer.zero_grad()
                for part in np.split(batch, range(7, len(batch), 7)):
                    scores = theirs(torch.tensor(toy.x[part]))
                    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(toy.labels[part]))
                    (loss * len(part) / len(batch)).backward()
                optimizer.step()

        for part, layer in zip(block[::3], layers_of(NET, ours.flat[None]), strict=True):
            np.testing.assert_allclose(layer.weight[0].T, part.weight.detach().numpy(), rtol=1e-8, atol=1e-10)
        for name in ("running_mean", "running_var"):
            kept = np.concatenate([getattr(part, name).numpy() for part in block[1::3]])
            np.testing.assert_allclose(getattr(ours, name), kept, rtol=1e-8, atol=1e-10)

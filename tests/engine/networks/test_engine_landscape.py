"""The loss along the gradient, covariate shift by both definitions, and a new domain."""

from dataclasses import replace

import numpy as np
import pytest
from rounding import CLOSE

from bnsim.data import corruptions
from bnsim.data.digits import load_digits
from bnsim.engine.networks.adaptation import adapted, batch_accuracy, eval_accuracy, norms_tuned
from bnsim.engine.networks.backward import gradients
from bnsim.engine.networks.covariate_shift import gradient_shift, percentile_range, step_drift
from bnsim.engine.networks.initialization import Init, Start, initial
from bnsim.engine.networks.rays import along_gradient, landscape
from bnsim.engine.networks.settings import HiddenRecord, Run, Split, Watch
from bnsim.engine.networks.structure import Activation, Mlp, Norm, layers_of
from bnsim.engine.networks.training import train
from bnsim.errors import InputError, ShapeError

STEPS = np.linspace(0.05, 0.4, 8)


@pytest.fixture(scope="module")
def digits():
    shown = load_digits()
    return Split.shuffled(shown.images, shown.labels, 1347, np.random.default_rng(0))


@pytest.fixture(scope="module")
def toy():
    rng = np.random.default_rng(0)
    net = Mlp(sizes=(5, 8, 8, 3), norm=Norm.BATCH, activation=Activation.TANH)
    flat = initial(net, Start(), rng) + 0.1 * rng.standard_normal(net.numbers)
    return net, flat, rng.standard_normal((20, 5)), rng.integers(0, 3, 20)


class TestRay:
    def test_is_the_loss_at_every_step_taken_alone(self, toy):
        net, flat, x, labels = toy
        ray = along_gradient(net, flat, x, labels, STEPS)
        start, slope = gradients(net, flat[None], x, labels)

        assert ray.start_loss == pytest.approx(start[0], rel=1e-12)
        assert ray.gradient_norm == pytest.approx(np.linalg.norm(slope), rel=1e-12)
        for at, step in enumerate(STEPS):
            loss, there = gradients(net, flat[None] - step * slope, x, labels)
            assert ray.loss[at] == pytest.approx(loss[0], rel=1e-12)
            assert ray.change[at] == pytest.approx(np.linalg.norm(there - slope), rel=1e-10)

    def test_starts_down_the_slope(self, toy):
        """loss(-step g) = loss - step |g|**2, to first order."""
        net, flat, x, labels = toy
        ray = along_gradient(net, flat, x, labels, [1e-6])

        assert (ray.start_loss - ray.loss[0]) / 1e-6 == pytest.approx(ray.gradient_norm**2, rel=1e-4)

    def test_summaries_follow_from_the_ray(self, toy):
        ray = along_gradient(*toy, STEPS)

        assert ray.loss_range == ray.loss.max() - ray.loss.min()
        assert ray.relative_change == ray.change.max() / ray.gradient_norm
        assert ray.effective_smoothness == max(ray.change / (STEPS * ray.gradient_norm))

    @pytest.mark.parametrize(
        ("steps", "message"),
        [
            ([0.0], "step must be a number more than 0; got 0."),
            ([], "steps must be from 1 to 64 numbers; got 0."),
            (np.ones(65), "steps must be from 1 to 64 numbers; got 65."),
        ],
    )
    def test_steps_must_lead_somewhere(self, toy, steps, message):
        with pytest.raises(InputError) as error:
            along_gradient(*toy, steps)

        assert str(error.value) == message


class TestLandscape:
    def test_is_smoother_with_batch_norm_in_a_deep_relu_network(self, digits):
        """Most of the difference lies in the first 40 steps, while the network without norm finds its way."""
        ranges = []
        for norm in (Norm.NONE, Norm.BATCH):
            run = Run(net=Mlp(sizes=(64, *[100] * 10, 10), norm=norm), steps=40, batch=128)
            found = list(landscape([run], digits, STEPS, every=10))
            ranges.append(np.mean([record.ray.loss_range for record in found[1:]]))

        assert ranges[0] > 10 * ranges[1]

    def test_measuring_changes_nothing(self, digits):
        run = Run(steps=10, net=Mlp(norm=Norm.BATCH))
        *_, measured = landscape([run], digits, STEPS, every=5, shift=True)
        *_, plain = train([run], digits, Watch(every=5, accuracy=False))

        assert measured.record.loss == pytest.approx(plain.loss, rel=CLOSE["rtol"])
        assert measured.record.network is None

    def test_without_shift_there_is_none(self, digits):
        assert next(landscape([Run(net=Mlp(), steps=1)], digits, STEPS)).shift is None


class TestGradientShift:
    def test_is_that_of_the_definition(self, toy):
        """Layer by layer: the layers below moved by hand, the others where they were."""
        net, flat, x, labels = toy
        found = gradient_shift(net, flat, x, labels, 0.3)
        before = gradients(net, flat[None], x, labels)[1]
        for layer in range(net.depth):
            moved = flat[None].copy()
            for below in range(layer):
                for part, slope in zip(layers_of(net, moved)[below], layers_of(net, before)[below], strict=True):
                    if part is not None:
                        part -= 0.3 * slope
            after = gradients(net, moved, x, labels)[1]
            old, new = (layers_of(net, each)[layer].weight.ravel() for each in (before, after))

            assert found.relative[layer] == pytest.approx(np.linalg.norm(new - old) / np.linalg.norm(old), abs=1e-12)
            cosine = old @ new / np.linalg.norm(old) / np.linalg.norm(new)
            assert found.cosine[layer] == pytest.approx(cosine, rel=1e-12)

    def test_the_first_layer_has_none(self, toy):
        found = gradient_shift(*toy, 0.3)

        assert found.relative[0] == 0.0
        assert found.cosine[0] == pytest.approx(1.0, rel=1e-12)

    def test_batch_norm_does_not_reduce_it_in_a_sigmoid_network(self, digits):
        shifts = []
        for norm in (Norm.NONE, Norm.BATCH):
            net = Mlp(activation=Activation.SIGMOID, norm=norm)
            run = Run(net=net, start=Start(init=Init.XAVIER), steps=60, batch=64, rate=0.5)
            found = list(landscape([run], digits, [0.1], every=20, shift=True))
            shifts.append(np.mean([record.shift.relative for record in found[1:]]))

        assert shifts[1] > 1.5 * shifts[0]


class TestDistributionShift:
    def hidden(self, percentiles, means):
        return [
            HiddenRecord(0, np.array(p, dtype=float), np.array(m, dtype=float))
            for p, m in zip(percentiles, means, strict=True)
        ]

    def test_range_is_averaged_over_units(self):
        records = self.hidden([[[0, 0]], [[1, 4]], [[2, 2]]], [[0, 0]] * 3)

        assert percentile_range(records).tolist() == [3.0]

    def test_drift_leaves_out_what_has_no_batch(self):
        records = self.hidden([[[0, 0]]] * 3, [[np.nan, np.nan], [0, 1], [1, 4]])

        assert step_drift(records) == 2.0


@pytest.fixture(scope="module")
def trained():
    """A network on pixels from 0 to 1, with what it is tested on."""
    shown = load_digits()
    rng = np.random.default_rng(0)
    data = Split.shuffled(shown.images / 16, shown.labels, 1347, rng, standardize=False)
    run = Run(net=Mlp(sizes=(64, 64, 64, 10), norm=Norm.BATCH), steps=300, batch=64, rate=0.2)
    *_, record = train([run], data, Watch(every=300))
    return record.network, data.test_x.reshape(-1, 8, 8), data.test_labels


def rows(images):
    return images.reshape(len(images), -1)


class TestNewDomain:
    @pytest.mark.parametrize(
        "change",
        [
            lambda images: corruptions.contrast(images, 0.3),
            lambda images: corruptions.brightness(images, 0.5),
            lambda images: 3 * images,
        ],
        ids=["contrast", "brightness", "scale"],
    )
    def test_its_statistics_repair_contrast_and_brightness_exactly(self, trained, change):
        """Up to eps, which counts ten times as much with x a third as wide."""
        network, images, labels = trained
        there = rows(change(images))
        clean = eval_accuracy(adapted(network, rows(images)), rows(images), labels)

        assert eval_accuracy(network, there, labels) < clean - 0.03
        assert eval_accuracy(adapted(network, there), there, labels) == pytest.approx(clean, abs=0.003)
        assert clean > 0.95

    def test_its_statistics_do_not_repair_inversion(self, trained):
        network, images, labels = trained
        there = rows(corruptions.invert(images))

        assert eval_accuracy(adapted(network, there), there, labels) < 0.1

    def test_its_statistics_do_not_fit_the_old_domain(self, trained):
        network, images, labels = trained
        there = adapted(network, rows(corruptions.brightness(images, 0.5)))

        assert eval_accuracy(there, rows(images), labels) < 0.9

    def test_thirty_two_examples_suffice(self, trained):
        network, images, labels = trained
        there = rows(corruptions.contrast(images, 0.3))

        assert eval_accuracy(adapted(network, there[:32]), there, labels) > 0.93

    def test_tuning_the_norms_moves_only_the_norms(self, trained):
        network, images, labels = trained
        there = rows(corruptions.blur(images))
        tuned = norms_tuned(network, there, labels, steps=5, batch=32, rate=0.1, rng=np.random.default_rng(0))
        moved = {
            slot.name
            for slot, part in zip(network.net.slots, _parts(network.net, tuned.flat - network.flat), strict=True)
            if np.any(part)
        }

        assert moved == {"gamma", "beta"}

    def test_a_network_without_norm_stays_as_it_is(self, trained):
        net = Mlp(sizes=(64, 8, 10))
        plain = replace(trained[0], net=net, flat=initial(net, Start(), np.random.default_rng(0)))

        assert adapted(plain, rows(trained[1])) is plain

    def test_in_batches_of_all_is_as_adapted(self, trained):
        network, images, labels = trained
        x = rows(images)

        # The statistics are those of the same images, summed in another order: no image but one on the brink may flip.
        assert batch_accuracy(network, x, labels, len(x)) == pytest.approx(
            eval_accuracy(adapted(network, x), x, labels), abs=1.5 / len(x)
        )


class TestNewDomainRefusals:
    def test_x_must_be_rows_of_inputs(self, trained):
        with pytest.raises(ShapeError) as error:
            adapted(trained[0], np.zeros((3, 5)))

        assert str(error.value) == "x must have shape (n, 64); got (3, 5)."

    def test_a_batch_must_be_there(self, trained):
        network, images, labels = trained
        with pytest.raises(InputError) as error:
            batch_accuracy(network, rows(images), labels, 451)

        assert str(error.value) == "size must be from 1 to the 450 examples; got 451."

    def test_tuning_needs_norms(self, trained):
        net = Mlp(sizes=(64, 8, 10))
        plain = replace(trained[0], net=net, flat=initial(net, Start(), np.random.default_rng(0)))
        with pytest.raises(InputError) as error:
            norms_tuned(plain, rows(trained[1]), trained[2], steps=1, batch=1, rate=0.1, rng=np.random.default_rng(0))

        assert str(error.value) == "tuning norms needs a network with a norm; got none."


def _parts(net, flat):
    ends = np.cumsum([slot.size for slot in net.slots])
    return np.split(flat, ends[:-1])

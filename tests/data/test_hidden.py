import importlib.util
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from bnsim.data.archive import checksum
from bnsim.data.digits import load_digits
from bnsim.data.hidden import HIDDEN_SHA256, hidden_units, pre_activations
from bnsim.errors import InputError, ShapeError

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "train_hidden_units.py"


def accuracy(digits):
    layer = hidden_units()
    hidden = np.stack([pre_activations(unit, digits.images) for unit in range(32)], axis=1)
    logits = np.maximum(hidden, 0) @ layer.weight_out.T + layer.bias_out
    return np.mean(logits.argmax(axis=1) == digits.labels)


@pytest.fixture(scope="module")
def training_batch():
    images = load_digits().train.images
    return np.stack([pre_activations(unit, images) for unit in range(32)])


class TestSnapshot:
    def test_is_a_64_32_10_network_in_float32(self):
        layer = hidden_units()

        shapes = [layer.weight.shape, layer.bias.shape, layer.weight_out.shape, layer.bias_out.shape]
        assert shapes == [(32, 64), (32,), (10, 32), (10,)]
        assert {part.dtype for part in astuple(layer)} == {np.dtype(np.float32)}

    def test_matches_its_checksum(self):
        assert checksum(dict(enumerate(astuple(hidden_units())))) == HIDDEN_SHA256

    def test_is_read_once_and_cannot_be_written_to(self):
        assert hidden_units() is hidden_units()
        with pytest.raises(ValueError, match="read-only"):
            hidden_units().weight[0, 0] = 1

    def test_reads_at_least_95_percent_of_digits_it_has_not_seen(self):
        assert accuracy(load_digits().test) >= 0.95

    def test_has_the_accuracies_its_readme_records(self):
        readme = (ROOT / "bnsim" / "data" / "README.md").read_text(encoding="utf-8")
        digits = load_digits()

        assert f"| training part | 1,347 | {accuracy(digits.train):.4f} |" in readme
        assert f"| test part | 450 | {accuracy(digits.test):.4f} |" in readme

    def test_is_what_the_training_script_gives(self):
        if not SCRIPT.exists():
            pytest.skip("the scripts are not beside the tests")
        spec = importlib.util.spec_from_file_location("train_hidden_units", SCRIPT)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)

        trained = script.train(load_digits().train)

        # 6450 steps let the last bit of another machine's matrix product grow; a
        # changed recipe moves weights by about 1.
        for ours, shipped in zip(trained, astuple(hidden_units()), strict=True):
            np.testing.assert_allclose(ours, shipped, atol=1e-3)


class TestUnits:
    def test_are_all_alive_and_none_is_always_on(self, training_batch):
        active = (training_batch > 0).mean(axis=1)

        assert active.min() > 0.1
        assert active.max() < 0.9

    def test_differ_visibly_in_mean_and_spread(self, training_batch):
        mean, std = training_batch.mean(axis=1), training_batch.std(axis=1)

        assert mean.min() < -0.9
        assert mean.max() > 1.3
        assert std.max() / std.min() > 2.5

    def test_no_two_say_the_same(self, training_batch):
        correlation = np.corrcoef(training_batch) - np.eye(32)

        assert np.abs(correlation).max() < 0.9


class TestPreActivations:
    def test_are_the_weighted_sum_of_the_pixels_plus_the_bias(self):
        layer, image = hidden_units(), load_digits().images[7]

        expected = layer.bias[5] + sum(
            float(layer.weight[5, 8 * row + column]) * image[row, column] / 16
            for row in range(8)
            for column in range(8)
        )

        # 64 float64 products of numbers near 1.
        np.testing.assert_allclose(pre_activations(5, load_digits().images[7:8]), [expected], atol=1e-13)

    def test_of_a_blank_image_are_the_bias(self):
        np.testing.assert_array_equal(pre_activations(3, np.zeros((1, 8, 8))), hidden_units().bias[3:4])

    def test_are_float64_one_an_image(self):
        values = pre_activations(np.int64(0), load_digits().images)

        assert values.shape == (1797,)
        assert values.dtype == np.float64

    @pytest.mark.parametrize("unit", [-1, 32])
    def test_there_are_32_units(self, unit):
        with pytest.raises(InputError) as error:
            pre_activations(unit, load_digits().images)

        assert str(error.value) == f"unit must be a whole number from 0 to 31; got {unit}."

    def test_images_are_8_by_8(self):
        with pytest.raises(ShapeError) as error:
            pre_activations(0, np.zeros((5, 64)))

        assert str(error.value) == "images must have shape (N, 8, 8); got (5, 64)."

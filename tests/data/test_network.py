"""The trained network with batch norm: what is shipped, and that the script makes it."""

import importlib.util
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
import pytest

from bnsim.data.archive import checksum
from bnsim.data.digits import load_digits
from bnsim.data.network import EPS, NETWORK_FILE, NETWORK_SHA256, bn_network, pixels
from bnsim.errors import ShapeError

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "train_bn_network.py"


def read_in_eval_mode(images):
    """Return the digits read, by plain numpy: no engine of ours."""
    network, hidden = bn_network(), pixels(images).astype(np.float64)
    for layer, weight in enumerate(network.weights):
        scale = network.gamma[layer] / np.sqrt(network.running_var[layer] + EPS)
        hidden = np.maximum((hidden @ weight.T - network.running_mean[layer]) * scale + network.beta[layer], 0)
    return (hidden @ network.weight_out.T + network.bias_out).argmax(axis=1)


def accuracy(digits):
    return float(np.mean(read_in_eval_mode(digits.images) == digits.labels))


class TestSnapshot:
    def test_is_a_64_100_100_100_10_network_in_float32(self):
        network = bn_network()
        shapes = {field.name: getattr(network, field.name).shape for field in fields(network)}

        assert shapes == {
            "weight_1": (100, 64),
            "weight_2": (100, 100),
            "weight_3": (100, 100),
            "gamma": (3, 100),
            "beta": (3, 100),
            "running_mean": (3, 100),
            "running_var": (3, 100),
            "weight_out": (10, 100),
            "bias_out": (10,),
            "test_images": (450,),
        }
        assert {part.dtype for part in astuple(network)[:-1]} == {np.dtype(np.float32)}

    def test_matches_its_checksum(self):
        assert checksum(dict(enumerate(astuple(bn_network())))) == NETWORK_SHA256

    def test_is_smaller_than_150_kb(self):
        assert NETWORK_FILE.stat().st_size < 150_000

    def test_is_read_once_and_cannot_be_written_to(self):
        assert bn_network() is bn_network()
        with pytest.raises(ValueError, match="read-only"):
            bn_network().gamma[0, 0] = 1

    def test_variances_are_positive(self):
        assert bn_network().running_var.min() > 0

    def test_has_the_accuracies_its_readme_records(self):
        readme = (ROOT / "bnsim" / "data" / "README.md").read_text(encoding="utf-8")

        assert f"| training part, shuffled | 1,347 | {accuracy(bn_network().train):.4f} |" in readme
        assert f"| test part, shuffled | 450 | {accuracy(bn_network().test):.4f} |" in readme

    def test_reads_97_percent_of_digits_it_has_not_seen(self):
        assert accuracy(bn_network().test) >= 0.97

    def test_is_what_the_training_script_gives(self):
        if not SCRIPT.exists():
            pytest.skip("the scripts are not beside the tests")
        spec = importlib.util.spec_from_file_location("train_bn_network", SCRIPT)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)

        network, _, unseen = script.train()
        trained = script.packed(network, unseen)

        # A last bit changed in the first weights moves none of the last ones by more than 1e-14: training forgets.
        # The rest is the rounding to float32, of numbers below 10.
        for ours, shipped in zip(astuple(trained), astuple(bn_network()), strict=True):
            np.testing.assert_allclose(ours, shipped, atol=1e-5)


class TestParts:
    def test_are_1347_and_450_digits_and_share_none(self):
        network = bn_network()

        assert (len(network.train.labels), len(network.test.labels)) == (1347, 450)
        assert np.unique(network.test_images).size == 450
        both = np.concatenate([network.train.images, network.test.images]).reshape(1797, 64)
        np.testing.assert_array_equal(
            np.sort(both.sum(axis=1)), np.sort(load_digits().images.reshape(1797, 64).sum(axis=1))
        )

    def test_labels_go_with_their_images(self):
        network, digits = bn_network(), load_digits()

        np.testing.assert_array_equal(network.test.images, digits.images[network.test_images])
        np.testing.assert_array_equal(network.test.labels, digits.labels[network.test_images])

    def test_every_digit_is_tested(self):
        assert np.bincount(bn_network().test.labels).min() >= 30


class TestPixels:
    def test_are_sixteenths(self):
        images = load_digits().images[:5]

        assert pixels(images).dtype == np.float32
        np.testing.assert_array_equal(pixels(images) * 16, images.reshape(5, 64))

    def test_images_are_8_by_8(self):
        with pytest.raises(ShapeError) as error:
            pixels(np.zeros((5, 64)))

        assert str(error.value) == "images must have shape (N, 8, 8); got (5, 64)."

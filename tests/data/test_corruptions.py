"""Corrupted digits."""

import numpy as np
import pytest

from bnsim.data import corruptions
from bnsim.errors import ShapeError


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0, 1, (3, 8, 8))


class TestCorruptions:
    def test_contrast_moves_pixels_towards_mid_grey(self, images):
        np.testing.assert_allclose(corruptions.contrast(images, 0.3), 0.35 + 0.3 * images, rtol=1e-14)
        np.testing.assert_array_equal(corruptions.contrast(images, 0.0), np.full((3, 8, 8), 0.5))

    def test_brightness_is_added(self, images):
        np.testing.assert_array_equal(corruptions.brightness(images, 0.5), images + 0.5)

    def test_inversion_undoes_itself(self, images):
        np.testing.assert_allclose(corruptions.invert(corruptions.invert(images)), images, rtol=1e-14)

    def test_blur_spreads_a_dot_in_its_weights(self):
        dot = np.zeros((1, 8, 8))
        dot[0, 3, 4] = 16.0

        np.testing.assert_array_equal(corruptions.blur(dot)[0, 2:5, 3:6], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
        assert corruptions.blur(dot).sum() == 16.0

    def test_blur_leaves_a_flat_image_and_none_leaves_all(self, images):
        np.testing.assert_array_equal(corruptions.blur(np.ones((1, 8, 8)), 3), np.ones((1, 8, 8)))
        np.testing.assert_array_equal(corruptions.blur(images, 0), images)

    def test_noise_has_its_spread(self):
        found = corruptions.noise(np.zeros((500, 8, 8)), 0.3, np.random.default_rng(0))

        assert found.std() == pytest.approx(0.3, rel=0.02)  # 32,000 draws: a standard error of 0.4 %

    def test_images_are_left_as_they_were(self, images):
        before = images.copy()
        for change in (corruptions.blur, corruptions.invert, lambda one: corruptions.contrast(one, 2.0)):
            change(images)

        np.testing.assert_array_equal(images, before)

    def test_images_must_be_images(self):
        with pytest.raises(ShapeError) as error:
            corruptions.invert(np.zeros((3, 64)))

        assert str(error.value) == "images must have shape (N, height, width); got (3, 64)."

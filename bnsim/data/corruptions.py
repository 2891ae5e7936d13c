"""The digits as another camera might see them; pure functions of images whose pixels run from 0 to 1, not clipped."""

import numpy as np
from numpy.typing import NDArray

from bnsim.errors import ShapeError

Images = NDArray[np.float64]

MID_GREY = 0.5
BLUR = np.array([0.25, 0.5, 0.25])


def contrast(images: Images, factor: float) -> Images:
    """Return images with every distance from mid-grey multiplied by `factor`: 1 changes nothing, 0 leaves grey."""
    return MID_GREY + factor * (_checked(images) - MID_GREY)


def brightness(images: Images, shift: float) -> Images:
    """Return images with `shift` added to every pixel."""
    return _checked(images) + shift


def blur(images: Images, times: int = 1) -> Images:
    """Return images smoothed `times` times with the weights 1/4, 1/2, 1/4 down and across, the edges repeated."""
    smooth = _checked(images)
    for _ in range(times):
        for axis in (1, 2):
            wide = np.pad(smooth, [(1, 1) if at == axis else (0, 0) for at in range(3)], mode="edge")
            parts = [np.take(wide, np.arange(start, start + smooth.shape[axis]), axis=axis) for start in range(3)]
            smooth = BLUR[0] * parts[0] + BLUR[1] * parts[1] + BLUR[2] * parts[2]
    return smooth


def noise(images: Images, std: float, rng: np.random.Generator) -> Images:
    """Return images with independent normal noise of spread `std` on every pixel."""
    return _checked(images) + std * rng.standard_normal(images.shape)


def invert(images: Images) -> Images:
    """Return the negative: ink becomes paper."""
    return 1.0 - _checked(images)


def _checked(images: Images) -> Images:
    if images.ndim != 3:
        raise ShapeError(f"images must have shape (N, height, width); got {images.shape}.")
    return np.asarray(images, dtype=np.float64)

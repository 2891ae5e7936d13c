"""Tidy frames of the transfer experiment: what figures draw and people read."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bnsim.experiments.transfer.images import DIGITS_SHOWN
from bnsim.experiments.transfer.methods import Method
from bnsim.experiments.transfer.model import Images
from bnsim.experiments.transfer.outcome import Outcome, Spread

PIXEL, DIGIT = 1 / 9, 8 / 9
"""The side of a pixel and of an image, where images are 1 apart."""

LEFT, CHANGED = -2.1, 1.02
"""Where the names of the rows begin, and the second row of images."""

FIRST_READ, NEXT_READ = 2.2, 0.32
READ_AT = {method: round(FIRST_READ + at * NEXT_READ, 2) for at, method in enumerate(Method)}
"""How far below the clean images it stands what each method reads."""

NAME_OF = {Method.NO_NORM: "no norm", Method.SOURCE: "source", Method.NEW: "new", Method.TUNED: "tuned"}
"""What the table of names calls the rows of readings."""

SPREAD = {"mean": "float64", "low": "float64", "high": "float64"}


def frame(columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """Return a frame with the columns and types given, even without rows."""
    return pd.DataFrame.from_records(list(rows), columns=list(columns)).astype(dict(columns))


def numbers(spread: Spread) -> tuple[float, float, float]:
    """Return mean, lowest and highest."""
    return spread.mean, spread.low, spread.high


def accuracies(o: Outcome) -> pd.DataFrame:
    """Return the accuracy of every pair, by method and domain."""
    rows = (
        (method.value, images.value, o.params.seed + at, pair.accuracy[method, images])
        for method in Method
        for images in Images
        for at, pair in enumerate(o.pairs)
        if pair.accuracy
    )
    return frame({"method": "str", "domain": "str", "seed": "int64", "accuracy": "float64"}, rows)


def methods(o: Outcome) -> pd.DataFrame:
    """Return the accuracy by method and domain: mean and range over the pairs."""
    rows = ((method.value, images.value, *numbers(spread)) for (method, images), spread in o.methods.items())
    return frame({"method": "str", "domain": "str", **SPREAD}, rows)


def samples(o: Outcome) -> pd.DataFrame:
    """Return the accuracy in the new domain against the samples it is adapted to: mean and range."""
    rows = ((method.value, size, math.log2(size), *numbers(spread)) for (method, size), spread in o.samples.items())
    return frame({"method": "str", "samples": "int64", "log2_samples": "float64", **SPREAD}, rows)


def strengths(o: Outcome) -> pd.DataFrame:
    """Return the accuracy without tuning against the strength of the chosen change: mean and range."""
    rows = ((method.value, strength, *numbers(spread)) for (method, strength), spread in o.strengths.items())
    return frame({"method": "str", "strength": "float64", **SPREAD}, rows)


def pixels(o: Outcome) -> pd.DataFrame:
    """Return the pixels of some images, clean above and changed below, with one scale of greys for all."""
    both = np.stack(o.images)
    low, high = min(float(both.min()), 0.0), max(float(both.max()), 1.0)
    row, image, down, across = np.indices(both.shape).reshape(4, -1)
    columns = {
        "x": image + PIXEL * across,
        "y": CHANGED * row + PIXEL * down,
        "shade": (both.ravel() - low) / (high - low),
    }
    return pd.DataFrame(columns).astype(np.float32)


def frames(_: Outcome) -> pd.DataFrame:
    """Return where the images are."""
    rows = [(at, row * CHANGED) for row in range(2) for at in range(DIGITS_SHOWN)]
    return pd.DataFrame(rows, columns=["x", "y"]).astype(np.float32)


def reads(o: Outcome) -> pd.DataFrame:
    """Return what the first pair of networks reads in the changed images, a cross beside what is wrong."""
    rows = (
        (digit + DIGIT / 2, READ_AT[method], f"{read}" if read == digit else f"{read}×", int(read == digit))
        for method, read_digits in o.pairs[0].reads.items()
        for digit, read in enumerate(read_digits)
    )
    return frame({"x": "float32", "y": "float32", "text": "str", "right": "int8"}, rows)


def names(_: Outcome) -> pd.DataFrame:
    """Return the names of the rows of images and of what is read in them."""
    images = [(LEFT, DIGIT / 2, "clean"), (LEFT, CHANGED + DIGIT / 2, "changed")]
    readings = [(LEFT, y, NAME_OF[method]) for method, y in READ_AT.items()]
    return frame({"x": "float32", "y": "float32", "text": "str"}, images + readings)


def chosen(o: Outcome) -> pd.DataFrame:
    """Return what is set now, to be marked on the axes."""
    p = o.params
    columns = {"samples": "int64", "strength": "float64", "samples_words": "str", "words": "str"}
    return frame(columns, [(p.samples, p.strength, f"n = {p.samples}", p.chosen)])


TABLES = {
    "methods": methods,
    "accuracies": accuracies,
    "samples": samples,
    "strengths": strengths,
    "pixels": pixels,
    "frames": frames,
    "reads": reads,
    "names": names,
    "set": chosen,
}

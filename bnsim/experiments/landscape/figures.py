"""The pictures of the loss landscape: the loss along the gradient, how the gradient changes, and covariate shift."""

from collections.abc import Iterator, Mapping

import pandas as pd

from bnsim.charts.template import Template
from bnsim.experiment import Picture, picture
from bnsim.experiments.landscape.charts import bands_template
from bnsim.experiments.landscape.tables import NAMES
from bnsim.text import words_of

WORDS = words_of(__package__)
LABELS = {name: WORDS[f"label.network.{norm}"] for norm, name in NAMES.items()}
"""What the pictures call a network, by its name in the tables."""


def figures(tables: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the loss along the gradient, how the gradient changes there, one ray, and both covariate shifts."""
    said = tables["remarks"]
    yield banded("losses", bands_template("losses"), tables["losses"], said)
    yield banded("ranges", bands_template("ranges", log=True), tables["loss_range"], said)
    yield banded("changes", bands_template("changes"), tables["relative_change"], said)
    yield banded("ray", bands_template("ray"), tables["ray"], tables["ray_remarks"])
    yield banded("entering", bands_template("entering"), tables["entering"], said)
    yield banded("shifts", bands_template("shifts", whole=True), tables["shifts"], said.iloc[:0])


def banded(key: str, template: Template, bands: pd.DataFrame, said: pd.DataFrame) -> Picture:
    """Return one picture of both networks, and in words where each of them ends and how far it goes."""
    frame = bands.assign(network=bands["network"].map(LABELS).astype(object))
    data = {"bands": frame, "said": said}
    if frame.empty:
        return picture(key, template, data, "nothing")
    described = [
        WORDS.say(
            f"figure.{key}.label.network",
            network=name,
            low=rows["low"].min(),
            high=rows["high"].max(),
            end=rows["mid"].iloc[-1],
        )
        for name, rows in frame.groupby("network", sort=False)
    ]
    return picture(key, template, data, "shown", networks=" ".join(described))

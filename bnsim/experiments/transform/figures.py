"""The pictures of the transform experiment: three stages one below the other, and the map itself."""

from bnsim.charts.place import Place
from bnsim.experiment import Picture, Tables, picture
from bnsim.experiments.transform.mapping import map_template
from bnsim.experiments.transform.stages import stages_template
from bnsim.text import words_of

WORDS = words_of(__package__)

LIVE = {
    "x": "x",
    "beta": "beta",
    "batch_mean": "bm",
    "batch_std": "bs",
    "x_hat": "x_hat",
    "y": "y",
    "normalized_mean": "0",
    "normalized_std": "bs / root",
    "output_mean": "beta",
    "output_std": "abs(gamma) * bs / root",
}
"""Numbers that follow the thumb, in the parameters that the pictures follow it by."""


LANES = (("batch_mean",), ("x_hat", "normalized_mean"), ("y", "output_mean"))
"""What lies on the axis of each stage, the raw one first."""

PLACES = {
    name: Place("stages", "x", f"(datum.value - C[{lane}]) / H[{lane}]", across=(2 - lane, 2.8 - lane))
    for lane, names in enumerate(LANES)
    for name in names
}
"""Numbers that lie on the axis of a stage."""


def figures(tables: Tables) -> tuple[Picture, Picture]:
    """Return the stage figure and the map."""
    stages = tables.columns("stages")
    rows = [dict(zip(stages, row, strict=True)) for row in zip(*stages.values(), strict=True)]
    said = [WORDS.say("figure.stages.label.stage", **row) for row in rows]
    data = {name: tables.columns(name) for name in ("state", "ticks", "bars")}
    return (
        picture("stages", stages_template(), data, stages="; ".join(said)),
        picture("map", map_template(), {"state": data["state"]}, x=rows[0]["tracked"], y=rows[-1]["tracked"]),
    )

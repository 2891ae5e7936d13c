"""The pictures of the norm family: the tensor by its sets, the family, and who depends on companions."""

from collections.abc import Iterator

from bnsim.experiment import Picture, Tables, picture
from bnsim.experiments.norm_family.charts import changes_template, family_template, sharing_template

LIVE = {
    "batch_size": "n",
    "channels": "c",
    "side": "s",
    "groups": "g",
    "sharing_sets": "sets",
    "values_per_set": "members",
}
"""Numbers that follow the thumb, in the parameters of the first picture."""


def figures(tables: Tables) -> Iterator[Picture]:
    """Yield the tensor by its sets, the family, and who depends on companions."""
    data = {name: tables.columns(name) for name in ("tensor", "state")}
    sets, each = (data["state"][name][0] for name in ("sets", "members"))
    yield picture("sharing", sharing_template(), data, values=sets * each, sets=sets, each=each)
    means, changes = tables["zeros"].set_index("norm")["of_channels"], tables["changes"]
    frames = {"cells": tables["panels"], "names": tables["titles"]}
    yield picture("family", family_template(), frames, **{str(norm): mean for norm, mean in means.items()})
    largest = changes.groupby("norm", sort=False)["change"].max()
    yield picture(
        "changes", changes_template(), {"changes": changes}, **{str(norm): change for norm, change in largest.items()}
    )

"""The pictures of the norm family: the tensor by its sets, the family, and who depends on companions."""

from collections.abc import Iterator, Mapping

import pandas as pd

from bnsim.experiment import Picture, picture
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


def figures(frames: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the tensor by its sets, the family, and who depends on companions."""
    state = frames["state"]
    sets, each = (int(state[name].iloc[0]) for name in ("sets", "members"))
    data = {"tensor": frames["tensor"], "state": state}
    yield picture("sharing", sharing_template(), data, values=sets * each, sets=sets, each=each)
    means, changes = frames["zeros"].set_index("norm")["of_channels"], frames["changes"]
    data = {"cells": frames["panels"], "names": frames["titles"]}
    yield picture("family", family_template(), data, **{str(norm): mean for norm, mean in means.items()})
    largest = changes.groupby("norm", sort=False)["change"].max()
    yield picture(
        "changes", changes_template(), {"changes": changes}, **{str(norm): change for norm, change in largest.items()}
    )

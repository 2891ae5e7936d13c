"""The pictures of the norm family: the tensor by its sets, the family, and who depends on companions."""

from collections.abc import Iterator, Mapping

import pandas as pd

from bnsim.experiment import Picture, picture
from bnsim.experiments.norm_family.charts import changes_template, family_template, sharing_template


def figures(frames: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the tensor by its sets, the family, and who depends on companions."""
    cells, changes = frames["cells"], frames["changes"]
    count = int(cells["set"].max())
    data = {name: frames[name] for name in ("cells", "sets", "names")}
    yield picture("sharing", sharing_template(), data, values=len(cells), sets=count, each=len(cells) // count)
    means = frames["zeros"].set_index("norm")["of_channels"]
    data = {"cells": frames["panels"], "names": frames["titles"]}
    yield picture("family", family_template(), data, **{str(norm): mean for norm, mean in means.items()})
    largest = changes.groupby("norm", sort=False)["change"].max()
    yield picture(
        "changes", changes_template(), {"changes": changes}, **{str(norm): change for norm, change in largest.items()}
    )

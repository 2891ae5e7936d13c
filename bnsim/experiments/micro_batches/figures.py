"""The pictures of the micro-batches experiment: the parts by themselves, the outputs, and what each rule keeps."""

from collections.abc import Iterator, Mapping

import pandas as pd

from bnsim.experiment import Picture, picture
from bnsim.experiments.micro_batches.charts import outputs_template, parts_template, rules_template

LIVE = {
    "batch_size": "n",
    "micro": "m",
    "momentum": "momentum",
    "part_count": "parts",
    "last_size": "last",
    "last_weight": "n / (parts * last)",
    "step_weight": "forgotten",
    "same_momentum": "1 - pow(1 - momentum, 1 / parts)",
}
"""Numbers that follow the thumb, in the parameters of the first picture."""


def figures(frames: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the parts by themselves, the outputs in parts against those of the whole, and what each rule keeps."""
    parts, rules = frames["parts"], frames["rules"]
    means, variances = parts["mean"], parts["var"]
    yield picture(
        "parts",
        parts_template(),
        {"drawn": frames["drawn"], "state": frames["state"]},
        parts=len(parts),
        low=means.min(),
        high=means.max(),
        least=variances.min(),
        most=variances.max(),
    )
    wide = frames["outputs"].pivot_table(index=["place", "part", "x"], columns="taken", values="x_hat").reset_index()
    largest = (wide["parts"] - wide["whole"]).abs().max()
    yield picture("outputs", outputs_template(), {"outputs": wide.rename_axis(columns=None)}, largest=largest)
    by_rule = rules.set_index("rule")["var_ratio"]
    yield picture("rules", rules_template(), {"rules": rules}, **{str(rule): ratio for rule, ratio in by_rule.items()})

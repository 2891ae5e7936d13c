"""The pictures of the micro-batches experiment: the parts by themselves, the outputs, and what each rule keeps."""

from collections.abc import Iterator

from bnsim.experiment import Picture, Tables, picture
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


def figures(tables: Tables) -> Iterator[Picture]:
    """Yield the parts by themselves, the outputs in parts against those of the whole, and what each rule keeps."""
    parts = tables.columns("parts")
    means, variances = parts["mean"], parts["var"]
    yield picture(
        "parts",
        parts_template(),
        {name: tables.columns(name) for name in ("drawn", "state")},
        parts=len(means),
        low=means.min(),
        high=means.max(),
        least=variances.min(),
        most=variances.max(),
    )
    rules, outputs = tables["rules"], tables["outputs"]
    wide = outputs.pivot_table(index=["place", "part", "x"], columns="taken", values="x_hat").reset_index()
    largest = (wide["parts"] - wide["whole"]).abs().max()
    yield picture("outputs", outputs_template(), {"outputs": wide.rename_axis(columns=None)}, largest=largest)
    by_rule = rules.set_index("rule")["var_ratio"]
    yield picture("rules", rules_template(), {"rules": rules}, **{str(rule): ratio for rule, ratio in by_rule.items()})

"""The pictures of the transfer experiment: the images, and accuracy by method, by samples and by strength."""

from collections.abc import Iterator, Mapping

import pandas as pd

from bnsim.charts.template import Template
from bnsim.experiment import Picture, picture
from bnsim.experiments.transfer.charts import images_template, lines_template, methods_template
from bnsim.experiments.transfer.images import POOL
from bnsim.experiments.transfer.methods import WITHOUT_LABELS
from bnsim.experiments.transfer.model import Images
from bnsim.text import words_of

WORDS = words_of(__package__)
LABELS = {"method": "label.method", "domain": "label.images", "text": "label.row"}
"""Where the words stand for what the columns of the tables hold."""


def figures(tables: Mapping[str, pd.DataFrame]) -> Iterator[Picture]:
    """Yield the images, accuracy by method, against samples and against the strength of the change."""
    methods, reads, now = tables["methods"], tables["reads"], tables["set"]
    data = {"pixels": tables["pixels"], "frames": tables["frames"], "reads": reads, "names": in_words(tables["names"])}
    yield picture("images", images_template(), data, wrong=int((reads["right"] == 0).sum()), all=len(reads))
    data = {"each": in_words(tables["accuracies"]), "means": in_words(methods)}
    yield of_means("methods", methods_template(), data, methods[methods["domain"] == Images.NEW])
    words = WORDS.say("figure.samples.label.chosen", samples=int(now["samples"].iloc[0]))
    data = {"lines": in_words(tables["samples"]), "mark": now[["samples"]].assign(words=words)}
    template = lines_template("samples", WORDS["figure.samples.axis.x"], doublings=True)
    yield of_means("samples", template, data, tables["samples"].query(f"samples == {POOL}"))
    change = WORDS[f"params.change.choices.{now['words'].iloc[0].partition(' ')[0]}"]
    words = WORDS.say("figure.strengths.label.chosen", change=change, strength=float(now["strength"].iloc[0]))
    data = {"lines": in_words(tables["strengths"]), "mark": now[["strength"]].assign(words=words)}
    template = lines_template("strength", WORDS["figure.strengths.axis.x"], len(WITHOUT_LABELS))
    yield picture("strengths", template, data, chosen=words)


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with labels in place of the names of methods, images and rows."""
    columns = {name: WORDS.group(key) for name, key in LABELS.items() if name in table}
    return table.assign(**{name: table[name].map(dict(labels)).astype("str") for name, labels in columns.items()})


def of_means(key: str, template: Template, data: Mapping[str, pd.DataFrame], rows: pd.DataFrame) -> Picture:
    """Return a picture whose description says the mean of every method."""
    if rows.empty:
        return picture(key, template, data, "unknown")
    means = in_words(rows)[["method", "mean"]].itertuples(index=False)
    said = [WORDS.say("label.mean", method=method, mean=mean) for method, mean in means]
    return picture(key, template, data, "known", means=", ".join(said))

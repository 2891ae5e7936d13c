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
    yield of_images(tables)
    yield of_methods(tables)
    yield of_samples(tables)
    yield of_strengths(tables)


def of_images(tables: Mapping[str, pd.DataFrame]) -> Picture:
    """Return the images shown, and what each method reads in them."""
    reads = tables["reads"]
    data = {name: tables[name] for name in ("pixels", "frames", "reads")} | {"names": in_words(tables["names"])}
    if reads.empty:
        return picture("images", images_template(), data, "unknown")
    rows = dict(zip(data["names"]["y"], data["names"]["text"], strict=True))
    wrong = reads.assign(wrong=reads["right"] == 0).groupby("y")["wrong"].sum()
    counts = [
        WORDS.say("label.count", method=rows[y], count=count) for y, count in zip(wrong.index, wrong, strict=True)
    ]
    images = int(reads["x"].nunique())
    return picture("images", images_template(), data, "known", images=images, counts=", ".join(counts))


def of_methods(tables: Mapping[str, pd.DataFrame]) -> Picture:
    """Return accuracy by method, in the new domain and on clean images."""
    methods = tables["methods"]
    data = {"each": in_words(tables["accuracies"]), "means": in_words(methods)}
    return with_means("methods", methods_template(), data, methods[methods["domain"] == Images.NEW])


def of_samples(tables: Mapping[str, pd.DataFrame]) -> Picture:
    """Return accuracy against the number of samples."""
    samples, chosen = tables["samples"], tables["set"][["samples"]]
    mark = WORDS.say("figure.samples.label.chosen", samples=int(chosen["samples"].iloc[0]))
    data = {"lines": in_words(samples), "mark": chosen.assign(words=mark)}
    template = lines_template("samples", WORDS["figure.samples.axis.x"], doublings=True)
    return with_means("samples", template, data, samples[samples["samples"] == POOL])


def of_strengths(tables: Mapping[str, pd.DataFrame]) -> Picture:
    """Return accuracy against the strength of the change."""
    chosen = tables["set"]
    name, _, _ = chosen["words"].iloc[0].partition(" ")
    change, strength = WORDS[f"params.change.choices.{name}"], float(chosen["strength"].iloc[0])
    mark = WORDS.say("figure.strengths.label.chosen", change=change, strength=strength)
    data = {"lines": in_words(tables["strengths"]), "mark": chosen[["strength"]].assign(words=mark)}
    template = lines_template("strength", WORDS["figure.strengths.axis.x"], len(WITHOUT_LABELS))
    return picture("strengths", template, data, chosen=mark)


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with labels in place of the names of methods, images and rows."""
    columns = {name: WORDS.group(key) for name, key in LABELS.items() if name in table}
    return table.assign(**{name: table[name].map(dict(labels)).astype("str") for name, labels in columns.items()})


def with_means(key: str, template: Template, data: Mapping[str, pd.DataFrame], rows: pd.DataFrame) -> Picture:
    """Return a picture whose description says the mean of every method."""
    if rows.empty:
        return picture(key, template, data, "unknown")
    means = in_words(rows)[["method", "mean"]].itertuples(index=False)
    said = [WORDS.say("label.mean", method=method, mean=mean) for method, mean in means]
    return picture(key, template, data, "known", means=", ".join(said))

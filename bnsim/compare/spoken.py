"""The picture in words, for those who hear it: where each curve begins, ends and is the highest."""

from collections.abc import Iterator, Mapping

import pandas as pd

from bnsim.text import short, words_of

WORDS = words_of("bnsim.compare")

MOST_SPOKEN = 12
"""So many curves are told one by one; nobody listens to more."""

ROUNDING = 1e-12
"""Of the largest coordinate: no picture shows less, and the steps of a sum of hundreds of terms leave less."""


def spoken(curves: pd.DataFrame, titles: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence about each curve of one series: scenario, x, y in the order of the points; titles for all."""
    for name in list(titles)[:MOST_SPOKEN]:
        line = curves[curves["scenario"] == name].dropna()
        if line.empty:
            yield WORDS.say("label.no_curve", title=titles[name]) + "."
        else:
            yield WORDS.say("label.spoken", title=titles[name], **points(line))
    if len(titles) > MOST_SPOKEN:
        yield WORDS.say("label.spoken_more", count=str(len(titles) - MOST_SPOKEN))


def points(line: pd.DataFrame) -> dict[str, str]:
    """Return first, last and highest point of a curve, as they are written."""
    places = {"first": 0, "last": len(line) - 1, "high": int(line["y"].to_numpy().argmax())}
    across = {"first": "start", "last": "end", "high": "peak"}
    y = {name: written(line["y"], at) for name, at in places.items()}
    return y | {across[name]: written(line["x"], at) for name, at in places.items()}


def written(column: pd.Series, place: int) -> str:
    """Return a coordinate in few digits; what rounding left of a 0 is 0."""
    value = float(column.iloc[place])
    return short(value if abs(value) > ROUNDING * float(column.abs().max()) else 0.0)

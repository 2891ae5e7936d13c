"""Figures as Vega-Lite specifications, as PNG and as SVG."""

import re
from typing import Any

from bnsim.charts.template import VEGA_LITE, Figure, records
from bnsim.compare import Comparison, told_apart
from bnsim.compare.differences import differences, largest
from bnsim.experiments import find
from bnsim.exports.drawing import drawer

WIDTH = 720  # pixels, for figures that fill whatever holds them
SCALE = 2
MOST_PICTURES = 50
"""So many scenarios have a picture of their own: with them a report stays below three megabytes."""

TOGETHER = "(together)"
"""Under this name is the picture of all scenarios; no scenario can have it."""

# What a title may hold, and XML, in which a picture is written, must not.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def vega(figure: Figure) -> dict[str, Any]:
    """Return the complete specification of a figure with its data, as wide as a page where it has no width."""
    return as_wide_as_a_page(figure.to_dict())


def as_wide_as_a_page(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification with a width where it has none."""
    return {**spec, "width": WIDTH} if spec.get("width") == "container" else spec


def overlay_spec(comparison: Comparison) -> dict[str, Any]:
    """Return the complete specification of all scenarios over each other, in the curves that tell most."""
    # Imported here and below: whoever exports numbers does not wait for what makes pictures.
    from bnsim.charts.overlay import overlaid, overlay_template

    series, titles = comparison.telling_series(), told_apart(comparison.titles)
    curves = comparison.overlay()
    template = overlay_template(*find(comparison.experiment).overlay.titles(series))
    shown = {name: NOT_IN_XML.sub("", title) for name, title in titles.items()}
    rows = records(overlaid(curves[curves["series"] == series], shown, standing_out(comparison)))
    return as_wide_as_a_page({"$schema": VEGA_LITE, **template.spec, "datasets": {"curves": rows}})


def standing_out(comparison: Comparison) -> tuple[str, ...]:
    """Return who is drawn in colour: of few all, of many the baseline and who differs most from it."""
    from bnsim.charts.overlay import MOST_LABELS

    if len(comparison.names) <= MOST_LABELS:
        return comparison.names
    most, _ = largest(list(differences(comparison)))
    return (comparison.baseline,) if most is None else (comparison.baseline, most.scenario)


def names_of(comparison: Comparison) -> tuple[str, ...]:
    """Return the names of the pictures of a report: of all scenarios together, and of the first ones each."""
    first = (TOGETHER,) if len(comparison.names) > 1 else ()
    return (*first, *comparison.names[:MOST_PICTURES])


def spec_of(comparison: Comparison, name: str) -> dict[str, Any]:
    """Return the complete specification of one picture of a report."""
    return overlay_spec(comparison) if name == TOGETHER else vega(comparison.results[name].first_figure)


def specs_of(comparison: Comparison) -> dict[str, dict[str, Any]]:
    """Return the complete specification of every picture of a report, by its name."""
    return {name: spec_of(comparison, name) for name in names_of(comparison)}


def png(figure: Figure) -> bytes:
    """Return a figure as PNG on white, twice as fine as on the page.

    Raises
    ------
    MissingExtraError
        If the package that draws it is not installed.
    """
    image: bytes = drawer("PNG export").vegalite_to_png({"background": "white", **vega(figure)}, scale=SCALE)
    return image

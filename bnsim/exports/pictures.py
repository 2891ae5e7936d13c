"""Figures as Vega-Lite specifications and as PNG."""

import importlib
from typing import Any

from bnsim.charts.template import Figure
from bnsim.errors import MissingExtraError

WIDTH = 720  # pixels, for figures that fill whatever holds them
SCALE = 2


def vega(figure: Figure) -> dict[str, Any]:
    """Return the complete specification of a figure with its data, as wide as a page where it has no width."""
    spec = figure.to_dict()
    if spec.get("width") == "container":
        spec["width"] = WIDTH
    return spec


def png(figure: Figure) -> bytes:
    """Return a figure as PNG on white, twice as fine as on the page.

    Raises
    ------
    MissingExtraError
        If the package that draws it is not installed.
    """
    try:
        vl_convert = importlib.import_module("vl_convert")
    except ImportError:
        raise MissingExtraError('PNG export needs the extra "png"; run: pip install "bnsim[png]".') from None
    image: bytes = vl_convert.vegalite_to_png({"background": "white", **vega(figure)}, scale=SCALE)
    return image

"""A picture that follows knows which control moves and where its thumb is."""

import re
from typing import Any

import pytest

from bnsim.charts.following import NEAREST, faded, following
from bnsim.charts.template import VEGA_LITE

vl_convert = pytest.importorskip("vl_convert")
SWEEP = [
    {"control": "depth", "low": -1e300, "high": 5.5, "y": 1},
    {"control": "depth", "low": 5.5, "high": 1e300, "y": 2},
    {"control": "sigma", "low": -1e300, "high": 1.5, "y": 3},
    {"control": "sigma", "low": 1.5, "high": 1e300, "y": 4},
]


def drawn(live: dict[str, Any] | None) -> list[str]:
    """Return what a picture says while the page says this: of the thumb, of the sweep, and whether it fades."""
    first, *others = following("depth", "sigma")
    spec = {
        "$schema": VEGA_LITE,
        "params": [{"name": "live", "value": live}, *others],
        "datasets": {"state": [{"epoch": 7, "depth": 5, "sigma": 1}], "sweep": SWEEP},
        "data": {"name": "state"},
        "layer": [
            {"mark": "point"},
            {
                "data": {"name": "sweep"},
                "transform": [{"filter": NEAREST}],
                "mark": {"type": "text", "opacity": faded(0.8)},
                "encoding": {"text": {"field": "y"}},
            },
            {"mark": {"type": "text", "text": {"expr": "thumb + ' ' + at + ' ' + moved"}}},
        ],
    }
    assert first["name"] == "live"
    svg = vl_convert.vegalite_to_svg(spec)
    texts = re.findall(r"<text\b[^>]*>([^<]+)</text>", svg)
    opacities = re.findall(r"<text\b[^>]*opacity=\"([^\"]+)\"[^>]*>[1-4]<", svg)
    return [*texts, *opacities]


@pytest.mark.parametrize(
    ("live", "said"),
    [
        (None, ["1", "depth 5 false", "0.8"]),
        ({"epoch": 7, "depth": 5, "sigma": 1}, ["1", "depth 5 false", "0.8"]),
        ({"epoch": 7, "depth": 9, "sigma": 1}, ["2", "depth 9 true", "0.2"]),
        ({"epoch": 7, "sigma": 2.5}, ["4", "sigma 2.5 true", "0.2"]),
        ({"epoch": 6, "depth": 9, "sigma": 2.5}, ["1", "depth 5 false", "0.8"]),
    ],
    ids=["nothing", "as Python knows it", "a thumb", "another thumb", "an old epoch"],
)
def test_the_rows_nearest_to_the_thumb_are_shown_and_what_is_simulated_fades(live, said):
    assert drawn(live) == said

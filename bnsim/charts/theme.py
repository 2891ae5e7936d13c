"""The colours of the house: one per stage, the same everywhere, readable on light and dark and to colour-blind eyes."""

STAGES = ("raw", "normalized", "output")
"""The three stages of batch normalization, in the order in which they happen."""

STAGE_COLOURS = {"raw": "#3b7dd8", "normalized": "#d1661f", "output": "#12967a"}
"""At least 3 : 1 against white and against the dark background; never the only sign of a stage."""

SCENARIO_COLOURS = ("#3b7dd8", "#d1661f", "#12967a", "#a855c7", "#b8860b", "#c2417a", "#5f7d95", "#7a8f1e")
SCENARIO_DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 4), (4, 4), (1, 3), (10, 2, 2, 2))
QUIET = "#8a8f98"
"""Grids, guides and everything that is not data: visible on both backgrounds."""

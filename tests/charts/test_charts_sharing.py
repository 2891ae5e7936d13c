"""The picture of who shares statistics follows shape and groups: at a thumb it is what Python draws on release."""

import re
from typing import Any

import numpy as np
import pytest

import bnsim
from bnsim.charts.following import sentence

vl_convert = pytest.importorskip("vl_convert")

EPOCH = -1.0
COLOURED = re.compile(r'<path [^>]*d="[^"]+"[^>]*fill="(#[0-9a-f]+)"[^>]*opacity="([^"]+)"')


DRAWN: dict[str, str] = {}
"""Pictures by what they show: drawn once for all tests that look at them."""


def drawn(live: dict[str, Any] | None = None, epoch: float = EPOCH, **params: Any) -> str:
    """Return the picture as SVG, while the page says this."""
    key = repr((live, epoch, params))
    if key not in DRAWN:
        DRAWN[key] = drawn_anew(live, epoch, params)
    return DRAWN[key]


def drawn_anew(live: dict[str, Any] | None, epoch: float, params: dict[str, Any]) -> str:
    spec = bnsim.run("norm-family", **params).first_figure.to_dict() | {"width": 700}
    for param in spec["params"]:
        if param["name"] == "live":
            param["value"] = live and {**live, "epoch": epoch}
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg


def texts(svg: str) -> list[str]:
    return re.findall(r"<text\b[^>]*>([^<]+)</text>", svg)


@pytest.mark.parametrize("norm", ["batch", "layer", "group", "instance", "rms"])
@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"batch_size": 2, "channels": 4, "groups": 2, "side": 3},
        {"batch_size": 8, "channels": 12, "groups": 12, "side": 1},
        {"batch_size": 1, "channels": 1, "groups": 1, "side": 6},
    ],
    ids=str,
)
def test_numbers_and_strengths_are_the_models(norm, shape):
    result = bnsim.run("norm-family", norm=norm, first_image=7, **shape)
    sets, x = result.outcome.sharing[norm].sets.ravel() + 1, np.abs(result.outcome.x.ravel())
    svg = drawn(norm=norm, first_image=7, **shape)

    channels = [str(channel + 1) for channel in range(result.params.channels)]
    images = [f"image {sample + 1}" for sample in range(result.params.batch_size)]
    assert sorted(texts(svg)) == sorted([*map(str, sets), *images, *channels, "channel"])
    strengths = [float(opacity) for _, opacity in COLOURED.findall(svg)]
    # Opacities from 0.2 to 1.
    np.testing.assert_allclose(strengths, 0.2 + 0.8 * x / x.max(), rtol=1e-6)
    colours = [colour for colour, _ in COLOURED.findall(svg)]
    blocks = {number: set() for number in sets}
    for colour, number in zip(colours, np.repeat(sets, result.params.side**2), strict=True):
        blocks[number].add(colour)
    assert {len(found) for found in blocks.values()} == {1}
    assert len(set.union(*blocks.values())) == min(8, len(blocks))


@pytest.mark.parametrize("norm", ["batch", "group", "instance"])
@pytest.mark.parametrize(
    "move",
    [{"batch_size": 8}, {"channels": 12}, {"side": 1}, {"side": 6}, {"groups": 6}, {"channels": 9, "groups": 9}],
    ids=str,
)
def test_at_a_thumb_it_is_what_python_draws_there(norm, move):
    assert drawn(move, norm=norm) == drawn(norm=norm, **move)
    # How many groups there are matters to group norm alone.
    assert (drawn(move, norm=norm) == drawn(norm=norm)) == (set(move) == {"groups"} and norm != "group")


def test_a_thumb_of_another_epoch_does_not_count():
    assert drawn({"side": 6}, epoch=3.0) == drawn()


@pytest.mark.parametrize(
    ("live", "said"),
    [
        ({"groups": 4}, "4 groups do not divide 6 channels"),
        ({"channels": 7}, "3 groups do not divide 7 channels"),
        ({"batch_size": 8, "channels": 12, "side": 4}, "1536 values are too many, 1152 will do"),
    ],
    ids=str,
)
def test_where_settings_do_not_fit_it_says_so_and_stays_what_it_was(live, said):
    at_rest = texts(drawn())

    assert set(texts(drawn(live))) - set(at_rest) == {said}
    assert COLOURED.findall(drawn(live)) == COLOURED.findall(drawn())


def test_a_sentence_is_an_expression_with_expressions_in_it():
    assert sentence("{a} isn't {b}", a="x + 1", b="y") == '(x + 1) + " isn\'t " + (y)'

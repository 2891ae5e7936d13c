"""The images of the new domain, drawn by Vega and measured."""

import copy
import re

import pytest

from bnsim.experiments.transfer.charts import images_template
from bnsim.experiments.transfer.tables import CHANGED, DIGIT, LEFT

vl_convert = pytest.importorskip("vl_convert")

WIDTHS = [288, 358, 736, 916, 1344]


def frames(width: int) -> list[tuple[float, float, float, float]]:
    """Return the frames of twenty images, at x, y, wide and high, where the picture is so wide."""
    spec = copy.deepcopy(dict(images_template().spec)) | {"width": width, "autosize": "none"}
    places = [{"x": float(at), "y": CHANGED * row} for row in range(2) for at in range(10)]
    names = [{"x": LEFT, "y": 3.16, "text": "tuned"}]
    spec["datasets"] = {"frames": places, "pixels": [], "reads": [], "names": names}
    svg = vl_convert.vegalite_to_svg(spec)
    group = re.search(r'<g class="mark-rect role-mark layer_1_marks"[^>]*>(.*?)</g>', svg, re.DOTALL)
    assert group is not None
    found = re.findall(r'd="M([\d.e-]+),([\d.e-]+)h([\d.]+)v([\d.]+)', group[1])
    return [tuple(map(float, box)) for box in found]  # type: ignore[misc]


class TestImages:
    @pytest.mark.parametrize("width", WIDTHS)
    def test_are_square_on_every_screen(self, width):
        found = frames(width)

        assert len(found) == 20
        for _, _, wide, high in found:
            assert high == pytest.approx(wide, abs=0.01)

    @pytest.mark.parametrize("width", WIDTHS)
    def test_stand_beside_and_below_each_other_within_the_picture(self, width):
        found = frames(width)
        pitch = found[1][0] - found[0][0]

        assert found[0][2] == pytest.approx(DIGIT * pitch, abs=0.01)
        assert found[10][1] > found[0][1] + found[0][3]
        assert max(x + wide for x, _, wide, _ in found) <= width
        assert max(y + high for _, y, _, high in found) <= 270 - 4 * 20  # four lines of words below

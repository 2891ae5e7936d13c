"""The images of the new domain, drawn by Vega and measured."""

import copy
import re
from itertools import pairwise

import pytest

from bnsim.experiments.transfer.charts import images_template
from bnsim.experiments.transfer.tables import CHANGED, DIGIT, LEFT, READ_AT

vl_convert = pytest.importorskip("vl_convert")

WIDTHS = [288, 358, 590, 610, 736, 916, 1344]
HEIGHT = 270


def drawn(width: int) -> str:
    """Return the picture of twenty frames, the names of all rows and a reading in each, where it is so wide."""
    spec = copy.deepcopy(dict(images_template().spec)) | {"width": width, "autosize": "none"}
    places = [{"x": float(at), "y": CHANGED * row} for row in range(2) for at in range(10)]
    rows = [DIGIT / 2, CHANGED + DIGIT / 2, *READ_AT.values()]
    names = [{"x": LEFT, "y": y, "text": f"row {at}"} for at, y in enumerate(rows)]
    reads = [{"x": DIGIT / 2, "y": y, "text": f"read {at}", "right": 1} for at, y in enumerate(READ_AT.values())]
    spec["datasets"] = {"frames": places, "pixels": [], "reads": reads, "names": names}
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg


def frames(width: int) -> list[tuple[float, float, float, float]]:
    """Return the frames of twenty images, at x, y, wide and high, where the picture is so wide."""
    group = re.search(r'<g class="mark-rect role-mark layer_1_marks"[^>]*>(.*?)</g>', drawn(width), re.DOTALL)
    assert group is not None
    found = re.findall(r'd="M([\d.e-]+),([\d.e-]+)h([\d.]+)v([\d.]+)', group[1])
    return [tuple(map(float, box)) for box in found]  # type: ignore[misc]


def words(width: int) -> dict[str, tuple[float, float]]:
    """Return where the words stand: x of their beginning or middle, and y of their line."""
    found = re.findall(r'<text[^>]*transform="translate\(([\d.e-]+),([\d.e-]+)\)"[^>]*>([^<]+)</text>', drawn(width))
    return {text: (float(x), float(y)) for x, y, text in found}


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
        assert max(y + high for _, y, _, high in found) <= HEIGHT - 4 * 20  # four lines of words below


class TestWords:
    @pytest.mark.parametrize("width", WIDTHS)
    def test_fill_the_picture_to_its_foot(self, width):
        lowest = max(y for _, y in words(width).values())

        assert HEIGHT - 50 < lowest < HEIGHT

    @pytest.mark.parametrize("width", WIDTHS)
    def test_stand_on_no_image_and_not_on_each_other(self, width):
        boxes, found = frames(width), words(width)
        readings = [y for text, (_, y) in found.items() if text.startswith("read")]

        assert len(found) == 10
        # Letters reach from 10 pixels above their line to 2 below it; the names of rows are at most 100 pixels long.
        for text, (x, y) in found.items():
            for left, top, wide, high in boxes:
                beside = x + 100 < left if text.startswith("row") else not left <= x <= left + wide
                assert beside or y + 2 <= top or y - 10 >= top + high, text
        assert all(below - above >= 13 for above, below in pairwise(sorted(readings)))

    def test_name_the_rows_beside_them_where_there_is_room_and_above_them_on_a_phone(self):
        for width, above in ((358, True), (916, False)):
            found = words(width)
            assert all((found[f"row {at + 2}"][1] < found[f"read {at}"][1] - 10) == above for at in range(4))

"""Answers of a class as points: where each stands, which stand above each other, and the line where the truth is."""

import math
import re

import pandas as pd
import pytest

from bnsim.charts.prediction import Axis
from bnsim.charts.template import Figure
from bnsim.charts.votes import COLUMNS, FLOOR, LANE, STEP, TOP, dots, truth_line, votes_template

AXIS = Axis(0.0, 8.0, "y")
NAMES = {1: "First vote", 2: "Second vote"}


def answers(*rows: tuple[int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["vote", "value"])


def heights(frame: pd.DataFrame, vote: int) -> list[float]:
    mine = frame[(frame["vote"] == vote) & (frame["label"] == "")]
    return mine["height"].tolist()


class TestDots:
    def test_every_answer_is_a_point_at_its_value(self):
        frame = dots(answers((1, 2.0), (1, 7.5), (2, 2.0)), AXIS, NAMES)

        assert list(frame.columns) == list(COLUMNS)
        points = frame[frame["label"] == ""]
        assert list(zip(points["vote"], points["value"], points["name"], strict=True)) == [
            (1, 2.0, "First vote"), (1, 7.5, "First vote"), (2, 2.0, "Second vote"),
        ]  # fmt: skip

    def test_equal_answers_stand_above_each_other_and_others_on_the_floor(self):
        frame = dots(answers((1, 2.0), (1, 2.0), (1, 2.0), (1, 5.0)), AXIS, {1: "First vote"})

        assert heights(frame, 1) == [FLOOR, FLOOR + STEP, FLOOR + 2 * STEP, FLOOR]

    def test_the_first_vote_has_the_upper_half(self):
        frame = dots(answers((1, 2.0), (2, 2.0)), AXIS, NAMES)

        assert (heights(frame, 1), heights(frame, 2)) == ([(100 + FLOOR) / 2], [FLOOR / 2])

    def test_three_hundred_equal_answers_stay_in_their_lane(self):
        frame = dots(answers(*[(1, 2.0)] * 300), AXIS, {1: "First vote"})

        assert max(heights(frame, 1)) == pytest.approx(TOP, rel=1e-12)
        assert len(set(heights(frame, 1))) == 300

    def test_by_powers_of_ten_equal_factors_are_equally_far(self):
        axis = Axis(1e-4, 1e4, "loss", by_powers=True)
        frame = dots(answers((1, 1e-4), (1, 1.01e-4), (1, 1e-3)), axis, {1: "First vote"})

        # A bin is a tenth of a power of ten here: a hundredth more is in the same, ten times as much is not.
        assert heights(frame, 1) == [FLOOR, FLOOR + STEP, FLOOR]

    def test_a_vote_in_which_nobody_said_a_number_has_its_name(self):
        frame = dots(answers(), AXIS, {1: "First vote"})

        assert frame["label"].tolist() == ["First vote"]
        assert math.isnan(frame["value"][0])


class TestPicture:
    def test_has_every_point_the_names_and_the_line_of_the_truth(self):
        vl_convert = pytest.importorskip("vl_convert")
        template = votes_template(AXIS, 2)
        data = {
            "votes": dots(answers((1, 2.0), (1, 2.0), (2, 6.0)), AXIS, NAMES), "truth": truth_line(4.0, "true: 4"),
        }  # fmt: skip
        figure = Figure("votes", "A", "B", "C", "D", template, data)
        svg = str(vl_convert.vegalite_to_svg({**figure.to_dict(), "width": 400}))

        assert [words for words in (*NAMES.values(), "true: 4") if words not in svg] == []
        assert len(re.findall(r'<path[^>]* d="M[^"]*" fill="#(?:5f7d95|a855c7)"', svg)) == 3
        [line] = re.findall(r'<line [^>]*translate\(([\d.]+),[\d.]+\)" x2="0" y2="300" stroke="#b8860b"', svg)
        assert float(line) == 200.0  # 4 of 8 is the middle of 400 pixels
        assert template.spec["height"] == 2 * LANE


class TestPosition:
    @pytest.mark.parametrize("axis", [AXIS, Axis(1e-4, 10.0, "loss", by_powers=True)])
    def test_is_where_the_slider_stands_at_a_value(self, axis):
        assert axis.at(axis.position(0.25)) == pytest.approx(0.25, rel=1e-12)

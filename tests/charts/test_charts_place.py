"""Marks of a prediction and of the truth: where they stand in a picture, and on an axis of their own."""

import re

import pandas as pd
import pytest

from bnsim.charts.place import DATA, TYPE, Place, can_hold, marked
from bnsim.charts.prediction import Axis, marked_template, marks, moving_template, state
from bnsim.charts.template import Figure, Template
from bnsim.experiment import Result
from bnsim.experiments import find

vl_convert = pytest.importorskip("vl_convert")


def svg_of(template: Template, data: dict[str, pd.DataFrame], width: int = 700) -> str:
    """Return a picture as it is drawn, so wide."""
    figure = Figure("a", "A", "B", "C", "D", template, data)
    return str(vl_convert.vegalite_to_svg({**figure.to_dict(), "width": width}))


def words_in(svg: str) -> list[tuple[str, float, float]]:
    """Return the words of a picture that say "you" or "true", and where they are."""
    found = re.findall(
        r'transform="translate\(([-\d.]+),([-\d.]+)\)"[^>]*>((?:[←↑↓] )?(?:you|true): [^<]*)</text>', svg
    )
    return [(said, float(x), float(y)) for x, y, said in found]


class TestInAPicture:
    ROWS = (("you", 0.9, "you: 0.9"), ("true", 2.42, "true: 2.42"))

    @pytest.mark.parametrize(
        ("slug", "readout"), [("transform", "y"), ("train-eval", "eval_y"), ("depth", "gradient_with")]
    )
    def test_both_marks_have_their_words(self, slug, readout):
        experiment = find(slug)
        figure = Result(experiment, experiment.params()).first_figure
        template = marked(figure.template, experiment.places[readout])
        said = words_in(svg_of(template, {**figure.data, DATA: marks(self.ROWS)}))

        assert sorted(words for words, _, _ in said) == ["true: 2.42", "you: 0.9"]

    def test_stand_on_the_axis_of_their_stage(self):
        experiment = find("transform")
        figure = Result(experiment, experiment.params()).first_figure
        template = marked(figure.template, experiment.places["y"])
        rows = (("you", -5.0, "you: -5"), ("true", 5.0, "true: 5"))
        (_, you, _), (_, true, _) = sorted(words_in(svg_of(template, {**figure.data, DATA: marks(rows)})), reverse=True)

        # The axis goes from -15 to 15, so ten of thirty are a third of the width; the words keep five pixels from the
        # lines, the smaller one's on the left and the larger one's on the right.
        assert true - you == pytest.approx(700 / 3 + 10, abs=0.5)

    @pytest.mark.parametrize(("you", "true"), [(50.0, 50.5), (50.5, 50.0)])
    def test_words_across_a_picture_do_not_lie_upon_each_other(self, you, true):
        experiment = find("depth")
        figure = Result(experiment, experiment.params()).first_figure
        template = marked(figure.template, experiment.places["gradient_with"])
        rows = (("you", you, "you: there"), ("true", true, "true: here"))
        said = words_in(svg_of(template, {**figure.data, DATA: marks(rows)}))
        heights = {words.split(":")[0]: y for words, _, y in said}

        # A line of type is 1.3 times as high as its letters of 13 pixels.
        assert (heights["true"] - heights["you"]) * (1 if you > true else -1) >= 1.3 * 13

    @pytest.mark.parametrize(("value", "said", "at"), [(50.0, "you: 50 →", 695.0), (-50.0, "← you: −50", 5.0)])
    def test_one_beyond_the_picture_is_said_at_its_edge(self, value, said, at):
        experiment = find("transform")
        figure = Result(experiment, experiment.params()).first_figure
        template = marked(figure.template, experiment.places["y"])
        rows = (("you", value, said.strip("← →")), ("true", 5.0, "true: 5"))
        found = {words: x for words, x, _ in words_in(svg_of(template, {**figure.data, DATA: marks(rows)}))}

        assert set(found) == {said, "true: 5"}
        assert found[said] == pytest.approx(at, abs=0.5)  # five pixels from the edge of a picture 700 wide

    @pytest.mark.parametrize(("you", "true"), [(1e9, 1e12), (1e-9, 1e-12), (3.0, 700.0)])
    def test_words_at_the_edge_of_a_picture_are_in_it(self, you, true):
        experiment = find("depth")
        figure = Result(experiment, experiment.params()).first_figure
        template = marked(figure.template, experiment.places["gradient_with"])
        svg = svg_of(template, {**figure.data, DATA: marks((("you", you, "you: a"), ("true", true, "true: b")))})
        height = figure.template.spec["height"]

        # Letters of 13 pixels reach about as far below their base as half of it.
        assert all(TYPE / 2 <= y <= height + TYPE / 2 for _, _, y in words_in(svg)), (words_in(svg), height)

    def test_only_positive_numbers_stand_on_a_log_axis(self):
        template = Result(find("depth"), find("depth").params()).first_figure.template

        assert can_hold(template, Place("gradients", "y"), 30.0, 1e-3)
        assert not can_hold(template, Place("gradients", "y"), 30.0, 0.0)
        assert can_hold(template, Place("gradients", "x"), 0.0)
        assert not can_hold(template, Place("gradients", "x"), float("inf"))


class TestOnAnAxisOfTheirOwn:
    @pytest.mark.parametrize(("low", "high", "by_powers"), [(0.0, 4.0, False), (0.01, 100.0, True)])
    def test_both_marks_have_their_words_within_the_picture(self, low, high, by_powers):
        axis = Axis(low, high, "y", by_powers)
        rows = (("you", low, f"you: {low}"), ("true", high, f"true: {high}"))
        svg = svg_of(marked_template(axis), {"marks": marks(rows)})

        assert sorted(words for words, _, _ in words_in(svg)) == sorted(words for _, _, words in rows)
        assert 'text-anchor="start"' in svg
        assert 'text-anchor="end"' in svg

    @pytest.mark.parametrize(
        ("by_powers", "position", "said"), [(False, 1.5, "you: 1.5"), (True, -1.5, "you: 0.03162")]
    )
    def test_the_moving_mark_stands_where_the_slider_does(self, by_powers, position, said):
        axis = Axis(0.01, 100.0, "y", by_powers)
        svg = svg_of(moving_template(axis, "you: {value}"), {"state": state(position)})

        assert [words for words, _, _ in words_in(svg)] == [said]

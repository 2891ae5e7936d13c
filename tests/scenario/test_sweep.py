"""A sweep looks at some positions of a slider, and every value of it has a nearest one."""

from itertools import pairwise

import pytest
from cases import together
from hypothesis import given
from hypothesis import strategies as st

from bnsim.experiments import all_experiments
from bnsim.scenario.sweep import MOST_POSITIONS, positions, spans

SLIDERS = [
    (slug, spec)
    for slug, experiment in all_experiments().items()
    for spec in experiment.params.controls().values()
    if spec.control.slider
]


class TestPositions:
    @together("slug, spec", SLIDERS)
    def test_rise_reach_both_ends_and_hold_what_is_set_now(self, slug, spec):
        low, high, _ = spec.control.slider
        found = positions(spec, spec.default)

        assert list(found) == sorted(set(found))
        assert found[0] == pytest.approx(min(low, spec.default))
        assert found[-1] == pytest.approx(max(high, spec.default))
        assert spec.default in found
        assert len(found) <= MOST_POSITIONS + 1

    @together("slug, spec", SLIDERS)
    def test_are_places_where_the_thumb_can_stand(self, slug, spec):
        low, _, step = spec.control.slider
        steps = [(value - low) / step for value in positions(spec, spec.default) if value != spec.default]

        assert steps == pytest.approx([round(each) for each in steps], abs=1e-6)
        if spec.kind == "integer":
            assert all(isinstance(value, int) for value in positions(spec, spec.default))


def test_a_value_beyond_the_slider_is_there_too():
    spec = all_experiments()["transform"].params.controls()["mean"]

    assert positions(spec, 1000.0)[-1] == 1000.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30, unique=True), st.floats(-1e7, 1e7))
def test_every_value_lies_in_the_span_of_its_nearest_position(places, value):
    rising = sorted(places)
    found = spans(rising)

    (mine,) = [at for at, (low, high) in zip(rising, found, strict=True) if low <= value < high]
    # Half-way between two positions rounding decides; it is as far from both but for that.
    assert abs(value - mine) <= min(abs(value - each) for each in rising) * (1 + 1e-9) + 1e-9
    assert all(one[1] == other[0] for one, other in pairwise(found))

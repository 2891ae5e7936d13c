"""Long-form frames: what figures draw and people read."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bnsim import tables
from bnsim.engine.normalization.batchnorm import batch_norm
from bnsim.tables import TICKS_SHOWN

BATCHES = arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6))
SPREAD = np.array([1.0, 2.0, 3.0, 6.0])
LEVEL = np.full(5, 7.0)


def area(frame) -> float:
    """Return the area under an outline that steps."""
    value, density = frame["value"].to_numpy(), frame["density"].to_numpy()
    return float(np.sum(np.diff(value) * density[:-1]))


class TestMembers:
    def test_every_member_has_its_place_and_its_three_values(self):
        forward = batch_norm(SPREAD, 2.0, 5.0)
        frame = tables.members(SPREAD, forward)

        assert list(frame.columns) == ["member", "x", "x_hat", "y"]
        assert frame["member"].tolist() == [0, 1, 2, 3]
        assert frame["x"].tolist() == SPREAD.tolist()
        np.testing.assert_array_equal(frame["x_hat"], forward.x_hat)
        np.testing.assert_array_equal(frame["y"], forward.y)


class TestDensities:
    def test_has_one_curve_per_stage_in_order(self):
        frame = tables.densities({"raw": SPREAD, "output": 2 * SPREAD}, normal=True)

        assert list(frame.columns) == ["stage", "value", "density"]
        assert frame["stage"].drop_duplicates().tolist() == ["raw", "output"]

    def test_the_normal_curve_has_the_moments_of_the_batch(self):
        frame = tables.densities({"raw": SPREAD}, normal=True)
        peak = frame.loc[frame["density"].idxmax()]

        assert peak["value"] == 3.0
        assert peak["density"] == pytest.approx(1 / math.sqrt(2 * math.pi * 3.5), rel=1e-12)
        assert (frame["value"].min(), frame["value"].max()) == pytest.approx((3 - 4 * 3.5**0.5, 3 + 4 * 3.5**0.5))

    @pytest.mark.parametrize("normal", [True, False])
    def test_a_batch_without_spread_is_a_point_mass(self, normal):
        frame = tables.densities({"raw": LEVEL}, normal=normal)

        assert frame["value"].tolist() == [7.0, 7.0]
        assert frame["density"].tolist() == [0.0, math.inf]

    @pytest.mark.parametrize("normal", [True, False])
    def test_so_is_one_example(self, normal):
        assert tables.densities({"raw": np.array([0.1])}, normal=normal)["density"].tolist() == [0.0, math.inf]

    def test_the_outline_of_a_histogram_covers_area_1(self):
        assert area(tables.densities({"raw": SPREAD}, normal=False)) == pytest.approx(1, rel=1e-12)

    def test_the_outline_begins_and_ends_on_the_ground(self):
        frame = tables.densities({"raw": SPREAD}, normal=False)

        assert (frame["density"].iloc[0], frame["density"].iloc[-1]) == (0.0, 0.0)
        assert (frame["value"].iloc[0], frame["value"].iloc[-1]) == (1.0, 6.0)

    @given(BATCHES)
    def test_the_outline_never_goes_back(self, batch):
        frame = tables.densities({"raw": batch}, normal=False)

        assert (frame["value"].diff().dropna() >= 0).all()
        assert (frame["density"] >= 0).all()

    @given(BATCHES, st.booleans())
    def test_any_batch_has_a_curve_without_nan(self, batch, normal):
        frame = tables.densities({"raw": batch}, normal=normal)

        assert len(frame) >= 2
        assert not frame.isna().any().any()


class TestTicks:
    def test_a_small_batch_has_one_each(self):
        frame = tables.ticks(SPREAD)

        assert frame["z"].tolist() == SPREAD.tolist()
        assert frame["z"].dtype == np.float32

    def test_a_large_one_has_none_and_keeps_its_columns(self):
        assert len(tables.ticks(np.zeros(TICKS_SHOWN))) == TICKS_SHOWN
        assert tables.ticks(np.zeros(TICKS_SHOWN + 1)).empty
        assert list(tables.ticks(np.zeros(TICKS_SHOWN + 1)).columns) == ["z"]


class TestBars:
    def test_stand_side_by_side_and_the_highest_is_1(self):
        frame = tables.bars(np.random.default_rng(0).standard_normal(200))

        assert list(frame.columns) == ["z_left", "z_right", "height"]
        np.testing.assert_array_equal(frame["z_left"][1:], frame["z_right"][:-1])
        assert frame["height"].max() == 1.0
        assert frame["height"].min() >= 0.0
        assert set(frame.dtypes) == {np.dtype("float32")}

    @pytest.mark.parametrize("size", [0, 1])
    def test_fewer_than_two_members_have_none(self, size):
        frame = tables.bars(np.zeros(size))

        assert frame.empty
        assert list(frame.columns) == ["z_left", "z_right", "height"]

    @given(BATCHES)
    def test_any_batch_has_bars_without_nan(self, batch):
        frame = tables.bars(batch)

        assert not frame.isna().any().any()
        assert (frame["z_left"] <= frame["z_right"]).all()

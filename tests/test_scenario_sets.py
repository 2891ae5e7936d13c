"""The scenario sets that come with bnsim: canonical files, and every number they tell is true."""

import math
import re
from pathlib import Path

import pytest
from shipped import compared, loaded

import bnsim
from bnsim.experiments import params_of
from bnsim.scenario import toml

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"
TESTS = Path(__file__).resolve().parent
TRANSFORM = ("epsilon", "identity-recovery", "scale-and-shift", "worked-examples")
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
ROUNDING = 1e-14  # a few roundings of numbers of size 1
EPS = 1e-5


@pytest.fixture(scope="module")
def outcomes():
    return {name: compared(name).frame() for name in TRANSFORM}


def root(std: float, eps: float = EPS) -> float:
    return math.sqrt(std**2 + eps)


class TestFiles:
    def test_are_in_canonical_form(self):
        texts = {name: (FOLDER / f"{name}.toml").read_bytes().decode("utf-8") for name in NAMES}

        assert [name for name, text in texts.items() if toml.write(toml.read(text, params_of)) != text] == []

    def test_have_a_question_what_to_look_for_and_titles(self):
        wanting = []
        for name in NAMES:
            found = loaded(name)
            told = found.question.endswith("?") and found.look_for.endswith(".")
            if not (told and found.baseline in found.names and all(each.title for each in found.scenarios)):
                wanting.append(name)

        assert wanting == []

    def test_name_the_two_to_six_readouts_that_their_question_is_about(self):
        counts = {name: len(loaded(name).readouts) for name in NAMES}

        assert {name: count for name, count in counts.items() if not 2 <= count <= 6} == {}

    def test_the_numbers_that_each_tells_are_held_by_some_test(self):
        texts = "".join(path.read_text("utf-8") for path in TESTS.rglob("*.py"))

        assert len(NAMES) > len(TRANSFORM)
        assert [name for name in NAMES if not re.search(rf"\b{name}(?:\"|\.toml)", texts)] == []


class TestWorkedExamples:
    def test_the_first_is_three_over_the_root(self, outcomes):
        first = outcomes["worked-examples"].loc["mean-3-std-2.5"]

        assert first["x_hat"] == pytest.approx(3 / root(2.5), abs=ROUNDING)
        assert first["y"] == first["x_hat"]
        assert f"{first['x_hat']:.12f}" == "1.199999040001"
        assert f"{first['normalized_std']:.8f}" == "0.99999920"

    def test_the_second_has_its_moments(self, outcomes):
        second = outcomes["worked-examples"].loc["mean-2.3-std-1.8"]

        assert second["batch_size"] == 32
        assert second["normalized_mean"] == pytest.approx(0, abs=ROUNDING)
        assert second["output_mean"] == pytest.approx(0.2, abs=ROUNDING)
        assert second["normalized_std"] == pytest.approx(1.8 / root(1.8), abs=ROUNDING)
        assert second["output_std"] == pytest.approx(1.5 * 1.8 / root(1.8), abs=ROUNDING)
        assert f"{second['normalized_std']:.8f} {second['output_std']:.8f}" == "0.99999846 1.49999769"

    def test_the_unbiased_std_of_the_second_is_what_the_note_says(self):
        result = bnsim.run("transform", mean=2.3, std=1.8, gamma=1.5, beta=0.2, x=5)

        assert f"{result.tables['members']['y'].std(ddof=1):.4f}" == "1.5240"


class TestIdentityRecovery:
    @pytest.mark.parametrize("std", [2.5, 0.01, 0.001])
    def test_gamma_is_written_with_all_its_digits(self, std, outcomes):
        assert outcomes["identity-recovery"].loc[f"std-{std:g}-gamma-root", "gamma"] == root(std)
        assert outcomes["identity-recovery"].loc[f"std-{std:g}-gamma-std", "gamma"] == std

    @pytest.mark.parametrize("std", [2.5, 0.01, 0.001])
    def test_the_root_is_the_identity_up_to_rounding(self, std, outcomes):
        # A member is at most 3 + sqrt(31) * 2.5 < 17, where a float64 is spaced 3.6e-15: two roundings.
        assert outcomes["identity-recovery"].loc[f"std-{std:g}-gamma-root", "identity_error"] <= 7.2e-15

    @pytest.mark.parametrize(("std", "lost"), [(2.5, "0.00008"), (0.01, "4.7"), (0.001, "69.8")])
    def test_the_std_loses_the_fraction_that_the_note_says(self, std, lost, outcomes):
        fraction = 1 - std / root(std)
        name = f"std-{std:g}-gamma-std"
        members = bnsim.run("transform", mean=3, beta=3, std=std, gamma=std).tables["members"]
        largest = (members["x"] - 3).abs().max()

        assert outcomes["identity-recovery"].loc[name, "identity_error"] == pytest.approx(
            largest * fraction, abs=7.2e-15
        )
        assert f"loses {lost} %" in loaded("identity-recovery").get(name).note
        assert f"{100 * fraction:.{len(lost.partition('.')[2])}f}" == lost

    def test_the_tracked_x_is_two_stds_above_the_mean(self, outcomes):
        frame = outcomes["identity-recovery"]

        assert ((frame["x"] - 3) / frame["std"]).tolist() == pytest.approx([2.0] * 6, rel=1e-12)


class TestEpsilon:
    def test_the_normalized_std_is_the_closed_form(self, outcomes):
        frame = outcomes["epsilon"]
        expected = [std / root(std, eps) for std, eps in zip(frame["std"], frame["eps"], strict=True)]

        assert frame["normalized_std"].tolist() == pytest.approx(expected, abs=ROUNDING)

    @pytest.mark.parametrize(("name", "eps"), [("eps-1e-5-std-root", 1e-5), ("eps-1e-3-std-root", 1e-3)])
    def test_at_the_root_of_eps_it_is_one_over_root_two(self, name, eps, outcomes):
        assert outcomes["epsilon"].loc[name, "std"] == math.sqrt(eps)
        assert outcomes["epsilon"].loc[name, "normalized_std"] == pytest.approx(1 / math.sqrt(2), abs=ROUNDING)

    def test_it_is_one_percent_short_at_7_02_roots_and_29_at_one(self):
        assert f"{1 - 7.02 / math.hypot(7.02, 1):.3f} {1 - 1 / math.sqrt(2):.2f}" == "0.010 0.29"

    def test_a_std_of_a_hundredth_fares_as_told(self, outcomes):
        told = [outcomes["epsilon"].loc[f"eps-{eps}-std-0.01", "normalized_std"] for eps in ("1e-5", "1e-3")]

        assert [f"{value:.3f}" for value in told] == ["0.953", "0.302"]

    @pytest.mark.parametrize("name", ["eps-1e-5-std-0", "eps-1e-3-std-0"])
    def test_without_spread_every_member_lands_on_beta_exactly(self, name, outcomes):
        row = outcomes["epsilon"].loc[name, ["x_hat", "y", "normalized_std", "output_mean", "output_std"]]

        assert row.tolist() == [0.0] * 5

    @pytest.mark.parametrize(("eps", "told"), [("1e-5", "3.1623"), ("1e-3", "0.3162")])
    def test_a_probe_is_divided_by_the_root_of_eps(self, eps, told, outcomes):
        x_hat = outcomes["epsilon"].loc[f"eps-{eps}-probe", "x_hat"]

        assert x_hat == pytest.approx(0.01 / math.sqrt(float(eps)), abs=ROUNDING)
        assert f"{x_hat:.4f}" == told
        assert f"x̂ = {told}." in loaded("epsilon").get(f"eps-{eps}-probe").note

    def test_the_tracked_x_is_one_std_above_the_mean_where_there_is_spread(self, outcomes):
        frame = outcomes["epsilon"].query("std > 0")

        assert (frame["x"] - frame["mean"]).tolist() == frame["std"].tolist()


class TestScaleAndShift:
    def test_the_output_moments_are_the_closed_forms(self, outcomes):
        frame = outcomes["scale-and-shift"]

        assert frame["output_mean"].tolist() == pytest.approx(frame["beta"].tolist(), abs=ROUNDING)
        expected = [abs(gamma) * 2.5 / root(2.5) for gamma in frame["gamma"]]
        assert frame["output_std"].tolist() == pytest.approx(expected, abs=ROUNDING)

    def test_the_normalized_stage_is_the_same_in_all(self, outcomes):
        normalized = outcomes["scale-and-shift"][["x_hat", "normalized_mean", "normalized_std"]]

        assert (normalized == normalized.iloc[0]).all(axis=None)

    def test_a_negative_scale_sends_the_dot_to_the_other_side_of_beta(self, outcomes):
        frame = outcomes["scale-and-shift"].query("gamma < 0")

        assert list(frame.index) == ["mirror", "mirror-and-shift"]
        assert (frame["x_hat"] > 0).all()
        assert (frame["y"] < frame["beta"]).all()
        assert f"{frame.loc['mirror', 'y']:.8f}" == "-1.19999904"

    def test_a_scale_of_zero_is_one_point_exactly(self, outcomes):
        collapsed = outcomes["scale-and-shift"].loc["collapse", ["y", "output_mean", "output_std"]]

        assert collapsed.tolist() == [1.0, 1.0, 0.0]

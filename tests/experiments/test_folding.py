"""Folding batch norm away: exact where it is allowed, wrong by closed forms where it is not."""

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cases import together
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rounding import CLOSE, assert_same_table
from shipped import compared

import bnsim
from bnsim.cli import main
from bnsim.engine import batch_norm, batch_norm_backward, batch_norm_eval, conv2d, fold_conv
from bnsim.errors import ParamsError
from bnsim.experiment import Result
from bnsim.experiments import find, params_of
from bnsim.experiments.folding import EXPERIMENT
from bnsim.experiments.folding.bias import SOME
from bnsim.experiments.folding.charts import FLOOR
from bnsim.experiments.folding.costs import MOST_PAIRS, Timed, both_ways, counts_of, measure, timings_of
from bnsim.experiments.folding.differences import Variant, pairs_of
from bnsim.experiments.folding.layer import Layer, apply, draw, per_output, relu
from bnsim.experiments.folding.model import Outcome, run
from bnsim.experiments.folding.moves import training_differences
from bnsim.experiments.folding.params import FoldingParams
from bnsim.experiments.folding.statements import answers, notes
from bnsim.experiments.folding.statements import readouts as stated_readouts
from bnsim.experiments.folding.tables import timing as timing_table
from bnsim.scenario import toml
from bnsim.text import number, short

SEEDS = (0, 1, 2)
FEW = settings(max_examples=40, deadline=None)
UNIT = {"float64": 2.0**-53, "float32": 2.0**-24}
STILL = {"shift": 0.0, "spread": 1.0}
SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"

LAYERS = {
    "linear": {"layer": "linear", "inputs": 12, "outputs": 10, "batch_size": 32},
    "conv": {"inputs": 4, "outputs": 6, "kernel": 3, "size": 7, "batch_size": 4},
    "grouped": {"inputs": 6, "outputs": 9, "groups": 3, "kernel": 2, "size": 5, "batch_size": 3},
    "depthwise": {"inputs": 8, "outputs": 8, "groups": 8, "kernel": 3, "size": 6, "batch_size": 2},
    "pointwise": {"inputs": 5, "outputs": 7, "kernel": 1, "size": 4, "batch_size": 6},
}
EVERY_LAYER = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def result(**params):
    return bnsim.run("folding", **params)


def outcome(**params) -> Outcome:
    return run(FoldingParams.of(params))


def drawn(**params) -> Layer:
    return draw(FoldingParams.of(params))


def cases(**params) -> dict[str, str]:
    return {each.key: each.case for each in stated_readouts(outcome(**params))}


def expected_of(**params) -> float:
    return outcome(**params).gaps[1].expected_rms


def noted(**params) -> list[str]:
    return [each.key for each in notes(outcome(**params))]


def readouts(**params):
    return result(**params).readouts


def statements(**params):
    return {readout.key: readout.statement for readout in result(**params).readout_list}


def refusal(**params) -> str:
    with pytest.raises(ParamsError) as error:
        result(**params)
    return str(error.value)


def from_the_command_line(**params):
    settings = [part for name, value in params.items() for part in ("--set", f"{name}={value}")]
    done = CliRunner().invoke(main, ["run", "folding", *settings, "--format", "json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["scenarios"][0]


class TestEvalMode:
    @EVERY_LAYER
    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_one_layer_does_the_work_of_two_up_to_rounding(self, layer, seed, dtype):
        found = result(**layer, seed=seed, gamma=-1.3, beta=0.4)
        row = found.tables["precision"].set_index("dtype").loc[dtype]

        assert found.readouts[f"fold_error_{dtype}"] == pytest.approx(row["difference"], rel=5.01e-3)  # three digits
        # A sum of K products and 8 more roundings, of terms below 1e3 here: see `Layer.rounding`.
        assert 0 < row["difference"] <= row["rounding"] <= 2 * (found.params.fan_in + 8) * UNIT[dtype] * 1e3

    def test_it_does_not_depend_on_the_drift(self):
        errors = [readouts(shift=shift, spread=2.0)["fold_error_float64"] for shift in (-3, 0, 3)]

        assert max(errors) <= 1e-13

    def test_the_folded_layer_is_the_closed_form(self):
        o = drawn(seed=1, gamma=2.0, beta=-0.5)
        s = 2.0 / np.sqrt(o.running.var + 1e-5)
        by_hand = conv2d(o.x, s[:, None, None, None] * o.weight, -0.5 + s * (o.bias - o.running.mean))

        # 72 products and a few roundings, of values below 100.
        np.testing.assert_allclose(pairs_of(o)[Variant.EVAL][1], by_hand, rtol=0, atol=100 * 80 * UNIT["float64"])

    @given(
        bias=st.sampled_from([-1e6, -1.0, 0.0, 1e3]) | st.floats(-1e6, 1e6),
        shift=st.floats(-1000, 1000),
        spread=st.floats(0.01, 100),
        gamma=st.floats(-1000, 1000),
        beta=st.floats(-1000, 1000),
        eps=st.sampled_from([5e-324, 1e-12, 1e-5, 1.0]),
        seed=st.integers(0, 2**32 - 1),
        layer=st.sampled_from(list(LAYERS.values())),
    )
    # A scale below the smallest normal float32, far from the running mean; a kink beyond the largest float64.
    @example(-1.0, 69.0, 1 / 64, 1.2e-38, 0.0, 5e-324, 0, LAYERS["linear"])
    @example(1000.0, 0.0, 1.0, 2.4e-306, 433.0, 5e-324, 0, LAYERS["linear"])
    @FEW
    def test_the_bound_holds_for_any_parameters(self, bias, shift, spread, gamma, beta, eps, seed, layer):
        found = result(**layer, bias=bias, shift=shift, spread=spread, gamma=gamma, beta=beta, eps=eps, seed=seed)
        table = found.tables["precision"]

        # Products below 1e-308 lose digits besides.
        assert (table["difference"] <= table["rounding"] + 1e-300).all()
        assert all(math.isfinite(readout.best) for readout in found.readout_list[:-1])
        assert all(note.endswith(".") for note in found.notes)

    def test_with_a_large_bias_float32_loses_more_before_folding_than_after(self):
        table = result(bias=1e6, **STILL).tables["precision"].set_index("dtype")

        # Near a million float32 is spaced 1/16, and y is z over a std of about 1.
        assert 0.01 < table.loc["float32", "two_error"] < 1
        assert table.loc["float32", "one_error"] < 1e-5
        assert noted(bias=1e6) == ["cancellation"]
        found = outcome(bias=1e6).precisions[1]
        assert (
            result(bias=1e6)
            .notes[0]
            .startswith(f"In float32 the two layers are off by up to {number(found.two_error, 2)}. ")
        )


class TestTrainingMode:
    @together(
        "drift", [STILL, {"shift": 0.5, "spread": 1.5}, {"shift": -2.0, "spread": 1.0}, {"shift": 0.0, "spread": 0.5}]
    )
    @together(
        ("layer", "seed"),
        list(zip([LAYERS["linear"] | {"batch_size": 256}, LAYERS["pointwise"], LAYERS["conv"]], SEEDS, strict=True)),
    )
    def test_the_closed_form_is_met_by_the_command_line_within_five_standard_errors(self, layer, drift, seed):
        scenario = from_the_command_line(**layer, **drift, gamma=-2, seed=seed)
        row = next(row for row in scenario["tables"]["failures"] if row["variant"] == "training mode")

        # rms_error is derived in `training_mode_error` and stands for one batch; ε = 1e-5 is in the closed form.
        assert scenario["readouts"]["fold_train_error"] == row["rms"]
        assert abs(row["rms"] - row["expected_rms"]) <= 5 * row["rms_error"]

    def test_the_standard_error_of_its_root_is_the_spread_over_batches(self):
        layer = {"layer": "linear", "inputs": 6, "outputs": 4, "batch_size": 128, "shift": 0.7, "spread": 1.3}
        o = drawn(**layer, gamma=-2.0, seed=3)
        rng = np.random.default_rng(9)
        found = [
            math.sqrt(np.mean((o.running(z) - batch_norm(z, -2.0).y) ** 2))
            for z in (rng.standard_normal((128, 6)) @ o.weight.T + o.bias for _ in range(1500))
        ]
        readout = next(
            each for each in result(**layer, gamma=-2.0, seed=3).readout_list if each.key == "fold_train_error"
        )

        # A std over 1500 draws is good to 2 % for a normal; the terms left out are of relative size 1 / N.
        assert readout.error == pytest.approx(np.std(found), rel=0.12)
        assert readout.best == round(readout.value, 1 - math.floor(math.log10(readout.error)))

    @pytest.mark.parametrize(("layer", "at_most"), [("linear", ""), ("conv", "at most "), ("pointwise", "")])
    def test_its_statement_is_whole(self, layer, at_most):
        found = result(**LAYERS[layer], gamma=-2.0)
        row = found.tables["failures"].set_index("variant").loc["training mode"]

        assert statements(**LAYERS[layer], gamma=-2.0)["fold_train_error"] == (
            f"the value to expect is |γ| √(d² + r² + 1 − 2 r E[s/σ]) = {number(row['expected_rms'], 4)}; "
            f"the standard error of one batch is {at_most}{number(row['rms_error'], 2)}"
        )

    @pytest.mark.parametrize(("layer", "at_most"), [("linear", ""), ("conv", "-at-most")])
    def test_the_formula_stands_alone_only_where_its_number_is_that_without_eps(self, layer, at_most):
        assert cases(**LAYERS[layer])["fold_train_error"] == f"plain{at_most}"
        assert cases(**LAYERS[layer], eps=0.5)["fold_train_error"] == f"eps{at_most}"
        without = expected_of(**LAYERS[layer], eps=1e-12)
        assert outcome(**LAYERS[layer], eps=0.5).gap_without_eps == pytest.approx(without, rel=1e-9)
        assert expected_of(**LAYERS[layer], eps=0.5) < 0.9 * without

    def test_a_scale_of_zero_leaves_no_difference(self):
        assert cases(gamma=0.0)["fold_train_error"] == "constant"
        assert readouts(gamma=0.0, beta=0.7)["fold_train_error"] == 0

    @EVERY_LAYER
    def test_for_this_very_batch_it_is_exact(self, layer):
        o = drawn(**layer, gamma=1.5, shift=0.8, spread=1.7)
        batch = batch_norm(o.z)
        kept = np.sqrt(batch.var / (o.running.var + 1e-5)) - np.sqrt(batch.var / (batch.var + 1e-5))
        moved = (batch.mean - o.running.mean) ** 2 / (o.running.var + 1e-5)
        by_hand = 1.5 * math.sqrt(np.mean(kept**2 + moved))

        assert result(**layer, gamma=1.5, shift=0.8, spread=1.7).readouts["fold_train_error"] == pytest.approx(
            by_hand, rel=1e-12
        )

    @pytest.mark.parametrize("count", [64, 1024, 4096])
    def test_without_drift_it_is_the_noise_of_one_batch(self, count):
        layer = {"layer": "linear", "inputs": 4, "outputs": 4, "batch_size": count}

        # sqrt(2 - 2 E[s/σ]) = sqrt(1.5 / N) to a relative 7 / (24 N) or so; ε takes 1e-5 / σ² of it.
        assert expected_of(**layer, **STILL) == pytest.approx(math.sqrt(1.5 / count), rel=1 / count + 1e-3)
        # A shift matters to the difference, not to what is left without one.
        assert outcome(**layer, shift=2.0, spread=1.0).noise == expected_of(**layer, **STILL)

    @EVERY_LAYER
    def test_along_the_shifts_it_is_what_it_is_output_by_output(self, layer):
        o = drawn(**layer, gamma=-1.5, beta=0.3, spread=1.7, eps=0.01)
        shifts = [-2.0, 0.0, 0.7]
        by_hand = [
            np.sqrt(np.mean((replace(o.running, mean=1.0 - shift * o.std / 1.7)(o.z) - o.training(o.z)) ** 2))
            for shift in shifts
        ]

        assert training_differences(o, shifts).tolist() == pytest.approx(by_hand, rel=1e-12)

    @EVERY_LAYER
    def test_along_the_spreads_it_is_what_it_is_output_by_output(self, layer):
        spreads = [0.05, 1.0, 3.0]
        layers = [drawn(**layer, gamma=-1.5, spread=spread, eps=0.01) for spread in spreads]
        by_hand = [np.sqrt(np.mean((o.running(o.z) - o.training(o.z)) ** 2)) for o in layers]

        assert training_differences(layers[0], 0.5, spreads).tolist() == pytest.approx(by_hand, rel=1e-12)

    def test_what_is_expected_along_the_shifts_is_the_closed_form_at_each(self):
        moves = result(spread=1.3, gamma=-2.0).tables["moves"].query("series == 'difference'")
        by_hand = [expected_of(shift=float(shift), spread=1.3, gamma=-2.0) for shift in moves["shift"][::8]]

        # A difference of two squares that are at most 10 times as large.
        assert moves["expected"].tolist()[::8] == pytest.approx(by_hand, rel=1e-14 * 10)

    def test_right_statistics_are_said(self):
        assert noted(**STILL) == ["still"]
        assert noted(shift=0.1, spread=1.0) == noted(**STILL, gamma=0.0) == []

    def test_it_is_least_without_a_shift(self):
        moves = result(batch_size=32).tables["moves"].query("series == 'difference'")

        assert moves.loc[moves["expected"].idxmin(), "shift"] == 0
        assert abs(moves.loc[moves["value"].idxmin(), "shift"]) <= 0.25


class TestAcrossARelu:
    @EVERY_LAYER
    @pytest.mark.parametrize(
        ("norm", "seed"),
        list(zip([{}, {"gamma": -1.5, "beta": 0.5}, {"bias": -0.5, "beta": 1.0}], SEEDS, strict=True)),
    )
    def test_the_share_of_wrong_outputs_is_the_closed_form(self, layer, seed, norm):
        scenario = from_the_command_line(**layer, **norm, seed=seed)
        row = next(row for row in scenario["tables"]["failures"] if row["variant"] == "ReLU between")

        # wrong_error is the binomial standard error as if all outputs went wrong together: an upper bound.
        assert scenario["readouts"]["fold_relu_share"] == row["wrong"]
        assert abs(row["wrong"] - row["expected_wrong"]) <= 4 * row["wrong_error"] + 1e-12

    @EVERY_LAYER
    def test_the_largest_difference_is_what_the_normalized_zero_comes_to(self, layer):
        found, o = readouts(**layer, bias=0.0), drawn(**layer, bias=0.0)
        zero = np.abs(o.after_relu.scale * o.after_relu.mean)

        # Every output of these batches has a value at or below 0.
        assert found["fold_relu_error"] == pytest.approx(zero.max(), rel=1e-12)
        # A rectified standard normal has mean 1 / sqrt(2 π) and variance 1/2 - 1 / (2 π); ε takes a little.
        assert found["fold_relu_error"] == pytest.approx(math.sqrt(1 / (math.pi - 1)), rel=1e-3)

    def test_the_bound_of_the_largest_difference_is_said(self):
        o = drawn(beta=0.5)
        level = np.abs(0.5 - o.after_relu.scale * o.after_relu.mean).max()

        assert statements(beta=0.5)["fold_relu_error"] == (
            f"it can never be more than |β − γ μ / √(var + ε)|, which is at most {number(level, 4)} here"
        )
        assert readouts(beta=0.5)["fold_relu_error"] <= level * (1 + 1e-12)
        assert cases(gamma=-1.0)["fold_relu_error"] == "unbounded"

    @pytest.mark.parametrize("layer", ["linear", "conv"])
    def test_the_error_of_a_share_is_that_of_independent_windows(self, layer):
        found = result(**LAYERS[layer])
        row = found.tables["failures"].set_index("variant").loc["ReLU between"]
        p = row["expected_wrong"]
        # 5 x 5 outputs of 3 x 3 windows: one of them is independent of all others for certain.
        independent = {"linear": 32, "conv": 4}[layer]

        assert row["wrong_error"] == pytest.approx(math.sqrt(p * (1 - p) / independent))
        assert statements(**LAYERS[layer])["fold_relu_share"] == (
            f"the share to expect is {number(p, 4)}; the standard error of one batch is at most "
            f"{number(row['wrong_error'], 2)}"
        )

    def test_every_negative_output_is_lost_when_the_scale_is_positive(self):
        right, folded = pairs_of(drawn(bias=0.0))[Variant.RELU]

        np.testing.assert_allclose(folded, relu(right), rtol=0, atol=1e-13)

    def test_nothing_is_lost_where_zero_stays_zero(self):
        o = drawn(bias=0.0, gamma=1.0, **STILL)
        level = float(np.mean(o.after_relu.scale * o.after_relu.mean))
        shares = [outcome(bias=0.0, beta=beta, **STILL).gaps[2].expected_wrong for beta in (level - 0.5, level + 0.5)]

        # Below: negative outputs are lost, P(z < 0.5 / scale). Above: what is below z = 0 is wrong, one half.
        assert shares[1] == pytest.approx(0.5, abs=1e-12)
        assert shares[0] > 0.5

    def test_a_scale_of_zero_leaves_nothing_to_get_wrong(self):
        assert readouts(gamma=0.0, beta=0.7)["fold_relu_error"] == 0
        assert outcome(gamma=0.0, beta=0.7).gaps[2].expected_wrong == 0
        assert cases(gamma=0.0, beta=0.7)["fold_relu_share"] == "certain"

    def test_a_dead_relu_is_said(self):
        assert noted(bias=-100.0) == ["dead"]
        assert result(bias=-100.0).notes[0] == (
            "With b = −100 no output of this batch gets through the ReLU. What comes after it is 0 everywhere, and "
            "batch norm turns each channel into one constant."
        )


class TestBias:
    @pytest.mark.parametrize("bias", [1e-3, 1.0, -100.0, 1e6])
    @EVERY_LAYER
    def test_training_mode_does_not_notice_it(self, layer, bias):
        row = result(**layer, bias=bias).tables["bias"].query("now and mode == 'training'").iloc[0]

        # Two passes, each with the layer's output rounded once and the pivot, product and sum rounded after it.
        assert row["change"] <= 12 * row["rounding"]
        assert row["rounding"] <= UNIT["float64"] * (abs(bias) + 20) * 40

    @pytest.mark.parametrize("seed", SEEDS)
    def test_its_gradient_is_rounding(self, seed):
        o = drawn(seed=seed, bias=100.0)
        terms = np.abs(o.dy).sum(axis=(0, 2, 3)).max() / o.std.min() * 4

        # A sum of n terms is off by at most n roundings of the sum of their sizes; pairwise it is far less.
        assert readouts(seed=seed, bias=100.0)["bias_gradient"] <= o.params.count * UNIT["float64"] * terms

    @pytest.mark.parametrize("seed", SEEDS)
    def test_in_eval_mode_every_output_moves_by_the_closed_form(self, seed):
        scenario = from_the_command_line(seed=seed, bias=-3.0, gamma=-2.0)
        o = drawn(seed=seed, bias=-3.0, gamma=-2.0)
        by_hand = 6.0 / math.sqrt(float((o.std / 1.5).min()) ** 2 + 1e-5)

        assert scenario["readouts"]["bias_eval"] == pytest.approx(by_hand, rel=1e-12)
        assert abs(scenario["readouts"]["bias_train"]) <= 1e-13

    def test_its_gradient_in_eval_mode_is_that_of_a_fixed_scale(self):
        o = drawn(seed=2, gamma=1.5, bias=3.0)
        by_hand = np.abs(1.5 / np.sqrt(o.running.var + 1e-5) * o.dy.sum(axis=(0, 2, 3))).max()
        row = result(seed=2, gamma=1.5, bias=3.0).tables["bias"].query("now and mode == 'eval'").iloc[0]

        assert row["gradient"] == pytest.approx(by_hand, rel=1e-12)
        said = statements(seed=2, gamma=1.5, bias=3.0)["bias_gradient"]
        assert said.endswith(f"; in eval mode the gradient is {number(by_hand, 4)}")

    def test_the_closed_form_stands_at_every_bias(self):
        table = result(gamma=2.0).tables["bias"]
        rows = table[table["mode"] == "eval"]
        o = drawn(gamma=2.0)

        assert rows["change"].tolist() == pytest.approx(rows["expected"].tolist(), rel=1e-9)
        assert rows["expected"].tolist() == pytest.approx(
            (rows["bias"] * 2 / math.sqrt(o.running.var.min() + 1e-5)).tolist()
        )

    @pytest.mark.parametrize("params", [{}, {"size": 32, "outputs": 64, "inputs": 2, "batch_size": 1}], ids=str)
    def test_biases_of_all_sizes_are_tried_on_some_of_the_batch(self, params):
        o = drawn(**params, gamma=2.0, bias=0.5)
        some, dy = (per_output(values, SOME) for values in (o.plain, o.dy))
        effects = {effect.bias: effect for effect in outcome(**params, gamma=2.0, bias=0.5).effects}
        before = batch_norm(some, 2.0).y

        assert some.shape == dy.shape == (min(o.params.count, SOME // o.params.outputs), o.params.outputs)
        for size in (0.001, 100.0):
            forward = batch_norm(some + size, 2.0)
            gradient = batch_norm_backward(dy, forward, 2.0)[0].sum(axis=0)
            # Rounding, of sums that a processor may order otherwise.
            assert effects[size].train == pytest.approx(np.abs(forward.y - before).max(), abs=1e-15 * (size + 10) * 20)
            assert effects[size].train_gradient == pytest.approx(np.abs(gradient).max(), abs=1e-11)

    def test_the_bias_that_is_set_is_tried_on_the_whole_batch(self):
        found = outcome(bias=-30.0)

        assert replace(found.effect, bias=30.0) in found.effects

    def test_some_of_a_batch_is_its_first_values_a_row_for_each_place(self):
        values = np.arange(2 * 3 * 2 * 2.0).reshape(2, 3, 2, 2)

        assert per_output(values).tolist() == [
            values[n, :, r, c].tolist() for n in (0, 1) for r in (0, 1) for c in (0, 1)
        ]
        assert per_output(values, 10).tolist() == per_output(values)[:3].tolist()
        assert per_output(values, 1).tolist() == per_output(values)[:2].tolist()

    def test_one_rounding_of_the_largest_output_is_what_is_drawn(self):
        o = drawn(gamma=2.0, bias=1000.0)
        row = result(gamma=2.0, bias=1000.0).tables["bias"].query("now and mode == 'training'").iloc[0]
        var = o.plain.var(axis=(0, 2, 3))
        by_hand = UNIT["float64"] * (1000 + np.abs(o.plain).max()) * 2 / math.sqrt(var.min() + 1e-5)

        assert row["rounding"] == pytest.approx(by_hand, rel=1e-9)

    def test_moves_are_in_running_stds_in_every_mode(self):
        moves = result(gamma=-2.0, bias=0.5).tables["moves"].query("series == 'bias_eval'")

        # A shift of one running std moves y by |γ| σ / √(σ² + ε).
        assert moves["value"].tolist() == pytest.approx(moves["expected"].tolist(), rel=1e-9, abs=1e-12)
        assert moves["expected"].tolist() == pytest.approx((2 * moves["shift"].abs()).tolist(), rel=1e-4)

    def test_each_output_by_itself(self):
        o = drawn(bias=3.0)
        change = o.running(o.plain + 3.0) - batch_norm_eval(o.plain, o.running.mean, o.running.var)

        np.testing.assert_allclose(
            change, np.broadcast_to(3.0 * o.running.scale[:, None, None], change.shape), rtol=1e-12
        )

    def test_people_are_shown_the_exact_zero(self):
        shown = {readout.key: readout.best for readout in result(bias=100.0).readout_list}

        assert (shown["bias_train"], shown["bias_gradient"]) == (0.0, 0.0)
        assert shown["bias_eval"] == pytest.approx(readouts(bias=100.0)["bias_eval"], rel=1e-12)

    def test_no_bias_does_nothing_and_is_said(self):
        found = result(bias=0.0)

        assert (found.readouts["bias_train"], found.readouts["bias_eval"]) == (0.0, 0.0)
        assert noted(bias=0.0) == ["unbiased"]
        assert cases(bias=0.0)["bias_train"] == cases(bias=0.0)["bias_eval"] == "none"

    def test_a_logarithmic_axis_shows_zero_at_its_foot(self):
        figure = result(gamma=0.0).figures[3]

        assert set(figure.data["bias"]["shown"]) == {FLOOR}

    def test_the_bias_that_is_set_is_marked(self):
        assert result(bias=-30.0).tables["bias"].query("now")["bias"].tolist() == [30.0, 30.0]
        assert result(bias=0.0).tables["bias"]["now"].sum() == 0


class TestCosts:
    @EVERY_LAYER
    @pytest.mark.parametrize("bias", [0.0, 2.0])
    def test_parameters_are_what_the_arrays_hold(self, layer, bias):
        o = drawn(**layer, bias=bias)
        norm = 4 * o.params.outputs  # gamma, beta, running mean and variance
        folded = o.running.fold(o.weight, o.bias)
        found = readouts(**layer, bias=bias)

        assert found["parameters_before"] == o.weight.size + (o.bias.size if bias else 0) + norm
        assert found["parameters_after"] == folded.weight.size + folded.bias.size

    @EVERY_LAYER
    def test_multiply_adds_are_counted_one_by_one(self, layer):
        o = drawn(**layer)
        found = readouts(**layer)
        ones = apply(o.params, np.ones_like(o.x), np.ones_like(o.weight))  # counts the products of each output

        assert found["multiply_adds_after"] == ones.sum()
        assert found["multiply_adds_before"] == ones.sum() + ones.size

    @EVERY_LAYER
    def test_bytes_are_those_of_the_arrays(self, layer):
        o = drawn(**layer, bias=1.0)
        found = readouts(**layer, bias=1.0)
        x, y, weight, bias = (array.astype(np.float32).nbytes for array in (o.x, o.z, o.weight, o.bias))

        assert found["bytes_before"] == (x + weight + bias + y) + (y + 4 * bias + y)
        assert found["bytes_after"] == x + weight + bias + y

    def test_what_is_saved_is_in_percent_of_before(self):
        found = result()
        table, r = found.tables["costs"].set_index("quantity")["saved_percent"], found.readouts

        assert table["bytes moved"] == pytest.approx(100 * (r["bytes_before"] - r["bytes_after"]) / r["bytes_before"])
        assert found.figures[2].data["costs"].query("when == 'before'")["percent"].tolist() == [100.0] * 3
        after = found.figures[2].data["costs"].query("when == 'after'").set_index("quantity")["percent"]
        assert (after + table).tolist() == pytest.approx([100.0] * 3)

    @pytest.mark.parametrize("params", [{"bias": 0.0}, {"bias": 2.0}, {"layer": "linear"}], ids=str)
    def test_the_formulas_give_the_numbers(self, params):
        for cost in result(**params).tables["costs"].to_dict(orient="records"):
            for when in ("before", "after"):
                numbers = cost[f"formula_{when}"].rpartition("= ")[2].replace("·", "*").replace("4 (", "4 * (")
                assert eval(numbers, {"__builtins__": {}}) == cost[when]  # digits, +, * and brackets of our own

    def test_they_stand_in_the_table(self):
        table = result(bias=1.0).tables["costs"].set_index("quantity")

        assert table["formula_before"].to_dict() == {
            "parameters": "weights + biases + γ, β, running mean and var = 1152 + 16 + 4 · 16",
            "multiply-adds": "values · products + values = 4608 · 72 + 4608",
            "bytes moved": "4 (x + parameters + 3 · values) = 4 (4096 + 1232 + 3 · 4608)",
        }
        assert table["formula_after"].to_dict() == {
            "parameters": "weights + biases = 1152 + 16",
            "multiply-adds": "values · products = 4608 · 72",
            "bytes moved": "4 (x + parameters + values) = 4 (4096 + 1168 + 4608)",
        }
        without = result(bias=0.0).tables["costs"]["formula_before"][0]
        assert without == "weights + γ, β, running mean and var = 1152 + 4 · 16"

    def test_what_they_are_made_of_is_counted(self):
        n, o = counts_of(FoldingParams(bias=2.0)), drawn(bias=2.0)

        assert (n.weights, n.biases, n.outputs) == (o.weight.size, o.bias.size, o.bias.size)
        assert (n.x, n.values, n.products) == (o.x.size, o.z.size, o.weight[0].size)
        assert counts_of(FoldingParams(bias=0.0)).biases == 0

    def test_statements_end_with_their_formula(self):
        found, table = statements(bias=1.0), result(bias=1.0).tables["costs"]
        keys = ["parameters", "multiply_adds", "bytes"]

        for key, cost in zip(keys, table.to_dict(orient="records"), strict=True):
            assert found[f"{key}_before"].endswith(f": {cost['formula_before']}")
            assert found[f"{key}_after"].endswith(f": {cost['formula_after']}")

    def test_statements_are_whole(self):
        found = statements(bias=1.0)

        assert found["parameters_after"] == "the folded layer always has a bias: weights + biases = 1152 + 16"
        assert found["bytes_after"] == (
            "a float32 has 4 bytes, and every output value is written once: "
            "4 (x + parameters + values) = 4 (4096 + 1168 + 4608)"
        )
        assert found["bias_train"].startswith("exactly 0, because the batch mean takes the bias away; rounding leaves ")
        assert found["time_ratio"] == "times differ from run to run, so choose “Time it” (timing = on) to measure them"


class TestTiming:
    def test_is_off_unless_asked_for(self):
        found = result()

        assert found.readouts["time_ratio"] == "not measured"
        assert len(found.tables["timing"]) == 0

    def test_is_declared_as_measured_and_touches_nothing_else(self):
        timed, plain = result(timing="on"), result()

        assert EXPERIMENT.measured == ("timing", "time_ratio")
        for name in set(EXPERIMENT.tables) - set(EXPERIMENT.measured):
            assert timed.tables[name].equals(plain.tables[name]), name
        same = set(plain.readouts) - set(EXPERIMENT.measured)
        assert {key: timed.readouts[key] for key in same} == {key: plain.readouts[key] for key in same}

    def test_gives_medians_and_the_middle_half(self):
        found = result(timing="on")
        table = found.tables["timing"].set_index("what")

        assert (table["low"] <= table["median"]).all()
        assert (table["median"] <= table["high"]).all()
        assert (table["low"] > 0).all()
        assert found.readouts["time_ratio"] == table.loc["ratio", "median"]
        assert found.notes == ("Times are measured again at every run. Everything else on this page stays the same.",)

    def test_times_and_their_ratio_are_medians_of_pairs(self):
        # One slow pair must not decide, and the ratio is that of each pair: 1, 2, 9, 2, 10.
        timings = timings_of(np.array([[1, 1], [2, 1], [9, 1], [4, 2], [30, 3]]) / 1000)
        o = replace(outcome(), timings=timings)
        table = timing_table(o).set_index("what")

        assert list(table.index) == [what.value for what in Timed]
        assert table.loc["layer and batch norm", ["median", "low", "high"]].tolist() == pytest.approx([4, 2, 9])
        assert table.loc["folded layer", ["median", "low", "high"]].tolist() == pytest.approx([1, 1, 2])
        assert table.loc["ratio", ["median", "low", "high"]].tolist() == pytest.approx([2, 2, 9])
        assert table["unit"].tolist() == ["ms", "ms", ""]
        readout = Result.of(EXPERIMENT, o.params, o).readout_list[-1]
        assert readout.value == pytest.approx(2)
        assert readout.statement == (
            "the median of 5 pairs, measured in turns; the middle half is between 2 and 9; 4 ms for two layers and "
            "1 ms for one, in bnsim's own numpy with float32"
        )

    def test_is_measured_by_run_once_and_only_if_asked_for(self):
        timed = result(timing="on")

        assert outcome().timings == ()
        assert timed.tables["timing"].equals(timed.tables["timing"])
        assert timed.readouts["time_ratio"] == timed.outcome.timings[-1].median

    def test_the_two_ways_take_turns_and_lead_in_turn(self):
        called: list[str] = []
        found = measure(lambda: called.append("two") or np.empty(0), lambda: called.append("one") or np.empty(0))

        assert found.shape == (MOST_PAIRS, 2)
        assert called[:6] == ["two", "one", "one", "two", "two", "one"]
        assert called.count("two") == called.count("one") == MOST_PAIRS + 1

    def test_slow_layers_are_measured_a_few_times_only(self):
        start = time.perf_counter()
        found = measure(lambda: time.sleep(0.02) or np.empty(0), lambda: time.sleep(0.02) or np.empty(0))

        assert 5 <= len(found) <= 8
        assert time.perf_counter() - start < 3

    def test_both_ways_compute_the_same(self):
        two, one = both_ways(drawn(bias=0.0))

        assert two().dtype == one().dtype == np.float32
        # 72 products and 8 more roundings, twice, of values below 30.
        np.testing.assert_allclose(two(), one(), rtol=0, atol=2 * 80 * UNIT["float32"] * 30)


class TestRefusals:
    def test_a_kernel_larger_than_the_image(self):
        assert refusal(kernel=5, size=4) == "kernel must be at most size, 4; got 5."

    def test_groups_that_do_not_divide(self):
        assert refusal(inputs=8, outputs=12, groups=3) == (
            "groups must divide the 8 inputs and the 12 outputs; got 3. Take one of 1, 2, 4."
        )

    def test_groups_do_not_matter_to_a_linear_layer(self):
        settings = [FoldingParams(layer="linear", groups=groups) for groups in (1, 5)]
        one, other = (Result(EXPERIMENT, params) for params in settings)

        assert_same_table(one.tables["outputs"], other.tables["outputs"])
        assert_same_table(one.tables["failures"], other.tables["failures"])

    def test_one_value_has_no_spread(self):
        message = "batch_size must be at least 2 when an example has one value per output; got 1, which has no spread."

        assert refusal(layer="linear", batch_size=1) == message
        assert refusal(kernel=3, size=3, batch_size=1) == message

    def test_too_much_work(self):
        assert refusal(inputs=256, outputs=256, batch_size=4) == (
            "inputs, outputs, batch_size, kernel, size must ask for at most 5000000 multiply-adds; got 84934656. "
            "Take a smaller batch_size, or fewer inputs or outputs."
        )

    def test_too_many_values(self):
        assert refusal(layer="linear", inputs=2, outputs=64, batch_size=4096) == (
            "inputs, outputs, batch_size must ask for at most 100000 values in and out; got 262144. "
            "Take a smaller batch_size, or fewer inputs or outputs."
        )

    @pytest.mark.parametrize(
        "extreme",
        [
            {"layer": "linear", "inputs": 24, "outputs": 24, "batch_size": 4096},
            {"layer": "linear", "inputs": 256, "outputs": 256, "batch_size": 76},
            {"inputs": 90, "outputs": 90, "groups": 90, "size": 32, "kernel": 7, "batch_size": 1},
            {"inputs": 32, "outputs": 32, "size": 24, "kernel": 3, "batch_size": 1},
        ],
    )
    def test_the_largest_are_bounded_in_time(self, extreme):
        start = time.process_time()
        found = result(**extreme)
        everything = found.readouts, found.figures, [found.tables[name] for name in found.tables]

        assert everything
        assert time.process_time() - start < 10  # about 0.3 s on a free core


def answered(**params) -> list[str]:
    return [each.key for each in answers(outcome(**params))]


class TestAnswers:
    @EVERY_LAYER
    @pytest.mark.parametrize(
        "norm",
        [{}, {"bias": 1000.0, "beta": 10.0}, {"bias": -100.0}, {"gamma": 0.0}, {"gamma": 0.0, "beta": -0.5}],
        ids=str,
    )
    def test_what_is_called_off_differs_by_more_than_rounding_and_nothing_else(self, layer, norm):
        o = drawn(**layer, **norm)
        # 200 roundings, more than any of these layers makes, of values below 2000 times a scale below 5.
        off = {
            where: np.abs(two - one).max() > 200 * UNIT["float64"] * 1e4 for where, (two, one) in pairs_of(o).items()
        }
        _, where = answered(**layer, **norm)

        assert not off[Variant.EVAL]
        assert (where in ("not-both", "not-training")) == off[Variant.TRAINING]
        assert (where in ("not-both", "not-relu")) == off[Variant.RELU]

    def test_a_share_of_one_output_is_off(self):
        o = outcome()
        in_eval, in_training, across = o.gaps
        least = 1 / o.outputs

        def key(training: float, relu: float) -> str:
            gaps = (in_eval, replace(in_training, wrong=training), replace(across, wrong=relu))
            return [each.key for each in answers(replace(o, gaps=gaps))][1]

        assert [key(least, least), key(least, 0.0), key(0.0, least), key(0.0, 0.0)] == [
            "not-both", "not-training", "not-relu", "nowhere-off",
        ]  # fmt: skip

    @pytest.mark.parametrize(("difference", "key"), [(5e-324, "yes"), (0.0, "yes-exactly")])
    def test_no_output_changes_only_where_the_difference_is_0(self, difference, key):
        o = outcome()
        double, single = o.precisions

        changed = replace(o, precisions=(replace(double, difference=difference), single))

        assert next(answers(changed)).key == key

    def test_the_sentences_are_whole(self):
        found = {each.key: each for each in result(gamma=0.0, beta=-0.5).readout_list}

        assert found["fold_relu_error"].value == 0.5
        assert result(gamma=0.0, beta=-0.5).answer == (
            "Yes, in eval mode: the layer before it can do its work, and no output changes. "
            "With γ = 0 outputs agree to rounding in training mode, too, but not across a ReLU, where they are off by "
            "up to 0.5."
        )
        o = outcome()
        assert result().answer == (
            "Yes, in eval mode: the layer before it can do its work, and outputs change by rounding only "
            f"({number(o.precisions[0].difference, 2)}). Not in training mode, where outputs are typically off by "
            f"{number(o.gaps[1].rms, 3)}, nor across a ReLU, where they are off by up to {short(o.gaps[2].largest)}."
        )

    @pytest.mark.parametrize("layer", ["conv", "linear"])
    def test_six_controls_are_in_sight(self, layer):
        controls = FoldingParams(layer=layer).controls()

        assert [name for name, spec in controls.items() if not spec.control.group] == [
            "layer", "shift", "spread", "bias", "gamma", "beta",
        ]  # fmt: skip


class TestFigures:
    def test_outputs_that_agree_are_drawn_at_zero(self):
        gap = result().tables["outputs"].assign(gap=lambda rows: (rows["one"] - rows["two"]).abs())
        largest = gap.groupby("variant")["gap"].max()

        assert largest["eval mode"] < 1e-13
        assert largest["training mode"] > 0.1
        assert largest["ReLU between"] > 0.1
        assert result().figures[0].data["points"]["rounding"].abs().max() < 1e-13

    @EVERY_LAYER
    def test_the_extremes_of_every_channel_are_drawn(self, layer):
        o, points = drawn(**layer), result(**layer).figures[0].data["points"]
        channels = np.moveaxis(o.plain, 1, 0).reshape(o.params.outputs, -1)
        extremes = {*channels.min(axis=1).astype(np.float32), *channels.max(axis=1).astype(np.float32)}

        assert extremes <= set(points["z"])
        assert len(points) == points["z"].nunique() <= 150 + 2 * o.params.outputs
        for (std, mean), own in points.groupby(["std", "mean"]):
            at = np.abs(o.std - std).argmin()
            assert set(own["z"]) <= set(channels[at].astype(np.float32))
            assert mean == pytest.approx(channels[at].mean(), rel=1e-6, abs=1e-8)

    def test_rounding_is_too_small_to_be_seen(self):
        data = result(bias=0.0, gamma=1e-16, beta=1000.0).figures[0].data

        assert data["state"]["least"].tolist() == pytest.approx([1e-3], rel=1e-12)
        assert data["points"]["rounding"].abs().max() < 1e-9
        assert result(gamma=0.0).figures[0].data["state"]["least"].tolist() == [1.0]

    def test_each_row_says_how_far_it_is_off(self):
        rows, gaps = result().figures[0].data["rows"], outcome().gaps

        assert rows["text"].tolist() == [
            f"eval mode: off by up to {number(gaps[0].largest, 2)}, rounding",
            f"training mode: off by up to {number(gaps[1].largest, 3)}",
            f"ReLU between: off by up to {number(gaps[2].largest, 3)}",
        ]
        assert set(result(gamma=0.0).figures[0].data["rows"]["text"]) == {
            "eval mode: all equal", "training mode: all equal", "ReLU between: all equal",
        }  # fmt: skip

    @pytest.mark.parametrize("bias", [0.0, 10.0, 2.5])
    def test_each_mode_is_named_once_at_one_of_its_points(self, bias):
        data = result(bias=bias).figures[3].data
        points = data["bias"].query("bias == 10")

        assert data["names"]["mode"].tolist() == ["training mode", "eval mode"]
        assert data["names"]["shown"].tolist() == points["shown"].tolist()

    def test_a_bar_says_what_it_is_and_how_much(self):
        assert result().figures[2].data["costs"]["text"].tolist()[:2] == ["before 1,232", "after 1,168"]

    def test_words_hold_the_numbers(self):
        outputs, drift, shares, bias = result().figures

        assert outputs.description == "; ".join(result().figures[0].data["rows"]["text"]) + "."
        assert drift.description.startswith(
            "At a shift of 0.5 running standard deviations the difference is 0.7071; the formula gives 0.7126."
        )
        least = result().tables["moves"].query("series == 'difference'")["value"].min()
        assert drift.description.endswith(f" The smallest difference on the curve is {number(least, 4)}.")
        assert shares.description == (
            "parameters 1,232 before, 1,168 after; multiply-adds 336,384 before, 331,776 after; "
            "bytes moved 76,608 before, 39,488 after."
        )
        assert bias.description.startswith("A bias of 1000000 changes outputs by up to ")

    def test_actions_do_what_they_say(self):
        changes = EXPERIMENT.offers(outcome())

        assert changes["No drift: the running statistics are right"] == STILL
        assert "a batch of n = 288 values per output has a mean and a variance of its own" in result(**STILL).notes[0]


@pytest.fixture(scope="module")
def folding():
    return compared("folding").frame()


@pytest.fixture(scope="module")
def bias():
    return compared("redundant-bias")


class TestSets:
    @pytest.mark.parametrize("name", ["folding", "redundant-bias"])
    def test_are_in_canonical_form_and_of_this_experiment(self, name):
        text = (SCENARIOS / f"{name}.toml").read_bytes().decode("utf-8")
        found = toml.read(text, params_of)

        assert toml.write(found) == text
        assert find(found.experiment) is EXPERIMENT
        assert found.baseline == found.names[0]
        assert all(scenario.title and scenario.note for scenario in found.scenarios)

    def test_in_eval_mode_the_difference_is_rounding(self, folding):
        assert folding["fold_error_float64"].max() <= 1e-14
        assert folding["fold_error_float32"].max() <= 1e-5

    def test_a_3_by_3_convolution_saves_nearly_half_of_the_bytes_and_hardly_a_multiply_add(self, folding):
        row = folding.loc["conv-3x3"]

        assert 0.45 < 1 - row["bytes_after"] / row["bytes_before"] < 0.5
        assert 1 - row["multiply_adds_after"] / row["multiply_adds_before"] < 0.02

    def test_a_1_by_1_saves_a_ninth_and_a_depthwise_a_tenth_of_the_multiply_adds(self, folding):
        saved = 1 - folding["multiply_adds_after"] / folding["multiply_adds_before"]

        assert saved["conv-1x1"] == pytest.approx(1 / 9, rel=1e-12)
        assert saved["depthwise"] == pytest.approx(1 / 10, rel=1e-12)
        assert folding.loc["depthwise", ["parameters_before", "parameters_after"]].tolist() == [208, 160]

    def test_a_linear_layer_saves_a_third_of_the_bytes(self, folding):
        row = folding.loc["linear"]

        assert 1 - row["bytes_after"] / row["bytes_before"] == pytest.approx(1 / 3, abs=0.02)

    def test_the_drifted_batch_is_off_by_root_two(self, folding):
        assert folding.loc["conv-3x3-drift", "fold_train_error"] == pytest.approx(math.sqrt(2), rel=0.02)

    def test_training_mode_takes_any_bias_away(self, bias):
        changes = {name: found.readouts["bias_train"] for name, found in bias.results.items()}

        assert changes["no-bias"] == 0
        assert max(changes[name] for name in ("bias-1", "bias-100", "bias-minus-100", "bias-1-gamma-3")) < 1e-13
        assert changes["bias-1e6"] < 1e-9
        assert bias.outcomes.loc["bias_train"].tolist() == [0.0] * 6

    def test_eval_mode_moves_in_proportion_to_gamma_b(self, bias):
        effect = bias.outcomes.loc["bias_eval"] / bias.outcomes.loc["bias_eval", "bias-1"]

        assert effect.tolist() == pytest.approx([0, 1, 100, 100, 1e6, 3], rel=1e-12)


def test_engine_and_experiment_fold_the_same():
    o = drawn(**LAYERS["grouped"])
    folded = fold_conv(o.weight, o.bias, o.running.mean, o.running.var, 1.0, 0.0, eps=1e-5)

    expected = conv2d(o.x, folded.weight, folded.bias, groups=3)
    np.testing.assert_allclose(pairs_of(o)[Variant.EVAL][1], expected, **CLOSE)

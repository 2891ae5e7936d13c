"""A batch in parts: each number against a closed form, an identity or many steps of the engine."""

import math

import numpy as np
import pytest
from cases import together
from shipped import compared, loaded

import bnsim
from bnsim.engine import Convention, GhostRule, RunningStats, batch_norm, ghost_batch_norm, layer_norm, merge
from bnsim.experiments import find
from bnsim.experiments.micro_batches.model import run

ROUNDING = 1e-13
"""Some tens of roundings of numbers up to 10."""

MICRO = find("micro-batches")


def outcome(**changes):
    return run(MICRO.params(**changes))


def readouts(**changes):
    return bnsim.run("micro-batches", **changes).readouts


class TestParts:
    @together("batch, micro, sizes", [(32, 8, [8] * 4), (33, 8, [8] * 4 + [1]), (10, 64, [10])])
    def test_the_last_part_gets_what_is_left(self, batch, micro, sizes):
        assert outcome(batch_size=batch, micro=micro).sizes.tolist() == sizes

    @together("changes", [{}, {"micro": 12, "trend": 5.0}, {"micro": 1}, {"batch_size": 33}])
    def test_the_variance_of_the_whole_is_that_within_and_that_between(self, changes):
        found = outcome(**changes)

        assert found.within + found.between == pytest.approx(np.var(found.x), abs=ROUNDING)
        merged = merge(ghost_batch_norm(found.x, found.sizes.tolist()).batches)
        assert (merged.mean, merged.var) == pytest.approx((found.whole.mean, found.whole.var), abs=ROUNDING)

    def test_synchronized_parts_are_the_whole_batch(self):
        found = outcome(way="synchronized", micro=7, trend=6.0)

        np.testing.assert_array_equal(found.x_hat["parts"], found.x_hat["whole"])
        assert (found.output_change, found.gradient_change, found.gamma_change) == (0, 0, 0)
        assert found.rule == "whole"

    @together("way", ["accumulation", "ghost", "devices"])
    def test_all_other_ways_normalize_alike(self, way):
        np.testing.assert_array_equal(outcome(way=way).x_hat["parts"], outcome().x_hat["parts"])

    def test_values_alone_come_out_as_0_and_let_no_gradient_through(self):
        found = outcome(micro=1)

        assert not found.x_hat["parts"].any()
        assert (found.gradient_change, found.output_change) == pytest.approx((1, np.std(found.x_hat["whole"])))

    @together("changes", [{}, {"micro": 3}, {"way": "devices", "trend": 6.0}])
    def test_the_gradient_of_beta_is_the_same_in_any_parts(self, changes):
        # Two orders of adding up 64 numbers of size 1, relative to a sum that is no smaller than 0.1 here.
        assert outcome(**changes).beta_change < 64 * 64 * 2**-53 / 0.1

    def test_gradients_of_a_norm_within_examples_are_the_same_in_any_parts(self):
        # What note.without-norm says, by the outputs: a value of layer norm does not see its companions.
        x = np.random.default_rng(0).standard_normal((8, 5))
        whole, *parts = (layer_norm(each, axes=(1,)) for each in (x, x[:3], x[3:]))

        np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=ROUNDING)

    def test_the_gradient_in_parts_is_a_finite_difference(self):
        # The loss sum(dy y) over the parts, moved along one input; batch norm of the part that it is in.
        found = outcome(micro=12)
        _, gradient = np.random.default_rng(0).standard_normal((2, 64))
        dy, sizes, step = gradient[:32], found.sizes.tolist(), 1e-5

        def slope(norm):
            moved = found.x + step * np.eye(32)
            back = found.x - step * np.eye(32)
            return np.array([(norm(one) - norm(two)) @ dy / (2 * step) for one, two in zip(moved, back, strict=True)])

        whole, parts = slope(lambda x: batch_norm(x).y), slope(lambda x: ghost_batch_norm(x, sizes).y)
        # Central differences: step² of third derivatives up to some tens, and rounding 1e-16 / step, over |dx| near 5.
        off = np.linalg.norm(parts - whole) / np.linalg.norm(whole)
        assert off == pytest.approx(found.gradient_change, abs=1e-7)

    def test_the_values_rise_by_as_much_as_is_set(self):
        flat, steep = outcome(trend=0.0), outcome(trend=6.0)

        rise = steep.x - flat.x
        np.testing.assert_allclose(rise, 6 * ((np.arange(32) + 0.5) / 32 - 0.5), atol=ROUNDING)
        assert rise.mean() == pytest.approx(0, abs=ROUNDING)


class TestRules:
    @together("momentum", [0.1, 0.5, 1.0])
    def test_each_part_forgets_by_itself(self, momentum):
        rules = outcome(momentum=momentum).rules

        assert rules["each"].step_weight == pytest.approx(1 - (1 - momentum) ** 4, abs=ROUNDING)
        assert [rules[name].step_weight for name in ("mean", "first", "whole")] == pytest.approx([momentum] * 3)

    @together("changes", [{}, {"micro": 12, "trend": 4.0}, {"micro": 1}, {"batch_size": 33}])
    def test_they_settle_where_many_steps_of_the_engine_end(self, changes):
        found = outcome(**changes, momentum=0.1)
        parts = ghost_batch_norm(found.x, found.sizes.tolist())
        steps = {
            "each": (parts, GhostRule.EACH),
            "mean": (parts, GhostRule.MEAN),
            "first": (parts.batches[0], GhostRule.EACH),
            "whole": (batch_norm(found.x), GhostRule.EACH),
        }
        for name, (forward, rule) in steps.items():
            running = RunningStats(np.array(0.0), np.array(1.0))
            # 0.9**350 of the start is left: 1e-16.
            for _ in range(350):
                running = running.update(forward, convention=Convention.KERAS, momentum=0.1, ghosts=rule)
            kept = found.rules[name]
            assert (kept.settled_mean, kept.settled_var) == pytest.approx((running.mean, running.var), abs=ROUNDING)

    def test_one_step_starts_from_0_and_1(self):
        found = outcome(rule="mean")

        expected = (0.1 * found.x.mean(), 0.9 + 0.1 * found.within)
        assert (found.rules["mean"].mean, found.rules["mean"].var) == pytest.approx(expected, abs=ROUNDING)

    def test_devices_keep_what_the_first_one_saw(self):
        found = readouts(way="devices", trend=4.0)
        x = outcome(trend=4.0).x

        assert (found["settled_mean"], found["settled_var"]) == pytest.approx((x[:8].mean(), x[:8].var()), abs=ROUNDING)

    def test_the_other_momentum_forgets_as_once(self):
        momentum = outcome(momentum=0.3).same_momentum

        assert momentum == pytest.approx(1 - 0.7**0.25, abs=ROUNDING)
        assert outcome(momentum=momentum).rules["each"].step_weight == pytest.approx(0.3, abs=ROUNDING)
        assert outcome(momentum=1.0).same_momentum == 1

    @together("batch, micro, weight", [(32, 8, 1), (32, 12, 4 / 3), (10, 4, 5 / 3), (33, 8, 6.6)])
    def test_a_value_of_a_short_last_part_counts_too_much(self, batch, micro, weight):
        assert readouts(batch_size=batch, micro=micro)["last_weight"] == pytest.approx(weight)


class TestWords:
    def test_a_last_part_of_one_value_is_warned_of(self):
        assert bnsim.run("micro-batches", batch_size=33).warnings == (
            "The last part has one value. It is its own mean and comes out as 0; PyTorch refuses to train on it. "
            "Leave it out, or choose another size.",
        )
        assert bnsim.run("micro-batches", batch_size=33, way="synchronized").warnings == ()

    def test_a_rule_without_effect_is_not_offered(self):
        assert "Set the momentum that forgets as once" not in bnsim.run("micro-batches", way="devices").offers
        assert bnsim.run("micro-batches").offers["Set the momentum that forgets as once"] == {
            "momentum": pytest.approx(1 - 0.9**0.25)
        }


class TestAccumulation:
    def test_the_numbers_that_the_set_tells(self):
        frame = compared("accumulation").frame()

        assert f"{frame.loc['fours', 'step_weight']:.4f}" == "0.3439"
        assert frame.loc["once", "step_weight"] == pytest.approx(0.1)
        assert frame.loc["momentum", "step_weight"] == pytest.approx(0.1)
        assert f"{loaded('accumulation').get('momentum').params.momentum:.6f}" == "0.025996"
        assert frame.loc["uneven", "last_weight"] == pytest.approx(4 / 3)
        assert frame.loc["uneven", "last_size"] == 8
        assert frame.loc["pairs", "part_count"] == 16

    def test_of_pairs_only_the_order_is_left(self):
        assert np.abs(np.abs(outcome(micro=2).x_hat["parts"]) - 1).max() < 0.01


class TestSeveralDevices:
    def test_what_the_set_tells(self):
        frame = compared("several-devices").frame()
        whole, var = frame.loc["synchronized", "whole_mean"], frame.loc["synchronized", "whole_var"]

        assert frame.loc["separate", "settled_mean"] == outcome(trend=4.0).means[0] < whole
        assert frame.loc["ghost", "settled_mean"] == pytest.approx(whole, abs=ROUNDING)
        assert frame.loc["ghost", "settled_var"] == pytest.approx(frame.loc["ghost", "within_var"], abs=ROUNDING)
        assert frame.loc["one-after-the-other", "settled_mean"] > whole
        assert frame.loc["synchronized", "settled_var"] == var
        others = frame.drop(index="synchronized")
        assert (others["settled_var"] < others["whole_var"]).all()


def test_what_follows_the_thumb_is_what_a_run_finds():
    from bnsim.experiments.micro_batches.figures import LIVE

    spec = bnsim.run("micro-batches").first_figure.template.spec
    expressions = {each["name"]: each["expr"] for each in spec["params"] if "expr" in each}
    for changes in ({}, {"batch_size": 33, "micro": 12}, {"rule": "mean"}, {"micro": 50}, {"way": "devices"}):
        found = readouts(**changes)
        at = {"batch_size": 32, "micro": 8, "momentum": 0.1} | changes
        names = {**at, "min": min, "floor": math.floor, "pow": pow}
        for name in ("n", "m", "parts", "last"):
            names[name] = eval(expressions[name], {}, names)  # our own expression, of + - * / alone
        moved = "parts" if outcome(**changes).rule == "each" else "1"
        names["forgotten"] = eval(f"1 - pow(1 - momentum, {moved})", {}, names)
        for key in ("part_count", "last_size", "last_weight", "step_weight", "same_momentum"):
            assert eval(LIVE[key], {}, names) == pytest.approx(found[key], abs=ROUNDING), (key, changes)

"""What PyTorch computed, recorded by scripts/record_pytorch_family.py; and PyTorch itself where it can be imported."""

from pathlib import Path

import numpy as np
import pytest
from recorded import read_recorded
from sliding import slid

from bnsim.engine import (
    FloatFormat,
    RunningStats,
    batch_norm_eval,
    batch_norm_eval_backward,
    fold_conv,
    fold_into_next_conv,
    fold_into_next_linear,
    fold_linear,
    ghost_batch_norm,
    ghost_batch_norm_backward,
    group_norm_backward,
    instance_norm_backward,
    layer_norm_backward,
    masked_batch_norm,
    masked_batch_norm_backward,
    rms_norm_backward,
    rounded,
    sum_in,
)

FILE = Path(__file__).parent / "reference" / "pytorch_family.npz"
# Both sides round: float64 agrees to 1e-12 of the largest value, float32 to a few dozen units in the last place of it,
# because PyTorch sums in float32 and the values lie about two spreads from 0.
CLOSE = {"float64": 1e-12, "float32": 5e-6}
MEMBERS = {
    "group2": lambda g: group_norm_backward(g["dy"], g["x"], 2, g["weight"]),
    "group3": lambda g: group_norm_backward(g["dy"], g["x"], 3, g["weight"], eps=1e-3),
    "instance": lambda g: instance_norm_backward(g["dy"], g["x"], g["weight"]),
    "layer": lambda g: layer_norm_backward(g["dy"], g["x"], g["weight"]),
    "rms": lambda g: rms_norm_backward(g["dy"], g["x"], g["weight"]),
}
FORMATS = {"float16": FloatFormat.FLOAT16, "bfloat16": FloatFormat.BFLOAT16}


CASES, ABOUT = read_recorded(FILE)


def assert_close(found, recorded, dtype="float64"):
    np.testing.assert_allclose(found, recorded, rtol=0, atol=CLOSE[dtype] * np.abs(recorded).max())


class TestRecord:
    def test_it_says_where_it_comes_from(self):
        assert ABOUT["tool"] == "PyTorch"
        assert ABOUT["version"].startswith("2.14")
        assert ABOUT["script"] == "scripts/record_pytorch_family.py"
        assert (Path(__file__).parents[2] / ABOUT["script"]).exists()
        assert len(CASES) == 39


class TestGradients:
    @pytest.mark.parametrize("dtype", CLOSE)
    @pytest.mark.parametrize("name", MEMBERS)
    def test_of_a_member_of_the_family(self, name, dtype):
        given = CASES[f"gradient {name} {dtype}"]

        found = MEMBERS[name](given)

        for gradient, which in zip(found, ("dx", "dweight", "dbias"), strict=False):
            assert_close(gradient, given[which], dtype)

    @pytest.mark.parametrize("shape", [(8, 3), (4, 3, 5), (2, 3, 4, 2)])
    def test_with_given_statistics(self, shape):
        given = CASES[f"eval {shape}"]

        found = batch_norm_eval_backward(given["dy"], given["x"], given["mean"], given["var"], given["gamma"], eps=1e-3)

        for gradient, which in zip(found, ("dx", "dgamma", "dbeta"), strict=True):
            assert_close(gradient, given[which])

    def test_with_the_statistics_of_some(self):
        given = CASES["masked"]

        forward = masked_batch_norm(given["x"], given["mask"], given["gamma"], given["beta"])

        for gradient, which in zip(
            masked_batch_norm_backward(given["dy"], forward), ("dx", "dgamma", "dbeta"), strict=True
        ):
            assert_close(gradient, given[which])


class TestMicroBatches:
    """Gradients gathered over micro-batches of 5, 5, 5 and 2 examples in one layer of PyTorch."""

    @pytest.fixture
    def given(self):
        return CASES["micro-batches"]

    @pytest.fixture
    def forward(self, given):
        return ghost_batch_norm(given["x"], given["sizes"].tolist(), given["gamma"], given["beta"])

    def test_outputs_and_gradients(self, given, forward):
        assert_close(forward.y, given["y"])
        found = ghost_batch_norm_backward(given["dy"], forward)
        for gradient, which in zip(found, ("dx", "dgamma", "dbeta"), strict=True):
            assert_close(gradient, given[which])

    def test_each_moves_the_running_statistics(self, given, forward):
        running = RunningStats.start(3).update(forward)

        assert_close(running.mean, given["running_mean"])
        assert_close(running.var, given["running_var"])


class TestFolding:
    @pytest.mark.parametrize("groups", [1, 2])
    @pytest.mark.parametrize("axes", [1, 2, 3])
    @pytest.mark.parametrize("where", ["after", "before", "transposed"])
    def test_of_a_convolution(self, where, axes, groups):
        given = CASES[f"folding {where} {axes} {groups}"]
        layer, norm = (given["weight"], given["bias"]), [given[name] for name in ("mean", "var", "gamma", "beta")]

        if where == "before":
            folded = fold_into_next_conv(*layer, *norm, groups=groups)
        else:
            folded = fold_conv(*layer, *norm, transposed=where == "transposed", groups=groups)

        y = slid(given["x"], folded.weight, folded.bias, groups, transposed=where == "transposed")
        assert_close(y, given["y"])

    @pytest.mark.parametrize(("where", "fold"), [("after", fold_linear), ("before", fold_into_next_linear)])
    def test_of_a_linear_layer(self, where, fold):
        given = CASES[f"linear {where}"]

        folded = fold(*(given[name] for name in ("weight", "bias", "mean", "var", "gamma", "beta")))

        assert_close(given["x"] @ folded.weight.T + folded.bias, given["y"])


class TestHalfPrecision:
    @pytest.mark.parametrize("name", FORMATS)
    def test_rounding(self, name):
        given = CASES[f"rounding {name}"]

        np.testing.assert_array_equal(rounded(given["values"], FORMATS[name]), given["rounded"])

    @pytest.mark.parametrize("name", FORMATS)
    def test_a_sum_one_by_one(self, name):
        given = CASES[f"sum {name}"]

        np.testing.assert_array_equal(sum_in(given["x"], FORMATS[name]), given["sum"])


class TestLive:
    """The same against PyTorch itself, on batches nobody recorded."""

    @pytest.mark.parametrize("shape", [(3, 6), (5, 6, 7), (2, 6, 3, 4), (2, 6, 2, 3, 2)])
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_gradients_of_the_family(self, shape, dtype):
        torch = pytest.importorskip("torch")
        functional, rng = torch.nn.functional, np.random.default_rng(40)
        x, dy = rng.standard_normal((2, *shape)).astype(dtype)
        weight, wide = rng.standard_normal(6).astype(dtype), rng.standard_normal(shape[1:]).astype(dtype)
        pairs = [
            (lambda x, w: functional.group_norm(x, 3, w), weight, group_norm_backward(dy, x, 3, weight)),
            (lambda x, w: functional.layer_norm(x, shape[1:], w), wide, layer_norm_backward(dy, x, wide)),
            (lambda x, w: functional.rms_norm(x, shape[1:], w, 1e-5), wide, rms_norm_backward(dy, x, wide)),
        ]
        if len(shape) > 2:
            pairs.append(
                (lambda x, w: functional.instance_norm(x, weight=w), weight, instance_norm_backward(dy, x, weight))
            )
        for call, scale, found in pairs:
            tx, tw = (torch.from_numpy(part.copy()).requires_grad_() for part in (x, scale))
            call(tx, tw).backward(torch.from_numpy(dy))
            # The terms of dx are as large as weight * dy / std, and cancel where few values share a mean.
            size = np.abs(scale).max() * np.abs(dy).max() / x.reshape(shape[0], 3, -1).std(axis=2).min()
            np.testing.assert_allclose(found[0], tx.grad.numpy(), rtol=0, atol=CLOSE[dtype] * size)
            assert_close(found[1], tw.grad.numpy(), dtype)

    def test_frozen_batch_norm(self):
        torch = pytest.importorskip("torch")
        rng = np.random.default_rng(41)
        x, dy = rng.normal(0.5, 2, (2, 6, 4, 3, 3))
        layer = torch.nn.BatchNorm2d(4, dtype=torch.float64)
        layer(torch.from_numpy(rng.normal(0.5, 2, (20, 4, 3, 3))))
        layer.eval()
        tx = torch.from_numpy(x.copy()).requires_grad_()
        y = layer(tx)
        y.backward(torch.from_numpy(dy))
        mean, var = layer.running_mean.numpy(), layer.running_var.numpy()

        dx, dgamma, dbeta = batch_norm_eval_backward(dy, x, mean, var)

        assert_close(batch_norm_eval(x, mean, var), y.detach().numpy())
        assert_close(dx, tx.grad.numpy())
        assert_close(dgamma, layer.weight.grad.numpy())
        assert_close(dbeta, layer.bias.grad.numpy())

    @pytest.mark.parametrize("name", FORMATS)
    def test_rounding_of_what_nobody_recorded(self, name):
        torch = pytest.importorskip("torch")
        rng = np.random.default_rng(42)
        values = (rng.standard_normal(100_000) * 2.0 ** rng.integers(-30, 20, 100_000)).astype(np.float32)

        theirs = torch.from_numpy(values).to(getattr(torch, name)).double().numpy()

        np.testing.assert_array_equal(rounded(values, FORMATS[name]), theirs)

"""What PyTorch computed, recorded by scripts/record_pytorch.py; and PyTorch itself where it can be imported."""

import json
from pathlib import Path

import numpy as np
import pytest
from recorded import read_recorded

from bnsim.engine import (
    Convention,
    RunningStats,
    batch_norm,
    batch_norm_backward,
    batch_norm_eval,
    conv2d,
    fold_conv,
    ghost_batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    masked_batch_norm,
    masked_batch_norm_backward,
    rms_norm,
)
from bnsim.errors import InputError

FILE = Path(__file__).parent / "reference" / "pytorch.npz"
# Both sides round: float64 agrees to 1e-12 of the largest value, float32 to a few units in the last place of it.
CLOSE = {"float64": 1e-12, "float32": 2e-6}


CASES, ABOUT = read_recorded(FILE)
BATCH_NORM = {case: json.loads(case.removeprefix("batch_norm ")) for case in CASES if case.startswith("batch_norm")}


def assert_close(found, recorded, dtype, forward=None):
    # PyTorch rounds the mean to the dtype of x, so x_hat is off by mean / std units in its last place; ours is not.
    far = 1 if forward is None else 1 + np.abs(forward.mean * forward.inv_std).max()
    scale = far * np.abs(recorded).max()
    np.testing.assert_allclose(np.reshape(found, np.shape(recorded)), recorded, rtol=0, atol=CLOSE[dtype] * scale)


def scalars(values, shape):
    """What stands beside a flat batch: numbers instead of arrays of one."""
    return values if len(shape) > 1 else values[0]


@pytest.fixture(params=BATCH_NORM, ids=lambda case: case.removeprefix("batch_norm "))
def recorded(request):
    setting = BATCH_NORM[request.param]
    return CASES[request.param], setting


class TestRecord:
    def test_it_says_where_it_comes_from(self):
        assert ABOUT["tool"] == "PyTorch"
        assert ABOUT["version"].startswith("2.13")
        assert ABOUT["script"] == "scripts/record_pytorch.py"
        assert (Path(__file__).parents[2] / ABOUT["script"]).exists()
        assert len(BATCH_NORM) == 32


class TestBatchNorm:
    def test_forward_and_gradients(self, recorded):
        given, setting = recorded
        gamma, beta = (scalars(given[name], setting["shape"]) for name in ("gamma", "beta"))

        forward = batch_norm(given["x2"], gamma, beta, eps=setting["eps"])
        dx, dgamma, dbeta = batch_norm_backward(given["dy"], forward, gamma)

        assert forward.y.dtype == dx.dtype == setting["dtype"]
        assert_close(forward.y, given["y"], setting["dtype"], forward)
        assert_close(dgamma, given["dgamma"], setting["dtype"], forward)
        assert_close(dbeta, given["dbeta"], setting["dtype"])
        # The terms of dx are as large as its factors, and cancel: with two examples nearly all of them.
        size = np.abs(gamma * forward.inv_std).max() * np.abs(given["dy"]).max()
        far = 1 + np.abs(forward.mean * forward.inv_std).max()
        np.testing.assert_allclose(dx, given["dx"], rtol=0, atol=CLOSE[setting["dtype"]] * size * far)

    def test_running_statistics_and_eval_mode(self, recorded):
        given, setting = recorded
        shape, momentum = setting["shape"], setting["momentum"]
        convention = Convention.CUMULATIVE if momentum is None else Convention.PYTORCH
        running = RunningStats.start(shape[1]) if len(shape) > 1 else RunningStats(np.float64(0), np.float64(1))
        for number in range(3):
            forward = batch_norm(given[f"x{number}"], eps=setting["eps"])
            running = running.update(forward, convention=convention, momentum=momentum)
        gamma, beta = (scalars(given[name], shape) for name in ("gamma", "beta"))

        y = batch_norm_eval(given["x0"], running.mean, running.var, gamma, beta, eps=setting["eps"])

        assert running.batches == 3
        assert_close(running.mean, given["running_mean"], setting["dtype"])
        assert_close(running.var, given["running_var"], setting["dtype"])
        assert_close(y, given["eval"], setting["dtype"])


class TestFamily:
    @pytest.mark.parametrize(
        ("name", "call"),
        [
            ("group2", lambda g: group_norm(g["x"], 2, g["weight"], g["bias"])),
            ("group3", lambda g: group_norm(g["x"], 3, g["weight"], g["bias"], eps=1e-3)),
            ("instance", lambda g: instance_norm(g["x"], g["weight"], g["bias"])),
            ("layer", lambda g: layer_norm(g["x"], g["wide_weight"], g["wide_bias"])),
            ("layer_last", lambda g: layer_norm(g["x"], axes=-1, eps=1e-6)),
            ("rms", lambda g: rms_norm(g["x"], g["wide_weight"])),
        ],
    )
    def test_member(self, name, call):
        assert_close(call(CASES["family"]), CASES["family"][name], "float64")


class TestFolding:
    @pytest.mark.parametrize("groups", [1, 2])
    def test_convolution_and_what_it_folds_into(self, groups):
        g = CASES[f"folding {groups}"]
        how = {"stride": 2, "padding": 1, "groups": groups}
        folded = fold_conv(g["weight"], g["bias"], g["mean"], g["var"], g["gamma"], g["beta"])

        assert_close(conv2d(g["x"], g["weight"], g["bias"], **how), g["conv"], "float64")
        assert_close(conv2d(g["x"], folded.weight, folded.bias, **how), g["y"], "float64")


class TestLiterals:
    def test_pytorch_issue_60528(self):
        x = np.array([[np.arange(1.0, 5.0) + 4 * c + n for c in range(3)] for n in range(4)])
        forward = batch_norm(x)
        running = RunningStats.start(3).update(forward, momentum=0.1)

        np.testing.assert_allclose(forward.y[0, 0], [-1.8974, -1.2649, -0.6325, 0], atol=5e-5)
        np.testing.assert_allclose(running.mean, [0.4, 0.8, 1.2], rtol=1e-14)
        np.testing.assert_allclose(running.var, [1.1667] * 3, atol=5e-5)

    def test_a_constant_feature_is_exactly_beta_where_pytorch_rounds(self):
        # PyTorch 2.13 gives 5.5e-5 for a feature of 3.3 in float32: the rounding of the mean, times 316.
        assert np.all(batch_norm(np.full((7, 1), 3.3, np.float32)).y == 0)

    def test_keras_3_batch_norm(self):
        # Keras 3 in float32, training mode, eps 1e-3.
        y = batch_norm(np.array([[4, 6, 2], [8, -2, 5], [6, 4, 3]]), eps=1e-3).y

        keras = [
            [-1.2245153, 0.98053825, -1.06870151],
            [1.2245153, -1.37275355, 1.33587689],
            [0.0, 0.3922153, -0.26717538],
        ]
        np.testing.assert_allclose(y, keras, atol=5e-7)


class TestLive:
    """The same comparisons against PyTorch itself, on batches nobody recorded."""

    @pytest.mark.parametrize("shape", [(64, 10), (7, 5, 9), (4, 6, 8, 8), (500, 60)])
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    @pytest.mark.parametrize("offset", [0.0, 30.0, 1000.0])
    def test_forward_and_gradient(self, shape, dtype, offset):
        torch = pytest.importorskip("torch")
        rng = np.random.default_rng(20)
        x, dy = (part.astype(dtype) for part in rng.standard_normal((2, *shape)))
        x += np.asarray(offset, dtype)
        gamma, beta = rng.standard_normal((2, shape[1])).astype(dtype)
        tx, tg, tb = (torch.from_numpy(part.copy()).requires_grad_() for part in (x, gamma, beta))
        ty = torch.nn.functional.batch_norm(tx, None, None, tg, tb, True, 0.1, 1e-5)
        ty.backward(torch.from_numpy(dy))

        forward = batch_norm(x, gamma, beta)
        dx, dgamma, dbeta = batch_norm_backward(dy, forward, gamma)

        assert_close(forward.y, ty.detach().numpy(), dtype, forward)
        assert_close(dx, tx.grad.numpy(), dtype, forward)
        assert_close(dgamma, tg.grad.numpy(), dtype, forward)
        assert_close(dbeta, tb.grad.numpy(), dtype)

    @pytest.mark.parametrize("shape", [(4096, 8), (16, 4, 32, 32)])
    def test_float16(self, shape):
        torch = pytest.importorskip("torch")
        x = (3 + 2 * np.random.default_rng(20).standard_normal(shape)).astype(np.float16)
        ty = torch.nn.functional.batch_norm(torch.from_numpy(x).float(), None, None, None, None, True, 0.1, 1e-5)

        # One unit in the last place of float16 at the largest value.
        np.testing.assert_allclose(batch_norm(x).y.astype(np.float32), ty.numpy(), atol=5e-3)

    @pytest.mark.parametrize("groups", [1, 2])
    @pytest.mark.parametrize("kind", ["Conv1d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"])
    def test_folding_into_any_convolution(self, kind, groups):
        torch = pytest.importorskip("torch")
        rng, axes = np.random.default_rng(21), int(kind[-2])
        layer = getattr(torch.nn, kind)(6, 6, 3, stride=2, padding=1, groups=groups, dtype=torch.float64)
        mean, gamma, beta = rng.standard_normal((3, 6))
        var, x = rng.uniform(0.1, 2, 6), rng.standard_normal((2, 6, *(5,) * axes))
        two = batch_norm_eval(layer(torch.from_numpy(x)).detach().numpy(), mean, var, gamma, beta)

        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        folded = fold_conv(weight, bias, mean, var, gamma, beta, transposed="T" in kind, groups=groups)

        layer.weight.data, layer.bias.data = torch.from_numpy(folded.weight), torch.from_numpy(folded.bias)
        np.testing.assert_allclose(layer(torch.from_numpy(x)).detach().numpy(), two, atol=1e-12)

    def test_micro_batches_move_the_running_statistics_one_by_one(self):
        torch = pytest.importorskip("torch")
        x = np.random.default_rng(22).normal(0.2, 1.5, (16, 3))
        layer = torch.nn.BatchNorm1d(3, dtype=torch.float64).train()
        for part in np.split(x, 4):
            layer(torch.from_numpy(part))

        running = RunningStats.start(3).update(ghost_batch_norm(x, 4))

        np.testing.assert_allclose(running.mean, layer.running_mean.numpy(), atol=1e-14)
        np.testing.assert_allclose(running.var, layer.running_var.numpy(), atol=1e-14)
        assert running.batches == int(layer.num_batches_tracked)

    def test_masked_gradient(self):
        torch = pytest.importorskip("torch")
        rng = np.random.default_rng(23)
        x, dy = rng.standard_normal((2, 8, 3))
        mask, gamma, beta = np.arange(8) < 5, rng.standard_normal(3), rng.standard_normal(3)
        tx, tg, tb = (torch.from_numpy(part.copy()).requires_grad_() for part in (x, gamma, beta))
        chosen = tx[torch.from_numpy(mask)]
        ty = (tx - chosen.mean(0)) / torch.sqrt(chosen.var(0, correction=0) + 1e-5) * tg + tb
        ty.backward(torch.from_numpy(dy))

        found = masked_batch_norm_backward(dy, masked_batch_norm(x, mask, gamma, beta))

        for mine, theirs in zip(found, (tx, tg, tb), strict=True):
            np.testing.assert_allclose(mine, theirs.grad.numpy(), atol=1e-12)

    def test_a_tensor_that_needs_its_gradient_is_refused_with_the_way_out(self):
        torch = pytest.importorskip("torch")

        with pytest.raises(InputError) as error:
            batch_norm(torch.ones(3, requires_grad=True))

        assert str(error.value) == (
            "x must be numbers that numpy can read; got a Tensor that numpy cannot. Pass x.detach().cpu().numpy()."
        )

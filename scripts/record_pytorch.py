"""Record what PyTorch computes, for tests that must not need PyTorch.

    python scripts/record_pytorch.py tests/engine/reference/pytorch.npz

Needs torch and numpy; runs on one CPU thread. The file names the tool, its version, the date and this script.
Its arrays are called "<case>/<quantity>"; the case says what was called with what.
"""

import json
import sys

import numpy as np
import torch
from recording import write_recorded
from torch import nn
from torch.nn import functional

SHAPES = [(5,), (8, 3), (2, 4), (4, 3, 5), (3, 2, 4, 3), (1, 3, 4, 4), (2, 3, 2, 3, 2), (60, 7)]
SETTINGS = [("float64", 1e-5, 0.1), ("float64", 1e-3, None), ("float64", 1e-5, 0.7), ("float32", 1e-5, 0.1)]
LAYERS = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}
BATCHES = 3


def batches(shape, dtype, seed):
    """Return inputs of several batches, a gradient, gamma and beta; offsets and spreads differ by channel."""
    rng = np.random.default_rng(seed)
    channels = shape[1] if len(shape) > 1 else 1
    beside = (1, -1) + (1,) * (len(shape) - 2) if len(shape) > 1 else (1,)
    mean, std = rng.normal(0, 4, channels).reshape(beside), 10 ** rng.uniform(-2, 1, channels).reshape(beside)
    x = [(mean + std * rng.standard_normal(shape)).astype(dtype) for _ in range(BATCHES)]
    return (
        x,
        rng.standard_normal(shape).astype(dtype),
        rng.normal(1, 1, channels).astype(dtype),
        rng.normal(0, 2, channels).astype(dtype),
    )


def record_batch_norm(shape, dtype, eps, momentum, seed):
    """Train on some batches, take the gradient in the last, then evaluate the first."""
    x, dy, gamma, beta = batches(shape, dtype, seed)
    channels = len(gamma)
    layer = LAYERS[max(len(shape), 2)](channels, eps=eps, momentum=momentum).to(getattr(torch, dtype))
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(gamma))
        layer.bias.copy_(torch.from_numpy(beta))
    inputs = [torch.from_numpy(part if part.ndim > 1 else part[:, None]).requires_grad_() for part in x]
    outputs = [layer(part) for part in inputs]
    outputs[-1].backward(torch.from_numpy(dy if dy.ndim > 1 else dy[:, None]))
    found = {
        "y": outputs[-1],
        "dx": inputs[-1].grad,
        "dgamma": layer.weight.grad,
        "dbeta": layer.bias.grad,
        "running_mean": layer.running_mean,
        "running_var": layer.running_var,
        "eval": layer.eval()(inputs[0]),
    }
    arrays = {name: value.detach().numpy().copy() for name, value in found.items()}
    for name in ("y", "dx", "eval"):
        arrays[name] = arrays[name].reshape(shape)
    return arrays | {f"x{number}": part for number, part in enumerate(x)} | {"dy": dy, "gamma": gamma, "beta": beta}


def record_family(seed):
    """Send one batch of images through the other members of the family."""
    rng = np.random.default_rng(seed)
    x = 3 + 2 * rng.standard_normal((3, 6, 4, 5))
    weight, bias = rng.normal(1, 1, 6), rng.normal(0, 1, 6)
    wide_weight, wide_bias = rng.normal(1, 1, (6, 4, 5)), rng.normal(0, 1, (6, 4, 5))
    tx, tw, tb, tww, twb = (torch.from_numpy(part) for part in (x, weight, bias, wide_weight, wide_bias))
    found = {
        "group2": functional.group_norm(tx, 2, tw, tb, 1e-5),
        "group3": functional.group_norm(tx, 3, tw, tb, 1e-3),
        "instance": functional.instance_norm(tx, weight=tw, bias=tb, eps=1e-5),
        "layer": functional.layer_norm(tx, (6, 4, 5), tww, twb, 1e-5),
        "layer_last": functional.layer_norm(tx, (5,), eps=1e-6),
        "rms": functional.rms_norm(tx, (6, 4, 5), tww, 1e-5),
    }
    given = {"x": x, "weight": weight, "bias": bias, "wide_weight": wide_weight, "wide_bias": wide_bias}
    return given | {name: value.numpy() for name, value in found.items()}


def record_folding(groups, seed):
    """Put a convolution before batch norm in eval mode."""
    rng = np.random.default_rng(seed)
    x, weight = rng.standard_normal((2, 4, 6, 7)), rng.standard_normal((6, 4 // groups, 3, 2))
    bias, mean, gamma, beta = rng.standard_normal((4, 6))
    var = rng.uniform(0.01, 4, 6)
    tensors = [torch.from_numpy(part) for part in (x, weight, bias, mean, var, gamma, beta)]
    tx, tw, tb, tm, tv, tg, ts = tensors
    conv = functional.conv2d(tx, tw, tb, stride=2, padding=1, groups=groups)
    y = functional.batch_norm(conv, tm, tv, tg, ts, False, 0.1, 1e-5)
    names = ("x", "weight", "bias", "mean", "var", "gamma", "beta")
    given = dict(zip(names, (x, weight, bias, mean, var, gamma, beta), strict=True))
    return given | {"conv": conv.numpy(), "y": y.numpy()}


def main(target):
    """Record every case into one compressed file."""
    torch.set_num_threads(1)
    cases = {}
    for seed, (shape, (dtype, eps, momentum)) in enumerate((s, t) for s in SHAPES for t in SETTINGS):
        label = json.dumps({"shape": shape, "dtype": dtype, "eps": eps, "momentum": momentum})
        cases[f"batch_norm {label}"] = record_batch_norm(shape, dtype, eps, momentum, seed)
    cases["family"] = record_family(1000)
    for groups in (1, 2):
        cases[f"folding {groups}"] = record_folding(groups, 2000 + groups)
    write_recorded(target, cases, __file__)


if __name__ == "__main__":
    main(sys.argv[1])

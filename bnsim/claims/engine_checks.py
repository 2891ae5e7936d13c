"""What the engine itself makes of a few numbers: every step of it is measured here, none is computed by hand."""

import statistics
from collections.abc import Callable, Mapping

import numpy as np

from bnsim.claims.numbers import Numbers, Values
from bnsim.engine.arrays import Array
from bnsim.engine.networks import kernels
from bnsim.engine.normalization import batchnorm, family, folding
from bnsim.engine.statistics import batch, merging
from bnsim.engine.statistics.running import Convention, RunningStats


def outputs(p: Numbers) -> Array:
    """Return the batch after batch norm in training mode."""
    return batchnorm.batch_norm(np.array(p.values), p.gamma, p.beta, eps=p.eps).y


def in_eval(p: Numbers, values: Values) -> Array:
    """Return values after batch norm in eval mode."""
    return batchnorm.batch_norm_eval(np.array(values), p.mean, p.std**2, p.gamma, p.beta, eps=p.eps)


def gradients(p: Numbers) -> tuple[Array, Array, Array]:
    """Return the gradients of x, gamma and beta."""
    forward = batchnorm.batch_norm(np.array(p.values), p.gamma, p.beta, eps=p.eps)
    return batchnorm.batch_norm_backward(np.array(p.dy), forward)


def trained(p: Numbers) -> RunningStats:
    """Return the running statistics after the batches, by a framework's convention."""
    kept = RunningStats.start(1)
    for values in p.batches:
        kept = kept.update(batch.batch_stats(np.array(values)[:, None]), convention=Convention[p.convention.upper()])
    return kept


def folded(p: Numbers) -> folding.FoldedLayer:
    """Return a linear layer with the batch norm after it folded in."""
    return folding.fold_linear([[p.weight]], [p.bias], p.mean, p.std**2, p.gamma, p.beta, eps=p.eps)


def in_network(p: Numbers) -> Array:
    """Return the batch after the norm that training networks use."""
    x = np.array(p.values).reshape(1, -1, 1)
    work, centred, mean, var = np.empty_like(x), np.empty_like(x), np.empty((1, 1, 1)), np.empty((1, 1, 1))
    norm = kernels.normed_over_examples(x, np.full((1, 1, 1), p.gamma), p.eps, work=work, centred=centred, mean=mean,
                                        var=var)  # fmt: skip
    return np.asarray(norm.centred * norm.scale + p.beta).ravel()


def among_others(p: Numbers) -> float:
    """Return by how much the output of x changes with its companions, in training mode."""
    other = batchnorm.batch_norm(np.array((p.x, *p.others)), p.gamma, p.beta, eps=p.eps).y
    return float(outputs(p)[p.place] - other[0])


def among_others_in_eval(p: Numbers) -> float:
    """Return by how much the output of x changes with its companions, in eval mode."""
    return float(in_eval(p, p.values)[p.place] - in_eval(p, (p.x, *p.others))[0])


def in_image(p: Numbers) -> float:
    """Return the first output of two images with two channels of 2 x 2 positions."""
    return float(batchnorm.batch_norm(np.array(p.values).reshape(2, 2, 2, 2), eps=p.eps).y[0, 0, 0, 0])


def in_example(p: Numbers) -> float:
    """Return the first output of layer norm over the features of two examples."""
    return float(family.layer_norm(np.array(p.values).reshape(2, -1), eps=p.eps)[0, 0])


def across_devices(p: Numbers) -> float:
    """Return the variance of all values, from the statistics of two devices."""
    parts = (batch.batch_stats(np.array(values)) for values in (p.values, p.others))
    return float(merging.merge(parts).var)


def scale_through_relu(p: Numbers) -> float:
    """Return the largest difference between relu(gamma x_hat + beta) and gamma relu(x_hat + beta / gamma)."""
    later = batchnorm.batch_norm(np.array(p.values), 1.0, p.beta / p.gamma, eps=p.eps).y
    return float(np.max(np.abs(np.maximum(outputs(p), 0) - p.gamma * np.maximum(later, 0))))


def cubes(p: Numbers) -> float:
    """Return the mean cube of the outputs."""
    return statistics.fmean(float(y) ** 3 for y in outputs(p))


MEASUREMENTS: Mapping[str, Callable[[Numbers], float]] = {
    "member": lambda p: float(outputs(p)[p.place]),
    "outputs_mean": lambda p: statistics.fmean(map(float, outputs(p))),
    "outputs_std": lambda p: statistics.pstdev(map(float, outputs(p))),
    "cubes": cubes,
    "probe": lambda p: float(in_eval(p, (p.x,))[0]),
    "in_network": lambda p: float(in_network(p)[p.place]),
    "in_image": in_image,
    "in_example": in_example,
    "among_others": among_others,
    "among_others_in_eval": among_others_in_eval,
    "gradient_of_gamma": lambda p: float(gradients(p)[1]),
    "gradient_of_beta": lambda p: float(gradients(p)[2]),
    "gradient_of_x": lambda p: float(gradients(p)[0][p.place]),
    "running_mean": lambda p: float(trained(p).mean[0]),
    "running_var": lambda p: float(trained(p).var[0]),
    "folded_weight": lambda p: float(folded(p).weight[0, 0]),
    "folded_bias": lambda p: float(folded(p).bias[0]),
    "across_devices": across_devices,
    "scale_through_relu": scale_through_relu,
}
"""What a check may ask of the engine, by name; how each is called stands in text.toml."""

"""A layer with batch norm as training left it, a batch that arrives, and what the two ways make of it."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from bnsim.engine.arrays import Array
from bnsim.engine.normalization.batchnorm import BatchNormForward, batch_norm, batch_norm_eval
from bnsim.engine.normalization.folding import FoldedLayer, conv2d, fold_conv, fold_linear
from bnsim.engine.theory.folded import output_std
from bnsim.experiments.folding.params import FoldingParams


@dataclass(frozen=True, eq=False)
class EvalBatchNorm:
    """Batch norm in eval mode: running mean and variance of shape (C_out,), scale, shift, eps."""

    mean: Array
    var: Array
    gamma: float
    beta: float
    eps: float

    @property
    def scale(self) -> Array:
        """The factor of each output, gamma / sqrt(var + eps), shape (C_out,)."""
        return np.asarray(self.gamma / np.sqrt(self.var + self.eps))

    def __call__(self, z: Array) -> Array:
        """Return the output in eval mode, the shape and dtype of z."""
        return batch_norm_eval(z, self.mean, self.var, self.gamma, self.beta, eps=self.eps)

    def fold(self, weight: Array, bias: Array) -> FoldedLayer:
        """Return the layer that does the work of both."""
        fold = fold_linear if weight.ndim == 2 else fold_conv
        return fold(weight, bias, self.mean, self.var, self.gamma, self.beta, eps=self.eps)


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer, the batch norm after it, and a batch: what `run` starts from.

    `x` is independent standard normal and there is no padding, so that every output is normal with mean b and the std
    that `std`, shape (C_out,), says. `dy` is a gradient that arrives from above. `plain` and `z` are the layer's
    output without and with its bias; `sizes`, shape (C_out,), the largest sums of |weight| |x|. `forward` is batch
    norm of `plain` in training mode. `running` is the batch norm that is folded, `after_relu` the one that stands
    after a ReLU.
    """

    params: FoldingParams
    weight: Array
    bias: Array
    std: Array
    running: EvalBatchNorm
    after_relu: EvalBatchNorm
    x: Array
    dy: Array
    plain: Array
    z: Array
    sizes: Array
    forward: BatchNormForward

    def folded(self, norm: EvalBatchNorm) -> Array:
        """Return what the folded layer makes of the batch."""
        one = norm.fold(self.weight, self.bias)
        return apply(self.params, self.x, one.weight, one.bias)

    def training(self, z: Array) -> Array:
        """Return batch norm of z in training mode."""
        p = self.params
        return batch_norm(z, p.gamma, p.beta, eps=p.eps).y

    def rounding(self, norm: EvalBatchNorm, dtype: DTypeLike = np.float64) -> float:
        """Return by how much rounding alone can part the two ways: a bound, not an estimate.

        A sum of K products errs by at most K roundings of the sum of their sizes (Higham 2002, section 3.1), and each
        of the two ways rounds at most 8 times more. Numbers below the smallest normal one are rounded to a multiple of
        the smallest there is.
        """
        distance = self.sizes + abs(self.params.bias) + np.abs(norm.mean)  # at least |z - mean|
        most = np.max(np.abs(norm.scale) * distance)
        roundings = 2 * (self.params.fan_in + 8)
        unit, step = np.finfo(dtype).eps / 2, np.finfo(dtype).smallest_subnormal
        # A step of the scale is multiplied by that distance, one of a folded weight by x.
        steps = 1 + largest(self.x) + np.max(distance)
        return float(roundings * (unit * (most + abs(norm.beta)) + float(step) * steps))


def draw(params: FoldingParams) -> Layer:
    """Draw a layer and a batch; the running statistics lie where `shift` and `spread` say."""
    p, rng = params, np.random.default_rng(params.seed)
    weight = rng.standard_normal(p.weight_shape) / math.sqrt(p.fan_in)
    x = rng.standard_normal(p.x_shape)
    dy = rng.standard_normal((p.batch_size, p.outputs, *(p.side,) * (len(p.x_shape) - 2)))
    std, plain = output_std(weight), apply(p, x, weight)
    old_std = std / p.spread
    running = EvalBatchNorm(p.bias - p.shift * old_std, old_std**2, p.gamma, p.beta, p.eps)
    return Layer(
        params=p,
        weight=weight,
        bias=np.full(p.outputs, p.bias),
        std=std,
        running=running,
        after_relu=rectified(running, p.bias, std),
        x=x,
        dy=dy,
        plain=plain,
        z=plain + p.bias,
        sizes=np.asarray(per_output(apply(p, np.abs(x), np.abs(weight))).max(axis=0)),
        forward=batch_norm(plain, p.gamma, p.beta, eps=p.eps),
    )


def rectified(norm: EvalBatchNorm, mean: float, std: Array) -> EvalBatchNorm:
    """Return a batch norm with the exact statistics of rectified outputs, normal with one mean and stds (C_out,)."""
    means, variances = moments_after_relu(mean, std)
    return replace(norm, mean=means, var=variances)


ERFC = np.vectorize(math.erfc, otypes=[float])


def moments_after_relu(mean: ArrayLike, std: Array) -> tuple[Array, Array]:
    """Return means and variances of rectified normal variables (see `relu_moments`), for each mean and std."""
    t = np.asarray(mean / std)
    above, phi = ERFC(-t / math.sqrt(2)) / 2, np.exp(-t * t / 2) / math.sqrt(2 * math.pi)
    first = mean * above + std * phi
    second = (np.square(mean) + std**2) * above + mean * std * phi
    # Far above 0 the ReLU does nothing, and the difference of the two moments would lose its digits.
    plain = t > 8
    return np.where(plain, mean, first), np.where(plain, std**2, np.maximum(second - first**2, 0))


def apply(p: FoldingParams, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return the layer's output for x of shape (N, C_in) or (N, C_in, H, W)."""
    if p.layer == "conv":
        return conv2d(x, weight, bias, groups=p.groups)
    y: Array = x @ weight.T
    return y if bias is None else y + bias


def relu(z: Array) -> Array:
    """Return max(z, 0)."""
    return np.maximum(z, 0)


def wide(per_output: Array, like: Array) -> Array:
    """Return one number per output, shape (C_out,), so that it stands beside values of shape (N, C_out, ...)."""
    return per_output.reshape((-1,) + (1,) * (like.ndim - 2))


def per_output(values: Array, most: int | None = None) -> Array:
    """Return values of shape (N, C_out, ...) as rows of one value for each output; the first ones, `most` in all.

    At least two rows, which a batch norm needs.
    """
    outputs = values.shape[1]
    rows = values.size // outputs if most is None else max(2, most // outputs)
    positions = values[0, 0].size
    needed = values[: -(-rows // positions)].reshape(-1, outputs, positions)
    return np.asarray(needed.swapaxes(1, 2).reshape(-1, outputs)[:rows])


def largest(values: Array) -> float:
    """Return the largest absolute value."""
    return float(max(values.max(), -values.min()))


def rms(difference: Array) -> float:
    """Return the root mean square."""
    return float(rms_of_each(difference[None])[0])


def rms_of_each(differences: Array) -> Array:
    """Return the root mean square of each of M arrays, given as one of shape (M, ...); shape (M,).

    Squares are taken of fractions of the largest, so that none overflows.
    """
    flat = differences.reshape(len(differences), -1)
    most = np.maximum(flat.max(axis=1), -flat.min(axis=1))
    found: Array = most * np.sqrt(np.square(flat / np.where(most > 0, most, 1.0)[:, None]).mean(axis=1))
    return found

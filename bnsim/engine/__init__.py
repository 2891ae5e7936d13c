"""The engine: the arithmetic of the normalization family on numpy arrays, to be imported in notebooks.

What theory predicts is in `bnsim.engine.closed_forms`; networks to train are in `bnsim.engine.networks`.
"""

from bnsim.engine import closed_forms
from bnsim.engine.batchnorm import BatchNormForward, batch_norm, batch_norm_backward, batch_norm_eval
from bnsim.engine.densities import histogram, normal_curve
from bnsim.engine.folding import FoldedLayer, conv2d, fold_conv, fold_linear
from bnsim.engine.momentum import (
    batches_until,
    effective_batches,
    ema_lag,
    ema_variance,
    half_life,
    initial_weight,
    is_likely_of_the_old,
)
from bnsim.engine.norms import (
    POOLED_AXES,
    NormKind,
    group_norm,
    instance_norm,
    layer_norm,
    normalize,
    rms_norm,
)
from bnsim.engine.parts import merge, unbiased_var
from bnsim.engine.running import Convention, GhostRule, RunningStats, bias_corrected, precise_stats
from bnsim.engine.stats import BatchStats, batch_stats
from bnsim.engine.streaming import stream_stats
from bnsim.engine.variants import (
    GhostForward,
    MaskedForward,
    RenormForward,
    batch_renorm,
    batch_renorm_backward,
    ghost_batch_norm,
    ghost_batch_norm_backward,
    masked_batch_norm,
    masked_batch_norm_backward,
)

__all__ = [
    "POOLED_AXES",
    "BatchNormForward",
    "BatchStats",
    "Convention",
    "FoldedLayer",
    "GhostForward",
    "GhostRule",
    "MaskedForward",
    "NormKind",
    "RenormForward",
    "RunningStats",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_eval",
    "batch_renorm",
    "batch_renorm_backward",
    "batch_stats",
    "batches_until",
    "bias_corrected",
    "closed_forms",
    "conv2d",
    "effective_batches",
    "ema_lag",
    "ema_variance",
    "fold_conv",
    "fold_linear",
    "ghost_batch_norm",
    "ghost_batch_norm_backward",
    "group_norm",
    "half_life",
    "histogram",
    "initial_weight",
    "instance_norm",
    "is_likely_of_the_old",
    "layer_norm",
    "masked_batch_norm",
    "masked_batch_norm_backward",
    "merge",
    "normal_curve",
    "normalize",
    "precise_stats",
    "rms_norm",
    "stream_stats",
    "unbiased_var",
]

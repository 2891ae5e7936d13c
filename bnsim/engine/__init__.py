"""The engine: the arithmetic of the normalization family on numpy arrays, to be imported in notebooks.

These are two engines. `normalization` and `statistics` take one array of any shape and dtype, refuse what has no answer
and keep every digit. `networks` trains many networks at once with stacked kernels of its own, made for speed; what it
normalizes is held against the first engine by `tests/engine/networks/test_engine_mlp.py` (forward and backward, every
norm) and against PyTorch by `tests/engine/networks/test_engine_training.py`. What theory predicts is in
`bnsim.engine.closed_forms`, and in the modules of `bnsim.engine.theory`.
"""

from bnsim.engine.normalization.batchnorm import BatchNormForward, batch_norm, batch_norm_backward, batch_norm_eval
from bnsim.engine.normalization.family import (
    POOLED_AXES,
    NormKind,
    group_norm,
    instance_norm,
    layer_norm,
    normalize,
    rms_norm,
)
from bnsim.engine.normalization.folding import FoldedLayer, conv2d, fold_conv, fold_linear
from bnsim.engine.normalization.folding_into_next import fold_into_next_conv, fold_into_next_linear
from bnsim.engine.normalization.gradients import (
    batch_norm_eval_backward,
    group_norm_backward,
    instance_norm_backward,
    layer_norm_backward,
    rms_norm_backward,
)
from bnsim.engine.normalization.in_format import (
    FormatForward,
    VarianceFormula,
    batch_norm_in_format,
    stats_in_format,
)
from bnsim.engine.normalization.variants import (
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
from bnsim.engine.statistics.batch import BatchStats, batch_stats
from bnsim.engine.statistics.densities import histogram, normal_curve
from bnsim.engine.statistics.formats import FloatFormat, SumOrder, rounded, sum_in
from bnsim.engine.statistics.merging import merge, unbiased_var
from bnsim.engine.statistics.momentum import (
    batches_until,
    effective_batches,
    ema_lag,
    ema_variance,
    half_life,
    initial_weight,
    is_likely_of_the_old,
)
from bnsim.engine.statistics.running import Convention, GhostRule, RunningStats, bias_corrected, precise_stats
from bnsim.engine.statistics.streaming import stream_stats
from bnsim.engine.theory import closed_forms

__all__ = [
    "POOLED_AXES",
    "BatchNormForward",
    "BatchStats",
    "Convention",
    "FloatFormat",
    "FoldedLayer",
    "FormatForward",
    "GhostForward",
    "GhostRule",
    "MaskedForward",
    "NormKind",
    "RenormForward",
    "RunningStats",
    "SumOrder",
    "VarianceFormula",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_eval",
    "batch_norm_eval_backward",
    "batch_norm_in_format",
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
    "fold_into_next_conv",
    "fold_into_next_linear",
    "fold_linear",
    "ghost_batch_norm",
    "ghost_batch_norm_backward",
    "group_norm",
    "group_norm_backward",
    "half_life",
    "histogram",
    "initial_weight",
    "instance_norm",
    "instance_norm_backward",
    "is_likely_of_the_old",
    "layer_norm",
    "layer_norm_backward",
    "masked_batch_norm",
    "masked_batch_norm_backward",
    "merge",
    "normal_curve",
    "normalize",
    "precise_stats",
    "rms_norm",
    "rms_norm_backward",
    "rounded",
    "stats_in_format",
    "stream_stats",
    "sum_in",
    "unbiased_var",
]

"""The glossary: symbol, label and one-line meaning of every quantity that bnsim shows, and how numbers are written."""

import math
from dataclasses import dataclass

SIGNIFICANT_DIGITS = 13
"""Digits shown of a float64 result: three short of what it holds, so that the last one shown is right."""

PLAIN_RANGE = (1e-4, 1e13)
"""Magnitudes written without an exponent."""


@dataclass(frozen=True)
class Term:
    """One quantity: the symbol the field writes, a label and its meaning in one line."""

    symbol: str
    label: str
    meaning: str


TERMS: dict[str, Term] = {
    "x": Term("x", "Tracked activation", "One activation followed through batch normalization."),
    "x_hat": Term("x̂", "Normalized x̂", "The tracked activation after subtracting the batch mean and dividing."),
    "y": Term("y", "Output y", "The tracked activation after scale and shift: what the next layer receives."),
    "batch_mean": Term("μ_B", "Batch mean", "The mean of the mini-batch."),
    "batch_std": Term("σ_B", "Batch std", "The biased standard deviation of the mini-batch (divide by N)."),
    "normalized_mean": Term("mean(x̂)", "Normalized mean", "The mean of the normalized batch."),
    "normalized_std": Term("std(x̂)", "Normalized std", "The standard deviation of the normalized batch."),
    "output_mean": Term("mean(y)", "Output mean", "The mean of the batch after scale and shift."),
    "output_std": Term("std(y)", "Output std", "The standard deviation of the batch after scale and shift."),
    "identity_gamma": Term("γ*", "Identity scale", "The scale that would undo the normalization of this batch."),
    "identity_beta": Term("β*", "Identity shift", "The shift that would undo the normalization of this batch."),
    "identity_error": Term(
        "max|y − x|", "Distance from identity", "The largest change of a member at the current scale and shift."
    ),
    "raw": Term("x", "Raw batch", "The mini-batch as it arrives."),
    "normalized": Term("x̂", "Normalized", "The mini-batch after normalization."),
    "output": Term("y", "Output", "The mini-batch after scale and shift."),
    "fold_error_float64": Term(
        "max|Δy|",
        "Folding error, float64",
        "The largest difference in eval mode between layer + batch norm and one layer.",
    ),
    "fold_error_float32": Term(
        "max|Δy|", "Folding error, float32", "The same difference when all arithmetic is done in single precision."
    ),
    "fold_train_error": Term(
        "rms Δy",
        "Folded, in training mode",
        "Root mean square difference to batch norm that uses the batch's own statistics.",
    ),
    "fold_relu_error": Term(
        "max|Δy|",
        "Folded across a ReLU",
        "The largest difference when batch norm after a ReLU is folded into the layer before.",
    ),
    "fold_relu_share": Term(
        "share",
        "Outputs wrong across a ReLU",
        "The share of outputs that folding across a ReLU changes beyond rounding.",
    ),
    "bias_train": Term(
        "max|Δy|", "Bias effect, training", "The largest change of the output in training mode when the bias is added."
    ),
    "bias_eval": Term(
        "max|Δy|", "Bias effect, eval", "The largest change of the output in eval mode when the bias is added."
    ),
    "bias_gradient": Term(
        "max|∂L/∂b|", "Gradient of the bias", "The largest gradient of a bias before batch norm, in training mode."
    ),
    "parameters_before": Term("P", "Parameters, two layers", "Numbers that the layer and its batch norm hold."),
    "parameters_after": Term("P'", "Parameters, folded", "Numbers that the folded layer holds."),
    "multiply_adds_before": Term("M", "Multiply-adds, two layers", "Multiplications with addition for one batch."),
    "multiply_adds_after": Term("M'", "Multiply-adds, folded", "Multiplications with addition for one batch, folded."),
    "bytes_before": Term("B", "Bytes moved, two layers", "Bytes read and written for one batch in float32."),
    "bytes_after": Term("B'", "Bytes moved, folded", "Bytes read and written for one batch in float32, folded."),
    "time_ratio": Term(
        "t / t'", "Time ratio", "Time of layer and batch norm over that of the folded layer, on this machine."
    ),
    "mean_noise": Term("std(μ_B)", "Error of the batch mean", "How far a batch mean strays from the true mean, in σ."),
    "var_noise": Term(
        "std(s²) / E[s²]", "Error of the batch variance", "How far a batch variance strays, relative to its mean."
    ),
    "x_hat_noise": Term(
        "rms(x̂ − x)", "Error of x̂", "How far x̂ is from what the statistics of the whole population would give."
    ),
    "scale_up": Term("E[σ / √(s² + ε)]", "Average scale-up", "By how much batches of this size enlarge on average."),
    "largest_x_hat": Term("max|x̂|", "Largest x̂ seen", "The largest normalized value among all members drawn."),
    "gradient_share": Term(
        "rms(|dx| √(s² + ε) / |dy|)", "Gradient let through", "The share of a random gradient that reaches x."
    ),
    "mean_noise_law": Term("σ / √N", "Law of the mean's error", "The standard error of a batch mean."),
    "var_noise_law": Term("√(2 / (N − 1))", "Law of the variance's error", "Its closed form for normal values."),
    "x_hat_noise_law": Term("√(1.5 / N)", "Law of the error of x̂", "For normal values, to the first order in 1 / N."),
    "x_hat_noise_exact": Term("rms(x̂ − x)", "Error of x̂, exact", "For normal values, at this very N and ε."),
    "scale_up_law": Term("E[σ / s]", "Law of the scale-up", "Its closed form for normal values, ε neglected."),
    "x_hat_bound": Term("√(N − 1)", "Bound on |x̂|", "No member of a batch can be further out, whatever the values."),
    "gradient_share_law": Term(
        "√((N − 2) / N)", "Law of the gradient", "The share of a random gradient that is let through, ε neglected."
    ),
    "x_hat_distance": Term(
        "KS", "Distance from the Beta law", "Largest gap between the law of x̂ within a batch and what was drawn."
    ),
    "doubling_gain": Term(
        "err(N) / err(2 N)", "Gain of doubling N", "By what factor twice the batch lowers the error."
    ),
    "pair_gradient": Term(
        "|dx|, N = 2", "Gradient in a batch of two", "What reaches x = (−0.5, 0.5) of dy = (1, 0), from the engine."
    ),
    "running_mean": Term("μ_run", "Running mean", "What training has averaged of the batch means, for eval mode."),
    "running_var": Term("σ²_run", "Running variance", "What training has averaged of the batch variances."),
    "running_mean_bias": Term("μ_run − μ", "Bias of the running mean", "How far it is from the population mean now."),
    "running_var_bias": Term(
        "σ²_run − σ²", "Bias of the running variance", "How far it is from the variance of the population."
    ),
    "half_life": Term("t½", "Half-life", "After how many batches a batch counts half as much."),
    "initial_weight": Term("(1 − m)^t", "Weight of the start", "What the initial 0 and 1 still count for."),
    "eval_y": Term("y", "Output in eval mode", "The tracked input with the running statistics: always the same."),
    "population_y": Term(
        "y*", "Output with the truth", "The tracked input with the mean and variance of the population."
    ),
    "stale_y": Term("y_k", "Output, frozen statistics", "The tracked input with statistics that stopped following."),
    "precise_y": Term("y", "Output, precise statistics", "With statistics pooled over fresh batches after training."),
    "train_y_mean": Term("mean(y)", "Output in training mode, mean", "Its mean over sets of random companions."),
    "train_y_std": Term("std(y)", "Output in training mode, spread", "Its standard deviation over companion sets."),
    "sign_flips": Term(
        "flips", "Sign flips", "Share of companion sets with y on the other side of 0 than in eval mode."
    ),
    "alone_y": Term("y, N = 1", "Output alone", "The tracked input alone in training mode, in the chosen framework."),
    "right_in_training": Term("share", "Right in training mode", "Share of right decisions among random companions."),
    "right_class_sorted": Term(
        "share", "Right, class-sorted", "Share of right decisions in training mode among companions of one class."
    ),
    "right_in_eval": Term("share", "Right in eval mode", "Share of right decisions with the running statistics."),
    "sharing_sets": Term("sets", "Sets of values", "How many sets have a mean and a variance of their own."),
    "values_per_set": Term("m", "Values in a set", "How many values share one mean and one variance."),
    "companion_change": Term(
        "max|Δx̂|", "Effect of companions", "Largest change of the first sample when its companions are replaced."
    ),
    "group_layer": Term("max|GN(1) − LN|", "One group is layer norm", "The largest difference between the two."),
    "group_instance": Term("max|GN(C) − IN|", "C groups are instance norm", "The largest difference between the two."),
    "batch_instance": Term(
        "max|BN − IN|, N = 1", "Batch norm at N = 1 is instance norm", "The largest difference between the two."
    ),
    "rms_layer": Term(
        "max|RMS(x − mean) − LN|", "RMS norm of centred x is layer norm", "The largest difference between the two."
    ),
    "change_batch": Term("max|Δx̂|, batch", "Companions under batch norm", "Largest change of the first sample."),
    "change_layer": Term("max|Δx̂|, layer", "Companions under layer norm", "Largest change of the first sample."),
    "change_group": Term("max|Δx̂|, group", "Companions under group norm", "Largest change of the first sample."),
    "change_instance": Term(
        "max|Δx̂|, instance", "Companions under instance norm", "Largest change of the first sample."
    ),
    "change_rms": Term("max|Δx̂|, RMS", "Companions under RMS norm", "Largest change of the first sample."),
}


def number(value: float, digits: int = SIGNIFICANT_DIGITS) -> str:
    """Return a number as people read it: `digits` significant digits, no trailing zeros, a true minus sign.

    Parameters
    ----------
    value : float
        Any float, also NaN and infinities.
    digits : int
        Significant digits, 1 to 17.
    """
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    low, high = PLAIN_RANGE
    if value == 0:
        text = "0"
    elif low <= abs(value) < high:
        decimals = digits - 1 - math.floor(math.log10(abs(value)))
        text = f"{value:.{max(decimals, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")

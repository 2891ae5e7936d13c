"""The glossary: symbol, label and one-line meaning of the quantities of experiments whose words are not apart yet."""

from bnsim.text.numbers import Term

TERMS: dict[str, Term] = {
    "mean_noise": Term("std(μ_B)", "Error of the batch mean", "How far a batch mean strays from the true mean, in σ."),
    "var_noise": Term(
        "std(s²) / E[s²]", "Error of the batch variance", "How far a batch variance strays, relative to its mean."
    ),
    "x_hat_noise": Term(
        "rms(x̂ − x)", "Error of x̂", "How far x̂ is from what the statistics of the whole population would give."
    ),
    "scale_up": Term("E[σ / √(s² + ε)]", "Average scale-up", "By how much batches of this size enlarge on average."),
    "largest_x_hat": Term(
        "max|x̂|", "Largest x̂ seen", "The largest normalized value among all members drawn.", digits=6
    ),
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
        "KS",
        "Distance from the Beta law",
        "Largest gap between the law of x̂ within a batch and what was drawn.",
        digits=3,
    ),
    "doubling_gain": Term(
        "err(N) / err(2 N)", "Gain of doubling N", "By what factor twice the batch lowers the error."
    ),
    "pair_gradient": Term(
        "|dx|, N = 2", "Gradient in a batch of two", "What reaches x = (−0.5, 0.5) of dy = (1, 0), from the engine."
    ),
    "sharing_sets": Term("sets", "Sets of values", "How many sets have a mean and a variance of their own."),
    "values_per_set": Term("m", "Values in a set", "How many values share one mean and one variance."),
    "companion_change": Term(
        "max|Δx̂|",
        "Effect of companions",
        "Largest change of the first sample when its companions are replaced.",
        digits=3,
    ),
    "group_layer": Term("max|GN(1) − LN|", "One group is layer norm", "The largest difference between the two."),
    "group_instance": Term("max|GN(C) − IN|", "C groups are instance norm", "The largest difference between the two."),
    "batch_instance": Term(
        "max|BN − IN|, N = 1", "Batch norm at N = 1 is instance norm", "The largest difference between the two."
    ),
    "rms_layer": Term(
        "max|RMS(x − mean) − LN|", "RMS norm of centred x is layer norm", "The largest difference between the two."
    ),
    "change_batch": Term(
        "max|Δx̂|, batch", "Companions under batch norm", "Largest change of the first sample.", digits=3
    ),
    "change_layer": Term(
        "max|Δx̂|, layer", "Companions under layer norm", "Largest change of the first sample.", digits=3
    ),
    "change_group": Term(
        "max|Δx̂|, group", "Companions under group norm", "Largest change of the first sample.", digits=3
    ),
    "change_instance": Term(
        "max|Δx̂|, instance", "Companions under instance norm", "Largest change of the first sample.", digits=3
    ),
    "change_rms": Term("max|Δx̂|, RMS", "Companions under RMS norm", "Largest change of the first sample.", digits=3),
    "end_loss": Term("L", "Last loss with the norm", "Loss of a mini-batch at the last measured step.", digits=3),
    "end_loss_reference": Term(
        "L", "Last loss of the reference", "The same for the network it is held against.", digits=3
    ),
    "loss_range": Term(
        "max L − min L", "Loss range with the norm", "Height of the loss along the gradient, mean.", digits=3
    ),
    "loss_range_reference": Term(
        "max L − min L", "Loss range of the reference", "The same for the network it is held against.", digits=3
    ),
    "loss_range_ratio": Term(
        "ratio", "Loss range ratio", "That of the reference over that with the norm: mean ranges.", digits=3
    ),
    "smoother_share": Term(
        "share", "Smoother on", "Share of rays on which the loss range is smaller with the norm.", digits=3
    ),
    "loss_range_median": Term(
        "max L − min L", "Median loss range with the norm", "Height of the loss along the gradient, median.", digits=3
    ),
    "loss_range_median_reference": Term(
        "max L − min L", "Median loss range of the reference", "The same for the network it is held against.", digits=3
    ),
    "relative_change": Term(
        "max|Δg| / |g|",
        "Gradient change with the norm",
        "Largest change of the gradient on a ray, over its norm.",
        digits=3,
    ),
    "relative_change_reference": Term(
        "max|Δg| / |g|", "Gradient change of the reference", "The same for the network it is held against.", digits=3
    ),
    "gradient_change": Term(
        "max|Δg|", "Absolute gradient change with the norm", "Largest change of the gradient on a ray.", digits=3
    ),
    "gradient_change_reference": Term(
        "max|Δg|", "Absolute gradient change of the reference", "The same for the network it is held against.", digits=3
    ),
    "smoothness_median": Term(
        "max|Δg| / η|g|",
        "Effective smoothness with the norm",
        "Change of the gradient for the distance moved, median.",
        digits=3,
    ),
    "smoothness_median_reference": Term(
        "max|Δg| / η|g|",
        "Effective smoothness of the reference",
        "The same for the network it is held against.",
        digits=3,
    ),
    "smoothness_largest": Term(
        "max|Δg| / η|g|", "Largest effective smoothness with the norm", "The largest of all rays.", digits=3
    ),
    "smoothness_largest_reference": Term(
        "max|Δg| / η|g|", "Largest effective smoothness of the reference", "The same for the other network.", digits=3
    ),
    "percentile_range": Term(
        "range of medians",
        "Movement of the median with the norm",
        "How far medians of what enters units have moved.",
        digits=3,
    ),
    "percentile_range_reference": Term(
        "range of medians",
        "Movement of the median in the reference",
        "The same for the network it is held against.",
        digits=3,
    ),
    "gradient_shift": Term(
        "|g − g'| / |g|",
        "Gradient shift with the norm",
        "Change of a layer's gradient when the layers below step.",
        digits=3,
    ),
    "gradient_shift_reference": Term(
        "|g − g'| / |g|", "Gradient shift of the reference", "The same for the network it is held against.", digits=3
    ),
    "gradient_cosine": Term(
        "cos(g, g')",
        "Cosine of the shift with the norm",
        "That of the shift: 1 if a layer's gradient is not turned.",
        digits=3,
    ),
    "gradient_cosine_reference": Term(
        "cos(g, g')", "Cosine of the shift of the reference", "The same for the network it is held against.", digits=3
    ),
    "step_drift": Term(
        "|Δ mean(h)|",
        "Drift in a step with the norm",
        "Change of mini-batch means of what enters units, in a step.",
        digits=3,
    ),
    "step_drift_reference": Term(
        "|Δ mean(h)|", "Drift in a step of the reference", "The same for the network it is held against.", digits=3
    ),
    "growth_without": Term(
        "‖g_l‖ / ‖g_l+1‖", "Gradient a layer, without norm", "By how much a layer multiplies its norm."
    ),
    "growth_with": Term("‖g_l‖ / ‖g_l+1‖", "Gradient a layer, with norm", "By how much a layer multiplies its norm."),
    "growth_without_law": Term(
        "√χ", "Law of the gradient a layer, without norm", "The same for wide networks, from theory."
    ),
    "growth_with_law": Term("√χ", "Law of the gradient a layer, with norm", "The same for wide networks, from theory."),
    "gradient_without": Term("‖g_1‖ / ‖g_L‖", "Gradient in layer 1, without norm", "Its norm over the last layer's."),
    "gradient_with": Term("‖g_1‖ / ‖g_L‖", "Gradient in layer 1, with norm", "Its norm over the last layer's."),
    "square_without": Term(
        "E[h_L²] / E[h_1²]", "Growth of h², without norm", "Mean square in the last layer over that in the first."
    ),
    "square_with": Term(
        "E[h_L²] / E[h_1²]", "Growth of h², with norm", "Mean square in the last layer over that in the first."
    ),
    "square_without_law": Term(
        "E[h_L²] / E[h_1²]", "Law of the growth of h², without norm", "The same for wide networks, from theory."
    ),
    "square_with_law": Term(
        "E[h_L²] / E[h_1²]", "Law of the growth of h², with norm", "The same for wide networks, from theory."
    ),
    "std_without": Term("std(h_L)", "Spread of the last layer, without norm", "Over its units and examples."),
    "std_with": Term("std(h_L)", "Spread of the last layer, with norm", "Over its units and examples."),
    "flat_without": Term(
        "share", "Off or saturated, without norm", "Activations of the last layer that let almost no gradient through."
    ),
    "flat_with": Term(
        "share", "Off or saturated, with norm", "Activations of the last layer that let almost no gradient through."
    ),
    "dead_without": Term("share", "Units off, without norm", "Units of the last layer that are so for every example."),
    "dead_with": Term("share", "Units off, with norm", "Units of the last layer that are so for every example."),
    "branch_without": Term(
        "E[b_L²] / E[h_L²]", "Share of the last branch, without norm", "What the last block itself adds to h."
    ),
    "branch_with": Term(
        "E[b_L²] / E[h_L²]", "Share of the last branch, with norm", "What the last block itself adds to h."
    ),
    "branch_without_law": Term(
        "E[b_L²] / E[h_L²]", "Law of the branch's share, without norm", "The same for wide networks, from theory."
    ),
    "branch_with_law": Term(
        "E[b_L²] / E[h_L²]", "Law of the branch's share, with norm", "The same for wide networks, from theory."
    ),
}

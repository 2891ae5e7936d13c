"""How small can a batch be: what batches of N values say about where they were drawn from."""

from bnsim.experiment import Experiment, Overlay
from bnsim.experiments.batch_size import figures, model, params, statements, tables
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("distributions", "quantity", "value", "density", to_peak=True),
    slug="batch-size",
    order=20,
    params=params.BatchSizeParams,
    run=model.run,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=tables.TABLES,
    figures=figures.figures,
    headline=("x_hat_noise", "mean_noise", "var_noise", "doubling_gain"),
    shown_tables=("laws", "errors", "doubling", "gradients", "pairs"),
    first_set="batch-size-effects",
)

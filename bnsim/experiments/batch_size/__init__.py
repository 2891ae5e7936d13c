"""How small can a batch be: what batches of N values say about where they were drawn from."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.batch_size import model, params, statements
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("distributions", "quantity", "value", "density", to_peak=True),
    slug="batch-size",
    order=20,
    params=params.BatchSizeParams,
    run=model.run,
    cost=model.cost,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    code=Later(__name__, "code.settings"),
    live=Later(__name__, "figures.LIVE"),
    headline=("x_hat_noise", "mean_noise", "var_noise", "doubling_gain"),
    better=dict.fromkeys(("x_hat_noise", "x_hat_noise_exact", "mean_noise", "var_noise"), "lower"),
    shown_tables=("laws", "errors", "doubling", "gradients", "pairs"),
    complete=model.complete,
    closed=("doubling", "gradients", "simulated", "distributions"),
    first_set="batch-size-effects",
)

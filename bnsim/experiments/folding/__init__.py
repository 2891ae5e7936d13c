"""Can inference skip batch norm altogether: one layer that does the work of two, and where it may not."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.folding import model, params, statements
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("moves", "series", "shift", "value"),
    slug="folding",
    order=80,
    params=params.FoldingParams,
    run=model.run,
    cost=model.cost,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    code=Later(__name__, "code.settings"),
    headline=("fold_error_float64", "fold_train_error", "fold_relu_error"),
    better=dict.fromkeys(
        ("fold_error_float64", "fold_error_float32", "fold_train_error", "fold_relu_error", "fold_relu_share"), "lower"
    ),
    shown_tables=("costs", "failures", "precision", "bias", "moves", "timing"),
    live=Later(__name__, "figures.LIVE"),
    first_set="folding",
    measured=("timing", "time_ratio"),
)

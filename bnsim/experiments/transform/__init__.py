"""What one mini-batch looks like before and after batch normalization, and one sample in it."""

from bnsim.experiment import Experiment, Overlay
from bnsim.experiments.transform import figures, model, params, statements, tables
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("densities", "stage", "value", "density", to_peak=True),
    slug="transform",
    order=10,
    params=params.TransformParams,
    run=model.run,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=tables.TABLES,
    figures=figures.figures,
    headline=("x_hat", "y", "normalized_mean", "normalized_std", "output_mean", "output_std"),
    shown_tables=("stages", "moments", "members"),
    live=figures.LIVE,
    first_set="worked-examples",
)

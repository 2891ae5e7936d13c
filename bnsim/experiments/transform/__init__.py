"""What one mini-batch looks like before and after batch normalization, and one sample in it."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.transform import model, params, statements
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("densities", "stage", "value", "density", to_peak=True),
    slug="transform",
    order=10,
    params=params.TransformParams,
    run=model.run,
    cost=model.cost,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    code=Later(__name__, "code.settings"),
    headline=("x_hat", "y", "normalized_mean", "normalized_std", "output_mean", "output_std"),
    shown_tables=("stages", "moments", "members"),
    live=Later(__name__, "figures.LIVE"),
    places=Later(__name__, "figures.PLACES"),
    first_set="worked-examples",
)

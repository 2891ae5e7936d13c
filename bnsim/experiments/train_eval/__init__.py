"""The same input in training and in eval mode, and what the running statistics do."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.train_eval import model, params, statements
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("curves", "series", "x", "y"),
    slug="train-eval",
    order=30,
    params=params.TrainEvalParams,
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
    headline=("eval_y", "train_y_mean", "train_y_std", "right_in_training"),
    better=dict.fromkeys(("right_in_training", "right_class_sorted", "right_in_eval"), "higher"),
    shown_tables=("modes", "frameworks", "checks", "decisions", "steps", "outputs"),
    complete=model.complete,
    closed=("frameworks", "checks", "decisions", "curves"),
    places=Later(__name__, "figures.PLACES"),
    first_set="train-mode-inference",
)

"""Two networks that differ in their norm only, trained side by side on handwritten digits."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.training import answers, model, params, parts, statements
from bnsim.text import words_of
from bnsim.work import Work

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("curves", "series", "step", "mean"),
    work=Work(parts.parts, parts.do, model.join, parts.seconds),
    slug="training",
    order=60,
    params=params.TrainingParams,
    readouts=statements.readouts,
    answers=answers.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    headline=("steps_to_90_norm", "steps_to_90_against", "test_accuracy_norm", "test_accuracy_against"),
    better=statements.BETTER,
    shown_tables=("sweep", "runs", "curves", "drift"),
    places=Later(__name__, "figures.PLACES"),
    first_set="faster-training",
    code=Later(__name__, "code.settings"),
    small=params.SMALL,
)

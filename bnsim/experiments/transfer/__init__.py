"""What happens to a trained network when the images change, and whether new statistics repair it."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.transfer import model, outcome, params, statements
from bnsim.text import words_of
from bnsim.work import Work

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("samples", "method", "log2_samples", "mean"),
    work=Work(model.parts, model.do, outcome.join, model.seconds),
    slug="transfer",
    order=90,
    params=params.TransferParams,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    headline=("clean_source", "changed_source", "changed_adapted", "changed_plain"),
    better=statements.BETTER,
    shown_tables=("methods", "accuracies", "samples", "strengths"),
    first_set="adabn",
    small={"depth": 1, "width": 8, "steps": 6, "batch": 10, "samples": 8, "draws": 2, "tuning_steps": 2, "seeds": 2},
)

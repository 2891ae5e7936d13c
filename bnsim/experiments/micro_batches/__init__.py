"""A batch taken in parts: gradient accumulation, ghost batches, several devices, and which statistics are kept."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.micro_batches import model, params, statements
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("outputs", "taken", "place", "x_hat"),
    slug="micro-batches",
    order=35,
    params=params.MicroBatchesParams,
    run=model.run,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    code=Later(__name__, "code.settings"),
    live=Later(__name__, "figures.LIVE"),
    headline=("output_change", "gradient_change", "step_weight", "settled_var"),
    better=dict.fromkeys(("output_change", "gradient_change"), "lower"),
    shown_tables=("parts", "rules", "outputs"),
    first_set="accumulation",
)

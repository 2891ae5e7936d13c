"""What half precision does to batch norm: sums that stall, squares that overflow, digits and an epsilon that vanish."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.precision import model, params, statements
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("sums", "sum", "count", "total"),
    slug="precision",
    order=85,
    params=params.PrecisionParams,
    run=model.run,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    code=Later(__name__, "code.settings"),
    headline=("centred_error", "difference_error", "framework_error", "kept_eps"),
    better=dict.fromkeys(("centred_error", "difference_error"), "lower"),
    shown_tables=("ways", "formats", "formulas"),
    first_set="half-precision",
)

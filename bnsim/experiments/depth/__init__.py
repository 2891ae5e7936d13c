"""What happens from layer to layer of a new network, without norm and with it."""

from bnsim.experiment import Experiment, Overlay
from bnsim.experiments.depth import figures, model, params, statements, tables
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("curves", "series", "layer", "value"),
    slug="depth",
    order=50,
    params=params.DepthParams,
    run=model.run,
    readouts=statements.readouts,
    notes=statements.notes,
    answers=statements.answers,
    actions=statements.actions,
    tables=tables.TABLES,
    figures=figures.figures,
    headline=("growth_with", "growth_without", "gradient_with", "gradient_without"),
    shown_tables=("layers", "seeds"),
    first_set="gradient-explosion-at-init",
)

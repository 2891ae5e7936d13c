"""What happens from layer to layer of a new network, without norm and with it."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.depth import model, params, statements
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("curves", "series", "layer", "value"),
    slug="depth",
    order=50,
    params=params.DepthParams,
    run=model.run,
    cost=model.cost,
    readouts=statements.readouts,
    notes=statements.notes,
    answers=statements.answers,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    live=Later(__name__, "figures.LIVE"),
    headline=("growth_with", "growth_without", "gradient_with", "gradient_without"),
    better=dict.fromkeys(("dead_with", "dead_without"), "lower"),
    shown_tables=("layers", "seeds"),
    complete=model.complete,
    closed=("layers", "ridges", "names", "spreads"),
    places=Later(__name__, "figures.PLACES"),
    first_set="gradient-explosion-at-init",
)

"""Whether the loss is smoother with a norm: two networks trained side by side, and what is measured around them."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.landscape import model, params, statements
from bnsim.text import words_of
from bnsim.work import Work

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("curves", "series", "step", "value"),
    slug="landscape",
    order=70,
    params=params.LandscapeParams,
    work=Work(model.parts, model.do, model.join, model.seconds),
    readouts=statements.readouts,
    notes=statements.notes,
    answers=statements.answers,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    headline=("loss_range", "loss_range_reference", "loss_range_ratio", "smoother_share"),
    better=dict.fromkeys(("end_loss", "end_loss_reference"), "lower"),
    shown_tables=("summary", "rays", "losses", "shifts"),
    first_set="smooth-landscape",
    small={"depth": 2, "width": 8, "steps": 6, "batch": 10, "every": 2, "points": 3, "seeds": 2},
)

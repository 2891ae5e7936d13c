"""Which values share one mean and one variance: the family of norms on one tensor of digits."""

from bnsim.experiment import Experiment, Later, Overlay
from bnsim.experiments.norm_family import model, params, statements
from bnsim.text import words_of

EXPERIMENT = Experiment.worded(
    words_of(__name__),
    Overlay("densities", "stage", "value", "density", to_peak=True),
    slug="norm-family",
    order=40,
    params=params.NormFamilyParams,
    run=model.run,
    readouts=statements.readouts,
    answers=statements.answers,
    notes=statements.notes,
    actions=statements.actions,
    tables=Later(__name__, "tables.TABLES"),
    figures=Later(__name__, "figures.figures"),
    code=Later(__name__, "code.settings"),
    headline=("sharing_sets", "values_per_set", "companion_change"),
    shown_tables=("sharing", "zeros", "changes", "values"),
    live=Later(__name__, "figures.LIVE"),
    first_set="norms-compared",
)

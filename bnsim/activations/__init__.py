r"""Activations of one's own: what is odd about their channels, and whether running statistics fit them.

>>> from io import BytesIO
>>> from bnsim.activations import activations_of, report_of
>>> report = report_of(activations_of(BytesIO(b"a,b\n1,0\n3,0\n"), "x.csv"))
>>> report.findings
('', 'dead')
"""

from bnsim.activations.autopsy import Autopsy, Batch, Origin, Running, Verdict, autopsy, batch_of
from bnsim.activations.densities import Densities, counts_of, densities_of, most_different
from bnsim.activations.opening import APP_LIMITS, LIMITS, Activations, Limits, activations_of, open_activations
from bnsim.activations.profile import FINDINGS, Report, report_of
from bnsim.activations.running import fitting, layer_of, running_of, typed_running
from bnsim.activations.tables import autopsy_table, channels_table, densities_table, family_table, norms_table
from bnsim.activations.wording import answer, reading, remarks, told, verdict

__all__ = [
    "APP_LIMITS",
    "FINDINGS",
    "LIMITS",
    "Activations",
    "Autopsy",
    "Batch",
    "Densities",
    "Limits",
    "Origin",
    "Report",
    "Running",
    "Verdict",
    "activations_of",
    "answer",
    "autopsy",
    "autopsy_table",
    "batch_of",
    "channels_table",
    "counts_of",
    "densities_of",
    "densities_table",
    "family_table",
    "fitting",
    "layer_of",
    "most_different",
    "norms_table",
    "open_activations",
    "reading",
    "remarks",
    "report_of",
    "running_of",
    "told",
    "typed_running",
    "verdict",
]

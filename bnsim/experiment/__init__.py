"""The contract: an experiment is a value, and the page, the command line and the link are its interpreters.

Neither pandas nor Altair is imported here: who asks for numbers does not wait for what makes tables and pictures.
"""

from bnsim.experiment.contract import Better, Experiment, no_actions
from bnsim.experiment.later import Later
from bnsim.experiment.pictures import Overlay, Picture, picture
from bnsim.experiment.programs import CodeSettings, of_params, several
from bnsim.experiment.result import Result
from bnsim.experiment.sentences import Answer, Note, Readout, Segment, Stated, answer, note, stated, warning
from bnsim.experiment.tables import Tables

__all__ = [
    "Answer",
    "Better",
    "CodeSettings",
    "Experiment",
    "Later",
    "Note",
    "Overlay",
    "Picture",
    "Readout",
    "Result",
    "Segment",
    "Stated",
    "Tables",
    "answer",
    "no_actions",
    "note",
    "of_params",
    "picture",
    "several",
    "stated",
    "warning",
]

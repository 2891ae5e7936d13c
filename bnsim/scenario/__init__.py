"""Parameters, scenarios, and the two codecs (link and TOML) that carry them."""

from bnsim.scenario.library import Library, folders, load
from bnsim.scenario.link import decode, encode, holds_everything, url
from bnsim.scenario.params import Control, FieldSpec, Params
from bnsim.scenario.scenario import Scenario, ScenarioSet, name_from
from bnsim.scenario.toml import read, write
from bnsim.scenario.values import Values

__all__ = [
    "Control",
    "FieldSpec",
    "Library",
    "Params",
    "Scenario",
    "ScenarioSet",
    "Values",
    "decode",
    "encode",
    "folders",
    "holds_everything",
    "load",
    "name_from",
    "read",
    "url",
    "write",
]

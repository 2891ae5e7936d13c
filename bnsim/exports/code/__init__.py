"""The same in code: a program of its own for PyTorch, Keras, Flax or plain NumPy that finds a scenario's readouts."""

from bnsim.exports import LOCAL
from bnsim.exports.code.program import FRAMEWORKS, code_of, code_text, has_code

__all__ = ["FRAMEWORKS", "LOCAL", "code_of", "code_text", "has_code"]

"""Words apart from arithmetic: how numbers are written, and the sentences of an experiment's `text.toml`."""

from bnsim.text.numbers import SIGNIFICANT_DIGITS, Term, in_formula, number, operands, to_error
from bnsim.text.words import Words, words_of

__all__ = ["SIGNIFICANT_DIGITS", "Term", "Words", "in_formula", "number", "operands", "to_error", "words_of"]

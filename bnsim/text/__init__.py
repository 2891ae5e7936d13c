"""Words apart from arithmetic: how numbers are written, and the sentences of an experiment's `text.toml`."""

from bnsim.text.numbers import SIGNIFICANT_DIGITS, in_formula, number, operands, to_error
from bnsim.text.short import short
from bnsim.text.terms import Term
from bnsim.text.words import Words, words_of

__all__ = ["SIGNIFICANT_DIGITS", "Term", "Words", "in_formula", "number", "operands", "short", "to_error", "words_of"]

"""Words apart from arithmetic: how numbers are written, and the sentences of an experiment's `text.toml`."""

from bnsim.text.numbers import SIGNIFICANT_DIGITS, Term, number
from bnsim.text.words import Words, words_of

__all__ = ["SIGNIFICANT_DIGITS", "Term", "Words", "number", "words_of"]

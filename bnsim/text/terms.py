"""One quantity that is shown: what it is called and how its numbers are written."""

import math
from dataclasses import dataclass

from bnsim.text.numbers import SIGNIFICANT_DIGITS, number
from bnsim.text.short import percent, short


@dataclass(frozen=True)
class Term:
    """One quantity: the symbol the field writes, a label, its meaning in one line, and how many digits mean anything.

    What is exact up to rounding shows all digits that are right; a mean over a few seeds shows those that it has.
    `stage` is "raw", "normalized" or "output" for what is shown in the colour of that stage.
    """

    symbol: str
    label: str
    meaning: str
    digits: int = SIGNIFICANT_DIGITS
    stage: str = ""

    def written(self, value: float | str) -> str:
        """Return a number of this quantity with the digits that mean something; a dash for what is not known.

        A word that stands in place of a number is returned as it is.
        """
        if isinstance(value, str):
            return value
        return "–" if math.isnan(value) else number(value, self.digits)

    def short(self, value: float | str, form: str = "") -> str:
        """Return a number of this quantity in few digits, or the word in place of it; in words what is not known.

        `form` is "%" for a share as a percentage, with as many digits that mean something.
        """
        if isinstance(value, str):
            return value
        if math.isnan(value):
            return "not known"
        return percent(value, self.digits) if form == "%" else short(value, self.digits)

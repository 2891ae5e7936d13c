"""A tally as tables for pictures: tidy, one row for each bar, point or stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bnsim.classroom.phase import FIRST, SECOND

if TYPE_CHECKING:
    import pandas as pd

    from bnsim.classroom.tally import Tally, Votes


def histogram(tally: Tally) -> pd.DataFrame:
    """Return how often what was answered: vote (1 or 2), place, answer, low, high, count, share of that vote."""
    import pandas as pd

    rows = [
        (vote, place, option.label, option.low, option.high, count, count / votes.count if votes.count else 0.0)
        for vote, votes in _shown(tally)
        for place, (option, count) in enumerate(zip(tally.options, votes.counts, strict=True))
    ]
    return pd.DataFrame(rows, columns=["vote", "place", "answer", "low", "high", "count", "share"])


def points(tally: Tally) -> pd.DataFrame:
    """Return every number that was answered: vote (1 or 2), value."""
    import pandas as pd

    rows = [(vote, number) for vote, votes in _shown(tally) for number in votes.numbers]
    return pd.DataFrame(rows, columns=["vote", "value"])


def flow(tally: Tally) -> pd.DataFrame:
    """Return who changed to what: first, second (the answers), count, of those who answered both times."""
    import pandas as pd

    rows = [(tally.options[one].label, tally.options[other].label, count) for one, other, count in tally.flow]
    return pd.DataFrame(rows, columns=["first", "second", "count"])


def _shown(tally: Tally) -> list[tuple[int, Votes]]:
    both = ((FIRST, tally.first), (SECOND, tally.second))
    return [(vote, votes) for vote, votes in both if votes is not None]

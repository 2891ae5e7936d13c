"""What a class answered as markup and as a picture: how often what, first against second, and who changed to what."""

import html

import streamlit as st

from bnsim.app import pictures, text
from bnsim.app.classroom.question import WORDS
from bnsim.app.lessons.asking import axis_of
from bnsim.charts.template import Figure
from bnsim.charts.votes import dots, truth_line, votes_template
from bnsim.classroom import frames
from bnsim.classroom.tally import RIGHT, Tally, Votes
from bnsim.learn.lesson import Kind, Step, Truth
from bnsim.learn.lesson.judging import written

MOST_STREAMS = 8
"""So many changes from one answer to another are listed, the most frequent ones."""

LAST_ROW = 2.2
"""How many times as large the answers are on a projector: a whole room reads them."""


def bars(tally: Tally, truth: Truth | None = None) -> str:
    """Return how often what was answered as a table of bars, the first vote beside the second.

    A choice that is true says so. A vote that is not shown, or was not given, has no column.
    """
    votes = given(tally)
    heads = "".join(f'<th scope="col">{WORDS[f"label.vote_{at}"]}</th>' for at in votes)
    choice = None if truth is None else truth.choice
    rows = "".join(
        f'<tr class="{"t" if place == choice else ""}"><th scope="row">{html.escape(option.label)}'
        f"{mark(is_true=place == choice)}</th>{''.join(bar(each, place, at) for at, each in votes.items())}</tr>"
        for place, option in enumerate(tally.options)
    )
    head = f'<th scope="col">{WORDS["label.answers"]}</th>{heads}'
    return f'<table class="bn-bars"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def given(tally: Tally) -> dict[int, Votes]:
    """Return the votes that there are to be seen, by 1 and 2."""
    both = {1: tally.first, 2: tally.second}
    return {at: votes for at, votes in both.items() if votes is not None and votes.count}


def mark(*, is_true: bool) -> str:
    """Return what is said beside the choice that is true."""
    return f" <b>✓ {WORDS['label.true_here']}</b>" if is_true else ""


def bar(votes: Votes, place: int, vote: int) -> str:
    """Return one bar with its number."""
    count = votes.counts[place]
    share = count / votes.count
    return (
        f'<td><span class="v{vote}" style="--s:{share:.4f}"></span><b>{count}</b> <small>{percent(share)}</small></td>'
    )


def percent(share: float) -> str:
    r"""Return a share of a class: whole percents, as one of 300 is a third of one.

    >>> percent(2 / 3)
    '67\u202f%'
    """
    return f"{100 * share:.0f}\N{NARROW NO-BREAK SPACE}%"


def shares(tally: Tally) -> str:
    """Return how many are right in the first vote and in the second; "" as long as that is not known."""
    said = [
        WORDS.say("label.right_share", right=votes.right, count=votes.count, share=percent(votes.right / votes.count))
        for votes in given(tally).values()
        if votes.right is not None
    ]
    if not said:
        return ""
    first, *second = said
    return (
        WORDS.say("label.right_both", first=first, second=second[0])
        if second
        else WORDS.say("label.right", first=first)
    )


def flow(tally: Tally) -> str:
    """Return who changed to what as a table, the largest streams first; "" where nobody answered twice."""
    frame = frames.flow(tally).sort_values("count", ascending=False, kind="stable")
    if frame.empty:
        return ""
    heads = "".join(f'<th scope="col">{WORDS[f"label.flow_{each}"]}</th>' for each in ("first", "second", "count"))
    rows = "".join(
        f"<tr><td>{html.escape(one)}</td><td>{html.escape(other)}</td><td>{count}</td></tr>"
        for one, other, count in frame[:MOST_STREAMS].itertuples(index=False)
    )
    table = f'<div class="bnt v bn-flow"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    left = int(frame["count"][MOST_STREAMS:].sum())
    return table + (f"<p>{html.escape(WORDS.say('label.flow_left', left=left))}</p>" if left else "")


def turned(tally: Tally) -> str:
    """Return how many of those who answered twice got it right by talking, or lost it; "" where that is not known."""
    if not tally.turned:
        return ""
    ways = tally.turned.items()
    gained = sum(count for (one, other), count in ways if other == RIGHT and one != RIGHT)
    lost = sum(count for (one, other), count in ways if one == RIGHT and other != RIGHT)
    return WORDS.say("label.flow_right", both=sum(tally.turned.values()), gained=gained, lost=lost)


def draw(step: Step, tally: Tally, truth: Truth | None, key: str) -> None:
    """Draw what was answered: numbers as points on their axis once the truth is shown, all else as bars."""
    value = None if truth is None or isinstance(truth.value, str) else truth.value
    if step.kind is Kind.CHOICE or value is None:
        st.html(bars(tally, truth))
        return
    figure = figure_of(step, tally, value)
    pictures.draw(figure, key, 0, larger=LAST_ROW)
    text.unseen(st.empty(), figure.description)


def figure_of(step: Step, tally: Tally, value: float) -> Figure:
    """Return every answer as a point on the axis of what decides, with the truth as a line."""
    answers = frames.points(tally)
    axis = axis_of(step).holding(value)
    names = {at: WORDS[f"label.vote_{at}"] for at in given(tally)}
    data = {
        "votes": dots(answers, axis, names),
        "truth": truth_line(value, WORDS.say("label.true_at", value=written(step, value))),
    }
    unsure = [WORDS.say("label.beyond", count=each.counts[-1]) for each in given(tally).values() if each.counts[-1]]
    caption = " ".join((WORDS.say("label.dots_caption", label=axis.title), *unsure))
    return Figure(
        "votes", WORDS["label.dots_title"], caption, WORDS["label.dots_alt"], spoken(step, tally, value),
        votes_template(axis, len(names)), data,
    )  # fmt: skip


def spoken(step: Step, tally: Tally, value: float) -> str:
    """Return in words what the points show."""
    said = [WORDS.say("label.true_at", value=written(step, value))]
    for at, votes in given(tally).items():
        counted = [
            f"{option.label}: {count}" for option, count in zip(tally.options, votes.counts, strict=True) if count
        ]
        said.append(f"{WORDS[f'label.vote_{at}']}: {', '.join(counted)}")
    return ". ".join(said)

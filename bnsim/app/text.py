"""Text on the page: everything that came from outside is escaped here and shown as text, never as markup."""

import html
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.experiment import Readout, Result, Segment

NUMBERS = ("Quantity", "Symbol", "Value", "How it is made")
"""Heads of the table of all numbers, and of its download."""

LABELS, LONGEST_LABEL = 500, 300
"""So many labels, of so many characters, are kept as they were written last: a page has up to eighty, the same for all
visitors."""

NUMBER = re.compile(r"\N{MINUS SIGN}?\d")

MARKDOWN = re.compile(r"[\\`*_{}\[\]()<>#+!|$~:&=.@-]")

# What Streamlit makes icons, links and arrows of even where the signs are escaped; a joiner without width prevents it.
REWRITTEN = re.compile(r":(?=material/|streamlit:)|www(?=\.)|https?(?=:)|\w(?=@)|-(?=[->])|<(?=-)|[<>~](?==)")


def plain(words: str) -> str:
    """Return text from outside, on one line, so that a widget's label, which is Markdown, shows it as it is."""
    return kept_plain(words) if len(words) <= LONGEST_LABEL else written_plain(words)


def written_plain(words: str) -> str:
    """Return what `plain` does, written anew."""
    line = REWRITTEN.sub("\\g<0>\N{WORD JOINER}", " ".join(words.split()))
    return MARKDOWN.sub(r"\\\g<0>", line)


kept_plain = lru_cache(maxsize=LABELS)(written_plain)


def question(text: str) -> None:
    """Draw the page's question as its heading."""
    st.html(f'<h1 class="bnq">{html.escape(text)}</h1>')


def section(text: str) -> None:
    """Draw the heading of a part of the page."""
    st.html(f'<h2 class="bnh">{html.escape(text)}</h2>')


def sentences(place: DeltaGenerator, texts: Iterable[str], *, bad: bool = False) -> None:
    """Draw plain sentences into a place; nothing if there are none."""
    fill(place, noted(texts, bad=bad))


def fill(place: DeltaGenerator, markup: str) -> None:
    """Draw markup into a place; nothing if there is none."""
    if markup:
        place.html(markup)
    else:
        place.empty()


def noted(texts: Iterable[str], *, bad: bool = False) -> str:
    """Return plain sentences as markup; nothing if there are none."""
    body = "".join(f"<p>{html.escape(text)}</p>" for text in texts)
    return body and f'<div class="bnn{" bad" if bad else ""}" role="{"alert" if bad else "note"}">{body}</div>'


def answer(place: DeltaGenerator, result: Result, above: str = "") -> None:
    """Draw the sentences that answer the question, below them what nobody should overlook; `above` them other markup.

    Results are in bold, and some numbers follow the thumb. One place holds all of it: each place costs about as much
    as the words in it.
    """
    settings, live = result.params.controls(), result.experiment.live
    body = " ".join("".join(segment(each, settings, live) for each in sentence) for sentence in result.answers)
    fill(place, above + (body and f'<p class="bna">{body}</p>') + noted(result.warnings))


def segment(part: Segment, settings: Collection[str], live: Collection[str]) -> str:
    """Return a part of an answer as markup: words and settings plain, found numbers in bold; some follow the thumb."""
    is_found = bool(NUMBER.match(part.text)) and part.name not in settings
    if not part.name or not (is_found or part.name in live):
        return html.escape(part.text)
    tag = "b" if is_found else "span"
    found = f'data-name="{part.name}"{followed(part.name, part.form, live, part.digits)}'
    return f"<{tag} {found}>{html.escape(part.text)}</{tag}>"


def followed(name: str, form: str, live: Collection[str], digits: int) -> str:
    """Return the attributes by which the sliders' code finds a number that follows the thumb (live.js)."""
    if name not in live or form not in ("", "%"):
        return ""
    return f' data-live="{name}" data-form="{form}" data-digits="{digits}"'


def numbers(place: DeltaGenerator, result: Result) -> None:
    """Draw what the main picture shows in words for those who do not see it, and a few numbers in few digits."""
    fill(place, hidden(result.first_figure.description) + headline(result))


def headline(result: Result) -> str:
    """Return a few numbers in few digits as markup; each opens to all of its digits and the statement that makes it."""
    chosen, live = result.experiment.headline, result.experiment.live
    items = sorted(
        (item for item in result.readout_list if item.key in chosen), key=lambda item: chosen.index(item.key)
    )
    return '<div class="bnr">' + "".join(card(item, live) for item in items) + "</div>"


def card(item: Readout, live: Collection[str]) -> str:
    """Return one readout as markup; where the exact value is known it is shown, and the statement says what is left."""
    term, live_by = item.term, followed(item.key, "", live, item.term.digits)
    return (
        f'<details class="{term.stage[:1]}" data-card="{item.key}">'
        f'<summary title="{html.escape(term.meaning)}"><span>{html.escape(term.label)}</span>'
        f'<b data-key="{item.key}"{live_by}>{html.escape(term.short(item.best))}</b></summary>'
        f'<div><b data-full="{item.key}">{html.escape(term.symbol)} = {html.escape(term.written(item.best))}</b>'
        f"<small>{html.escape(item.statement)}</small></div></details>"
    )


def all_numbers(place: DeltaGenerator, items: Iterable[Readout]) -> None:
    """Draw every number with all its digits and how it is made, as a table that can be copied."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in NUMBERS)
    rows = "".join(
        f'<tr><th scope="row" title="{html.escape(item.term.meaning)}">{html.escape(item.term.label)}</th>'
        f"<td>{html.escape(item.term.symbol)}</td>"
        f'<td data-all="{item.key}">{html.escape(item.term.written(item.best))}</td>'
        f"<td>{html.escape(item.statement)}</td></tr>"
        for item in items
    )
    place.html(
        '<div class="bnt" role="region" tabindex="0" aria-label="All numbers">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def caption(title: str, words: str) -> None:
    """Draw the caption of a picture, or another small text with a title."""
    st.caption(f"**{title}.** {words}")


def unseen(place: DeltaGenerator, words: str) -> None:
    """Say in words, for those who do not see it, what a picture shows now."""
    place.html(hidden(words))


def hidden(words: str) -> str:
    """Return words as markup that is heard and not seen."""
    return f'<p class="bn-sr">{html.escape(words)}</p>'


def count(place: DeltaGenerator, words: str, *, inside: bool = False) -> None:
    """Say something short at the right end of the title of the part that comes next, or that this is `inside` of."""
    fill(place, words and f'<p class="bn-count{" in" if inside else ""}">{html.escape(words)}</p>')


PICTURE = ":is([data-testid=stVegaLiteChart],[data-testid=stSkeleton])"
"""A picture, or what stands for it while the code that draws it is on its way."""


def reserve(height: int) -> None:
    """Keep the place of the main picture free while it is on its way, and while another one comes in its stead.

    What is beneath it stays where it is, however many lines that is: the place holds so much before there is a picture.
    """
    place = ".st-key-first-figure"
    st.html(
        f"<style>{place},{place} {PICTURE}{{min-height:{height}px}}"
        f'{place}:not(:has({PICTURE}))::before{{content:"";flex:0 0 {height}px}}</style>'
    )


def reserve_each(heights: Mapping[str, int]) -> None:
    """Keep the places of pictures, by the keys of the containers that they are in.

    Else what is beneath would move as each of them comes, and a press on it would find nothing under the pointer.
    """
    rules = (f".st-key-{place} {PICTURE}{{min-height:{height}px}}" for place, height in heights.items())
    st.html(f"<style>{''.join(rules)}</style>")

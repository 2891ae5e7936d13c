"""Text on the page: everything that came from outside is escaped here and shown as text, never as markup."""

import html
import re
from collections.abc import Iterable
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnsim.experiment import Readout

STYLE = f"<style>{(Path(__file__).parent / 'page.css').read_text('utf-8')}</style>"

MARKDOWN = re.compile(r"[\\`*_{}\[\]()<>#+!|$~:&=.@-]")

# What Streamlit makes icons, links and arrows of even where the signs are escaped; a joiner without width prevents it.
REWRITTEN = re.compile(r":(?=material/|streamlit:)|www(?=\.)|https?(?=:)|\w(?=@)|-(?=[->])|<(?=-)|[<>~](?==)")


def plain(words: str) -> str:
    """Return text from outside, on one line, so that a widget's label, which is Markdown, shows it as it is."""
    line = REWRITTEN.sub("\\g<0>\N{WORD JOINER}", " ".join(words.split()))
    return MARKDOWN.sub(r"\\\g<0>", line)


def question(text: str) -> None:
    """Draw the page's question as its heading."""
    st.html(f'{STYLE}<h1 class="bnq">{html.escape(text)}</h1>')


def section(text: str) -> None:
    """Draw the heading of a part of the page."""
    st.html(f'<h2 class="bnh">{html.escape(text)}</h2>')


def sentences(place: DeltaGenerator, texts: Iterable[str], *, bad: bool = False) -> None:
    """Draw plain sentences into a place; nothing if there are none."""
    body = "".join(f"<p>{html.escape(text)}</p>" for text in texts)
    if body:
        place.html(f'<div class="bnn{" bad" if bad else ""}" role="{"alert" if bad else "note"}">{body}</div>')
    else:
        place.empty()


def readouts(place: DeltaGenerator, items: Iterable[Readout]) -> None:
    """Draw numbers with all digits that are right, each with its exact statement; a change is also spoken."""
    place.html('<div class="bnr" aria-live="polite">' + "".join(card(item) for item in items) + "</div>")


def card(item: Readout) -> str:
    """Return one readout as markup; where the exact value is known it is shown, and the statement says what is left."""
    term = item.term
    meaning = html.escape(f"{term.symbol}: {term.meaning}")
    return (
        f'<div class="{term.stage[:1]}" title="{meaning}">'
        f"<span>{html.escape(term.label)}</span>"
        f'<b data-key="{item.key}">{html.escape(term.written(item.best))}</b>'
        f"<small>{html.escape(item.statement)}</small></div>"
    )

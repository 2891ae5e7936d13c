"""The glossary: every symbol and term that is shown anywhere, one line each, and where to see it."""

import html
from collections.abc import Iterable, Iterator

import streamlit as st

from bnsim.app import address, text
from bnsim.app.living import living
from bnsim.app.reading import WORDS, link_to
from bnsim.experiments import all_experiments
from bnsim.learn import Entry, glossary
from bnsim.learn.targets import Target, target_of

GLOSSARY = "glossary"

Targets = Iterator[tuple[int, Target]]


def glossary_page(asked: str) -> None:
    """Draw all entries: the terms, then what each experiment shows; the term that is asked for stands first."""
    text.question(WORDS["glossary"])
    found = glossary()
    st.markdown(WORDS["glossary_summary"])
    known = {"term": asked} if asked in found.terms else {}
    if known:
        st.html(f'<p class="bnd">{html.escape(found.terms[asked].line)}</p>')
    terms = sorted(found.terms.values(), key=lambda entry: entry.title.casefold())
    targets = [target_of(entry.see) for entry in terms] + [Target(slug) for slug in found.shown]
    links = iter(enumerate(targets))
    parts = [section(html.escape(WORDS["terms"]), lines(terms, links))]
    for slug, entries in found.shown.items():
        parts.append(folded(all_experiments()[slug].title, link_to(*next(links), WORDS["see"]), lines(entries, None)))
    st.html(f'<div class="bn-read">{"".join(parts)}</div>')
    living("glossary", targets)
    address.write("learn", {"page": GLOSSARY, **known})


def section(heading: str, entries: Iterable[str]) -> str:
    """Return a heading, which is markup, and its entries as a list of terms and what they mean."""
    return f'<h2 class="bnh">{heading}</h2><dl>{"".join(entries)}</dl>'


def folded(title: str, link: str, entries: Iterable[str]) -> str:
    """Return the entries of one experiment, closed until asked for: all together they are forty screens of a phone."""
    heading = f'<summary><h2 class="bnh">{html.escape(title)}</h2></summary>'
    return f"<details>{heading}<p>{link}</p><dl>{''.join(entries)}</dl></details>"


def lines(entries: Iterable[Entry], links: Targets | None) -> Iterator[str]:
    """Yield every entry: its title and symbol, what it means, and with links where to see it."""
    for entry in entries:
        symbol = f" <i>{html.escape(entry.symbol)}</i>" if entry.symbol else ""
        also = f" ({html.escape(WORDS['also'])} {html.escape(', '.join(entry.also))})" if entry.also else ""
        see = "" if links is None else f" {link_to(*next(links), WORDS['see'])}"
        yield f"<dt>{html.escape(entry.title)}{symbol}{also}</dt><dd>{html.escape(entry.text)}{see}</dd>"

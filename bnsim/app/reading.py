"""A text as markup: numbers that follow the thumb, fields for what can be changed, symbols with their meaning."""

import html
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from bnsim.app.text import followed
from bnsim.experiment import Experiment, Segment
from bnsim.learn import Page, glossary
from bnsim.learn.filling import Filled
from bnsim.learn.markup import Block, Number, Piece, targets_in
from bnsim.learn.targets import Target, target_of
from bnsim.scenario.fields import FieldSpec

WORDS: Mapping[str, Any] = tomllib.loads((files(__package__) / "pages" / "learn.toml").read_text("utf-8"))

TAGS = {"code": "code", "strong": "strong", "stressed": "em"}


@dataclass(frozen=True)
class Reading:
    """A text, the experiment of its own scenario, and its numbers as they are written."""

    page: Page
    experiment: Experiment | None
    numbers: Filled

    @property
    def targets(self) -> tuple[Target, ...]:
        """Where the links of the text lead, in order."""
        return tuple(map(target_of, targets_in(self.page.text)))

    def markup(self) -> str:
        """Return the whole text as HTML."""
        targets = iter(enumerate(self.targets))
        writer = Writer(self, lambda: next(targets))
        return f'<div class="bn-read">{"".join(map(writer.block, self.page.text))}{sources(self.page.quoted)}</div>'

    @property
    def said(self) -> Mapping[str, str]:
        """The numbers of the page's own scenario by name and form, as `living` takes them."""
        own = {number: written for number, written in self.numbers.items() if not number.of}
        return {f"{number.name}:{number.form}": written.text for number, written in own.items()}


@dataclass(frozen=True)
class Writer:
    """Writes a text from the top; `next_target` gives the place and the target of its next link."""

    reading: Reading
    next_target: Callable[[], tuple[int, Target]]

    def block(self, block: Block) -> str:
        """Return a heading, a paragraph, a list, a table, or code."""
        if block.kind == "code":
            return f'<pre tabindex="0"><code>{html.escape(block.words)}</code></pre>'
        lines = [[self.line(cell) for cell in line] for line in block.lines]
        if block.kind == "ul":
            return f"<ul>{''.join(f'<li>{item}</li>' for [item] in lines)}</ul>"
        if block.kind == "table":
            return table(lines)
        [[words]] = lines
        if [piece.kind for line in block.lines for piece in line[0]] == ["link"]:
            return f'<p class="bn-way">{words}</p>'
        return f"<{block.kind}{heading_class(block.kind)}>{words}</{block.kind}>"

    def line(self, pieces: Sequence[Piece]) -> str:
        """Return a line of pieces."""
        return "".join(map(self.piece, pieces))

    def piece(self, piece: Piece) -> str:
        """Return words of one kind."""
        if piece.number is not None:
            return self.number(piece.number)
        if piece.kind == "link":
            return link_to(*self.next_target(), piece.words)
        inside = self.line(piece.inside) if piece.inside else symbols(piece.words)
        if piece.kind == "code" and "<abbr" in inside:
            return f'<span class="bn-f">{inside}</span>'
        tag = TAGS.get(piece.kind)
        return f"<{tag}>{inside}</{tag}>" if tag else inside

    def number(self, number: Number) -> str:
        """Return a number: of another scenario as it is, of the page's own one that follows, or a field."""
        written, experiment = self.reading.numbers[number], self.reading.experiment
        if number.of or experiment is None:
            return f"<b>{html.escape(written.text)}</b>"
        if number.change:
            return field(experiment.params.controls()[number.name], written)
        return following(written, experiment)


def following(written: Segment, experiment: Experiment) -> str:
    """Return a number of the page's own scenario, found ones in bold: it follows the thumb, or the release."""
    tag = "span" if written.name in experiment.params.controls() else "b"
    live = followed(written.name, written.form, experiment.live, written.digits) or f' data-form="{written.form}"'
    return f'<{tag} data-name="{written.name}"{live}>{html.escape(written.text)}</{tag}>'


def field(spec: FieldSpec, written: Segment) -> str:
    """Return a number that can be changed where it stands; without scripts it is still a number."""
    label = html.escape(f"{spec.control.label} {spec.control.symbol}".strip())
    return (
        f'<input class="bn-set" type="text" inputmode="decimal" autocomplete="off" role="spinbutton" '
        f'data-set="{spec.name}" aria-label="{label}" aria-valuemin="{spec.low}" aria-valuemax="{spec.high}" '
        f'title="{label}. {html.escape(spec.control.help)}" size="{max(3, len(written.text))}" value="{written.text}">'
    )


def symbols(words: str) -> str:
    """Return words in which every symbol of the glossary says what it is when it is pointed at."""
    known, found, end = glossary().symbols, list[str](), 0
    for match in glossary().pattern.finditer(words):
        entry = known[match[0]]
        stage = f' data-stage="{entry.stage}"' if entry.stage else ""
        found.append(html.escape(words[end : match.start()]))
        found.append(f'<abbr title="{html.escape(entry.line)}"{stage}>{html.escape(match[0])}</abbr>')
        end = match.end()
    return "".join((*found, html.escape(words[end:])))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells, the first of them heads."""
    head, *others = rows
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in others)
    return (
        f'<div class="bnt" role="region" tabindex="0" aria-label="Table"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def sources(quoted: Mapping[str, str]) -> str:
    """Return a closed list of the numbers that nothing here computes, with where they come from."""
    if not quoted:
        return ""
    rows = "".join(f"<li>{html.escape(number)}: {html.escape(source)}</li>" for number, source in quoted.items())
    return f"<details><summary>{html.escape(WORDS['quoted'])}</summary><ul>{rows}</ul></details>"


def heading_class(kind: str) -> str:
    """Return the class of a heading; a paragraph has none."""
    return "" if kind == "p" else ' class="bnh"'


def link_to(place: int, target: Target, words: str) -> str:
    """Return a link, which says its place among those of the text: the browser's code follows it within the visit."""
    return f'<a href="{html.escape(address(target))}" data-go="{place}">{html.escape(words)}</a>'


def address(target: Target) -> str:
    """Return a link relative to the address of the texts, so that it holds wherever the app is mounted."""
    query = f"?{urlencode(target.query)}" if target.query else ""
    return f"{target.page}{query}"

"""The part of Markdown that our texts are written in, read into blocks of pieces.

Blocks, parted by empty lines: ``## heading``, ``### heading``, a paragraph, a list whose items begin with ``- ``, a
table of lines that begin with ``|`` (the second of them dashes), and code between lines of three backticks, with the
name of its language. In the text: ``**strong**``, ``*stressed*``, a formula or code in backticks, ``[words](target)``,
``{name}`` for a number and ``{=name}`` for a number that can be changed where it stands.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FENCE = "```"
HEADING = re.compile(r"(#{1,6}) +(.+)")
PIECE = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|\*(?P<stressed>[^*\s][^*]*)\*"
    r"|\[(?P<words>[^\[\]]+)\]\((?P<target>[^)\s]+)\)"
    r"|\{(?P<change>=?)(?:(?P<of>\w+)\.)?(?P<name>\w+)(?::(?P<form>[^{}]*))?\}"
)
UNREAD = re.compile(r"[{}`]|\*\*|\]\(")
"""What is left where a piece was not closed."""

NOT_READ = {
    "a numbered list": re.compile(r"\d+[.)] "),
    "a quotation": re.compile(r">"),
    "a list within a list": re.compile(r" +[-*+] "),
    "a list with other signs than -": re.compile(r"[*+] "),
    "a list without an empty line before it": re.compile(r"- "),
    "a heading without empty lines around it": re.compile(r"#{1,6} "),
    "a line across": re.compile(r"([-=*_])( *\1){2,} *$"),
}
"""What Markdown knows and is not read here, by how its line begins: it would become words of a paragraph."""

DASHES = re.compile(r"[-:| ]*-[-:| ]*")


class MarkupError(ValueError):
    """A text that is not of this form: a fault of ours, said loudly."""


@dataclass(frozen=True)
class Number:
    """A number in a text: `name` of a readout or parameter, of the scenario `of` ("" for the page's own).

    `form` is how it is written, as in an answer; `change` whether it can be changed where it stands.
    """

    name: str
    form: str = ""
    of: str = ""
    change: bool = False


@dataclass(frozen=True)
class Piece:
    """Words of one kind: "", "code", "strong", "stressed", "link" or "number"."""

    kind: str
    words: str = ""
    target: str = ""
    number: Number | None = None
    inside: tuple["Piece", ...] = ()


@dataclass(frozen=True)
class Block:
    """A part of a text: "h2", "h3", "p", "ul", "table" or "code".

    `lines` are paragraphs, items, or rows of cells, in pieces; `words` is code as it stands, `language` its language.
    """

    kind: str
    lines: tuple[tuple[tuple[Piece, ...], ...], ...] = ()
    words: str = ""
    language: str = ""


def blocks(text: str) -> tuple[Block, ...]:
    """Return a text in blocks.

    Raises
    ------
    MarkupError
        If it holds a heading of another level, a sign that nothing closes, or Markdown that is not read here.
    """
    return tuple(map(_block, _chunks(text)))


def pieces(text: str) -> tuple[Piece, ...]:
    """Return the words of a line in pieces; what is strong or stressed holds pieces of its own."""
    found, end = list[Piece](), 0
    for match in PIECE.finditer(text):
        if match["target"] and text[: match.start()].endswith("!"):
            raise MarkupError(f"a text must do without images, which are not read here; got {'!' + match[0][:60]!r}.")
        found += _plain(text[end : match.start()])
        found.append(_piece(match))
        end = match.end()
    return (*found, *_plain(text[end:]))


def numbers_in(text: tuple[Block, ...]) -> Iterator[Number]:
    """Yield every number that a text asks for."""
    yield from (piece.number for piece in _every_piece(text) if piece.number is not None)


def targets_in(text: tuple[Block, ...]) -> Iterator[str]:
    """Yield where the links of a text lead, in order."""
    yield from (piece.target for piece in _every_piece(text) if piece.target)


def prose_of(text: tuple[Block, ...]) -> str:
    """Return the words of a text without code, formulas and numbers that are filled in."""
    shown = (piece.words for piece in _every_piece(text) if piece.kind in ("", "link"))
    return " ".join(shown)


def _every_piece(text: tuple[Block, ...]) -> Iterator[Piece]:
    def unfold(found: tuple[Piece, ...]) -> Iterator[Piece]:
        for piece in found:
            yield piece
            yield from unfold(piece.inside)

    for block in text:
        for line in block.lines:
            for cell in line:
                yield from unfold(cell)


def _chunks(text: str) -> Iterator[str]:
    """Yield the blocks as they stand; an empty line within code parts nothing."""
    chunk, in_code = list[str](), False
    for line in [*text.splitlines(), ""]:
        in_code ^= line.startswith(FENCE)
        if line.strip() or in_code:
            chunk.append(line)
        elif chunk:
            yield "\n".join(chunk)
            chunk = []
    if in_code:
        raise MarkupError(f"code must end with {FENCE}; got {chunk[0]!r} without an end.")


def _block(chunk: str) -> Block:
    lines = chunk.split("\n")
    heading = HEADING.fullmatch(chunk)
    if chunk.startswith(FENCE):
        return Block("code", words="\n".join(lines[1:-1]), language=lines[0].removeprefix(FENCE))
    if heading:
        if len(heading[1]) not in (2, 3):
            raise MarkupError(f"a heading must begin with ## or ###; got {chunk[:60]!r}.")
        return Block(f"h{len(heading[1])}", ((pieces(heading[2]),),))
    if chunk.startswith("- "):
        items = re.split(r"\n(?=- )", chunk)
        _refuse_other_markdown(line for item in items for line in item.removeprefix("- ").split("\n"))
        return Block("ul", tuple((pieces(_joined(item.removeprefix("- "))),) for item in items))
    if chunk.startswith("|"):
        return Block("table", tuple(tuple(pieces(cell.strip()) for cell in row) for row in _rows(lines)))
    _refuse_other_markdown(lines)
    return Block("p", ((pieces(_joined(chunk)),),))


def _rows(lines: list[str]) -> list[list[str]]:
    """Return the cells of a table, whose second line has dashes only."""
    if len(lines) < 2 or not DASHES.fullmatch(lines[1]):
        raise MarkupError(f"a table must have a line of dashes under its first; got {lines[0][:60]!r} without one.")
    rows = [line.strip().strip("|").split("|") for line in (lines[0], *lines[2:])]
    for line, row in zip((lines[0], *lines[2:]), rows, strict=True):
        if len(row) != len(rows[0]):
            raise MarkupError(f"each row of a table must have {len(rows[0])} cells; got {line[:60]!r}.")
    return rows


def _refuse_other_markdown(lines: Iterable[str]) -> None:
    for line in lines:
        for what, begins in NOT_READ.items():
            if begins.match(line):
                raise MarkupError(f"a text must do without {what}, which is not read here; got {line[:60]!r}.")


def _joined(lines: str) -> str:
    return " ".join(lines.split())


def _plain(words: str) -> list[Piece]:
    odd = UNREAD.search(words)
    if odd:
        raise MarkupError(f"{odd[0]} must be part of a number, code, strong words or a link; got {words[:60]!r}.")
    return [Piece("", words)] if words else []


def _piece(match: re.Match[str]) -> Piece:
    found = match.groupdict()
    if found["code"]:
        return Piece("code", found["code"])
    if found["target"]:
        return Piece("link", found["words"], found["target"])
    if found["name"]:
        number = Number(found["name"], found["form"] or "", found["of"] or "", bool(found["change"]))
        return Piece("number", number=number)
    kind = "strong" if found["strong"] else "stressed"
    return Piece(kind, inside=pieces(found[kind]))

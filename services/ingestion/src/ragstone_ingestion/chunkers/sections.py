"""A document as sections of small pieces, ready to be packed into chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ragstone_contracts.documents import Block, BlockKind, ParsedDocument
from ragstone_ingestion.chunkers.sentences import sentence_spans
from ragstone_ingestion.locations import page_at
from ragstone_ingestion.tokens import TokenizedText

_HEADINGS = (BlockKind.TITLE, BlockKind.HEADING)
_BY_LINES = (BlockKind.TABLE, BlockKind.CODE)


@dataclass(frozen=True)
class Piece:
    """The smallest part that is kept whole: a sentence, a row of a table, a line of code, a heading."""

    start: int
    end: int
    tokens: int
    page: int | None
    opens_block: bool
    heading: bool


@dataclass
class Section:
    """A run of headings and what stands under the last of them."""

    headings: tuple[str, ...] = ()
    pieces: list[Piece] = field(default_factory=list)

    @property
    def has_body(self) -> bool:
        return any(not piece.heading for piece in self.pieces)


def sections_of(document: ParsedDocument, tokens: TokenizedText, budget: int) -> Iterator[Section]:
    """The sections in order. Every character that is not white space is in one piece; no piece is over the budget."""
    section, path = Section(), list[tuple[int, str]]()
    for block in covering_blocks(document):
        heading = block.kind in _HEADINGS
        if heading:
            if section.has_body:
                yield section
                section = Section()
            _descend(path, block, document.text)
            section.headings = tuple(text for _, text in path)
        section.pieces += _pieces(document.text, block, tokens, budget)
    if section.pieces:
        yield section


def covering_blocks(document: ParsedDocument) -> Iterator[Block]:
    """The blocks, with a paragraph made of any text that no block covers."""
    position = 0
    for block in [*document.blocks, None]:
        end = len(document.text) if block is None else block.start
        if document.text[position:end].strip():
            yield Block(kind=BlockKind.PARAGRAPH, start=position, end=end)
        if block is not None:
            yield block
            position = block.end


def _descend(path: list[tuple[int, str]], block: Block, text: str) -> None:
    """Puts the heading at its depth of the path, in place of those as deep or deeper."""
    depth = 0 if block.kind is BlockKind.TITLE else block.level or 1
    while path and path[-1][0] >= depth:
        path.pop()
    path.append((depth, " ".join(text[block.start : block.end].split())))


def _pieces(text: str, block: Block, tokens: TokenizedText, budget: int) -> Iterator[Piece]:
    spans = _line_spans(text, block) if block.kind in _BY_LINES else sentence_spans(text, block.start, block.end)
    for start, end in _within_budget(text, list(spans), tokens, budget):
        count = tokens.count(start, end)
        opens = start == block.start
        yield Piece(start, end, count, page_at(block, start), opens, block.kind in _HEADINGS)


def _line_spans(text: str, block: Block) -> Iterator[tuple[int, int]]:
    start = block.start
    for line in text[block.start : block.end].splitlines(keepends=True):
        yield start, start + len(line)
        start += len(line)


def _within_budget(
    text: str, spans: Sequence[tuple[int, int]], tokens: TokenizedText, budget: int
) -> Iterator[tuple[int, int]]:
    """The spans, those over the budget cut between words, or inside a word that alone is over it."""
    for begin, end in spans:
        start = begin
        while tokens.count(start, end) > budget:
            cut = _last_word_start(text, start, tokens.after(start, budget))
            yield start, cut
            start = cut
        if text[start:end].strip():
            yield start, end


def _last_word_start(text: str, start: int, limit: int) -> int:
    """The last position in ``(start, limit]`` where a word begins, or ``limit`` when there is none."""
    for position in range(limit, start, -1):
        if text[position - 1].isspace() and not text[start:position].isspace():
            return position
    return limit

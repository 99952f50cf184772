"""A document as small pieces, ready to be packed into chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from unicodedata import category

from ragstone_contracts.documents import Block, BlockKind, ParsedDocument
from ragstone_ingestion.chunkers.blocks import HEADINGS, Outline, Section, covering_blocks
from ragstone_ingestion.chunkers.port import Span
from ragstone_ingestion.chunkers.spans import INTRODUCED, Cut, cuts_of
from ragstone_ingestion.locations import page_at
from ragstone_ingestion.tokens import TokenCounter

SENTENCE, BLOCK, SECTION = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Context:
    """Text to be read before a piece that a chunk begins with."""

    text: str
    tokens: int


@dataclass(slots=True)
class Piece:
    """The smallest part that is kept whole: a sentence, a row of a table, a line of code, a heading.

    ``rank`` says how good a place its start is to cut at. One that ``leads`` (a heading, a table's first row, the
    line before a list) is never the last of a chunk that something follows.
    """

    start: int
    end: int
    tokens: int
    page: int | None
    rank: int
    leads: bool
    section: Section
    context: Context | None


class Cutter:
    """Cuts one document into pieces.

    Every character that is not white space is in one piece. A piece, with its context or with the leading pieces right
    before it, is within the budget, so that a chunk can always begin with them.
    """

    def __init__(self, document: ParsedDocument, counter: TokenCounter, budget: int, *, at_pages: bool = False) -> None:
        self._document = document
        self._text = document.text
        self._counter = counter
        self._tokens = counter.tokenize(document.text)
        self._budget = budget
        self._at_pages = at_pages
        self._leading = 0
        self._introduction: Span | None = None
        self._page: int | None = None

    def pieces(self) -> Iterator[Piece]:
        outline, before = Outline(self._text), None
        blocks = list(covering_blocks(self._document))
        for block, following in zip_longest(blocks, [one.kind for one in blocks[1:]]):
            section = outline.section_of(block)
            cuts = cuts_of(self._text, block, following)
            rank = BLOCK if section is before else SECTION
            for piece in self._of_block(block, cuts, section):
                piece.rank = rank if piece.rank else SENTENCE
                rank = BLOCK
                yield piece
            before = section

    def _of_block(self, block: Block, cuts: Sequence[Cut], section: Section) -> Iterator[Piece]:
        if block.kind not in INTRODUCED:
            self._introduction = None
        table = block.kind is BlockKind.TABLE
        context = self._context(self._introduction, None)
        for position, cut in enumerate(cuts):
            if table and position == 1:
                context = self._context(self._introduction, (cuts[0].start, cuts[0].end))
            yield from self._of_cut(block, cut, section, context)
        if block.kind is not BlockKind.LIST_ITEM:
            introduces = cuts[-1].leads and block.kind not in HEADINGS
            self._introduction = (cuts[-1].start, cuts[-1].end) if introduces else None

    def _of_cut(self, block: Block, cut: Cut, section: Section, context: Context | None) -> Iterator[Piece]:
        begin = cut.start
        spare = context.tokens if context else 0
        while begin < cut.end:
            end, tokens = self._fitting(block, begin, cut.end, self._budget - max(self._leading, spare))
            if not self._text[begin:end].isspace():
                leading = (self._leading or spare) + tokens
                leads = cut.leads and end == cut.end and leading <= self._budget // 2
                self._leading = leading if leads else 0
                self._page = page_at(block, begin) or self._page
                opens = BLOCK if cut.opens and begin == cut.start else SENTENCE
                yield Piece(begin, end, tokens, self._page, opens, leads, section, context)
            begin = end

    def _context(self, introduction: Span | None, row: Span | None) -> Context | None:
        """What the spans say, within half of the budget: the introduction is left out first, then the row's end."""
        spans = [span for span in (introduction, row) if span]
        while len(spans) > 1 and sum(self._tokens.count(*span) for span in spans) > self._budget // 2:
            del spans[0]
        spans = [(start, self._fit(start, end, self._budget // 2)) for start, end in spans]
        texts = [self._text[start:end].strip() for start, end in spans]
        tokens = sum(self._count(start, end) for start, end in spans)
        return Context("\n".join(texts), tokens) if all(texts) and texts else None

    def _fitting(self, block: Block, start: int, end: int, limit: int) -> tuple[int, int]:
        """Where the piece that begins at ``start`` ends, ``end`` or before it, and its tokens."""
        if self._at_pages:
            end = min(_page_ends(block, start), end)
        end = self._fit(start, end, limit)
        return end, self._count(start, end)

    def _fit(self, start: int, end: int, limit: int) -> int:
        """``end``, or the best place to cut before it so that the tokens are within the limit.

        That is where a word begins, else the last token that fits, else half of the way and half of that.
        """
        if self._tokens.count(start, end) > limit or self._count(start, end) > limit:
            after = self._tokens.after(start, limit)
            end = _last_word_start(self._text, start, min(end, after or end))
            while end - start > 1 and self._count(start, end) > limit:
                end = start + (end - start) // 2
        return end

    def _count(self, start: int, end: int) -> int:
        """Tokens of the range where it stands, or alone if those are more: a word cut in two has others than whole."""
        tokens = self._tokens.count(start, end)
        if _inside_word(self._text, start) or _inside_word(self._text, end):
            return max(tokens, self._counter.count(self._text[start:end]))
        return tokens


def _inside_word(text: str, position: int) -> bool:
    """Whether a tokenizer may take what is on both sides as one; no one joins over space, few over punctuation."""
    around = text[position - 1 : position + 1] if position else ""
    return len(around) == 2 and not any(one.isspace() or category(one).startswith("P") for one in around)


def _last_word_start(text: str, start: int, limit: int) -> int:
    """The last position in ``(start, limit]`` where a word begins, or ``limit`` when there is none."""
    for position in range(limit, start, -1):
        if text[position - 1].isspace() and not text[start:position].isspace():
            return position
    return limit


def _page_ends(block: Block, start: int) -> int:
    """Where the page ends, within the block, that the position is on."""
    lines = zip(block.box_starts, block.boxes, strict=False)
    for (_, here), (begins, there) in pairwise(lines):
        if begins > start and here.page != there.page:
            return begins
    return block.end

"""The contract of the Chunker port, run over every chunker.

A chunker proves itself in a few lines::

    class TestMyChunker(ChunkerContract):
        @pytest.fixture
        def counters(self):
            return [TokenCounter.approximate()]

        def chunker(self, counter, budget):
            return MyChunker(counter, budget)

The types are the ingestion service's, which a library may not import; here stands what the contract reads of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragstone_contracts.documents import Block, BlockKind, Box, ParsedDocument

_WORDS = st.sampled_from(
    [
        "a",
        "stone",
        "wall,",
        "end.",
        "Sea!",
        "岩石。",
        "ですます",
        "x" * 120,
        "🪨🦊",
        "e.g.",
        "follows:",
        "\n",
        "|",
        "Über",
        "",
        "  ",
    ]
)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=60).map(" ".join).filter(str.strip)
_SEPARATORS = st.sampled_from(["\n\n", "\n", " ", ""])
_BLOCKS = st.tuples(st.sampled_from(list(BlockKind)), _TEXTS, _SEPARATORS, st.integers(0, 3), st.booleans())


class TokenCount(Protocol):
    def count(self, text: str) -> int: ...


class AnyChunk(Protocol):
    """What the contract reads of a chunk."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def page(self) -> int | None: ...
    @property
    def headings(self) -> tuple[str, ...]: ...
    @property
    def context(self) -> str | None: ...
    @property
    def parent(self) -> tuple[int, int] | None: ...


class AnyChunker(Protocol):
    def chunk(self, document: ParsedDocument) -> Sequence[Any]: ...


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Documents of any shape: blocks that touch, run over pages or leave text uncovered, or no blocks at all."""
    text, page, blocks = "", 1, list[Block]()
    for kind, part, separator, turn, covered in draw(st.lists(_BLOCKS, max_size=8)):
        text += separator if text else ""
        start, end = len(text), len(text) + len(part)
        middle = start + len(part) // 2
        starts = [start, middle] if turn and middle > start else [start]
        boxes = [Box(page=page + place, x0=0, y0=0, x1=1, y1=1) for place in range(len(starts))]
        page += len(starts) - 1
        level = turn + 1 if kind is BlockKind.HEADING else None
        if covered:
            block = Block(
                kind=kind, start=start, end=end, level=level, page=boxes[0].page, boxes=boxes, box_starts=starts
            )
            blocks.append(block)
        text += part
    if draw(st.booleans()):  # formats without pages
        for block in blocks:
            block.boxes, block.box_starts, block.page = [], [], None
    return ParsedDocument(text=text, blocks=blocks)


@dataclass(frozen=True)
class Outcome:
    """A document and what became of it; each method is a promise."""

    document: ParsedDocument
    chunks: Sequence[AnyChunk]
    counter: TokenCount
    budget: int

    def text(self, start: int, end: int) -> str:
        return self.document.text[start:end]

    def what_is_embedded_is_within_the_budget(self) -> None:
        for chunk in self.chunks:
            tokens = self.counter.count(self.text(chunk.start, chunk.end))
            assert tokens + self.counter.count(chunk.context or "") <= self.budget

    def every_character_that_is_not_white_space_is_in_a_chunk(self) -> None:
        covered = {position for chunk in self.chunks for position in range(chunk.start, chunk.end)}
        assert all(position in covered for position, one in enumerate(self.document.text) if not one.isspace())

    def chunks_come_in_order_and_none_is_blank(self) -> None:
        for before, after in pairwise(self.chunks):
            assert before.start < after.start
            assert before.end < after.end
        for chunk in self.chunks:
            assert 0 <= chunk.start < chunk.end <= len(self.document.text)
            assert self.text(chunk.start, chunk.end).strip() == self.text(chunk.start, chunk.end)

    def a_parent_is_more_than_its_chunk(self) -> None:
        for chunk in self.chunks:
            if chunk.parent is not None:
                start, end = chunk.parent
                assert 0 <= start <= chunk.start < chunk.end <= end <= len(self.document.text)
                assert chunk.parent != (chunk.start, chunk.end)
                assert self.text(start, end).strip() == self.text(start, end)

    def context_is_text_from_before_the_chunk(self) -> None:
        for chunk in self.chunks:
            if chunk.context is not None:
                assert chunk.context.strip() != ""
                assert all(line in self.text(0, chunk.start) for line in chunk.context.split("\n"))

    def no_chunk_ends_with_a_heading_that_stands_over_the_next(self) -> None:
        """But for headings that fill half a chunk with those right before them, and those at the foot of a page."""
        for chunk, following in pairwise(self.chunks):
            for run in self._heading_runs():
                last = run[0].start < chunk.end <= run[-1].end and following.page == chunk.page
                large = self.counter.count(self.text(run[0].start, run[-1].end)) > self.budget // 2
                assert not last or large

    def _heading_runs(self) -> list[list[Block]]:
        """Headings with nothing but white space between them."""
        runs: list[list[Block]] = []
        for block in self.document.blocks:
            if block.kind in (BlockKind.HEADING, BlockKind.TITLE):
                follows = bool(runs) and not self.text(runs[-1][-1].end, block.start).strip()
                runs[-1:] = [[*runs[-1], block]] if follows else [*runs[-1:], [block]]
        return runs


PROMISES = (
    Outcome.what_is_embedded_is_within_the_budget,
    Outcome.every_character_that_is_not_white_space_is_in_a_chunk,
    Outcome.chunks_come_in_order_and_none_is_blank,
    Outcome.a_parent_is_more_than_its_chunk,
    Outcome.context_is_text_from_before_the_chunk,
    Outcome.no_chunk_ends_with_a_heading_that_stands_over_the_next,
)


class ChunkerContract:
    """Subclass it as ``Test...``, say how the chunker is made, and give it a fixture ``counters``: the token counters
    to run it with. ``examples`` is how many documents are made up for each of them."""

    examples = 150

    def chunker(self, counter: Any, budget: int) -> AnyChunker:
        """The chunker whose chunks have at most ``budget`` of the counter's tokens."""
        raise AssertionError("say how the chunker is made")

    def test_its_promises_hold_for_any_document(self, counters: Sequence[TokenCount]) -> None:
        for counter in counters:
            self._hold(counter)

    def _hold(self, counter: TokenCount) -> None:
        @settings(max_examples=self.examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(documents(), st.integers(16, 80))
        def for_any(document: ParsedDocument, budget: int) -> None:
            outcome = Outcome(document, self.chunker(counter, budget).chunk(document), counter, budget)
            for promise in PROMISES:
                promise(outcome)
            assert self.chunker(counter, budget).chunk(document.model_copy(deep=True)) == outcome.chunks

        for_any()

    def test_a_document_without_text_has_no_chunks(self, counters: Sequence[TokenCount]) -> None:
        for counter in counters:
            assert list(self.chunker(counter, 40).chunk(ParsedDocument(text=" \n ", blocks=[]))) == []

"""Context assembly: a search, and what it found as blocks that a model reads."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.context import ContextBlock, ContextRequest, ContextResponse, LeftOut
from ragstone_contracts.documents import ReadBoxes
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.provenance import Passage, all_of, new_delimiter, wrap_with
from ragstone_contracts.search import ScoredChunk
from ragstone_kit.identity import Caller
from ragstone_kit.logs import get_logger
from ragstone_retrieval.context_blocks import Block, Gaps, Version, gaps_between
from ragstone_retrieval.context_packing import Packing, Room, in_order
from ragstone_retrieval.context_tokens import Tokens
from ragstone_retrieval.search import Searcher

NEIGHBOURS = "neighbours"
_DATES = ("date", "published", "modified", "created")
_MEASURE = "7a3f09c2d1e84b6595f0ab37c6de1284"
"""A delimiter among the dearest tenth by tokens. Blocks are measured with it and a prompt is given one no dearer, so
that chance does not decide what there is room for."""
_DRAWS = 50
_LONGEST_LABEL = 200
_log = get_logger(__name__)


@dataclass(frozen=True)
class Assembler:
    searcher: Searcher
    ingestion: IngestionClient
    tokens: Tokens

    async def assemble(self, caller: Caller, request: ContextRequest) -> ContextResponse:
        """Raises what :meth:`Searcher.search` does.

        Where ingestion cannot say what stands between two passages they stay apart, and ``degraded`` says so.
        """
        found = await self.searcher.search(caller, request)
        try:
            gaps = await self._gaps(caller, found.results)
        except RagstoneError as error:  # whatever it is: neighbours can be read one by one as well
            _log.warning("context without joining neighbours", code=error.code, detail=error.detail)
            found.degraded.append(NEIGHBOURS)
            gaps = {}
        written = await asyncio.to_thread(write, found.results, gaps, request, self.tokens)
        return ContextResponse(
            blocks=written.blocks,
            prompt=written.prompt,
            tokens=self.tokens.count(written.prompt),
            max_tokens=request.max_tokens,
            tokenizer=self.tokens.name,
            left_out=written.left_out,
            search=found,
        )

    async def _gaps(self, caller: Caller, passages: Sequence[ScoredChunk]) -> Gaps:
        """The text between passages that may touch, where it is blank."""
        wanted: dict[Version, list[tuple[int, int]]] = {}
        for version, start, end in gaps_between(passages):
            wanted.setdefault(version, []).append((start, end))
        read = await asyncio.gather(*(self._read(caller, *one) for one in wanted.items()))
        return {gap: text for texts in read for gap, text in texts.items() if not text.strip()}

    async def _read(self, caller: Caller, version: Version, ranges: list[tuple[int, int]]) -> Gaps:
        located = await self.ingestion.locate(caller, version[0], ReadBoxes(version=version[1], ranges=ranges))
        return {(version, *span): one.text for span, one in zip(ranges, located.locations, strict=True)}


@dataclass(frozen=True)
class Written:
    blocks: list[ContextBlock]
    prompt: str
    left_out: list[LeftOut]


def write(passages: Sequence[ScoredChunk], gaps: Gaps, request: ContextRequest, tokens: Tokens) -> Written:
    """The passages, best first, as a prompt of at most ``request.max_tokens``. Costs CPU: not for the event loop."""

    @cache
    def cost(block: Block) -> int:
        return tokens.count(wrap_with(_MEASURE, [as_passage(block, len(passages))]) + "\n\n")

    packing = Packing(gaps, Room(request.max_tokens, cost, frozenset(request.query.casefold().split())))
    for passage in passages:
        packing.take(passage)
    blocks, left_out = in_order(packing.blocks, request.order), packing.left_out
    # The sum of the parts is the whole for word-piece tokenizers; others may count a little more for it.
    while tokens.count(prompt := _prompt(blocks, tokens)) > request.max_tokens:
        weakest = max(blocks, key=lambda block: block.rank)
        blocks.remove(weakest)
        left_out = left_out + [LeftOut(chunk_id=chunk_id, reason="budget") for chunk_id in weakest.chunk_ids]
    shown = [_shown(block, number, cost(block)) for number, block in enumerate(blocks, start=1)]
    return Written(shown, prompt, left_out)


def _prompt(blocks: Sequence[Block], tokens: Tokens) -> str:
    passages = [as_passage(block, number) for number, block in enumerate(blocks, start=1)]
    texts, dearest = [all_of(passage) for passage in passages], tokens.count(_MEASURE)
    draws = (new_delimiter(texts) for _ in range(_DRAWS))
    delimiter = next((one for one in draws if tokens.count(one) <= dearest), None)
    return wrap_with(delimiter or new_delimiter(texts), passages)


def as_passage(block: Block, number: int) -> Passage:
    """The block as a model sees it: its marks say where it is from, and no text in it can close them."""
    text = f"{block.parts[0].context}\n{block.text}" if block.parts[0].context else block.text
    return Passage(number, block.parts[0].title[:_LONGEST_LABEL], text, _labels(block))


def _labels(block: Block) -> dict[str, str]:
    first = block.parts[0]
    known = {
        "section": " > ".join(block.section)[:_LONGEST_LABEL],
        "page": str(first.page or ""),
        "version": str(first.version),
        "date": date_of(first) or "",
    }
    return {name: value for name, value in known.items() if value}


def date_of(passage: ScoredChunk) -> str | None:
    """The date the document bears, from its metadata."""
    found = (passage.metadata.get(field) for field in _DATES)
    return next((str(value)[:_LONGEST_LABEL] for value in found if value), None)


def _shown(block: Block, number: int, tokens: int) -> ContextBlock:
    first, labels = block.parts[0], _labels(block)
    named = {"page": "page {}", "version": "version {}"}
    said = [named.get(name, "{}").format(value) for name, value in labels.items()]
    return ContextBlock(
        number=number,
        label=" ".join(f"[{number}] {', '.join([first.title, *said])}".split()),
        title=first.title,
        section=block.section,
        page=first.page,
        date=labels.get("date"),
        document_id=first.document_id,
        version=first.version,
        start=block.start,
        end=block.end,
        text=block.text,
        context=first.context,
        chunk_ids=block.chunk_ids,
        score=block.best.score,
        cut=block.cut,
        tokens=tokens,
    )

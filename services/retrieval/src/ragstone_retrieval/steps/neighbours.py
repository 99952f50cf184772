"""Neighbours: a chunk with those before and after it in its document, as one passage."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.documents import Collection, ReadBoxes
from ragstone_contracts.errors import RagstoneError
from ragstone_index import All, Either, OneOf, Scalar, StoredChunk, VectorIndex, both
from ragstone_kit.logs import get_logger
from ragstone_retrieval.candidates import Candidate, as_passages
from ragstone_retrieval.errors import is_outage
from ragstone_retrieval.numbers import Number
from ragstone_retrieval.query import Query

NEIGHBOURS = "neighbours"
_log = get_logger(__name__)

Version = tuple[str, int]
Span = tuple[int, int]


@dataclass(frozen=True)
class Neighbours:
    """Each of the results has ``number`` chunks before and after it joined to it, as far as the caller sees them.

    The text between two chunks is in neither, so the whole is read from ingestion: ``text == canonical[start:end]``
    holds. While ingestion is away the passages stay as they are and ``degraded`` says so.
    """

    index: VectorIndex
    ingestion: IngestionClient
    numbers = Number(usual=1, least=1, most=10)

    async def run(self, query: Query, candidates: list[Candidate], number: float) -> list[Candidate]:
        best, rest = candidates[: query.request.limit], candidates[query.request.limit :]
        with query.watch.stage(NEIGHBOURS):
            around = await self._around(query, best, int(number))
            spans = _spans(best, around, int(number))
            try:
                texts = await self._texts(query, spans)
            except RagstoneError as error:
                if not is_outage(error) and error.status != 404:
                    raise
                _log.warning("search without neighbours", code=error.code, detail=error.detail)
                query.degrade(NEIGHBOURS)
                return candidates
        wider = [_widened(one, spans, texts) for one in best]
        return as_passages([*wider, *rest])

    async def _around(self, query: Query, best: Sequence[Candidate], reach: int) -> list[StoredChunk]:
        """The chunks within reach of each candidate."""
        near = [
            All([OneOf("document_id", [one.chunk.document_id]), OneOf("position", _positions(one.chunk, reach))])
            for one in best
            if one.chunk.position is not None
        ]
        if not near:
            return []
        limit, either = len(near) * (2 * reach + 1), Either(near)

        def find(collection: Collection) -> Awaitable[list[StoredChunk]]:
            where = both(query.where_in(collection), either)
            return self.index.find(collection.index_id, query.visibility_in(collection), limit, where)

        found = await asyncio.gather(*map(find, query.collections))
        return list(chain.from_iterable(found))

    async def _texts(self, query: Query, spans: Mapping[str, tuple[Version, Span]]) -> dict[tuple[Version, Span], str]:
        wanted: dict[Version, list[Span]] = {}
        for version, span in dict.fromkeys(spans.values()):
            wanted.setdefault(version, []).append(span)
        read = await asyncio.gather(*(self._read(query, *one) for one in wanted.items()))
        return {key: text for texts in read for key, text in texts.items()}

    async def _read(self, query: Query, version: Version, spans: list[Span]) -> dict[tuple[Version, Span], str]:
        asked = ReadBoxes(version=version[1], ranges=spans)
        located = await self.ingestion.locate(query.caller, version[0], asked)
        return {(version, span): one.text for span, one in zip(spans, located.locations, strict=True)}


def _positions(chunk: StoredChunk, reach: int) -> list[Scalar]:
    middle = chunk.position or 0
    return list(range(max(middle - reach, 0), middle + reach + 1))


def _spans(best: Sequence[Candidate], chunks: Sequence[StoredChunk], reach: int) -> dict[str, tuple[Version, Span]]:
    """By chunk id, where the candidates that have neighbours stand with them."""
    held: dict[Version, dict[int | None, StoredChunk]] = {}
    for chunk in chunks:
        held.setdefault((chunk.document_id, chunk.version), {})[chunk.position] = chunk
    spans: dict[str, tuple[Version, Span]] = {}
    for chunk in (one.chunk for one in best):
        version = chunk.document_id, chunk.version
        joined = [chunk, *_joined(chunk, held.get(version, {}), reach)]
        span = min(one.start for one in joined), max(one.end for one in joined)
        if span != (chunk.start, chunk.end):
            spans[chunk.chunk_id] = version, span
    return spans


def _joined(chunk: StoredChunk, held: Mapping[int | None, StoredChunk], reach: int) -> Iterator[StoredChunk]:
    """Those before and after it without a gap: what a filter or an access list hides ends the passage."""
    for direction in (-1, 1):
        for step in range(1, reach + 1):
            near = held.get(None if chunk.position is None else chunk.position + direction * step)
            if chunk.position is None or near is None:
                break
            yield near


def _widened(
    candidate: Candidate,
    spans: Mapping[str, tuple[Version, Span]],
    texts: Mapping[tuple[Version, Span], str],
) -> Candidate:
    place = spans.get(candidate.chunk.chunk_id)
    if place is None:
        return candidate
    (_, (start, end)) = place
    return replace(candidate, chunk=replace(candidate.chunk, start=start, end=end, text=texts[place]))

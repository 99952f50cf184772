"""What a change of a collection did to the results of queries: the same searches in both states, side by side."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.history import RankedResult, RankingChange, RankingDiff, RankingRequest
from ragstone_contracts.search import ALL_COLLECTIONS, ScoredChunk, SearchRequest, SearchResponse
from ragstone_kit.identity import Caller
from ragstone_retrieval.search import Searcher

_AT_ONCE = 4


@dataclass(frozen=True)
class RankingChanges:
    searcher: Searcher

    async def compare(self, caller: Caller, collection: str, request: RankingRequest) -> RankingDiff:
        """Both states as the caller sees them by today's permissions. Raises what :meth:`Searcher.search` does."""
        if collection == ALL_COLLECTIONS:
            raise InvalidRequest("states are those of one collection")
        places = asyncio.Semaphore(_AT_ONCE)

        async def both(query: str) -> tuple[SearchResponse, SearchResponse]:
            async with places:
                before = await self.searcher.search(caller, _search(request, collection, query, request.from_))
                return before, await self.searcher.search(caller, _search(request, collection, query, request.to))

        answers = await asyncio.gather(*(both(query) for query in request.queries))
        changes = [_change(query, *pair) for query, pair in zip(request.queries, answers, strict=True)]
        before, after = answers[0]
        [(collection_id, from_sequence)] = before.sequences.items()
        return RankingDiff(
            collection_id=collection_id,
            from_sequence=from_sequence,
            to_sequence=after.sequences[collection_id],
            changed_queries=sum(bool(one.entered or one.left or one.moved) for one in changes),
            queries=changes,
        )


def _search(request: RankingRequest, collection: str, query: str, state: str | int | None) -> SearchRequest:
    return SearchRequest(
        query=query,
        collection=collection,
        limit=request.limit,
        strategy=request.strategy,
        filters=request.filters,
        as_of=state,
    )


def _change(query: str, before: SearchResponse, after: SearchResponse) -> RankingChange:
    old, new = _ranks(before.results), _ranks(after.results)
    ranked = [_ranked(new.get(key) or old[key], old.get(key), new.get(key)) for key in dict.fromkeys([*new, *old])]
    return RankingChange(
        query=query,
        entered=[one for one in ranked if one.before is None],
        left=[one for one in ranked if one.after is None],
        moved=[one for one in ranked if one.before and one.after and one.before != one.after],
        kept=sum(one.before == one.after for one in ranked),
    )


_Key = tuple[str, str]
_Ranked = tuple[int, ScoredChunk]


def _ranks(results: Sequence[ScoredChunk]) -> dict[_Key, _Ranked]:
    """By what makes two results the same though their versions differ: the document, and the words."""
    ranks: dict[_Key, _Ranked] = {}
    for rank, one in enumerate(results, start=1):
        ranks.setdefault((one.document_id, " ".join(one.text.split())), (rank, one))
    return ranks


def _ranked(shown: _Ranked, before: _Ranked | None, after: _Ranked | None) -> RankedResult:
    chunk = shown[1]
    return RankedResult(
        document_id=chunk.document_id,
        title=chunk.title,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        before=before[0] if before else None,
        after=after[0] if after else None,
    )

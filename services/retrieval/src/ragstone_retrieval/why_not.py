"""Why a search does not find a document: the search again, with a look at the document after every stage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.documents import Collection, Document
from ragstone_contracts.errors import NotFound
from ragstone_contracts.why_not import ConditionCheck, WhyNot, WhyNotRequest
from ragstone_index import NEVER, OneOf, StoredChunk, both
from ragstone_index.matching import may_see
from ragstone_kit.identity import Caller
from ragstone_retrieval.fields import KnownFields
from ragstone_retrieval.query import Query
from ragstone_retrieval.search import Searcher
from ragstone_retrieval.stopwatch import Stopwatch
from ragstone_retrieval.strategies import Strategy
from ragstone_retrieval.trace import Trace
from ragstone_retrieval.why_not_filters import check_each, meets, said
from ragstone_retrieval.why_not_stages import LEGS, Course, Reason, Stages, Wanted

_WIDER = (800, 3_200)
"""How many candidates of each leg are looked through for a document that is not among the usual ones; the most is what
a search with many copies fetches, for a reader must not be able to keep the index busy for long."""
_MOST_OWN = 1_000


@dataclass(frozen=True)
class Sought:
    """What was missed: ``chunks`` are all that the index has of it, visible or not."""

    document: Document
    collection: Collection
    chunks: list[StoredChunk]
    wanted: Wanted


@dataclass(frozen=True)
class WhyNotFound:
    searcher: Searcher
    ingestion: IngestionClient

    async def explain(self, caller: Caller, request: WhyNotRequest) -> WhyNot:
        """Raises NotFound for a document or chunk the caller may not see, and what :meth:`Searcher.search` does."""
        document = await self.ingestion.get_document(caller, request.document_id)
        query = await self.searcher.resolve(caller, request, Stopwatch(), Trace())
        found = {one.id: one for one in query.collections}.get(document.collection_id)
        if found is None:
            return _answer(query, document, _other_collection(query, document))
        sought = await self._sought(document, found, request.chunk_id)
        seen = [chunk for chunk in sought.chunks if may_see(query.visibility_in(found), chunk)]
        if not seen:
            return _answer(query, document, _unseen(query, sought))
        if not meets(query.where, seen):
            checks = check_each(request.filters, seen)
            return _answer(query, document, Reason("filter", said(checks)), conditions=checks)
        await self.searcher.find(query)
        if not meets(query.where_in(found), seen):
            return _answer(query, document, _inferred(query))
        course = await self._course(query, sought.wanted)
        return _answer(query, document, course.reason(), course)

    async def _sought(self, document: Document, collection: Collection, chunk_id: str | None) -> Sought:
        chunks = await self.searcher.legs.index.chunks(collection.index_id, document.document_id)
        if chunk_id is not None:
            chunks = [chunk for chunk in chunks if chunk.chunk_id == chunk_id]
            if not chunks:
                raise NotFound(f"document {document.document_id!r} has no chunk {chunk_id!r}")
        return Sought(document, collection, chunks, Wanted(document.document_id, chunk_id))

    async def _course(self, query: Query, wanted: Wanted) -> Course:
        trace = await self._settled(query)
        course = Course(wanted, trace.stages, query.request.limit, trace.stands_for)
        legs = [leg for leg in LEGS if leg in trace.stages]
        if all(wanted.is_in(trace.stages[leg]) is not None for leg in legs):
            return course
        of_it = OneOf("document_id", [wanted.document_id])
        own = await self._legs(replace(query, where=both(query.where, of_it)), _MOST_OWN)
        own = {leg: [one for one in found if wanted.is_in([one]) is not None] for leg, found in own.items()}
        return replace(course, own=own, wider=await self._widened(query, wanted, own))

    async def _settled(self, query: Query) -> Trace:
        """The trace of the search that made the results, where several were tried for the sake of inferred filters."""
        assert query.trace is not None
        if not query.narrowed:
            return query.trace
        again = Trace()
        await self.searcher.find(
            replace(query, trace=again, known=KnownFields(), inferred=[], strategy=Strategy(query.strategy.leg))
        )
        later = {stage: found for stage, found in query.trace.stages.items() if stage not in again.stages}
        return Trace(again.stages | later, again.stands_for)

    async def _widened(self, query: Query, wanted: Wanted, own: Stages) -> Stages:
        """The legs with as many candidates as it takes to meet what is wanted, up to a bound."""
        found: Stages = {}
        for limit in _WIDER:
            found = await self._legs(query, limit)
            if all(wanted.is_in(found[leg]) is not None or len(found[leg]) < limit for leg in own if own[leg]):
                break
        return found

    async def _legs(self, query: Query, limit: int) -> Stages:
        probe = replace(query, trace=Trace(), watch=Stopwatch(), strategy=Strategy(query.strategy.leg))
        await self.searcher.legs.find(probe, limit)
        assert probe.trace is not None
        return {leg: found for leg, found in probe.trace.stages.items() if leg in LEGS}


def _answer(
    query: Query,
    document: Document,
    reason: Reason,
    course: Course | None = None,
    conditions: Sequence[ConditionCheck] = (),
) -> WhyNot:
    return WhyNot(
        reason=reason.code,
        detail=reason.detail,
        document_id=document.document_id,
        title=document.title,
        rank=reason.rank,
        of=reason.of,
        stages=course.ranks() if course else [],
        conditions=list(conditions),
        inferred=query.inferred,
        strategy=str(query.strategy),
        degraded=query.degraded,
        sequences={one.id: query.visibility_in(one).sequence for one in query.collections},
    )


def _other_collection(query: Query, document: Document) -> Reason:
    searched = ", ".join(f"'{one.name}'" for one in query.collections) or "none"
    return Reason("other_collection", f"it is in the collection '{document.collection}'; searched was {searched}")


def _unseen(query: Query, sought: Sought) -> Reason:
    """Why the index shows the asker no chunk of it: there is none, not at that time, or its access is being changed."""
    document, at = sought.document, query.visibility_in(sought.collection).sequence
    if any(chunk.born <= at < chunk.died for chunk in sought.chunks):
        return Reason("access_pending", "a change of who may see it, or of where it is, has yet to reach the index")
    born = [chunk for chunk in sought.chunks if chunk.born < NEVER]
    if born and (query.request.as_of is not None or document.active_version is not None):
        lives = sorted({(chunk.version, chunk.born, chunk.died) for chunk in born})
        told = ", ".join(f"version {version} {_life(born, died)}" for version, born, died in lives)
        return Reason("not_visible_then", f"the search was at sequence {at}; {told}")
    why = f": {document.error.code}: {document.error.detail}" if document.error else ""
    if document.active_version is None:
        return Reason("not_ready", f"no version of it answers questions yet, it is {document.state}{why}")
    return Reason("not_ready", f"version {document.active_version} should answer and the index has nothing of it{why}")


def _life(born: int, died: int) -> str:
    return f"answers from {born} on" if died >= NEVER else f"answered from {born} until {died}"


def _inferred(query: Query) -> Reason:
    applied = [f"{one.field} {one.values} from '{one.quote}'" for one in query.inferred if one.applied == "filter"]
    return Reason(
        "inferred_filter", f"the query was understood to ask for {', '.join(applied)}, which it does not have"
    )

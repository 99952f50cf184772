"""The routes of retrieval."""

from fastapi import APIRouter

from ragstone_contracts.context import ContextRequest, ContextResponse
from ragstone_contracts.history import RankingDiff, RankingRequest
from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_contracts.why_not import WhyNot, WhyNotRequest
from ragstone_kit.caller import CallerDependency
from ragstone_retrieval.dependencies import (
    AssemblerDependency,
    RankingChangesDependency,
    SearcherDependency,
    WhyNotDependency,
)

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
async def search(request: SearchRequest, caller: CallerDependency, searcher: SearcherDependency) -> SearchResponse:
    return await searcher.search(caller, request)


@router.post("/search/why-not")
async def why_not(request: WhyNotRequest, caller: CallerDependency, why_not_found: WhyNotDependency) -> WhyNot:
    return await why_not_found.explain(caller, request)


@router.post("/context")
async def assemble_context(
    request: ContextRequest, caller: CallerDependency, assembler: AssemblerDependency
) -> ContextResponse:
    return await assembler.assemble(caller, request)


@router.post("/collections/{collection}/diff")
async def compare_rankings(
    collection: str, request: RankingRequest, caller: CallerDependency, changes: RankingChangesDependency
) -> RankingDiff:
    """What entered, left and moved in the results of queries from one state of the collection to another."""
    return await changes.compare(caller, collection, request)

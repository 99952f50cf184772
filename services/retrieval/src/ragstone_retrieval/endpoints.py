"""The one route of retrieval."""

from fastapi import APIRouter

from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_kit.caller import CallerDependency
from ragstone_retrieval.dependencies import SearcherDependency

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
async def search(request: SearchRequest, caller: CallerDependency, searcher: SearcherDependency) -> SearchResponse:
    return await searcher.search(caller, request)

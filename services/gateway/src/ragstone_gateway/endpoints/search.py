"""Search, and the guards on a text of the caller's own."""

from fastapi import APIRouter

from ragstone_contracts.guards import GuardRequest, Verdict
from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_gateway.dependencies import Reader, ServicesDependency

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
async def search(request: SearchRequest, caller: Reader, services: ServicesDependency) -> SearchResponse:
    return await services.retrieval.search(caller, request)


@router.post("/guard")
async def guard(request: GuardRequest, caller: Reader, services: ServicesDependency) -> Verdict:
    return await services.guardrails.guard(caller, request)

"""Search, and the guards on a text of the caller's own."""

from fastapi import APIRouter

from ragstone_contracts.context import ContextRequest, ContextResponse
from ragstone_contracts.guards import GuardRequest, Verdict
from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_contracts.why_not import WhyNot, WhyNotRequest
from ragstone_gateway.dependencies import Reader, ServicesDependency

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
async def search(request: SearchRequest, caller: Reader, services: ServicesDependency) -> SearchResponse:
    return await services.retrieval.search(caller, request)


@router.post("/search/why-not")
async def why_not(request: WhyNotRequest, caller: Reader, services: ServicesDependency) -> WhyNot:
    """Where a document stood after each stage of a search, and the reason why it is not among the results."""
    return await services.retrieval.why_not(caller, request)


@router.post("/context")
async def assemble_context(request: ContextRequest, caller: Reader, services: ServicesDependency) -> ContextResponse:
    """What a search finds, as blocks within a budget of tokens that a model can be shown as they are."""
    return await services.retrieval.assemble_context(caller, request)


@router.post("/guard")
async def guard(request: GuardRequest, caller: Reader, services: ServicesDependency) -> Verdict:
    return await services.guardrails.guard(caller, request)

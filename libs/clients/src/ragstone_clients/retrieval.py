"""The retrieval service: search in one collection with the caller's permissions."""

from ragstone_contracts.context import ContextRequest, ContextResponse
from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_contracts.why_not import WhyNot, WhyNotRequest
from ragstone_kit.identity import Caller
from ragstone_kit.service_client import ServiceClient


class RetrievalClient(ServiceClient):
    async def search(self, caller: Caller, request: SearchRequest) -> SearchResponse:
        return await self.post(caller, "/v1/search", request, SearchResponse)

    async def assemble_context(self, caller: Caller, request: ContextRequest) -> ContextResponse:
        return await self.post(caller, "/v1/context", request, ContextResponse)

    async def why_not(self, caller: Caller, request: WhyNotRequest) -> WhyNot:
        return await self.post(caller, "/v1/search/why-not", request, WhyNot)

"""The OpenAI wire: answers from documents as model ``ragstone``, every other model through the router."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from ragstone_contracts.models import CACHE_HEADER, ChatCompletionRequest, EmbeddingRequest, ModelCard, ModelList
from ragstone_gateway.answers import final_answer, open_answer
from ragstone_gateway.dependencies import Reader, Services, ServicesDependency
from ragstone_gateway.openai_wire import (
    DOCUMENTS_MODEL,
    answers_from_documents,
    completion,
    completion_chunks,
    to_chat_request,
)
from ragstone_kit import sse

router = APIRouter(prefix="/v1", tags=["openai"])

_PASSED_ON = ("content-type", "x-ragstone-model", "x-ragstone-fallback", "x-ragstone-cost-usd", CACHE_HEADER)


@router.post("/chat/completions")
async def chat_completions(
    body: ChatCompletionRequest, request: Request, caller: Reader, services: ServicesDependency
) -> Response:
    if not answers_from_documents(body.model):
        return await _through_router(request, caller, services)
    events = await open_answer(services.agents, caller, to_chat_request(body))
    if not body.stream:
        return JSONResponse(completion(await final_answer(events), body.model))
    options = (body.model_extra or {}).get("stream_options") or {}
    chunks = completion_chunks(
        events, body.model, f"chatcmpl-{uuid.uuid4().hex}", include_usage=bool(options.get("include_usage"))
    )
    return StreamingResponse(chunks, headers=sse.HEADERS, media_type=sse.MEDIA_TYPE)


@router.post("/embeddings")
async def embeddings(_: EmbeddingRequest, request: Request, caller: Reader, services: ServicesDependency) -> Response:
    return await _through_router(request, caller, services)


@router.get("/models")
async def models(caller: Reader, services: ServicesDependency) -> ModelList:
    routed = await services.router.list_models(caller)
    return ModelList(data=[ModelCard(id=DOCUMENTS_MODEL), *routed.data])


async def _through_router(request: Request, caller: Reader, services: Services) -> Response:
    stack = AsyncExitStack()
    answer = await stack.enter_async_context(
        services.router.open(caller, request.method, request.url.path, await request.body(), _of_request(request))
    )

    async def body() -> AsyncIterator[bytes]:
        async with stack:
            async for chunk in answer.chunks():
                yield chunk

    headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
    return StreamingResponse(body(), answer.status, headers)


def _of_request(request: Request) -> dict[str, str]:
    """What the router is told besides the body: whether a kept answer will do."""
    return {name: value for name, value in request.headers.items() if name == "cache-control"}

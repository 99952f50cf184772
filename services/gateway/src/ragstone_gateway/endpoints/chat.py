"""Chat: JSON by default, server-sent events with ``stream: true``."""

from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from ragstone_contracts.chat import Answer, ChatEvent, ChatRequest
from ragstone_gateway.answers import final_answer, open_answer
from ragstone_gateway.dependencies import Reader, ServicesDependency
from ragstone_kit import sse

router = APIRouter(prefix="/v1", tags=["chat"])


@router.post("/chat", response_model=Answer)
async def chat(request: ChatRequest, caller: Reader, services: ServicesDependency) -> Answer | StreamingResponse:
    events = await open_answer(services.agents, caller, request)
    if request.stream:
        return StreamingResponse(_encoded(events), headers=sse.HEADERS, media_type=sse.MEDIA_TYPE)
    return await final_answer(events)


async def _encoded(events: AsyncIterator[ChatEvent]) -> AsyncIterator[bytes]:
    number = 0
    async for event in events:
        number += 1
        yield sse.encode(sse.ServerSentEvent(event.model_dump_json(), event.type, str(number)))

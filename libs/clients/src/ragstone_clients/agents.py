"""The agents service: questions out, as a stream of typed events."""

from collections.abc import AsyncGenerator

from pydantic import TypeAdapter

from ragstone_contracts.chat import ChatEvent, ChatRequest
from ragstone_kit import sse
from ragstone_kit.identity import Caller
from ragstone_kit.service_client import ServiceClient

CHAT_EVENTS: TypeAdapter[ChatEvent] = TypeAdapter(ChatEvent)


class AgentsClient(ServiceClient):
    async def answer(self, caller: Caller, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        """The events of an answer; the last is ``done`` or ``error``."""
        async with self.open(caller, "POST", "/v1/answers", request.model_dump_json().encode()) as response:
            async for event in sse.decode(response.chunks()):
                yield CHAT_EVENTS.validate_json(event.data)

"""An answer from documents in the shapes of the OpenAI chat API."""

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import orjson

from ragstone_contracts.chat import (
    Answer,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    Citation,
    DoneEvent,
    ErrorEvent,
    TokenEvent,
)
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.models import ChatCompletionRequest
from ragstone_contracts.search import ALL_COLLECTIONS

DOCUMENTS_MODEL = "ragstone"
_ROLES = {"developer": "system"}


def answers_from_documents(model: str) -> bool:
    return model == DOCUMENTS_MODEL or model.startswith(DOCUMENTS_MODEL + ":")


def to_chat_request(request: ChatCompletionRequest) -> ChatRequest:
    """The question in a completion request; ``ragstone`` asks every collection, ``ragstone:NAME`` one."""
    _, _, collection = request.model.partition(":")
    messages = []
    for message in request.messages:
        role = _ROLES.get(message.role, message.role)
        if role in {"system", "user", "assistant"}:
            messages.append(ChatMessage.model_validate({"role": role, "content": message.text}))
    try:
        return ChatRequest(messages=messages, collection=collection or ALL_COLLECTIONS, stream=request.stream)
    except ValueError as error:
        raise InvalidRequest(f"messages: {error}") from error


def completion(answer: Answer, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.answer, "annotations": annotations(answer.citations)}
    return {
        "id": f"chatcmpl-{answer.answer_id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": answer.usage.model_dump(),
        "ragstone": answer.model_dump(exclude={"answer", "citations"}),
    }


def annotations(citations: list[Citation]) -> list[dict[str, Any]]:
    """OpenAI's ``url_citation`` for each, with the whole citation beside it under ``ragstone``."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": citation.sentence[0],
                "end_index": citation.sentence[1],
                "title": citation.title,
                "url": f"/v1/documents/{quote(citation.document_id)}/text"
                f"?version={citation.version}&start={citation.start}&end={citation.end}",
            },
            "ragstone": citation.model_dump(),
        }
        for citation in citations
    ]


async def completion_chunks(
    events: AsyncIterator[ChatEvent], model: str, identifier: str, *, include_usage: bool
) -> AsyncIterator[bytes]:
    """The events of an answer as completion chunks; the citations come with the last delta."""
    head = {"id": identifier, "object": "chat.completion.chunk", "created": int(time.time()), "model": model}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return _data(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]})

    yield chunk({"role": "assistant", "content": ""})
    async for event in events:
        if isinstance(event, TokenEvent):
            yield chunk({"content": event.text})
        elif isinstance(event, DoneEvent):
            yield chunk({"annotations": annotations(event.answer.citations)})
            yield chunk({}, "stop")
            if include_usage:
                yield _data(head | {"choices": [], "usage": event.answer.usage.model_dump()})
        elif isinstance(event, ErrorEvent):
            yield _data(
                {"error": {"message": event.problem["detail"], "code": event.problem["code"], "type": "server_error"}}
            )
    yield b"data: [DONE]\n\n"


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"

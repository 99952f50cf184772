"""A prediction, and what it says as the OpenAI wire has it."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import orjson

from ragstone_contracts.errors import UpstreamError
from ragstone_router.errors import DeploymentFailed
from ragstone_router.providers.chunks import usage
from ragstone_router.providers.failures import failure_reason

_ENDED = ("succeeded", "failed", "canceled", "aborted")
Prediction = Mapping[str, Any]


def read(body: bytes) -> Prediction:
    """Raises DeploymentFailed for what is not a prediction."""
    try:
        made: Prediction = orjson.loads(body)
        return made if made["id"] and made["status"] else {}
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DeploymentFailed("not_json", UpstreamError("the model's answer is not a prediction")) from error


def has_ended(made: Prediction) -> bool:
    return made["status"] in _ENDED


def chat_completion(made: Prediction, model: str) -> bytes:
    """Raises DeploymentFailed when the prediction did not succeed."""
    if made["status"] != "succeeded":
        said = str(made.get("error") or f"the prediction was {made['status']}")
        reason = failure_reason(400, said.encode()) or "error_event"
        raise DeploymentFailed(reason, UpstreamError(said))
    output = made.get("output")
    text = "".join(map(str, output)) if isinstance(output, list) else str(output or "")
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop", "logprobs": None}
    head = {"id": made["id"], "object": "chat.completion", "created": int(time.time()), "model": model}
    counted = usage_of(made)
    return orjson.dumps(head | {"choices": [choice]} | ({"usage": counted} if counted else {}))


def usage_of(made: Prediction) -> dict[str, Any] | None:
    """None for a model that does not count tokens; nothing is made up for it."""
    metrics = made.get("metrics") or {}
    asked, answered = metrics.get("input_token_count"), metrics.get("output_token_count")
    return usage(asked, answered, 0) if isinstance(asked, int) and isinstance(answered, int) else None


async def events(runs: AsyncIterator[bytes]) -> AsyncIterator[tuple[str, str]]:
    """The name and the data of each server-sent event; its lines of data have line breaks between them."""
    async for run in runs:
        for block in run.decode(errors="replace").replace("\r\n", "\n").split("\n\n"):
            if block:
                yield _event(block)


def _event(block: str) -> tuple[str, str]:
    lines = list(_fields(block))
    name = next((value for field, value in lines if field == "event"), "message")
    return name, "\n".join(value for field, value in lines if field == "data")


def _fields(block: str) -> Iterator[tuple[str, str]]:
    for line in block.split("\n"):
        field, _, value = line.partition(":")
        yield field, value.removeprefix(" ")

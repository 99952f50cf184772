"""Whole answers, read as far as it takes to be sure of them: what they used, and how long their vectors are."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from ragstone_contracts.errors import UpstreamError
from ragstone_router.ask import CHAT, EMBED, Ask
from ragstone_router.errors import DeploymentFailed
from ragstone_router.events import reported_error
from ragstone_router.providers.port import Answer
from ragstone_router.routing.route import Route

_BYTES_PER_NUMBER = 4


async def read_whole(answer: Answer, route: Route, ask: Ask) -> bytes:
    """Raises DeploymentFailed for a chat answer that is none, and for vectors of other dimensions than are wanted:
    those of one embedder are of no use among another's."""
    body = await answer.whole()
    if ask.path == CHAT:
        _check_chat(_parsed(body))
    elif ask.path == EMBED and (wanted := ask.body.get("dimensions") or route.dimensions) is not None:
        _check_vectors(_parsed(body), wanted)
    return body


def _check_chat(answer: Any) -> None:
    if isinstance(answer, dict) and (reported := reported_error(answer)) is not None:
        raise DeploymentFailed("error_event", reported)
    if not isinstance(answer, dict) or not isinstance(answer.get("choices"), list) or not answer["choices"]:
        raise DeploymentFailed("malformed", UpstreamError("the model's answer holds no choice"))


def _check_vectors(answer: Any, wanted: int) -> None:
    if (found := _dimensions(answer)) != wanted:
        error = UpstreamError(f"the model's vectors have {found} dimensions and {wanted} are wanted")
        raise DeploymentFailed("wrong_dimensions", error)


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DeploymentFailed("not_json", UpstreamError("the model's answer is not JSON")) from error


def _dimensions(answer: Any) -> int | None:
    """Of the first vector, which is a list of numbers or little-endian float32 in base64."""
    try:
        vector = answer["data"][0]["embedding"]
        return len(base64.b64decode(vector)) // _BYTES_PER_NUMBER if isinstance(vector, str) else len(vector)
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def usage_of(answer: bytes) -> Mapping[str, Any] | None:
    """What the server says it took, in the terms of a chat completion's; a reranker may count search units instead."""
    if b'"usage"' not in answer and b'"billed_units"' not in answer:
        return None
    body = orjson.loads(answer)
    if not isinstance(body, dict):
        return None
    usage = body.get("usage")
    if not isinstance(usage, dict):
        units = (body.get("meta") or {}).get("billed_units") or {}
        return {"prompt_tokens": 0, **units} if "search_units" in units else None
    # Embedders and rerankers that answer with no tokens may say the total alone.
    return {"prompt_tokens": usage["total_tokens"], **usage} if _says_total_alone(usage) else usage


def _says_total_alone(usage: Mapping[str, Any]) -> bool:
    return isinstance(usage.get("total_tokens"), int) and "prompt_tokens" not in usage

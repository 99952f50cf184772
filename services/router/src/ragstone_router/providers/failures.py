"""Reading what went wrong with a model, and whether another one may do better."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from ragstone_contracts.errors import DeadlineExceeded, Unavailable, UpstreamError
from ragstone_kit.transport import Response
from ragstone_router.errors import DeploymentFailed, ModelRefused

_ANOTHER_MAY_ANSWER = {401, 402, 403, 404, 408, 409, 413, 424, 429, 498}
"""413 is said of what is too much for an account or a server, 424 of a model behind, 498 of capacity that is gone."""
CONTEXT_OVERFLOW, CONTENT_REFUSED = "context_overflow", "content_refused"
_SAYS = {
    CONTEXT_OVERFLOW: (
        b"context_length_exceeded",
        b"context window",
        b"context length",
        b"prompt is too long",
        b"too many tokens",
        b"exceeds the maximum number of tokens",
        b"exceed_context_size",
        b"input is too long",
        b"reduce the length of the messages",
        b"`inputs` tokens",
    ),
    # Google says it with a status of 400.
    "http_401": (b"api key not valid", b"api_key_invalid"),
    CONTENT_REFUSED: (b"content_filter", b"content_policy", b"content management policy", b"safety system"),
}


def failure_reason(status: int, body: bytes) -> str | None:
    """Why another deployment may do better, in a word; None when the request itself is at fault."""
    if status in _ANOTHER_MAY_ANSWER or status >= 500:
        return f"http_{status}"
    said = body[:4000].lower()
    return next((reason for reason, words in _SAYS.items() if any(word in said for word in words)), None)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server wants to be left alone for."""
    if (millis := headers.get("retry-after-ms", "")).isdigit():
        return int(millis) / 1000
    said = headers.get("retry-after", "")
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time()) if said else None
    except ValueError:
        return None


def message_of(body: bytes) -> str:
    """What a server says is wrong: an OpenAI or Anthropic error's message, or a problem document's detail.

    Google's OpenAI-compatible endpoints put the error in an array.
    """
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body[:300].decode(errors="replace")
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
    if not isinstance(parsed, dict):
        return str(parsed)[:300]
    error: Any = parsed.get("error")
    if isinstance(error, dict):
        return str(error.get("message", error))
    return str(error or parsed.get("detail") or parsed.get("message") or parsed)[:300]


async def failure_in(response: Response) -> DeploymentFailed | ModelRefused:
    """What a vendor's answer of 400 or above stands for."""
    body = await response.read()
    if reason := failure_reason(response.status, body):
        return DeploymentFailed(reason, UpstreamError(message_of(body)), retry_after(response.headers))
    return ModelRefused(response.status, message_of(body))


@contextmanager
def network_errors() -> Iterator[None]:
    """Around an exchange with a server: what happens on the way is a failure of the deployment."""
    try:
        yield
    except DeadlineExceeded as error:
        raise DeploymentFailed("timeout", error) from error
    except Unavailable as error:
        raise DeploymentFailed("unreachable", error) from error

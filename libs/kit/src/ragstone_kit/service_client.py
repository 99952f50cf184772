"""What every typed client of a service is made of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ragstone_contracts.errors import DeadlineExceeded, Problem, RemoteProblem, UpstreamError
from ragstone_kit.identity import Caller
from ragstone_kit.tracing import trace_headers
from ragstone_kit.transport import Body, Request, Response, Transport

Model = TypeVar("Model", bound=BaseModel)


class ServiceClient:
    """Sends typed requests as a caller; an error answer is raised as the RagstoneError it was.

    ``timeout`` in seconds bounds each wait, and the caller's deadline bounds it further.
    """

    def __init__(self, transport: Transport, *, timeout: float = 60.0) -> None:
        self._transport = transport
        self._timeout = timeout

    async def get(self, caller: Caller | None, path: str, answer: type[Model]) -> Model:
        return await self._typed(caller, "GET", path, None, answer)

    async def post(self, caller: Caller | None, path: str, body: BaseModel | None, answer: type[Model]) -> Model:
        return await self._typed(caller, "POST", path, body, answer)

    async def patch(self, caller: Caller | None, path: str, change: BaseModel, answer: type[Model]) -> Model:
        """Sends of the change only what was set."""
        body = change.model_dump_json(exclude_unset=True).encode()
        async with self.open(caller, "PATCH", path, body) as response:
            return answer.model_validate_json(await response.read())

    async def delete(self, caller: Caller | None, path: str) -> bytes:
        async with self.open(caller, "DELETE", path) as response:
            return await response.read()

    async def _typed(
        self, caller: Caller | None, method: str, path: str, body: BaseModel | None, answer: type[Model]
    ) -> Model:
        content = b"" if body is None else body.model_dump_json().encode()
        async with self.open(caller, method, path, content) as response:
            return answer.model_validate_json(await response.read())

    @asynccontextmanager
    async def open(
        self,
        caller: Caller | None,
        method: str,
        path: str,
        body: Body = b"",
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[Response]:
        """The response to stream from, once its status is known to be below 400."""
        sent = {"content-type": "application/json", **trace_headers(), **(headers or {})}
        timeout = self._timeout
        if caller is not None:
            sent["authorization"] = f"Bearer {caller.token}"
            left = caller.seconds_left()
            if left is not None:
                timeout = min(timeout, left)
        if timeout <= 0:
            raise DeadlineExceeded
        async with self._transport.send(Request(method, path, sent, body, timeout)) as response:
            if response.status >= 400:
                raise await error_of(response)
            yield response

    async def ready(self) -> None:
        """Returns when the service is ready; raises otherwise."""
        async with self.open(None, "GET", "/readyz") as response:
            await response.read()

    async def close(self) -> None:
        await self._transport.close()


async def error_of(response: Response) -> RemoteProblem | UpstreamError:
    """The error an answer of 400 or above stands for."""
    return error_in(response, await response.read())


def error_in(response: Response, body: bytes) -> RemoteProblem | UpstreamError:
    """The error an answer of 400 or above stands for, once its body was read."""
    retry_after = response.headers.get("retry-after", "")
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        return UpstreamError(f"HTTP {response.status}: {body[:300].decode(errors='replace')}")
    return RemoteProblem(problem, retry_after=float(retry_after) if retry_after.isdigit() else None)

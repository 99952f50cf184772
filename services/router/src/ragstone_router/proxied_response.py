"""A response that is produced while its client is there, and no longer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import Response
from starlette.types import Receive, Scope, Send


class ProxiedResponse(Response):
    """Runs ``produce`` until it has sent everything or the client has left, which cancels it wherever it waits.

    An error raised before the head is sent becomes a problem document, as from any endpoint.
    """

    def __init__(self, produce: Callable[[Send], Awaitable[None]]) -> None:
        super().__init__()
        self._produce = produce

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        producing = asyncio.ensure_future(self._produce(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({producing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (producing, leaving):
                task.cancel()
            await asyncio.gather(producing, leaving, return_exceptions=True)
        if not producing.cancelled():
            producing.result()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_head(send: Send, headers: Mapping[str, str]) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})


async def send_body(send: Send, body: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})

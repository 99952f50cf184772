"""What the endpoints are handed."""

from typing import Annotated

from fastapi import Depends, Request

from ragstone_kit.identity import Caller
from ragstone_router.keys.callers import Callers
from ragstone_router.proxy import Proxy


async def _proxy(request: Request) -> Proxy:
    proxy: Proxy = request.app.state.proxy
    return proxy


async def _caller(request: Request) -> Caller:
    callers: Callers = request.app.state.callers
    return await callers.of(request.headers)


CallerDependency = Annotated[Caller, Depends(_caller)]
ProxyDependency = Annotated[Proxy, Depends(_proxy)]

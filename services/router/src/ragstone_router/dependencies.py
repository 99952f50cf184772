"""What the endpoints are handed."""

from typing import Annotated

from fastapi import Depends, Request

from ragstone_router.proxy import Proxy


async def _proxy(request: Request) -> Proxy:
    proxy: Proxy = request.app.state.proxy
    return proxy


ProxyDependency = Annotated[Proxy, Depends(_proxy)]

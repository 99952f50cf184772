"""A proxy that does nothing but forward, on aiohttp's own server: ``bare_aiohttp.py PORT UPSTREAM``.

What a router cannot well do without: no identity, no budget, no breaker, no trace.
"""

import asyncio
import sys

import aiohttp
import uvloop
from aiohttp import web

_UPSTREAM = web.AppKey("upstream", aiohttp.ClientSession)


async def forward(request: web.Request) -> web.StreamResponse:
    sent = {"content-type": "application/json"}
    async with request.app[_UPSTREAM].post(request.path, data=await request.read(), headers=sent) as answer:
        head = {"content-type": answer.headers["content-type"]}
        if "content-length" in answer.headers:
            return web.Response(body=await answer.read(), status=answer.status, headers=head)
        response = web.StreamResponse(status=answer.status, headers=head)
        await response.prepare(request)
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        return response


async def serve(port: int, upstream: str) -> None:
    app = web.Application()
    app[_UPSTREAM] = aiohttp.ClientSession(upstream, connector=aiohttp.TCPConnector(limit=0))
    app.router.add_post("/v1/chat/completions", forward)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))

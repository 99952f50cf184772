"""vLLM under the process manager, with health and metrics on a port of their own."""

import asyncio
import math
import re
import signal
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web
from prometheus_client import generate_latest

from ragstone_contracts.errors import PROBLEM_MEDIA_TYPE, RagstoneError
from ragstone_inference.model_process import ModelProcess
from ragstone_inference.supervision import Served, Supervision
from ragstone_inference.vllm.launch import command, environment
from ragstone_inference.vllm.settings import VllmSettings
from ragstone_kit.service_client import ServiceClient
from ragstone_kit.transport import AiohttpTransport

_PLAIN = "text/plain; version=0.0.4; charset=utf-8"
_METRICS_SECONDS = 5.0
_WARM_UP_SECONDS = 300.0
_BEYOND_THE_DRAIN = 10.0


def process_of(settings: VllmSettings) -> ModelProcess:
    """Requests go to vLLM itself, so it is vLLM that lets those under way end."""
    served = Served(
        name="vllm",
        command=lambda port: command(settings),
        warm_up=_warm_up(settings) if settings.warm_up else None,
        environment=environment(settings),
        port=settings.port,
    )
    rules = Supervision(
        to_start=settings.seconds_to_start, to_drain=0.0, to_stop=settings.shutdown_timeout + _BEYOND_THE_DRAIN
    )
    return ModelProcess(served, rules)


def _warm_up(settings: VllmSettings) -> Callable[[str], Awaitable[None]]:
    """One short completion: it compiles and captures what vLLM has left for the first request."""
    body = orjson.dumps({"model": settings.name, "prompt": "Hello", "max_tokens": 2, "temperature": 0})
    headers = {}
    if settings.api_key is not None:
        headers["authorization"] = f"Bearer {settings.api_key.get_secret_value()}"

    async def warm_up(url: str) -> None:
        client = ServiceClient(AiohttpTransport(url), timeout=_WARM_UP_SECONDS)
        try:
            async with client.open(None, "POST", "/v1/completions", body, headers) as answer:
                await answer.read()
        finally:
            await client.close()

    return warm_up


def ops_app(process: ModelProcess) -> web.Application:
    """``/healthz``: this manager runs. ``/readyz``: vLLM takes requests. ``/metrics``: vLLM's and the manager's."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        try:
            process.check()
        except RagstoneError as error:
            headers = {} if error.retry_after is None else {"Retry-After": str(math.ceil(error.retry_after))}
            body = error.problem().model_dump_json()
            return web.Response(status=error.status, text=body, content_type=PROBLEM_MEDIA_TYPE, headers=headers)
        return web.json_response({"ready": True})

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await _vllm_metrics(process) + _own_metrics(), headers={"Content-Type": _PLAIN})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app


async def _vllm_metrics(process: ModelProcess) -> bytes:
    """Nothing while it does not answer."""
    client = ServiceClient(AiohttpTransport(process.url), timeout=_METRICS_SECONDS)
    try:
        async with client.open(None, "GET", "/metrics") as answer:
            return await answer.read()
    except RagstoneError:
        return b""
    finally:
        await client.close()


def _own_metrics() -> bytes:
    """Without those of every Python process, which vLLM says of itself."""
    lines = generate_latest().decode().splitlines(keepends=True)
    own = re.compile(r"(# \w+ )?ragstone_model_process_")
    return "".join(line for line in lines if own.match(line)).encode()


async def serve(settings: VllmSettings) -> None:
    """Until a signal asks for the end: then not ready first, so that nobody sends more, and drained."""
    process, asked = process_of(settings), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    runner = web.AppRunner(ops_app(process), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.ops_host, settings.ops_port).start()
    process.start()
    try:
        await asked.wait()
        process.drain()
        await asyncio.sleep(settings.seconds_unready)
    finally:
        await process.stop()
        await runner.cleanup()

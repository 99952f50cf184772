"""The application factory every service is made with."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragstone_kit.health import Check, health_router
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.problems import PROBLEM_RESPONSES, install_problem_handlers
from ragstone_kit.settings import ServiceSettings
from ragstone_kit.tracing import configure_tracing, span

_requests = Counter("ragstone_requests_total", "Requests answered.", ["service", "method", "route", "status"])
_seconds = Histogram("ragstone_request_seconds", "Seconds until the end of the response.", ["service", "route"])

_TRACE_HEADERS = (b"traceparent", b"tracestate")
# The framework's own spans cost several times what one manual span does (see _Observed).
_OWN_SPANS_ONLY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Front = Callable[[ASGIApp], ASGIApp]
"""Stands before the routes: takes the requests that are its own and hands the others on."""


class _Observed:
    """One span and one metric a request, around the whole of it, streamed bodies included."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def remember(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _TRACE_HEADERS}
        started = time.perf_counter()
        with span(f"{self._service} {scope['method']}", headers):
            try:
                await self._app(scope, receive, remember)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                _requests.labels(self._service, scope["method"], route, status).inc()
                _seconds.labels(self._service, route).observe(time.perf_counter() - started)


def create_service(
    name: str,
    settings: ServiceSettings,
    routers: list[APIRouter],
    *,
    lifespan: Lifespan | None = None,
    checks: Mapping[str, Check] | None = None,
    front: Front | None = None,
) -> FastAPI:
    """A service: its routes, plus health, metrics, tracing, problem documents and the check of internal identity.

    ``app.state.tokens`` verifies identities, ``app.state.settings`` holds the settings; the lifespan puts what connects
    on ``app.state`` too, and ``dependencies.py`` of the service hands it on.
    """
    configure_tracing()
    app = FastAPI(
        title=f"Ragstone {name}",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry=_OWN_SPANS_ONLY,
    )
    app.state.settings = settings
    app.state.tokens = IdentityTokens(settings.internal_secret)
    install_problem_handlers(app)
    app.include_router(health_router(checks or {}))
    for router in routers:
        app.include_router(router, responses=PROBLEM_RESPONSES)
    if front is not None:
        app.add_middleware(front)
    app.add_middleware(_Observed, service=name)
    return app

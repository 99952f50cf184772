"""Liveness, readiness and metrics, the same on every service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.health import Readiness

Check = Callable[[], Awaitable[None]]
"""Returns when the dependency answers, raises when it does not."""

_CHECK_SECONDS = 2.0


async def _outcome(check: Check) -> str:
    try:
        await asyncio.wait_for(check(), _CHECK_SECONDS)
    except TimeoutError:
        return f"no answer within {_CHECK_SECONDS:g} s"
    except (RagstoneError, OSError) as error:
        return str(error)
    return "ok"


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process runs; touches no dependency."""
        return {"status": "ok"}

    @router.get("/readyz", response_model=Readiness)
    async def readyz(response: Response) -> Readiness:
        """The service can do its work now."""
        outcomes = await asyncio.gather(*(_outcome(check) for check in checks.values()))
        readiness = Readiness(
            ready=all(outcome == "ok" for outcome in outcomes), checks=dict(zip(checks, outcomes, strict=True))
        )
        response.status_code = 200 if readiness.ready else 503
        return readiness

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router

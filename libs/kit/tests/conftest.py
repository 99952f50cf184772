"""A small service that streams, fails and asks who calls."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel, SecretStr
from starlette.background import BackgroundTask

from ragstone_contracts.errors import Conflict
from ragstone_kit.app import create_service
from ragstone_kit.caller import CallerDependency
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.settings import ServiceSettings

SECRET = SecretStr("s" * 32)


class Number(BaseModel):
    value: int


class Probe:
    """What the service saw of a client that left."""

    def __init__(self) -> None:
        self.sent = 0
        self.left = asyncio.Event()
        self.finished = False


@pytest.fixture
def tokens() -> IdentityTokens:
    return IdentityTokens(SECRET)


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def app(probe: Probe) -> FastAPI:
    router = APIRouter()

    @router.get("/count")
    async def count(upto: int, pause: float = 0.0) -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            try:
                for number in range(upto):
                    probe.sent += 1
                    yield f"{number};".encode()
                    await asyncio.sleep(pause)
            finally:
                probe.left.set()

        return StreamingResponse(body())

    @router.get("/afterwards")
    async def afterwards() -> PlainTextResponse:
        async def work() -> None:
            await asyncio.sleep(0.05)
            probe.finished = True

        return PlainTextResponse("at once", background=BackgroundTask(work))

    @router.post("/length")
    async def length(request: Request) -> Number:
        return Number(value=len(await request.body()))

    @router.post("/double")
    async def double(number: Number) -> Number:
        return Number(value=2 * number.value)

    @router.get("/me")
    async def me(caller: CallerDependency) -> dict[str, str]:
        return {"user": caller.identity.user}

    @router.get("/conflict")
    async def conflict() -> None:
        raise Conflict("two of them", who="both", retry_after=7)

    @router.get("/bug")
    async def bug() -> None:
        raise ZeroDivisionError

    return create_service("probe", ServiceSettings(internal_secret=SECRET), [router])

from fastapi import APIRouter
from pydantic import SecretStr

from ragstone_contracts.errors import Unavailable
from ragstone_contracts.health import Readiness
from ragstone_kit.app import create_service
from ragstone_kit.settings import ServiceSettings
from ragstone_kit.transport import AsgiTransport, Request


async def _ok() -> None:
    return None


async def _down() -> None:
    raise Unavailable("no route to the index")


async def test_readiness_names_what_is_missing_and_liveness_does_not_ask() -> None:
    checks = {"database": _ok, "index": _down}
    app = create_service("probe", ServiceSettings(internal_secret=SecretStr("s" * 32)), [APIRouter()], checks=checks)
    transport = AsgiTransport(app)
    async with transport.send(Request("GET", "/healthz")) as response:
        assert response.status == 200
    async with transport.send(Request("GET", "/readyz")) as response:
        readiness = Readiness.model_validate_json(await response.read())
        assert (response.status, readiness.ready) == (503, False)
    assert readiness.checks == {"database": "ok", "index": "no route to the index"}
    async with transport.send(Request("GET", "/metrics")) as response:
        assert b"ragstone_requests_total" in await response.read()

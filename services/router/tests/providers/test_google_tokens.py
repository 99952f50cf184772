import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from services.router.tests.providers.cases import account
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ragstone_contracts.errors import InvalidRequest
from ragstone_router.errors import DeploymentFailed
from ragstone_router.providers.google_tokens import KeptTokens, Machine, ServiceAccount, open_tokens
from ragstone_testing.scripted_models import listening


def machine(expires_in: float, asked: list[str]) -> Starlette:
    async def token(request: Request) -> JSONResponse:
        asked.append(request.headers["metadata-flavor"])
        return JSONResponse({"access_token": f"t{len(asked)}", "expires_in": expires_in, "token_type": "Bearer"})

    return Starlette(routes=[Route("/computeMetadata/v1/instance/service-accounts/default/token", token)])


@pytest.mark.parametrize(("expires_in", "times"), [(3599, 1), (60, 2)])
async def test_a_token_is_kept_until_shortly_before_it_lapses(expires_in: float, times: int) -> None:
    asked: list[str] = []
    with listening(machine(expires_in, asked)) as url:
        tokens = KeptTokens(Machine(url))
        assert [await tokens.token(), await tokens.token()] == ["t1", f"t{times}"]
    assert asked == ["Google"] * times


async def test_no_token_is_a_failure_of_the_deployment() -> None:
    with pytest.raises(DeploymentFailed, match="http_401"):
        await KeptTokens(Machine("http://127.0.0.1:9")).token()


def test_a_service_account_signs_who_it_is_and_what_for(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(account("https://oauth2.googleapis.com/token"))
    source = open_tokens(str(path)).source
    assert isinstance(source, ServiceAccount)
    url, request = source.request()

    assert (url, request.path) == ("https://oauth2.googleapis.com", "/token")
    signed = bytes(request.body).decode().split("assertion=")[1]  # type: ignore[arg-type]  # it is no stream
    claims: dict[str, Any] = jwt.decode(signed, options={"verify_signature": False})
    assert claims["iss"] == "router@a-project.iam.gserviceaccount.com"
    assert claims["aud"] == "https://oauth2.googleapis.com/token"
    assert 0 < claims["exp"] - time.time() <= 3600


@pytest.mark.parametrize("credentials", ["/nowhere.json", "{", "{}"])
def test_what_is_no_key_of_an_account_is_refused(credentials: str) -> None:
    with pytest.raises(InvalidRequest, match="credentials"):
        open_tokens(credentials)

import time

import jwt
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from ragstone_contracts.errors import RagstoneError, Unauthenticated
from ragstone_contracts.identity import Identity
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.service_client import ServiceClient
from ragstone_kit.transport import AsgiTransport

SOMEONE = Identity(tenant="t", user="u", groups=["g"], scopes=["read"], budget_usd=0.5)


def test_a_minted_token_names_the_same_identity_when_verified(tokens: IdentityTokens) -> None:
    assert tokens.verify(tokens.mint(SOMEONE).token).identity == SOMEONE


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 characters"):
        IdentityTokens(SecretStr("short"))


def test_an_expired_token_is_refused() -> None:
    late = IdentityTokens(SecretStr("s" * 32), lifetime=-1)
    with pytest.raises(Unauthenticated):
        late.verify(late.mint(SOMEONE).token)


def test_a_token_that_was_good_a_moment_ago_expires_all_the_same() -> None:
    brief = IdentityTokens(SecretStr("s" * 32), lifetime=1.5)
    token = brief.mint(SOMEONE).token
    assert brief.verify(token) is brief.verify(token)
    time.sleep(1.5)
    with pytest.raises(Unauthenticated):
        brief.verify(token)


async def _status(app: FastAPI, token: str) -> int:
    try:
        async with ServiceClient(AsgiTransport(app)).open(Caller(SOMEONE, token), "GET", "/me") as response:
            return response.status
    except RagstoneError as error:
        return error.status


@pytest.mark.requirement("SEC-2")
async def test_a_hop_answers_only_to_a_token_signed_with_its_secret_for_its_audience(
    app: FastAPI, tokens: IdentityTokens
) -> None:
    claims = SOMEONE.model_dump() | {"exp": 9e9}
    assert await _status(app, tokens.mint(SOMEONE).token) == 200
    assert await _status(app, "") == 401
    assert await _status(app, IdentityTokens(SecretStr("x" * 32)).mint(SOMEONE).token) == 401
    assert await _status(app, jwt.encode(claims | {"aud": "ragstone-browser"}, "s" * 32)) == 401
    assert await _status(app, jwt.encode(claims | {"aud": "ragstone-internal"}, "", algorithm="none")) == 401

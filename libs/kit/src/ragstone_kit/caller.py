"""Who calls an endpoint: the verified identity, or 401."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from ragstone_contracts.errors import Unauthenticated
from ragstone_kit.identity import Caller, IdentityTokens


def bearer_token(headers: Mapping[str, str]) -> str:
    """The token a request shows; header names are lower case. Raises Unauthenticated without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("this service answers only to internal identity tokens")
    return token


async def _caller(request: Request) -> Caller:
    tokens: IdentityTokens = request.app.state.tokens
    return tokens.verify(bearer_token(request.headers))


CallerDependency = Annotated[Caller, Depends(_caller)]
"""An endpoint's parameter of this type makes it answer 401 to whoever has no valid internal token."""

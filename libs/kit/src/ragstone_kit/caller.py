"""Who calls an endpoint: the verified identity, or 401."""

from typing import Annotated

from fastapi import Depends, Request

from ragstone_contracts.errors import Unauthenticated
from ragstone_kit.identity import Caller, IdentityTokens


async def _caller(request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("this service answers only to internal identity tokens")
    tokens: IdentityTokens = request.app.state.tokens
    return tokens.verify(token)


CallerDependency = Annotated[Caller, Depends(_caller)]
"""An endpoint's parameter of this type makes it answer 401 to whoever has no valid internal token."""

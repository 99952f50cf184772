"""The browser's session: a signed cookie, and the checks that keep other sites from using it."""

import time
from typing import Final

import jwt
from fastapi import Request, Response

from ragstone_contracts.errors import Unauthenticated
from ragstone_contracts.identity import Identity
from ragstone_gateway.errors import CrossSiteRequest
from ragstone_gateway.settings import GatewaySettings

COOKIE: Final = "ragstone_session"
_AUDIENCE = "ragstone-browser"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_LOOPBACK_CLIENTS = {"127.0.0.1", "::1"}
_LOOPBACK_HOSTS = {"127.0.0.1", "localhost", "[::1]"}


class BrowserSessions:
    def __init__(self, settings: GatewaySettings) -> None:
        self._secret = settings.internal_secret.get_secret_value()
        self._seconds = settings.session_hours * 3600

    def start(self, request: Request, response: Response, identity: Identity) -> None:
        claims = identity.model_dump(exclude_none=True) | {"aud": _AUDIENCE, "exp": time.time() + self._seconds}
        response.set_cookie(
            COOKIE,
            jwt.encode(claims, self._secret, "HS256"),
            max_age=int(self._seconds),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )

    def identify(self, request: Request) -> Identity:
        """Who the cookie names. Raises Unauthenticated without a valid one, CrossSiteRequest from another site."""
        try:
            claims = jwt.decode(request.cookies.get(COOKIE, ""), self._secret, ["HS256"], audience=_AUDIENCE)
        except jwt.PyJWTError as error:
            raise Unauthenticated("send 'Authorization: Bearer <key>', or sign in") from error
        if request.method not in _SAFE_METHODS and not _same_origin(request):
            raise CrossSiteRequest
        del claims["aud"], claims["exp"]
        return Identity.model_validate(claims)


def _same_origin(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


def is_loopback(request: Request) -> bool:
    """True for a browser on this machine that asked for it by name; a name another site made point here fails."""
    host = request.headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return request.client is not None and request.client.host in _LOOPBACK_CLIENTS and name in _LOOPBACK_HOSTS

"""The browser app: built files under a strict content security policy, and the sign-in on this very machine."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, SecretStr

from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_gateway.api_keys import SCOPES, ApiKeys
from ragstone_gateway.browser_session import COOKIE, BrowserSessions, is_loopback
from ragstone_gateway.dependencies import SettingsDependency

router = APIRouter(tags=["web"], include_in_schema=False)

_HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
    "form-action 'self'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_A_YEAR = "public, max-age=31536000, immutable"


class SignIn(BaseModel):
    api_key: SecretStr


@router.post("/session", status_code=204)
async def sign_in(sign_in: SignIn, request: Request) -> Response:
    """Exchange an API key for a browser session."""
    keys: ApiKeys = request.app.state.api_keys
    sessions: BrowserSessions = request.app.state.sessions
    response = Response(status_code=204)
    sessions.start(request, response, await keys.identify(sign_in.api_key.get_secret_value()))
    return response


@router.delete("/session", status_code=204)
async def sign_out() -> Response:
    response = Response(status_code=204)
    response.delete_cookie(COOKIE)
    return response


@router.get("/")
async def page(request: Request, settings: SettingsDependency) -> Response:
    response = _file(settings.web_root, "index.html")
    response.headers["cache-control"] = "no-cache"
    if settings.loopback_sign_in and is_loopback(request):
        identity = Identity(tenant=settings.loopback_tenant, user=settings.loopback_user, scopes=SCOPES)
        request.app.state.sessions.start(request, response, identity)
    return response


@router.get("/{path:path}")
async def asset(path: str, settings: SettingsDependency) -> Response:
    response = _file(settings.web_root, path)
    response.headers["cache-control"] = _A_YEAR if path.startswith("assets/") else "no-cache"
    return response


def _file(root: Path | None, path: str) -> FileResponse:
    if root is None:
        raise NotFound("this gateway serves no web app")
    wanted = (root / path).resolve()
    if not wanted.is_relative_to(root.resolve()) or not wanted.is_file():
        raise NotFound
    return FileResponse(wanted, headers=_HEADERS)

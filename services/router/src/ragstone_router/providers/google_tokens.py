"""Access tokens of Google's: given out for a service account's signature, or by the machine the router runs on."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import jwt
import orjson
from jwt.algorithms import has_crypto

from ragstone_contracts.errors import InvalidRequest, RagstoneError, UpstreamError
from ragstone_kit.transport import AiohttpTransport, Request
from ragstone_router.errors import DeploymentFailed

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_METADATA = "http://metadata.google.internal"
_METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
_EARLY_SECONDS = 120.0
_LONGEST_SECONDS = 3600
_PATIENCE_SECONDS = 10.0


class Tokens(Protocol):
    async def token(self) -> str:
        """One that is good for a while yet. Raises DeploymentFailed."""
        ...


@dataclass
class KeptTokens:
    """Asks ``source`` again before a token has lapsed; requests that come meanwhile wait for the same one."""

    source: "ServiceAccount | Machine"
    _token: str = ""
    _good_until: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self) -> str:
        if time.monotonic() < self._good_until:
            return self._token
        async with self._lock:
            if time.monotonic() >= self._good_until:
                await self._renew()
        return self._token

    async def _renew(self) -> None:
        url, request = self.source.request()
        transport = AiohttpTransport(url)
        try:
            async with transport.send(request) as response:
                body = await response.read()
                if response.status != 200:
                    raise UpstreamError(f"no token: HTTP {response.status} {body[:200].decode(errors='replace')}")
            said: dict[str, Any] = orjson.loads(body)
            self._token = said["access_token"]
            self._good_until = time.monotonic() + max(0.0, float(said["expires_in"]) - _EARLY_SECONDS)
        except (RagstoneError, orjson.JSONDecodeError, KeyError) as error:
            raise DeploymentFailed("http_401", UpstreamError(f"Google gave no access token: {error}")) from error
        finally:
            await transport.close()


@dataclass(frozen=True)
class ServiceAccount:
    """``account`` is what the file of its key holds."""

    account: dict[str, Any]

    def request(self) -> tuple[str, Request]:
        now, url = int(time.time()), urlsplit(self.account["token_uri"])
        claims = {"iss": self.account["client_email"], "scope": _SCOPE, "aud": self.account["token_uri"]}
        signed = jwt.encode(
            claims | {"iat": now, "exp": now + _LONGEST_SECONDS},
            self.account["private_key"],
            algorithm="RS256",
            headers={"kid": self.account.get("private_key_id", "")},
        )
        body = urlencode({"grant_type": _GRANT, "assertion": signed}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return f"{url.scheme}://{url.netloc}", Request("POST", url.path, headers, body, _PATIENCE_SECONDS)


@dataclass(frozen=True)
class Machine:
    """The metadata server of a machine or a pod in Google's cloud."""

    url: str = _METADATA

    def request(self) -> tuple[str, Request]:
        return self.url, Request("GET", _METADATA_PATH, {"metadata-flavor": "Google"}, timeout=_PATIENCE_SECONDS)


def open_tokens(credentials: str | None) -> KeptTokens:
    """``credentials`` is the file of a service account's key, or what it holds; without it the machine's own account.

    Raises InvalidRequest.
    """
    if credentials is None:
        return KeptTokens(Machine())
    try:
        text = credentials if credentials.lstrip().startswith("{") else Path(credentials).read_text()
        account = orjson.loads(text)
        missing = {"client_email", "private_key", "token_uri"} - account.keys()
    except (OSError, orjson.JSONDecodeError, AttributeError) as error:
        raise InvalidRequest(f"options.credentials is not the key of a service account: {error}") from error
    if missing:
        raise InvalidRequest(f"options.credentials lacks {sorted(missing)}")
    if not has_crypto:
        raise InvalidRequest("a service account's key needs the extra 'google' of ragstone-router to be installed")
    return KeptTokens(ServiceAccount(account))

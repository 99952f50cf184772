"""AWS Signature Version 4 for requests with a whole body."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Credentials:
    key_id: str
    secret: str = field(repr=False)
    region: str
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Unsigned:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


def signed_headers(request: Unsigned, credentials: Credentials, service: str, now: datetime) -> dict[str, str]:
    """The request's headers with those that sign it; ``now`` in UTC."""
    stamp, payload = now.strftime("%Y%m%dT%H%M%SZ"), hashlib.sha256(request.body).hexdigest()
    headers = {name.lower(): " ".join(value.split()) for name, value in request.headers.items()}
    headers |= {"host": urlsplit(request.url).netloc, "x-amz-date": stamp}
    if service == "s3":
        headers["x-amz-content-sha256"] = payload
    if credentials.session_token:
        headers["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(headers))
    scope = f"{stamp[:8]}/{credentials.region}/{service}/aws4_request"
    canonical = hashlib.sha256(_canonical(request, headers, payload, service).encode()).hexdigest()
    signature = _signature("\n".join([_ALGORITHM, stamp, scope, canonical]), credentials.secret, scope)
    proof = f"Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers | {"authorization": f"{_ALGORITHM} {proof}"}


def _canonical(request: Unsigned, headers: Mapping[str, str], payload: str, service: str) -> str:
    parts = urlsplit(request.url)
    # S3 takes a path as it stands in the URL; all other services have it encoded once more.
    path = (parts.path or "/") if service == "s3" else quote(parts.path or "/", safe="/-_.~")
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in parse_qsl(parts.query, True)
    )
    query = "&".join(f"{name}={value}" for name, value in pairs)
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    return "\n".join([request.method, path, query, lines, ";".join(sorted(headers)), payload])


def _signature(text: str, secret: str, scope: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()

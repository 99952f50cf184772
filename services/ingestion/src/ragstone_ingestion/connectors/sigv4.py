"""Signatures of requests to S3 (AWS Signature Version 4), for requests without a body."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from pydantic import SecretStr
from yarl import URL

_ALGORITHM = "AWS4-HMAC-SHA256"
_EMPTY = hashlib.sha256(b"").hexdigest()
_UNRESERVED = "-_.~"


@dataclass(frozen=True)
class S3Key:
    id: str
    secret: SecretStr
    region: str


def quoted(text: str, *, keep: str = "") -> str:
    """Percent-encoded as the signature wants it and as it must be sent."""
    return quote(text, safe=_UNRESERVED + keep)


def signed_headers(key: S3Key, url: URL, now: datetime) -> dict[str, str]:
    """Headers that prove a GET of a URL whose path and query are quoted already, the query's names in order."""
    time = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/{key.region}/s3/aws4_request"
    headers = {"host": _host(url), "x-amz-content-sha256": _EMPTY, "x-amz-date": time}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"GET\n{url.raw_path or '/'}\n{url.raw_query_string}\n{lines}\n{names}\n{_EMPTY}"
    to_sign = f"{_ALGORITHM}\n{time}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(_signing_key(key, scope), to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    # The host stands in the signature; who sends the request writes its header.
    return {name: headers[name] for name in headers if name != "host"} | {"authorization": f"{_ALGORITHM} {credential}"}


def _host(url: URL) -> str:
    return f"{url.host_subcomponent}" if url.is_default_port() else f"{url.host_subcomponent}:{url.port}"


def _signing_key(key: S3Key, scope: str) -> bytes:
    signed = f"AWS4{key.secret.get_secret_value()}".encode()
    for part in scope.split("/"):
        signed = hmac.new(signed, part.encode(), hashlib.sha256).digest()
    return signed

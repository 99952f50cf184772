"""Buckets that speak S3: Amazon's, MinIO, Ceph, R2 and others."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from yarl import URL

from ragstone_contracts.errors import UpstreamError
from ragstone_ingestion.connectors.errors import ItemGone, ItemSkipped, SourceRefused, SourceUnavailable
from ragstone_ingestion.connectors.listing_xml import read_listing
from ragstone_ingestion.connectors.port import Content, Item, SourceContext
from ragstone_ingestion.connectors.registry import checked_config
from ragstone_ingestion.connectors.sigv4 import S3Key, quoted, signed_headers
from ragstone_kit.egress import EgressRequest, FetchedResponse

_PAGE_BYTES = 16 * 1024**2
_ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})


class S3Config(BaseModel):
    """``endpoint`` None is Amazon's of the region. Buckets stand in the path there by name, elsewhere too unless
    ``path_style`` is false. Without ``secret`` requests are anonymous.
    """

    model_config = ConfigDict(extra="forbid")

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    prefix: str = Field(default="", max_length=1024)
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,40}$")
    endpoint: str | None = None
    path_style: bool = True
    secret: str | None = None


class S3Source:
    def __init__(self, config: dict[str, Any], context: SourceContext) -> None:
        self._config = checked_config(S3Config, config)
        self._fetcher = context.fetcher
        self._max_bytes = context.max_bytes
        self._base = self._fetcher.check(_base(self._config))
        self._key: S3Key | None = None
        if self._config.secret is not None:
            secret = context.access.secret(context.tenant, self._config.secret, self._base)
            self._key = S3Key(secret.username, secret.password, self._config.region)

    async def marker(self) -> None:
        """A bucket has none."""

    async def items(self) -> AsyncIterator[Item]:
        token: str | None = None
        while True:
            page = await self._page(token)
            for record in (record for _, record in page.records):
                if not record["Key"].endswith("/"):
                    yield self._item(record)
            if page.fields.get("IsTruncated") != "true":
                return
            token = page.fields.get("NextContinuationToken")
            if not token:
                raise UpstreamError("the bucket's list breaks off")

    @asynccontextmanager
    async def fetch(self, item: Item, known: str | None) -> AsyncIterator[Content | None]:
        async with self._get(f"/{quoted(item.key, keep='/')}", "", self._max_bytes) as response:
            if response.status == 404:
                raise ItemGone(f"{item.key} is gone")
            if response.status == 403:
                raise ItemSkipped("access_denied", "the bucket does not hand this object out")
            if response.status != 200:
                raise SourceUnavailable(f"the object is answered with {response.status}")
            fingerprint = _fingerprint(response.headers.get("etag"))
            yield Content(response.chunks(), fingerprint, response.media_type, {"source_url": item.source})

    async def close(self) -> None:
        """The fetcher is the caller's."""

    def _item(self, record: dict[str, str]) -> Item:
        key, prefix = record["Key"], self._config.prefix
        filename = key.removeprefix(prefix).lstrip("/") or key
        source = f"s3://{self._config.bucket}/{key}"
        if record.get("StorageClass") in _ARCHIVED:
            return Item(key, filename, source, skipped="archived", detail="the object is in cold storage")
        size = int(record["Size"]) if record.get("Size", "").isdigit() else None
        return Item(key, filename, source, _fingerprint(record.get("ETag")), size)

    async def _page(self, token: str | None) -> Any:
        query = {"list-type": "2", "prefix": self._config.prefix}
        if token is not None:
            query["continuation-token"] = token
        text = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in sorted(query.items()))
        async with self._get("" if self._base.raw_path != "/" else "/", text, _PAGE_BYTES) as response:
            content = await response.read()
            if response.status != 200:
                raise _listing_error(response.status, content)
        return read_listing(content, frozenset({"Contents"}))

    def _get(self, path: str, query: str, max_bytes: int) -> AbstractAsyncContextManager[FetchedResponse]:
        base = str(self._base).rstrip("/")
        url = URL(f"{base}{path}{'?' + query if query else ''}", encoded=True)
        headers = {} if self._key is None else signed_headers(self._key, url, datetime.now(UTC))
        # A redirect would need another signature: it means that the region or the endpoint is not the bucket's.
        return self._fetcher.open(EgressRequest(str(url), headers, max_bytes=max_bytes, follow=False))


def _base(config: S3Config) -> str:
    endpoint = (config.endpoint or f"https://s3.{config.region}.amazonaws.com").rstrip("/")
    if config.path_style:
        return f"{endpoint}/{config.bucket}"
    scheme, _, rest = endpoint.partition("://")
    return f"{scheme}://{config.bucket}.{rest}/"


def _fingerprint(etag: str | None) -> str | None:
    return etag.strip('"') if etag else None


def _listing_error(status: int, content: bytes) -> SourceRefused | SourceUnavailable:
    try:
        said = read_listing(content, frozenset()).fields.get("Code", "")
    except UpstreamError:
        said = ""
    detail = f"the bucket's list is answered with {status} {said}".strip()
    return SourceUnavailable(detail) if status >= 500 or status == 429 else SourceRefused(detail)

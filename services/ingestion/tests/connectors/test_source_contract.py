"""Every source that ships keeps the contract of its port."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from pydantic import SecretStr

from ragstone_ingestion.connectors.access import Access, ConnectorSecret
from ragstone_ingestion.connectors.port import Source
from ragstone_ingestion.connectors.sources import Sources, SourceSpec
from ragstone_kit.egress import EgressRules
from ragstone_testing.s3 import REGION, S3Server, s3
from ragstone_testing.scripted_site import ScriptedSite
from ragstone_testing.source_contract import SourceContract

from .conftest import put_file
from .git_repository import Repository

__all__ = ["s3"]


def opened(kind: str, config: dict[str, Any], access: Access, port: int = 80) -> AbstractAsyncContextManager[Source]:
    rules = EgressRules.model_validate({"ports": [port], "private_networks": ["127.0.0.1/32"]})
    return Sources(rules, access, 1_000_000).open(SourceSpec(kind, config, "t"))


@dataclass
class HeldFolder:
    folder: Path
    age: float = 1000.0

    def put(self, name: str, text: str) -> None:
        self.age -= 10
        put_file(self.folder, name, text, self.age)

    def delete(self, name: str) -> None:
        (self.folder / name).unlink()

    def opened(self) -> AbstractAsyncContextManager[Source]:
        return opened("folder", {"path": str(self.folder)}, Access((str(self.folder),)))


class TestFolderSource(SourceContract):
    @pytest.fixture
    def held(self, folder: Path) -> HeldFolder:
        return HeldFolder(folder)


@dataclass
class HeldRepository:
    repository: Repository

    def put(self, name: str, text: str) -> None:
        self.repository.put(name, text)
        self.repository.commit()

    def delete(self, name: str) -> None:
        (self.repository.folder / name).unlink()
        self.repository.commit()

    def opened(self) -> AbstractAsyncContextManager[Source]:
        folder = str(self.repository.folder)
        return opened("git", {"url": folder}, Access((folder,)))


class TestGitSource(SourceContract):
    @pytest.fixture
    def held(self, folder: Path) -> HeldRepository:
        return HeldRepository(Repository(folder / "project"))


@dataclass
class HeldSite:
    site: ScriptedSite
    names: set[str] = field(default_factory=set)

    def put(self, name: str, text: str) -> None:
        self.names.add(name)
        self.site.put(f"/{quote(name)}", text, media_type="text/plain")
        self._list()

    def delete(self, name: str) -> None:
        self.names.discard(name)
        del self.site.pages[f"/{quote(name)}"]
        self._list()

    def _list(self) -> None:
        urls = "\n".join(f"{self.site.url}/{quote(name)}" for name in sorted(self.names))
        self.site.put("/sitemap.txt", urls, media_type="text/plain")

    def opened(self) -> AbstractAsyncContextManager[Source]:
        config = {"sitemaps": [f"{self.site.url}/sitemap.txt"], "requests_per_second": 20}
        return opened("web", config, Access(), self.site.port)


class TestWebSource(SourceContract):
    @pytest.fixture
    async def held(self) -> AsyncIterator[HeldSite]:
        site = ScriptedSite()
        async with site.listening():
            yield HeldSite(site)


class HeldBucket:
    def __init__(self, server: S3Server) -> None:
        self._url, self._bucket = server.url, server.new_bucket()
        with server.settings():
            self._client = boto3.client("s3", region_name=REGION)

    def put(self, name: str, text: str) -> None:
        self._client.put_object(Bucket=self._bucket, Key=f"docs/{name}", Body=text.encode())

    def delete(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=f"docs/{name}")

    def opened(self) -> AbstractAsyncContextManager[Source]:
        secret = ConnectorSecret(
            tenants=["t"], hosts=["127.0.0.1"], username="tester", password=SecretStr("tester"), plain_http=True
        )
        config = {"bucket": self._bucket, "prefix": "docs/", "endpoint": self._url, "secret": "store"}
        return opened("s3", config, Access(secrets={"store": secret}), int(self._url.rpartition(":")[2]))


class TestS3Source(SourceContract):
    @pytest.fixture
    def held(self, s3: S3Server) -> HeldBucket:
        return HeldBucket(s3)

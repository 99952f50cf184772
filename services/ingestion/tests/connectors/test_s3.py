from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from yarl import URL

from ragstone_contracts.connectors import Connector
from ragstone_ingestion.connectors.port import Item
from ragstone_ingestion.connectors.sigv4 import S3Key, quoted, signed_headers
from ragstone_ingestion.connectors.sources import SourceSpec
from ragstone_testing.s3 import REGION, S3Server, s3
from ragstone_testing.scripted_site import Page, ScriptedSite

from .conftest import Platform, World, counts, platform_of

__all__ = ["s3"]


class Bucket:
    """A bucket of the test server's, and the requests a connector made for its objects."""

    def __init__(self, server: S3Server) -> None:
        self.name, self.url = server.new_bucket(), server.url
        with server.settings():
            self._client = boto3.client("s3", region_name=REGION)

    def put(self, key: str, text: str, **more: Any) -> None:
        self._client.put_object(Bucket=self.name, Key=key, Body=text.encode(), **more)

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self.name, Key=key)


@pytest.fixture
def bucket(s3: S3Server) -> Bucket:
    return Bucket(s3)


def settings_for(world: World, url: str) -> dict[str, Any]:
    host, port = urlsplit(url).hostname, urlsplit(url).port
    secret = {"tenants": ["*"], "hosts": [host], "username": "tester", "password": "tester", "plain_http": True}
    settings = {
        "egress": {"ports": [port], "private_networks": ["127.0.0.1/32"]},
        "connector_secrets": {"minio": secret},
    }
    validated = type(world.settings).model_validate(world.settings.model_dump() | settings)
    return {name: getattr(validated, name) for name in settings} | {"max_attempts": 1}


@pytest.fixture
async def platform(disk: World, bucket: Bucket) -> AsyncIterator[Platform]:
    async with platform_of(disk, **settings_for(disk, bucket.url)) as platform:
        yield platform


async def connect(platform: Platform, bucket: Bucket, **config: Any) -> Connector:
    base = {"bucket": bucket.name, "endpoint": bucket.url, "secret": "minio"}
    return await platform.connect("s3", base | config)


@pytest.mark.requirement("ING-11")
async def test_a_bucket_is_followed_and_unchanged_objects_are_not_fetched(platform: Platform, bucket: Bucket) -> None:
    odd = "docs/a b+c=d&e/ü (1)~*'.txt"
    for key in ("docs/a.txt", odd, "docs/deep/b.txt", "docs/", "other/c.txt"):
        bucket.put(key, f"The stone of {key} is grey.")
    connector = await connect(platform, bucket, prefix="docs/")
    assert counts(await platform.synced(connector)) == {"listed": 3, "added": 3}
    documents = await platform.documents()
    assert documents["src/" + odd.removeprefix("docs/")] == f"The stone of {odd} is grey."

    platform.taken.clear()
    assert counts(await platform.synced(connector)) == {"listed": 3, "unchanged": 3}
    assert platform.taken == []

    bucket.put("docs/a.txt", "Another stone.")
    bucket.delete("docs/deep/b.txt")
    bucket.put("docs/renamed.txt", "The stone of docs/deep/b.txt is grey.")
    changed = await platform.synced(connector)
    assert counts(changed) == {"listed": 3, "added": 1, "changed": 1, "unchanged": 1, "deleted": 1}
    assert sorted(platform.taken) == ["src/a.txt", "src/renamed.txt"]
    assert (await platform.documents())["src/a.txt"] == "Another stone."


async def test_a_long_list_comes_in_pages_and_cold_objects_are_left(
    platform: Platform, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        bucket.put(f"{number:04}.bin", "")
    bucket.put("cold.txt", "A cold stone.", StorageClass="GLACIER")
    monkeypatch.setattr("moto.settings.get_s3_default_max_keys", lambda: 2)
    connector = await connect(platform, bucket, prefix="")
    listed = [item async for item in _items(platform, connector)]
    assert len(listed) == 6
    assert [item.skipped for item in listed if item.key == "cold.txt"] == ["archived"]


async def _items(platform: Platform, connector: Connector) -> AsyncIterator[Item]:
    async with platform.sources.open(SourceSpec(connector.kind, connector.config, "t")) as source:
        async for item in source.items():
            yield item


async def test_a_bucket_that_says_no_or_nothing_deletes_nothing(disk: World, bucket: Bucket) -> None:
    site = ScriptedSite()
    async with site.listening() as url:
        list_path = "/docs?list-type=2&prefix="
        entry = "<Contents><Key>a.txt</Key><Size>6</Size><ETag>&quot;x&quot;</ETag></Contents>"
        site.put(list_path, f"<ListBucketResult>{entry}<IsTruncated>false</IsTruncated></ListBucketResult>")
        site.put("/docs/a.txt", "Stone.", media_type="text/plain")
        async with platform_of(disk, **settings_for(disk, url)) as platform:
            connector = await platform.connect("s3", {"bucket": "docs", "endpoint": url})
            assert counts(await platform.synced(connector)) == {"listed": 1, "added": 1}
            answers = {
                "source_refused": Page(b"<Error><Code>AccessDenied</Code></Error>", status=403, etag=False),
                "source_unavailable": Page(b"<Error><Code>SlowDown</Code></Error>", status=503, etag=False),
                "upstream_error": Page(b"<html><p>", etag=False),
                "redirect": Page(status=301, etag=False, headers={"location": "http://169.254.169.254/"}),
            }
            for code, answer in answers.items():
                site.pages[list_path] = answer
                failed = await platform.synced(connector)
                assert failed.sync is not None
                assert failed.sync.error is not None
                assert failed.sync.error.code == ("source_refused" if code == "redirect" else code)
                assert failed.state == "failed"
            assert len(await platform.documents()) == 1
    assert all(one.path.startswith("/docs") for one in site.asked)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40),
    st.dictionaries(st.sampled_from(["list-type", "prefix", "continuation-token"]), st.text("aü +/=&~*", max_size=9)),
)
def test_signatures_are_those_of_the_reference_client(key: str, query: dict[str, str]) -> None:
    now = datetime.now(UTC)
    text = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in sorted(query.items()))
    url = f"http://minio.test:9000/docs/{quoted(key, keep='/')}" + (f"?{text}" if text else "")
    ours = signed_headers(S3Key("id", SecretStr("secret"), REGION), URL(url, encoded=True), now)
    reference = AWSRequest("GET", url, headers={"x-amz-content-sha256": ours["x-amz-content-sha256"]})
    reference.context["timestamp"] = ours["x-amz-date"]
    auth = S3SigV4Auth(Credentials("id", "secret"), "s3", REGION)
    reference.headers["X-Amz-Date"] = ours["x-amz-date"]
    reference.headers["host"] = "minio.test:9000"
    signature = auth.signature(auth.string_to_sign(reference, auth.canonical_request(reference)), reference)
    assert ours["authorization"].rpartition("Signature=")[2] == signature

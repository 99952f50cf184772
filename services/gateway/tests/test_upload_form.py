import json
from typing import Any

import httpx
import pytest

from ragstone_contracts.errors import RagstoneError

from .conftest import Behind


async def _upload(client: httpx.AsyncClient, content: bytes = b"hello", **fields: str) -> httpx.Response:
    files = {"file": ("grüße/a b.txt", content, "text/plain")}
    return await client.post("/v1/documents", data={"collection": "c", **fields}, files=files)


async def test_an_upload_reaches_ingestion_with_all_that_was_said_of_it(
    client: httpx.AsyncClient, behind: Behind
) -> None:
    response = await _upload(client, b"hello" * 100_000, acl='["user:ada"]', metadata='{"year": 2026}')
    assert response.status_code == 202
    assert response.json() == {"document_id": "d", "version": 1, "job_id": "j"}
    [(said, content)] = behind.uploads
    assert content == b"hello" * 100_000
    assert (said["collection"], said["filename"], said["media_type"]) == ("c", "grüße/a b.txt", "text/plain")
    assert json.loads(said["x-ragstone-acl"]) == ["user:ada"]
    assert json.loads(said["x-ragstone-metadata"]) == {"year": 2026}


async def test_principals_of_an_acl_may_be_separated_by_commas(client: httpx.AsyncClient, behind: Behind) -> None:
    await _upload(client, acl="user:ada, group:eng")
    assert json.loads(behind.uploads[0][0]["x-ragstone-acl"]) == ["user:ada", "group:eng"]


@pytest.mark.parametrize(
    "fields",
    [{"acl": "ada"}, {"acl": "[1]"}, {"acl": "[}"}, {"metadata": "[]"}, {"metadata": "{"}, {"collection": ""}],
)
async def test_a_malformed_form_is_refused_with_its_reason(
    client: httpx.AsyncClient, behind: Behind, fields: dict[str, Any]
) -> None:
    response = await _upload(client, **fields)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_form")
    assert behind.uploads == []


async def test_a_form_without_a_file_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/documents", data={"collection": "c"})
    assert response.json()["code"] == "invalid_form"


async def test_an_upload_over_the_limit_is_refused_before_it_reaches_ingestion(
    client: httpx.AsyncClient, behind: Behind
) -> None:
    response = await _upload(client, b"x" * 1_200_000)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert behind.uploads == []


async def test_a_body_that_hides_its_size_is_stopped_at_the_limit(client: httpx.AsyncClient, behind: Behind) -> None:
    async def endless() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 100_000

    response = await client.post(
        "/v1/documents", content=endless(), headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert behind.uploads == []


async def test_an_original_is_a_download_that_no_browser_renders(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/documents/d/file")
    assert response.content == b"<script>alert(1)</script>"
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_when_to_come_again_is_passed_on(client: httpx.AsyncClient, behind: Behind) -> None:
    behind.refusal = RagstoneError("20000 documents of this tenant wait already", retry_after=90)
    behind.refusal.status, behind.refusal.code = 429, "queue_full"
    response = await _upload(client)
    assert (response.status_code, response.json()["code"]) == (429, "queue_full")
    assert response.headers["retry-after"] == "90"

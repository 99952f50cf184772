import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pypdfium2
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from .running import Ragstone, upload, wait_until_ended


@pytest.fixture(scope="module")
def client(ragstone: Ragstone) -> Iterator[httpx.Client]:
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "bad"}).raise_for_status()
        yield client


def _locked_pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption("secret"))
    canvas.drawString(100, 100, "hidden")
    canvas.save()
    return buffer.getvalue()


def _picture_pdf() -> bytes:
    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 200)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["detail"]
    assert body["trace_id"]
    return response.status_code, body["code"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("program.exe", b"MZ\x90\x00" + bytes(range(256)) * 20, "unsupported_type"),
        ("empty.pdf", b"", "empty_document"),
    ],
)
def test_what_can_be_seen_at_once_is_refused_at_once(
    client: httpx.Client, name: str, content: bytes, code: str
) -> None:
    before = client.get("/v1/documents", params={"collection": "bad"}).json()
    assert _code(upload(client, "bad", name, content)) == (422, code)
    assert client.get("/v1/documents", params={"collection": "bad"}).json() == before


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("locked.pdf", _locked_pdf(), "password_protected"),
        ("broken.pdf", b"%PDF-1.7\nthis is not one", "corrupt_document"),
        ("picture.pdf", _picture_pdf(), "no_text"),
    ],
)
def test_a_document_that_cannot_be_read_ends_rejected_with_its_reason(
    client: httpx.Client, name: str, content: bytes, code: str
) -> None:
    accepted = upload(client, "bad", name, content).raise_for_status().json()
    document = wait_until_ended(client, accepted["document_id"])
    assert document["state"] == "rejected"
    assert isinstance(document["error"], dict)
    assert document["error"]["code"] == code


def test_an_upload_over_the_limit_is_refused(client: httpx.Client) -> None:
    assert _code(upload(client, "bad", "large.txt", b"x" * (101 * 1024 * 1024))) == (413, "too_large")


def test_an_unknown_collection_is_not_found_whatever_is_asked_of_it(client: httpx.Client) -> None:
    assert _code(client.post("/v1/chat", json={"question": "?", "collection": "nowhere"})) == (404, "not_found")
    assert _code(client.post("/v1/search", json={"query": "?", "collection": "nowhere"})) == (404, "not_found")
    assert _code(upload(client, "nowhere", "a.txt", b"hello")) == (404, "not_found")
    assert _code(client.get("/v1/documents/nothing")) == (404, "not_found")


def test_a_question_over_an_empty_collection_is_answered_by_saying_so(client: httpx.Client) -> None:
    client.post("/v1/collections", json={"name": "void"}).raise_for_status()
    answer = (
        client.post("/v1/chat", json={"question": "What is stone?", "collection": "void"}).raise_for_status().json()
    )
    assert answer["abstained"]


def test_two_collections_cannot_share_a_name(client: httpx.Client) -> None:
    assert _code(client.post("/v1/collections", json={"name": "bad"})) == (409, "collection_exists")


def test_a_taken_port_moves_a_second_one_to_the_next(ragstone: Ragstone, tmp_path: Path) -> None:
    second = Ragstone(tmp_path / "second", port=int(ragstone.url.rpartition(":")[2])).start()
    try:
        assert second.url != ragstone.url
    finally:
        assert second.stop() == 0


def test_a_data_folder_in_use_is_refused_in_one_line(ragstone: Ragstone) -> None:
    command = [sys.executable, "-m", "ragstone_standalone", "up", "--data-dir", str(ragstone.data_dir)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "data_folder_in_use" in second.stderr
    assert "Traceback" not in second.stderr

import pytest
from pydantic import ValidationError

from ragstone_ingestion.adapters.parsers.google_document_ai import GoogleDocumentAi
from ragstone_ingestion.errors import ParserLimit
from ragstone_testing.parser_servers import SAMPLE_PDF, Fault, RecordedDocumentAi
from ragstone_testing.parser_servers.google_document_ai import TOKEN_PATH

from .vendors import VENDORS, read, said

_VENDOR = VENDORS["google-document-ai"]
_TOKEN_URL = f"https://metadata.test{TOKEN_PATH}"


async def test_a_token_from_the_metadata_server_serves_until_it_ends() -> None:
    server = RecordedDocumentAi()
    parser = GoogleDocumentAi({"url": _VENDOR.settings["url"], "token_url": _TOKEN_URL}, server.connect)
    for _ in range(2):
        assert said(await read(parser, SAMPLE_PDF)) == _VENDOR.expected
    assert [one.path for one in server.received].count(TOKEN_PATH) == 1


async def test_an_api_key_goes_into_its_own_header() -> None:
    server = RecordedDocumentAi()
    server.faults.append(
        Fault(200, {"document": {"text": "x", "documentLayout": {"blocks": [{"textBlock": {"text": "x"}}]}}})
    )
    await read(GoogleDocumentAi({"url": _VENDOR.settings["url"], "key": "AIza"}, server.connect), SAMPLE_PDF)
    assert server.received[0].headers["x-goog-api-key"] == "AIza"
    assert "authorization" not in server.received[0].headers


async def test_too_many_pages_are_a_limit_of_the_document() -> None:
    server = RecordedDocumentAi()
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "PAGE_LIMIT_EXCEEDED"}
    error = {"code": 400, "message": "Document pages exceed the limit: 15 got 20", "details": [detail]}
    server.faults.append(Fault(400, {"error": error}))
    with pytest.raises(ParserLimit, match="got 20"):
        await read(_VENDOR.connected(server), SAMPLE_PDF)


def test_without_credentials_or_with_an_address_that_is_no_processor_it_is_refused() -> None:
    with pytest.raises(ValidationError, match="one of TOKEN"):
        GoogleDocumentAi({"url": _VENDOR.settings["url"]})
    with pytest.raises(ValidationError, match="url"):
        GoogleDocumentAi({"url": "https://documentai.googleapis.com", "token": "t"})

from pathlib import Path

import pytest

from ragstone_contracts.errors import UpstreamError
from ragstone_ingestion.adapters.parsers.textract import Textract
from ragstone_ingestion.errors import ParserMisconfigured
from ragstone_testing.parser_servers import SAMPLE_PDF, Answer, Fault, Received, RecordedTextract

from .vendors import VENDORS, read, said

_VENDOR = VENDORS["textract"]
_ALONE = {"region": "eu-central-1", "key_id": "AKIDEXAMPLE", "key": "secret"}


async def test_the_document_lies_in_the_bucket_only_while_it_is_read() -> None:
    server = RecordedTextract()
    await read(_VENDOR.connected(server), SAMPLE_PDF)
    assert server.objects == {}
    assert [name.startswith("/the-bucket/ragstone/") for name in server.jobs.values()] == [True]


async def test_a_failed_job_leaves_nothing_in_the_bucket_either() -> None:
    server = RecordedTextract()

    def half(received: Received, answer: Answer) -> Answer:
        asked = received.headers.get("x-amz-target", "")
        status = {"JobStatus": "PARTIAL_SUCCESS", "Blocks": []}
        return Answer(200, status) if asked.endswith("GetDocumentAnalysis") else answer

    server.hook = half
    with pytest.raises(UpstreamError, match="PARTIAL_SUCCESS"):
        await read(_VENDOR.connected(server), SAMPLE_PDF)
    assert server.objects == {}


async def test_a_single_page_needs_no_bucket(tmp_path: Path) -> None:
    server = RecordedTextract()
    source = tmp_path / "page"
    source.write_bytes(b"\x89PNG one page")
    parser = Textract(_ALONE, server.connect)
    document = await parser.parse(source, "wall.png", "image/png")
    await parser.close()
    assert said(document) == _VENDOR.expected[:-1]
    assert document.pages == 1
    assert not server.objects
    assert not server.jobs


async def test_a_pdf_of_several_pages_without_a_bucket_says_what_to_set() -> None:
    with pytest.raises(ParserMisconfigured, match="BUCKET"):
        await read(Textract(_ALONE, RecordedTextract().connect), SAMPLE_PDF)


@pytest.mark.parametrize("name", ["ThrottlingException", "ProvisionedThroughputExceededException"])
async def test_throttling_is_waited_out_although_it_comes_as_a_bad_request(name: str) -> None:
    server = RecordedTextract()
    throttled = Fault(400, {"__type": name, "Message": "Rate exceeded"}, {"retry-after": "0"})
    server.hook = lambda received, answer: throttled if received.method == "POST" and not seen(received) else answer
    waiting: list[Received] = []

    def seen(received: Received) -> bool:
        waiting.append(received)
        return len(waiting) > 2

    assert said(await read(_VENDOR.connected(server), SAMPLE_PDF)) == _VENDOR.expected
    assert len(waiting) > 3

import pytest

from ragstone_contracts.errors import UpstreamError
from ragstone_ingestion.errors import ParserLimit
from ragstone_testing.parser_servers import SAMPLE_PDF, Answer, Received, RecordedAzure

from .vendors import VENDORS, read

_VENDOR = VENDORS["azure-document-intelligence"]


async def test_the_result_does_not_stay_with_the_vendor() -> None:
    server = RecordedAzure()
    await read(_VENDOR.connected(server), SAMPLE_PDF)
    assert len(server.deleted) == 1


async def test_lines_keep_their_own_boxes_although_the_vendor_counts_a_letter_as_two() -> None:
    document = await read(_VENDOR.connected(RecordedAzure()), SAMPLE_PDF)
    block = next(one for one in document.blocks if document.text[one.start :].startswith("Each stone"))
    assert [round(box.y0, 6) for box in block.boxes] == [0.2, 0.23]
    assert document.text[block.box_starts[1] : block.end] == "größte weighs twelve tonnes."


async def test_the_key_is_not_carried_to_an_address_that_the_answer_names() -> None:
    """Whoever can change an answer must not learn the key."""
    server, asked = RecordedAzure(), []
    away = "https://elsewhere.test/documentintelligence/documentModels/prebuilt-layout/analyzeResults/1"

    def elsewhere(received: Received, answer: Answer) -> Answer:
        asked.append(received.path)
        return Answer(202, b"", {"operation-location": away})

    server.hook = elsewhere
    with pytest.raises(UpstreamError):
        await read(_VENDOR.connected(server), SAMPLE_PDF)
    assert len(asked) == 1


async def test_an_analysis_that_fails_says_what_was_wrong_innermost() -> None:
    server = RecordedAzure()
    detail = {
        "code": "InvalidContentDimensions",
        "message": "The input image dimensions are out of range.",
        "target": "2",
    }
    error = {"code": "InternalServerError", "message": "An unexpected error occurred.", "details": [detail]}

    def failed(received: Received, answer: Answer) -> Answer:
        return Answer(200, {"status": "failed", "error": error}) if received.method == "GET" else answer

    server.hook = failed
    with pytest.raises(ParserLimit, match="out of range"):
        await read(_VENDOR.connected(server), SAMPLE_PDF)


async def test_office_formats_come_without_places() -> None:
    server = RecordedAzure()

    def without_places(_: Received, answer: Answer) -> Answer:
        if not isinstance(answer.body, dict) or "analyzeResult" not in answer.body:
            return answer
        paragraphs = [{"content": "A stone.", "spans": [{"offset": 0, "length": 8}]}]
        result = {"content": "A stone.", "pages": [{"pageNumber": 1, "spans": []}], "paragraphs": paragraphs}
        return Answer(200, answer.body | {"analyzeResult": result})

    server.hook = without_places
    document = await read(_VENDOR.connected(server), SAMPLE_PDF)
    assert (document.text, document.pages, document.blocks[0].boxes) == ("A stone.", 1, [])

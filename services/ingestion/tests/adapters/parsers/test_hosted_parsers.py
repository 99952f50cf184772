"""What every vendor's adapter promises, over the vendor's recorded wire."""

import asyncio
from functools import partial
from typing import Any

import pytest

from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, UpstreamError
from ragstone_ingestion.errors import (
    CorruptDocument,
    DocumentRejected,
    EmptyDocument,
    ParserLimit,
    ParserMisconfigured,
    PasswordProtected,
    UnsupportedType,
)
from ragstone_testing.parser_contract import ParserContract, ParserSubject
from ragstone_testing.parser_servers import LOCKED_PDF, PARTS, SAMPLE_PDF, Answer, Fault, Received
from ragstone_testing.scripted_models import listening

from .vendors import VENDORS, Vendor, read, said


@pytest.fixture(params=list(VENDORS))
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return VENDORS[request.param]


class TestHostedParsers(ParserContract):
    @pytest.fixture
    def subject(self, vendor: Vendor) -> ParserSubject:
        server = vendor.server()

        async def parsed(content: bytes, filename: str) -> ParsedDocument:
            return await read(vendor.connected(server), content, filename)

        return ParserSubject(parsed, "wall.pdf", SAMPLE_PDF, DocumentRejected, [bytes(4096), LOCKED_PDF])


async def test_it_reads_the_sample_in_order_without_what_repeats_on_the_pages(vendor: Vendor) -> None:
    document = await read(vendor.connected(vendor.server()), SAMPLE_PDF)
    assert said(document) == vendor.expected
    assert document.pages == 2
    assert [block.page for block in document.blocks] == [1] * (len(document.blocks) - 1) + [2]


async def test_boxes_are_where_the_vendor_saw_the_text(vendor: Vendor) -> None:
    """Fractions from the top left, whatever the vendor counts in: inches, points, pixels."""
    document = await read(vendor.connected(vendor.server()), SAMPLE_PDF)
    by_text = {document.text[block.start : block.end]: block for block in document.blocks}
    title = by_text["The wall 🧱"]
    assert [(box.x0, box.y0, box.x1, box.y1) for box in title.boxes] == [pytest.approx(PARTS[1].around.box)]
    table = next(block for text, block in by_text.items() if text.startswith("Name"))
    assert len(table.boxes) == 3
    assert table.boxes[0].y0 == pytest.approx(0.4)
    assert table.boxes[0].x0 == pytest.approx(0.1)


async def test_it_works_over_a_socket(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    server = vendor.server()
    with listening(server) as url:
        changes = {"url": url + vendor.settings.get("url", "").partition(".test")[2]}
        if hasattr(server, "objects"):
            changes["s3_url"] = url
        if hasattr(server, "deleted"):
            monkeypatch.setattr(server, "_url", url)
        document = await read(vendor.adapter({"poll_seconds": "0.001", **vendor.settings, **changes}), SAMPLE_PDF)
    assert said(document) == vendor.expected


async def test_a_locked_file_is_rejected_as_such(vendor: Vendor) -> None:
    with pytest.raises(PasswordProtected):
        await read(vendor.connected(vendor.server()), LOCKED_PDF)


async def test_a_broken_file_is_rejected(vendor: Vendor) -> None:
    with pytest.raises((CorruptDocument, UnsupportedType)):
        await read(vendor.connected(vendor.server()), b"what is this?")


async def test_an_empty_or_oversized_file_is_never_sent(vendor: Vendor) -> None:
    server = vendor.server()
    with pytest.raises(EmptyDocument):
        await read(vendor.connected(server), b"")
    with pytest.raises(ParserLimit):
        await read(vendor.connected(server, upload_mb="1"), bytes(2**20 + 1))
    assert server.received == []


async def test_refused_credentials_are_the_operators_to_mend_and_not_the_documents_fault(vendor: Vendor) -> None:
    with pytest.raises(ParserMisconfigured) as raised:
        await read(vendor.connected(vendor.server(), **vendor.wrong_key), SAMPLE_PDF)
    assert not isinstance(raised.value, DocumentRejected)
    assert not any(secret in str(raised.value) for secret in vendor.wrong_key.values())


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_vendor_is_asked_again_when_it_says_so(vendor: Vendor, status: int) -> None:
    server = vendor.server()
    server.faults.extend([Fault(status, {"message": "busy"}, {"retry-after": "0"})] * 2)
    assert said(await read(vendor.connected(server), SAMPLE_PDF)) == vendor.expected


async def test_a_vendor_that_asks_for_more_time_than_there_is_fails_the_attempt_and_says_when(vendor: Vendor) -> None:
    server = vendor.server()
    server.faults.append(Fault(429, {"message": "busy"}, {"retry-after": "120"}))
    with pytest.raises(UpstreamError) as raised:
        await read(vendor.connected(server, seconds="5"), SAMPLE_PDF)
    assert raised.value.retry_after == 120


async def test_an_answer_that_never_comes_is_not_waited_for(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    server = vendor.server()

    async def silent(*_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(type(server), "__call__", silent)
    with pytest.raises(DeadlineExceeded):
        await read(vendor.connected(server, seconds="0.05"), SAMPLE_PDF)


async def test_an_answer_over_the_limit_is_not_read_to_its_end(vendor: Vendor) -> None:
    server = vendor.server()
    server.hook = lambda _, answer: Answer(answer.status, b" " * (2**20 + 1), answer.headers)
    with pytest.raises(ParserLimit):
        await read(vendor.connected(server, answer_mb="1"), SAMPLE_PDF)


_NONSENSE = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"<html>",
    b"[" * 5000,
    b'{"items": 7, "Blocks": {}, "document": []}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", _NONSENSE)
async def test_nonsense_from_a_vendor_is_an_error_of_its_own_and_no_document(vendor: Vendor, body: bytes) -> None:
    server = vendor.server()

    def nonsense(received: Received, answer: Answer) -> Answer:
        return answer if received.method in ("PUT", "DELETE") else Answer(200, body, answer.headers)

    server.hook = nonsense
    with pytest.raises(RagstoneError) as raised:
        await read(vendor.connected(server), SAMPLE_PDF)
    assert raised.value.code in ("upstream_error", "no_text")


async def test_places_off_the_page_and_numbers_without_end_do_no_harm(vendor: Vendor) -> None:
    """Every number a vendor says is turned into one that cannot be, one kind after the other."""
    for wild in (-1e9, 1e308, 0.0):
        server = vendor.server()
        server.hook = partial(_with_wild_numbers, wild)
        try:
            document = await read(vendor.connected(server), SAMPLE_PDF)
        except RagstoneError:
            continue
        for block in document.blocks:
            assert all(0 <= edge <= 1 for box in block.boxes for edge in (box.x0, box.y0, box.x1, box.y1))


def _with_wild_numbers(wild: float, _: Received, answer: Answer) -> Answer:
    return Answer(answer.status, _wild(answer.body, wild), answer.headers)


def _wild(value: Any, wild: float) -> Any:
    if isinstance(value, dict):
        return {name: _wild(one, wild) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_wild(one, wild) for one in value]
    return wild if isinstance(value, float) else value

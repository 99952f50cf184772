import asyncio
from typing import Any

import pytest

from ragstone_contracts.errors import DeadlineExceeded, UpstreamError
from ragstone_testing.parser_servers import SAMPLE_PDF, Answer, Received, RecordedLlamaParse

from .vendors import VENDORS, read, said

_VENDOR = VENDORS["llamaparse"]


@pytest.fixture
def server() -> RecordedLlamaParse:
    return RecordedLlamaParse()


def _changed(answer: Answer, page: dict[str, Any]) -> Answer:
    pages = [*answer.body["items"]["pages"][:1], page]
    return Answer(200, answer.body | {"items": {"pages": pages}})


async def test_a_job_that_takes_too_long_is_called_off_at_the_vendor(server: RecordedLlamaParse) -> None:
    server.stuck = True
    with pytest.raises(DeadlineExceeded):
        await read(_VENDOR.connected(server, seconds="0.1"), SAMPLE_PDF)
    assert len(server.cancelled) == 1


async def test_a_worker_that_stops_calls_the_job_off(server: RecordedLlamaParse) -> None:
    server.stuck, polled = True, asyncio.Event()

    def noted(received: Received, answer: Answer) -> Answer:
        if received.method == "GET":
            polled.set()
        return answer

    server.hook = noted
    reading = asyncio.create_task(read(_VENDOR.connected(server, poll_seconds="60"), SAMPLE_PDF))
    await polled.wait()
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(server.cancelled) == 1


async def test_a_page_that_could_not_be_read_fails_the_whole_rather_than_leave_a_hole(
    server: RecordedLlamaParse,
) -> None:
    def one_page_failed(_: Received, answer: Answer) -> Answer:
        return _changed(answer, _FAILED) if "items" in (answer.body or {}) else answer

    server.hook = one_page_failed
    with pytest.raises(UpstreamError, match="page 2"):
        await read(_VENDOR.connected(server), SAMPLE_PDF)


_FAILED = {"page_number": 2, "error": "out of memory", "success": False}


async def test_code_ordered_lists_links_and_pictures_become_what_they_are(server: RecordedLlamaParse) -> None:
    text = {"type": "text", "md": "", "bbox": None}
    items = [
        {"type": "code", "md": "", "value": "def wall():\n    return 1\n", "language": "python", "bbox": []},
        {"type": "list", "ordered": True, "items": [text | {"value": "one"}, text | {"value": "two"}], "bbox": []},
        {"type": "link", "md": "", "text": "the map", "url": "https://wall.test/map", "bbox": []},
        {"type": "image", "md": "", "caption": "The gate", "url": "image_0.png", "bbox": []},
        {"type": "footer", "md": "", "items": [], "bbox": []},
    ]
    page = {"page_number": 2, "page_width": 612, "page_height": 792, "items": items, "success": True}
    server.hook = lambda _, answer: _changed(answer, page) if "items" in (answer.body or {}) else answer
    document = await read(_VENDOR.connected(server), SAMPLE_PDF)
    assert said(document)[-5:] == [
        ("code", "def wall():\n    return 1"),
        ("list_item", "1. one"),
        ("list_item", "2. two"),
        ("paragraph", "the map"),
        ("caption", "The gate"),
    ]


async def test_the_key_goes_into_the_header_and_the_tier_into_the_form(server: RecordedLlamaParse) -> None:
    await read(_VENDOR.connected(server, tier="agentic"), SAMPLE_PDF, 'the "wall".pdf')
    upload = server.received[0]
    assert upload.headers["authorization"] == "Bearer llx-key"
    assert upload.form["configuration"] == '{"tier": "agentic", "version": "latest"}'
    assert upload.form["file"] == ("the %22wall%22.pdf", SAMPLE_PDF)

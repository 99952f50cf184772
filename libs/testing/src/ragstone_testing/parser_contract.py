"""The contract of the parser ports, run over every adapter, of this machine or of a vendor.

An adapter proves itself in a few lines::

    class TestMyParser(ParserContract):
        @pytest.fixture
        def subject(self):
            return ParserSubject(read, "sample.xyz", SAMPLE, refusal=DocumentRejected)

where ``read(content, filename)`` has the adapter read those bytes.
"""

import math
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from ragstone_contracts.documents import Block, ParsedDocument

NOISE = bytes((31 * n * n + 7 * n) % 256 for n in range(4096))


@dataclass(frozen=True)
class ParserSubject:
    """``read`` raises ``refusal`` for what cannot be read, and for all of ``damaged``.

    A fixture that gives the same subject to several tests saves the time of reading the sample for each.
    """

    read: Callable[[bytes, str], Awaitable[ParsedDocument]]
    filename: str
    sample: bytes
    refusal: type[Exception]
    damaged: Sequence[bytes] = (bytes(4096),)
    read_before: list[ParsedDocument] = field(default_factory=list)


class ParserContract:
    """Subclass it as ``Test...`` and give it a fixture ``subject``: a ParserSubject."""

    async def test_every_block_is_a_range_of_the_text_behind_the_one_before_it(self, subject: ParserSubject) -> None:
        document = await _sample(subject)
        position = 0
        assert document.blocks
        for block in document.blocks:
            assert position <= block.start < block.end <= len(document.text)
            assert document.text[position : block.start].strip() == "", "text that is in no block"
            said = document.text[block.start : block.end]
            assert said.strip("\n") == said.rstrip(), "a block neither begins with a line break nor ends in white space"
            assert said.strip(), "a block is not blank"
            position = block.end
        assert document.text[position:].strip() == ""

    async def test_the_text_is_clean_and_composed(self, subject: ParserSubject) -> None:
        text = (await _sample(subject)).text
        assert unicodedata.is_normalized("NFC", text)
        assert [one for one in text if _is_unclean(one)] == []
        text.encode("utf-8")

    async def test_pages_count_from_one_and_never_back(self, subject: ParserSubject) -> None:
        document = await _sample(subject)
        pages = [block.page for block in document.blocks if block.page is not None]
        assert pages == sorted(pages)
        assert all(1 <= page <= (document.pages or 0) for page in pages)
        assert document.pages is None or document.pages >= 1

    async def test_headings_have_a_level_and_nothing_else_has(self, subject: ParserSubject) -> None:
        for block in (await _sample(subject)).blocks:
            if block.kind.value == "heading":
                assert block.level is not None
                assert block.level >= 1
            elif block.kind.value != "title":
                assert block.level is None

    async def test_boxes_lie_on_the_page_and_cover_the_block_line_by_line(self, subject: ParserSubject) -> None:
        for block in (await _sample(subject)).blocks:
            assert len(block.boxes) == len(block.box_starts)
            if block.boxes:
                assert block.box_starts[0] == block.start
                assert block.boxes[0].page == block.page
                assert block.box_starts == sorted(set(block.box_starts))
                assert block.box_starts[-1] < block.end
            assert [
                box for box in block.boxes if not _is_on_page(box.x0, box.x1) or not _is_on_page(box.y0, box.y1)
            ] == []

    async def test_the_title_is_one_clean_line(self, subject: ParserSubject) -> None:
        title = (await _sample(subject)).title
        if title is not None:
            assert title == " ".join(title.split())
            assert 0 < len(title) <= 300
            assert unicodedata.is_normalized("NFC", title)
            assert [one for one in title if _is_unclean(one)] == []

    async def test_the_same_bytes_read_the_same(self, subject: ParserSubject) -> None:
        first = await _sample(subject)
        assert await subject.read(subject.sample, subject.filename) == first

    async def test_a_document_survives_its_journey_as_json(self, subject: ParserSubject) -> None:
        document = await _sample(subject)
        assert ParsedDocument.model_validate_json(document.model_dump_json()) == document

    async def test_a_file_without_a_byte_is_rejected(self, subject: ParserSubject) -> None:
        with pytest.raises(subject.refusal):
            await subject.read(b"", subject.filename)

    async def test_damaged_files_are_rejected(self, subject: ParserSubject) -> None:
        for damaged in subject.damaged:
            with pytest.raises(subject.refusal):
                await subject.read(damaged, subject.filename)

    async def test_half_a_file_and_noise_are_rejected_or_read_soundly(self, subject: ParserSubject) -> None:
        half = subject.sample[: len(subject.sample) // 2]
        for content in (half, NOISE, subject.sample + NOISE, NOISE + subject.sample):
            try:
                document = await subject.read(content, subject.filename)
            except subject.refusal:
                continue
            assert _ranges(document.blocks) == sorted(_ranges(document.blocks))
            assert [one for one in document.text if _is_unclean(one)] == []


async def _sample(subject: ParserSubject) -> ParsedDocument:
    if not subject.read_before:
        subject.read_before.append(await subject.read(subject.sample, subject.filename))
    return subject.read_before[0]


def _ranges(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    return [(block.start, block.end) for block in blocks]


def _is_unclean(character: str) -> bool:
    """A control character other than newline and tab, half of a surrogate pair, or a byte order mark."""
    return (unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t") or character == "\ufeff"


def _is_on_page(low: float, high: float) -> bool:
    return math.isfinite(low) and math.isfinite(high) and 0 <= low <= high <= 1

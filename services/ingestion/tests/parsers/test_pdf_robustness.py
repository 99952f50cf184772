"""Seeded damage: whatever is done to a file, it is read or rejected, and never takes the parser with it."""

import random
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from ragstone_ingestion.errors import CorruptDocument, DocumentRejected, NoText, PasswordProtected
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits

from .pdf_pages import parse, pdf, prose, write

pytestmark = pytest.mark.requirement("ING-5")
SEEDS = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    def draw(canvas: Canvas) -> None:
        canvas.bookmarkPage("top")
        canvas.addOutlineEntry("Top", "top", 0)
        write(canvas, prose("a", 20), y=740)
        canvas.grid([72, 200, 400], [300, 340, 360])
        for x, y in ((76, 346), (204, 346), (76, 320), (204, 320)):
            write(canvas, ["cell"], x=x, y=y)

    # Uncompressed, so that damage reaches what is drawn, not only the checksum of a stream.
    return pdf(tmp_path_factory.mktemp("whole"), *[draw] * 3, pageCompression=0).read_bytes()


def damaged(content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    mutated = bytearray(content)
    if seed % 4 == 0:
        return bytes(mutated[: chance.randrange(len(mutated))])
    if seed % 4 == 1:
        start = chance.randrange(len(mutated))
        del mutated[start : start + chance.randrange(1, 2000)]
        return bytes(mutated)
    for _ in range(chance.choice((1, 10, 300))):
        mutated[chance.randrange(len(mutated))] = chance.randrange(256)
    return bytes(mutated)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_damaged_file_is_read_or_rejected(seed: int, whole: bytes, tmp_path: Path) -> None:
    source = tmp_path / "damaged.pdf"
    source.write_bytes(damaged(whole, seed))
    try:
        document = parse(source)
    except (CorruptDocument, NoText, PasswordProtected):
        return
    assert document.text.strip()
    assert all(0 <= block.start < block.end <= len(document.text) for block in document.blocks)


async def test_a_damaged_file_leaves_the_parser_for_the_next_one(whole: bytes, tmp_path: Path) -> None:
    pool = ParserPool(SandboxLimits())
    for seed in range(12):
        source = tmp_path / "damaged.pdf"
        source.write_bytes(damaged(whole, 1000 + seed))
        try:
            await pool.parse(source, "damaged.pdf", "application/pdf")
        except DocumentRejected:
            continue
    source.write_bytes(whole)
    document = await pool.parse(source, "whole.pdf", "application/pdf")
    await pool.close()
    assert document.pages == 3

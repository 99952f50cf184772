"""Whatever a file holds, its parser returns a sound document or refuses it by name."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from ragstone_ingestion.errors import DocumentRejected
from ragstone_ingestion.parsers.registry import parser_for

from .samples import SAMPLES

_ROUNDS = 12
_OCR = "image/"
_FRAGMENTS = (
    b"<",
    b">",
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"{",
    b"[",
    b"]]>",
    b"<table>",
    b"&#0;",
    b"=?",
    b"\r\n\r\n",
    b"\x1b",
    b"%",
)


def damaged(sample: bytes, seed: int) -> Iterator[bytes]:
    """Cut off, changed in places, doubled in places, and mixed with bytes that mean something to some format."""
    random = Random(seed)
    for _ in range(_ROUNDS):
        content = bytearray(sample[: random.randrange(1, len(sample))] if random.random() < 0.4 else sample)
        for _ in range(random.randrange(1, 20)):
            position = random.randrange(len(content))
            change = random.choice(
                (b"", random.choice(_FRAGMENTS), random.randbytes(3), bytes(content[position:][:40]))
            )
            content[position : position + random.randrange(3)] = change
            content = content or bytearray(b"x")
        yield bytes(content)


@pytest.mark.requirement("ING-5")
@pytest.mark.parametrize("media_type", sorted(one for one in SAMPLES if one != "application/pdf" and _OCR not in one))
def test_a_damaged_file_is_rejected_or_read_soundly(media_type: str, tmp_path: Path) -> None:
    sample, parser, source = SAMPLES[media_type], parser_for(media_type), tmp_path / "original"
    for content in damaged(sample.make(), seed=len(media_type)):
        source.write_bytes(content)
        try:
            document = parser.parse(source, sample.filename)
        except DocumentRejected:
            continue
        position = 0
        for block in document.blocks:
            assert position <= block.start < block.end <= len(document.text)
            position = block.end
        assert not [c for c in document.text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]

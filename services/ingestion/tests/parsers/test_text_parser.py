from pathlib import Path

import pytest

from ragstone_ingestion.errors import CorruptDocument, EmptyDocument
from ragstone_ingestion.parsers.text import PlainTextParser

TEXT = "Der Fluß fließt über die Brücke in Köln.\r\n\r\nEin zweiter Absatz über schöne Häuser."


@pytest.mark.requirement("ING-8")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_is_read_in_the_encoding_it_came_in(encoding: str, tmp_path: Path) -> None:
    source = tmp_path / "notes.txt"
    source.write_bytes(TEXT.encode(encoding))
    document = PlainTextParser().parse(source, source.name)
    assert document.text == TEXT.replace("\r\n", "\n")
    assert [document.text[block.start : block.end] for block in document.blocks] == TEXT.split("\r\n\r\n")


def test_white_space_alone_is_an_empty_document(tmp_path: Path) -> None:
    source = tmp_path / "blank.txt"
    source.write_text(" \n\t\n")
    with pytest.raises(EmptyDocument):
        PlainTextParser().parse(source, source.name)


def test_bytes_in_no_encoding_are_corrupt(tmp_path: Path) -> None:
    source = tmp_path / "noise.txt"
    source.write_bytes(bytes(range(128, 256)) * 3 + b"\x81\x8d\x8f\x90\x9d" * 50)
    with pytest.raises(CorruptDocument):
        PlainTextParser().parse(source, source.name)

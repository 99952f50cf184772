from pathlib import Path

import pytest

from ragstone_ingestion.errors import CorruptDocument, EmptyDocument
from ragstone_ingestion.parsers.text import PlainTextParser

from .reading import blocks, read

pytestmark = pytest.mark.requirement("ING-8")
TEXT = "Der Fluß fließt über die Brücke in Köln.\r\n\r\nEin zweiter Absatz über schöne Häuser."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_is_read_in_the_encoding_it_came_in(encoding: str, tmp_path: Path) -> None:
    document = read(tmp_path, "notes.txt", TEXT.encode(encoding))
    assert document.text == TEXT.replace("\r\n", "\n")
    assert blocks(document) == [("paragraph", part) for part in TEXT.split("\r\n\r\n")]


def test_headings_are_underlined_numbered_or_in_capitals(tmp_path: Path) -> None:
    text = "THE WALL REPORT\n\nIntroduction\n============\nSome text.\n\n1. Overview\n\nMore.\n\n"
    text += "2.1 Method of work\n\nMore.\n\nChapter IV: Stones\n\nAnd more of it."
    document = read(tmp_path, "notes.txt", text)
    assert document.title == "THE WALL REPORT"
    assert [one for one in blocks(document) if one[0] != "paragraph"] == [
        ("heading1", "THE WALL REPORT"),
        ("heading1", "Introduction"),
        ("heading1", "1. Overview"),
        ("heading2", "2.1 Method of work"),
        ("heading1", "Chapter IV: Stones"),
    ]


def test_lists_may_follow_a_line_and_their_items_go_on_indented(tmp_path: Path) -> None:
    text = "We bought:\n- apples\n- pears, which\n  are green\n\n1) wash\n2) eat\n"
    assert blocks(read(tmp_path, "notes.txt", text)) == [
        ("paragraph", "We bought:"),
        ("list_item", "- apples"),
        ("list_item", "- pears, which\n  are green"),
        ("list_item", "1) wash"),
        ("list_item", "2) eat"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1. first\n\n2. second\n\n3. third",
        "A sentence that - has a dash.",
        "Name  Amount\n------------\nred   3",
        "ALL OF IT\n\nIS SHOUTED\n\nTHROUGHOUT",
        "12 stones were bought, and they were red.",
        "OK",
    ],
)
def test_what_leaves_doubt_stays_a_paragraph(text: str, tmp_path: Path) -> None:
    assert {kind for kind, _ in blocks(read(tmp_path, "notes.txt", text))} == {"paragraph"}


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

"""What is embedded for a chunk."""

import pytest

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.chunkers import Chunk
from ragstone_ingestion.embedding import embedded_text

DOCUMENT = ParsedDocument(text="Name | Value\na | 1\nb | 2", blocks=[])


def embedded(title: str, *headings: str, context: str | None = None) -> str:
    return embedded_text(DOCUMENT, title, Chunk(19, 24, None, headings, context))


@pytest.mark.requirement("ING-9")
def test_a_chunk_is_embedded_under_its_title_headings_and_context() -> None:
    assert embedded("Stones", "Walls", "Old", context="Name | Value") == "Stones > Walls > Old\nName | Value\nb | 2"


def test_a_heading_that_is_the_title_is_said_once() -> None:
    assert embedded("Stones", "Stones", "Walls") == "Stones > Walls\nb | 2"


def test_long_headings_are_shortened_and_of_many_the_first_and_the_last_are_kept() -> None:
    place = embedded("T" * 400, *(f"{level} " + "h" * 200 for level in range(9))).split("\n")[0]
    assert len(place) <= 300
    assert place.startswith("TTT")
    assert "> 8 hhh" in place
    assert "> 0 hhh" not in place

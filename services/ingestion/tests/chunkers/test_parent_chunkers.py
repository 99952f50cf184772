"""The chunkers that return more than they embed: sentence-window and parent-child."""

import pytest

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.chunkers.parent_child import ParentChildChunker
from ragstone_ingestion.chunkers.sentence_window import SentenceWindowChunker

from .documents import TOKENS, build, parent_of, sentence, text_of

K = BlockKind
NAMES = ("red", "blue", "grey", "black", "white", "brown")
LONG = "The {} stone is part of the old wall by the sea, and it has been there since long before the town had a name."


@pytest.mark.requirement("ING-9")
def test_a_sentence_is_embedded_and_its_neighbours_in_the_section_are_returned() -> None:
    document = build(
        (K.HEADING, "Walls"),
        (K.PARAGRAPH, " ".join(LONG.format(name) for name in NAMES)),
        (K.HEADING, "Towers"),
        (K.PARAGRAPH, LONG.format("tall")),
    )
    chunks = SentenceWindowChunker(TOKENS, 80, 1).chunk(document)
    assert [text_of(document, chunk).split(" stone")[0].split()[-1] for chunk in chunks] == [*NAMES, "tall"]
    assert text_of(document, chunks[0]).startswith("Walls\n\nThe red")
    assert parent_of(document, chunks[3]) == " ".join(LONG.format(name) for name in ("grey", "black", "white"))
    assert parent_of(document, chunks[-1]) == text_of(document, chunks[-1])
    assert chunks[-1].parent is None


def test_short_sentences_are_embedded_a_few_at_a_time() -> None:
    document = build((K.PARAGRAPH, "Yes. No. " * 40))
    chunks = SentenceWindowChunker(TOKENS, 80).chunk(document)
    assert 3 <= len(chunks) <= 8


def test_a_row_of_a_table_is_embedded_with_the_first_row() -> None:
    rows = [
        f"Row {number} | a value that was measured by hand in the long spring of the year {number} beside the old wall"
        for number in range(9)
    ]
    document = build((K.TABLE, "\n".join(["Name | Meaning", *rows])))
    chunks = SentenceWindowChunker(TOKENS, 80, 1).chunk(document)
    assert {chunk.context for chunk in chunks[1:]} == {"Name | Meaning"}
    assert all(len(text_of(document, chunk).split("\n")) <= 2 for chunk in chunks)


@pytest.mark.requirement("ING-9")
def test_children_are_embedded_and_their_parent_is_returned() -> None:
    document = build(*((K.PARAGRAPH, sentence(name)) for name in NAMES))
    children = ParentChildChunker(TOKENS, 20, 60).chunk(document)
    assert [text_of(document, child) for child in children] == [sentence(name) for name in NAMES]
    parents = {parent_of(document, child) for child in children}
    assert len(parents) == 2
    assert "\n\n".join(sorted(parents, key=document.text.index)) == document.text


def test_a_parent_may_hold_several_sections_a_child_is_of_one() -> None:
    document = build(
        (K.HEADING, "A"), (K.PARAGRAPH, sentence("red")), (K.HEADING, "B"), (K.PARAGRAPH, "Short."), pages=(1, 1, 2, 2)
    )
    first, second = ParentChildChunker(TOKENS, 30, 90).chunk(document)
    assert (first.headings, second.headings) == (("A",), ("B",))
    assert first.parent == second.parent == (0, len(document.text))
    assert (second.page, second.parent_page) == (2, 1)

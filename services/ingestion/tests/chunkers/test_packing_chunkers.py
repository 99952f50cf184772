"""The recursive, header-aware and page-aware chunkers."""

from itertools import pairwise

import pytest

from ragstone_contracts.documents import Block, BlockKind, Box, ParsedDocument
from ragstone_ingestion.chunkers import Chunk
from ragstone_ingestion.chunkers.packing_chunkers import HeaderAwareChunker, PageAwareChunker, RecursiveChunker

from .documents import TOKENS, build, sentence, text_of

K = BlockKind


def cut(document: ParsedDocument, budget: int = 40) -> list[Chunk]:
    return HeaderAwareChunker(TOKENS, budget).chunk(document)


def texts(document: ParsedDocument, budget: int = 40) -> list[str]:
    return [text_of(document, chunk) for chunk in cut(document, budget)]


def test_small_blocks_of_one_section_stay_together_and_sections_stay_apart() -> None:
    document = build(
        (K.HEADING, "Walls"),
        (K.PARAGRAPH, "Short one."),
        (K.PARAGRAPH, "Short two."),
        (K.HEADING, "Towers"),
        (K.PARAGRAPH, "Tall."),
    )
    assert texts(document) == ["Walls\n\nShort one.\n\nShort two.", "Towers\n\nTall."]


def test_a_long_block_is_cut_between_sentences_and_no_chunk_is_a_remainder() -> None:
    document = build((K.PARAGRAPH, " ".join(sentence(name) for name in ("red", "blue", "grey", "black", "white"))))
    found = texts(document, 40)
    assert len(found) >= 2
    assert all(text.startswith("The ") and text.endswith("sea.") for text in found)
    assert min(map(TOKENS.count, found)) >= 12


def test_a_block_that_fits_is_not_cut_to_fill_the_chunk_before_it() -> None:
    first = " ".join(sentence(name) for name in ("red", "blue"))
    second = " ".join(sentence(name) for name in ("grey", "black"))
    assert texts(build((K.PARAGRAPH, first), (K.PARAGRAPH, second)), 40) == [first, second]


def test_tables_are_cut_between_rows() -> None:
    rows = [f"Row {number} | left value | right value" for number in range(20)]
    found = texts(build((K.TABLE, "\n".join(rows))), 40)
    assert len(found) > 1
    assert [row for text in found for row in text.split("\n")] == rows


def test_a_heading_stays_with_what_follows_and_names_the_path() -> None:
    document = build(
        (K.TITLE, "Stones"),
        (K.HEADING, "Walls"),
        (K.PARAGRAPH, sentence("red")),
        (K.HEADING, "Towers"),
        (K.PARAGRAPH, sentence("blue")),
    )
    first, second = cut(document)
    assert first.headings == ("Stones", "Walls")
    assert second.headings == ("Stones", "Towers")
    assert document.text[second.start : second.end].startswith("Towers\n\nThe blue")


def test_deeper_headings_nest_and_a_higher_one_ends_them() -> None:
    document = build((K.HEADING, "A"), (K.HEADING, "B"), (K.PARAGRAPH, "b."), (K.HEADING, "C"), (K.PARAGRAPH, "c."))
    document.blocks[1].level = 2
    assert [chunk.headings for chunk in cut(document)] == [("A", "B"), ("C",)]


def test_a_chunk_knows_the_page_where_it_begins() -> None:
    text = " ".join(sentence(name) for name in ("red", "blue", "grey", "black"))
    start = text.index("The grey")
    boxes = [Box(page=page, x0=0, y0=0, x1=1, y1=1) for page in (3, 4)]
    block = Block(kind=K.PARAGRAPH, start=0, end=len(text), page=3, boxes=boxes, box_starts=[0, start])
    assert [chunk.page for chunk in cut(ParsedDocument(text=text, blocks=[block]), 40)] == [3, 4]


def test_the_recursive_chunker_lets_small_sections_share_a_chunk_under_what_they_have_in_common() -> None:
    document = build((K.TITLE, "Stones"), *[(K.HEADING, "A"), (K.PARAGRAPH, "a.")] * 2, (K.HEADING, "B"), (K.CODE, "b"))
    [chunk] = RecursiveChunker(TOKENS, 40).chunk(document)
    assert (text_of(document, chunk), chunk.headings) == (document.text, ("Stones",))


def test_the_recursive_chunker_cuts_before_a_section_rather_than_within_it() -> None:
    opening = " ".join(sentence(name) for name in ("red", "blue"))
    document = build(
        (K.PARAGRAPH, opening), (K.HEADING, "Towers"), (K.PARAGRAPH, sentence("grey")), (K.PARAGRAPH, "It.")
    )
    found = [text_of(document, chunk) for chunk in RecursiveChunker(TOKENS, 41).chunk(document)]
    assert found == [opening, f"Towers\n\n{sentence('grey')}\n\nIt."]


def test_an_overlap_repeats_whole_sentences_of_the_chunk_before() -> None:
    names = ("red", "blue", "grey", "black", "white")
    document = build((K.PARAGRAPH, " ".join(sentence(name) for name in names)))
    found = [text_of(document, chunk) for chunk in RecursiveChunker(TOKENS, 40, 15).chunk(document)]
    assert len(found) > 1
    for before, after in pairwise(found):
        assert after.startswith(before[before.rindex("The ") :])


def test_a_page_is_never_crossed_not_even_by_a_sentence_nor_shared_by_small_ones() -> None:
    document = build((K.PARAGRAPH, "One."), (K.PARAGRAPH, "Two stones"), (K.PARAGRAPH, "Three."), pages=(1, 2, 3))
    over, line = document.blocks[1], document.blocks[1].start + 4
    over.boxes.append(over.boxes[0].model_copy(update={"page": 3}))
    over.box_starts.append(line)
    found = [(text_of(document, chunk), chunk.page) for chunk in PageAwareChunker(TOKENS, 40).chunk(document)]
    assert found == [("One.", 1), ("Two", 2), ("stones\n\nThree.", 3)]


@pytest.mark.requirement("ING-9")
def test_the_rest_of_a_table_that_was_cut_carries_its_caption_and_its_first_row() -> None:
    rows = [f"Row {number} | {number * 7}" for number in range(20)]
    document = build((K.CAPTION, "Table 1"), (K.TABLE, "\n".join(["Name | Value", *rows])), (K.PARAGRAPH, "After."))
    first, *others = cut(document, 40)
    assert text_of(document, first).startswith("Table 1\n\nName | Value\nRow 0 | 0\n")
    assert first.context is None
    assert len(others) > 1
    assert {chunk.context for chunk in others} == {"Table 1\nName | Value"}
    assert "\n".join(text_of(document, chunk) for chunk in others).endswith("Row 19 | 133\n\nAfter.")


def test_a_first_row_too_wide_to_be_repeated_is_repeated_as_far_as_half_a_chunk_holds() -> None:
    wide = " | ".join(f"Column {number}" for number in range(30))
    _, *others = cut(build((K.TABLE, "\n".join([wide, *["1 | 2 | 3"] * 9]))), 40)
    contexts = {chunk.context for chunk in others if chunk.context}
    assert contexts
    assert all(wide.startswith(context) and TOKENS.count(context) <= 20 for context in contexts)


@pytest.mark.requirement("ING-9")
def test_a_list_stays_with_the_line_that_introduces_it_and_its_rest_carries_that_line() -> None:
    items = [(K.LIST_ITEM, f"Item {number} is made of grey stone from the old quarry.") for number in range(8)]
    document = build((K.PARAGRAPH, sentence("red") + " You need:"), *items, (K.PARAGRAPH, "You are done."))
    chunks = cut(document, 40)
    opening = next(chunk for chunk in chunks if "You need:" in text_of(document, chunk))
    assert "Item 0" in text_of(document, opening)
    within = [chunk for chunk in chunks if text_of(document, chunk).startswith("Item")]
    assert len(within) > 1
    assert {chunk.context for chunk in within} == {"You need:"}
    assert not any(chunk.context for chunk in chunks if text_of(document, chunk).startswith("You are"))


def test_code_is_cut_where_definitions_open() -> None:
    code = "import os\n\n\n@cached\ndef a():\n    return 1\n\n\nclass B:\n    def c(self):\n        return 2\n"
    found = texts(build((K.CODE, code)), 20)
    assert found == ["import os\n\n\n@cached\ndef a():\n    return 1", "class B:\n    def c(self):\n        return 2"]


def test_a_word_longer_than_a_chunk_is_cut_inside() -> None:
    document = build((K.PARAGRAPH, "stone " + "x" * 1000 + " wall"))
    found = texts(document, 40)
    assert "".join(found).replace(" ", "") == document.text.replace(" ", "")
    assert max(map(TOKENS.count, found)) <= 40


def test_a_heading_stays_with_a_sentence_that_fills_a_chunk_by_itself() -> None:
    document = build((K.PARAGRAPH, sentence("red")), (K.HEADING, "Towers"), (K.PARAGRAPH, "stone " * 60))
    chunks = RecursiveChunker(TOKENS, 40).chunk(document)
    assert text_of(document, chunks[1]).startswith("Towers\n\nstone stone")

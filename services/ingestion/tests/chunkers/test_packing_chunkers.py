import pytest

from ragstone_contracts.documents import Block, BlockKind, Box, CollectionSettings, ParsedDocument
from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.chunkers import Chunk, chunker_for
from ragstone_ingestion.chunkers.packing_chunkers import HeaderAwareChunker
from ragstone_ingestion.tokens import TokenCounter

TOKENS = TokenCounter.approximate()
K = BlockKind


def build(*parts: tuple[BlockKind, str], separator: str = "\n\n") -> ParsedDocument:
    text, blocks = "", list[Block]()
    for kind, part in parts:
        text += separator if blocks else ""
        level = 1 if kind is K.HEADING else None
        blocks.append(Block(kind=kind, start=len(text), end=len(text) + len(part), level=level))
        text += part
    return ParsedDocument(text=text, blocks=blocks)


def cut(document: ParsedDocument, budget: int = 40) -> list[Chunk]:
    return HeaderAwareChunker(TOKENS, budget).chunk(document)


def texts(document: ParsedDocument, budget: int = 40) -> list[str]:
    return [document.text[chunk.start : chunk.end] for chunk in cut(document, budget)]


def sentence(name: str) -> str:
    return f"The {name} stone is part of the old wall by the sea."


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


def test_an_unknown_chunker_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequest, match="header-aware"):
        chunker_for(CollectionSettings(chunker="no-such"), TOKENS)

"""Documents to cut."""

from ragstone_contracts.documents import Block, BlockKind, Box, ParsedDocument
from ragstone_ingestion.chunkers import Chunk
from ragstone_ingestion.tokens import TokenCounter

TOKENS = TokenCounter.approximate()


def build(*parts: tuple[BlockKind, str], separator: str = "\n\n", pages: tuple[int, ...] = ()) -> ParsedDocument:
    """A document of these blocks, on these pages if any are named."""
    text, blocks = "", list[Block]()
    for position, (kind, part) in enumerate(parts):
        text += separator if blocks else ""
        block = Block(kind=kind, start=len(text), end=len(text) + len(part))
        block.level = 1 if kind is BlockKind.HEADING else None
        if pages:
            block.page = pages[position]
            block.boxes, block.box_starts = [Box(page=pages[position], x0=0, y0=0, x1=1, y1=1)], [block.start]
        blocks.append(block)
        text += part
    return ParsedDocument(text=text, blocks=blocks)


def sentence(name: str) -> str:
    return f"The {name} stone is part of the old wall by the sea."


def text_of(document: ParsedDocument, chunk: Chunk) -> str:
    return document.text[chunk.start : chunk.end]


def parent_of(document: ParsedDocument, chunk: Chunk) -> str:
    start, end = chunk.parent or (chunk.start, chunk.end)
    return document.text[start:end]

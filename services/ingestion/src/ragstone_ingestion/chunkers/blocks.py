"""A document's blocks as a chunker needs them: covering all text, each under its headings."""

from collections.abc import Iterator
from dataclasses import dataclass

from ragstone_contracts.documents import Block, BlockKind, ParsedDocument

HEADINGS = (BlockKind.TITLE, BlockKind.HEADING)


@dataclass(eq=False)
class Section:
    """A run of headings and what stands under the last of them; ``headings`` is the whole path."""

    headings: tuple[str, ...] = ()
    has_body: bool = False


class Outline:
    """Follows the headings through a document."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._path: list[tuple[int, str]] = []
        self._section = Section()

    def section_of(self, block: Block) -> Section:
        """The section of the next block; a heading opens one, unless nothing but headings came before it."""
        if block.kind not in HEADINGS:
            self._section.has_body = True
            return self._section
        if self._section.has_body:
            self._section = Section()
        self._descend(block)
        self._section.headings = tuple(text for _, text in self._path)
        return self._section

    def _descend(self, block: Block) -> None:
        """Puts the heading at its depth of the path, in place of those as deep or deeper."""
        depth = 0 if block.kind is BlockKind.TITLE else block.level or 1
        while self._path and self._path[-1][0] >= depth:
            self._path.pop()
        self._path.append((depth, " ".join(self._text[block.start : block.end].split())))


def covering_blocks(document: ParsedDocument) -> Iterator[Block]:
    """The blocks, with a paragraph made of any text that no block covers."""
    position = 0
    for block in [*document.blocks, None]:
        end = len(document.text) if block is None else block.start
        if position < end and document.text[position:end].strip():
            yield Block(kind=BlockKind.PARAGRAPH, start=position, end=end)
        if block is not None:
            yield block
            position = block.end

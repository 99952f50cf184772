"""Where a block may be cut: between sentences, rows, lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ragstone_contracts.documents import Block, BlockKind
from ragstone_ingestion.chunkers.sentences import sentence_spans

INTRODUCED = (BlockKind.LIST_ITEM, BlockKind.TABLE, BlockKind.CODE)
_DEFINITION = re.compile(
    r"\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub(?:\([^)]*\))?|unsafe"
    r"|virtual|override)\s+)*(?:def|class|func|function|fn|impl|struct|enum|interface|trait|namespace)\b[\s<*(]+\w"
)
_ANNOTATION = re.compile(r"\s*(?:@|#|//|/?\*)")


@dataclass(slots=True)
class Cut:
    """A part of a block that is kept whole if it fits; ``leads`` says that it is nothing without what follows it."""

    start: int
    end: int
    opens: bool = False
    leads: bool = False


def cuts_of(text: str, block: Block, following: BlockKind | None) -> list[Cut]:
    """The parts that together cover the block; ``following`` is the kind of the block after it."""
    if block.kind is BlockKind.TABLE:
        return _rows(text, block)
    if block.kind is BlockKind.CODE:
        return _code_lines(text, block)
    if block.kind in (BlockKind.TITLE, BlockKind.HEADING):
        return [Cut(block.start, block.end, opens=True, leads=True)]
    cuts = [Cut(start, end) for start, end in sentence_spans(text, block.start, block.end)]
    cuts[0].opens = True
    cuts[-1].leads = following in INTRODUCED and _introduces(text, block, cuts[-1])
    return cuts


def _introduces(text: str, block: Block, last: Cut) -> bool:
    if block.kind is BlockKind.CAPTION:
        return True
    return block.kind is BlockKind.PARAGRAPH and text[last.start : last.end].rstrip().endswith((":", "："))


def _rows(text: str, block: Block) -> list[Cut]:
    rows = [Cut(start, end) for start, end in _line_spans(text, block)]
    rows[0].opens, rows[0].leads = True, len(rows) > 1
    return rows


def _code_lines(text: str, block: Block) -> list[Cut]:
    """Lines; those that open a definition, its comments and annotations included, are good places to cut.

    A definition that opens with another, as a class does with its first method, leads it.
    """
    lines = []
    before = ""
    for start, end in _line_spans(text, block):
        line = text[start:end]
        lines.append(Cut(start, end, opens=_opens_definition(line, before)))
        before = line
    lines[0].opens = True
    for one, following in pairwise(lines):
        one.leads = one.opens and following.opens
    return lines


def _opens_definition(line: str, before: str) -> bool:
    if not line.strip() or _ANNOTATION.match(before):
        return False
    after_blank = not before.strip()
    return bool(_DEFINITION.match(line)) or (after_blank and bool(_ANNOTATION.match(line) or not line[0].isspace()))


def _line_spans(text: str, block: Block) -> Iterator[tuple[int, int]]:
    start = block.start
    for line in text[block.start : block.end].splitlines(keepends=True):
        yield start, start + len(line)
        start += len(line)

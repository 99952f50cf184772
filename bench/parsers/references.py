"""The reference documents: NAME beside NAME.md.gt.md, a folder for each format."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

SUFFIX = ".md.gt.md"
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?")
_CELL_END = re.compile(r"(?<!\\)\|")
Table = list[list[str]]


@dataclass(frozen=True)
class Reference:
    """A document and what it should read like; ``format`` is the name of its folder."""

    format: str
    source: Path
    markdown: str

    @property
    def text(self) -> str:
        return unescape(_COMMENT.sub("", self.markdown))

    @property
    def tables(self) -> list[Table]:
        """The pipe tables, without the line under their header."""
        return list(_tables(self.text.splitlines()))


def references(folder: Path) -> Iterator[Reference]:
    """Every document that lies beside its reference. Raises FileNotFoundError when there is none."""
    found = sorted(folder.glob(f"*/*{SUFFIX}"))
    if not found:
        raise FileNotFoundError(f"no {SUFFIX} files under {folder}")
    for reference in found:
        source = reference.with_name(reference.name.removesuffix(SUFFIX))
        # Of some only the PDF that was printed from them is at hand.
        source = source if source.exists() else source.with_name(f"{source.name}.pdf")
        yield Reference(reference.parent.name, source, reference.read_text())


def _tables(lines: list[str]) -> Iterator[Table]:
    table: Table = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            if not _RULE.fullmatch(line.strip()):
                table.append([cell.strip() for cell in _CELL_END.split(line.strip()[1:-1])])
        elif table:
            yield table
            table = []

"""The labelled documents, and how well the inference reads them.

A line of ``labelled.jsonl`` is a document: its file name, its text (``#`` and ``##`` begin the title and headings, a
blank line ends a block), properties where it has any, and the fields that a careful reader would set. A field that is
not expected must not be set, unless it is listed under ``ignore``. Rules are made on the half ``tune``; what counts is
the half ``held``.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_contracts.metadata import organisation_key
from ragstone_ingestion.metadata import FIELDS, infer
from ragstone_ingestion.parsers.canonical import CanonicalText

SCORED = [name for name in FIELDS if name != "organisation_key"]
_FILE = Path(__file__).with_name("labelled.jsonl")


@dataclass(frozen=True)
class Labelled:
    """A document and what is to be found in it."""

    id: str
    half: str
    filename: str
    parsed: ParsedDocument
    expected: dict[str, Any]
    ignore: list[str]


@dataclass
class Score:
    """Counts over fields and documents; ``faults`` says which were wrong."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def precision(self, names: Iterable[str] = SCORED) -> float:
        return _share(self._sum(self.right, names), self._sum(self.wrong, names))

    def recall(self, names: Iterable[str] = SCORED) -> float:
        return _share(self._sum(self.right, names), self._sum(self.missed, names))

    @staticmethod
    def _sum(counts: Counter[str], names: Iterable[str]) -> int:
        return sum(counts[name] for name in names)


@cache
def labelled() -> list[Labelled]:
    return list(_read())


def score(documents: Iterable[Labelled]) -> Score:
    """A value that is set but not expected, or not the expected one, is wrong; an expected one that is not set is
    missed. A wrong value in place of the expected one is both."""
    counts = Score()
    for document in documents:
        values = infer(document.parsed, document.filename, {}).values
        for name in SCORED:
            if name not in document.ignore:
                _count(counts, document, name, values.get(name))
    return counts


def _count(counts: Score, document: Labelled, name: str, found: Any) -> None:
    expected = document.expected.get(name)
    right = expected is not None and _same(name, found, expected)
    counts.right[name] += right
    if found is not None and not right:
        counts.wrong[name] += 1
    if expected is not None and not right:
        counts.missed[name] += 1
    if not right and (found, expected) != (None, None):
        counts.faults.append(f"{document.id} {document.filename}: {name} {found!r}, expected {expected!r}")


def _same(name: str, found: Any, expected: Any) -> bool:
    if name == "organisation" and isinstance(found, str):
        return organisation_key(found) == organisation_key(expected)
    return bool(found == expected)


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 1.0


def _read() -> Iterator[Labelled]:
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        parsed = parsed_of(row["text"], row.get("title"), row.get("properties", {}))
        yield Labelled(row["id"], row["half"], row["filename"], parsed, row["expected"], row.get("ignore", []))


def parsed_of(text: str, title: str | None = None, properties: dict[str, Any] | None = None) -> ParsedDocument:
    """The text as a parser would yield it; the first title or heading is the document's unless one is given."""
    canonical = CanonicalText()
    for block in text.split("\n\n"):
        mark, _, rest = block.partition(" ")
        if mark in ("#", "##"):
            title = title or rest
            canonical.add(BlockKind.TITLE if mark == "#" else BlockKind.HEADING, rest, level=len(mark) - 1 or None)
        else:
            canonical.add(BlockKind.PARAGRAPH, block)
    return canonical.document(title, None, **(properties or {}))

"""Corpora with questions whose answers are ranges of characters."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.parsers.text import PlainTextParser

Span = tuple[int, int]


@dataclass(frozen=True)
class Question:
    """``answers`` are ranges of the canonical text of the corpus."""

    text: str
    corpus: str
    answers: list[Span]


def corpora(folder: Path) -> dict[str, ParsedDocument]:
    """The corpora by name, read as an uploaded text file is. Raises FileNotFoundError when there is none."""
    parsed = {
        file.stem: PlainTextParser().parse(file, f"{file.stem}.txt") for file in sorted(folder.glob("corpora/*.md"))
    }
    if not parsed:
        raise FileNotFoundError(f"no corpora/*.md under {folder}")
    return parsed


def questions(folder: Path, parsed: dict[str, ParsedDocument]) -> Iterator[Question]:
    for line in (folder / "questions.jsonl").read_text().splitlines():
        asked = json.loads(line)
        text = parsed[asked["corpus_id"]].text
        answers = [_range(text, one["content"], one["start_index"]) for one in asked["references"]]
        yield Question(asked["question"], asked["corpus_id"], answers)


def _range(text: str, content: str, near: int) -> Span:
    """Where the answer stands in the canonical text, which may have lost a blank at the ends of lines before it."""
    starts = []
    start = text.find(content)
    while start >= 0:
        starts.append(start)
        start = text.find(content, start + 1)
    if not starts:
        raise ValueError(f"the answer {content[:60]!r} is not in its corpus")
    start = min(starts, key=lambda one: abs(one - near))
    return start, start + len(content)

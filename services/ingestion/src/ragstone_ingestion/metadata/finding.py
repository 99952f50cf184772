"""What a rule found, before it is weighed against what others found."""

from dataclasses import dataclass
from typing import Any

from ragstone_contracts.metadata import Source


@dataclass(frozen=True, slots=True)
class Finding:
    """A value for a field. ``start`` and ``end`` are positions in the canonical text, if ``quote`` stands there."""

    field: str
    value: Any
    confidence: float
    source: Source
    quote: str | None = None
    start: int | None = None
    end: int | None = None


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def lowered(text: str) -> str:
    """The text in lower case and of the same length, so that positions stay."""
    return text.replace("İ", "i").lower()


@dataclass(frozen=True, slots=True)
class Passage:
    """A short text that rules read; ``offset`` is where it begins in the canonical text, None when it is not there."""

    text: str
    source: Source
    offset: int | None = None
    heading: bool = False

    def find(self, field: str, value: Any, span: tuple[int, int], confidence: float) -> Finding:
        """A finding whose quote is ``text[span]``."""
        start, end = span
        quote = self.text[start:end]
        if self.offset is None:
            return Finding(field, value, confidence, self.source, quote)
        return Finding(field, value, confidence, self.source, quote, self.offset + start, self.offset + end)

"""The passages an answer may rest on, with what the check needs of each worked out once."""

import re
from dataclasses import dataclass
from functools import cached_property

from ragstone_agents.citations.features import Features, features_of
from ragstone_agents.citations.normal import Normal, normalise

_END = re.compile(
    r"[.!?…]+[\"'”’)\]*_]*(?=\s+[^\sa-z]|\s*$)|[。！？]+|\s*\n\s*\n\s*|\n(?=\s*[-*•#|]|\s*\d+[.)]\s)|(?<=\|)\n"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Fig|Eq|Sec|Vol|No|al|vs|cf|e\.g|i\.e|Inc|Ltd)\.$"
)
_LONGEST_WINDOW = 1200


@dataclass(frozen=True)
class Window:
    """A sentence of a passage, or two that follow each other: ``text[start:end]``."""

    start: int
    end: int
    features: Features


@dataclass(frozen=True)
class Source:
    """A retrieved passage: ``text`` is ``canonical[start : start + len(text)]`` of one version of a document.

    ``number`` is what ``[number]`` in an answer points to.
    """

    number: int
    document_id: str
    version: int
    title: str
    start: int
    text: str

    @cached_property
    def normal(self) -> Normal:
        return normalise(self.text)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """The ranges of its sentences, without the white space around them."""
        ranges, start = [], 0
        for match in _END.finditer(self.text):
            if _ABBREVIATION.search(self.text[max(0, match.end() - 8) : match.end()]):
                continue
            ranges.append((start, match.end()))
            start = match.end()
        ranges.append((start, len(self.text)))
        trimmed = (_trimmed(self.text, *one) for one in ranges)
        return [(first, last) for first, last in trimmed if first < last]

    @cached_property
    def windows(self) -> list[Window]:
        """Single sentences first, then pairs."""
        pairs = [(one[0], other[1]) for one, other in zip(self.sentences, self.sentences[1:], strict=False)]
        return [
            Window(start, end, features_of(self.text[start:end]))
            for start, end in self.sentences + pairs
            if end - start <= _LONGEST_WINDOW
        ]

    def around(self, start: int, end: int) -> tuple[str, str]:
        """What stands before and after a range in the sentences it touches."""
        first = max((one for one, _ in self.sentences if one <= start), default=start)
        last = min((one for _, one in self.sentences if one >= end), default=end)
        return self.text[first:start], self.text[end:last]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    body = text[start:end]
    return start + len(body) - len(body.lstrip()), start + len(body.rstrip())

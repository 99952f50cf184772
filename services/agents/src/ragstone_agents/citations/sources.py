"""The passages an answer may rest on, with what the check needs of each worked out once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ragstone_agents.citations.features import Features, features_of
from ragstone_agents.citations.normal import Normal, normalise
from ragstone_agents.citations.sentences import sentence_ranges

_CLAUSE = re.compile(r";\s+")
_LONGEST_WINDOW = 1200


@dataclass(frozen=True)
class Window:
    """A sentence or clause of a passage, or two that follow each other: ``text[start:end]``."""

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
        return sentence_ranges(self.text)

    @cached_property
    def windows(self) -> list[Window]:
        """Single clauses first, then those pairs that deny nothing: of two it is unclear which one is denied."""
        clauses = [clause for sentence in self.sentences for clause in self._clauses(*sentence)]
        pairs = pairwise(clauses)
        joined = [self._window(one[0], other[1]) for one, other in pairs if other[1] - one[0] <= _LONGEST_WINDOW]
        return [self._window(*one) for one in clauses] + [one for one in joined if not one.features.denied]

    def _clauses(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for match in _CLAUSE.finditer(self.text, start, end):
            yield start, match.start() + 1
            start = match.end()
        yield start, end

    def _window(self, start: int, end: int) -> Window:
        return Window(start, end, features_of(self.text[start:end]))

    def around(self, start: int, end: int) -> tuple[str, str]:
        """What stands before and after a range in the sentences it touches."""
        first = max((one for one, _ in self.sentences if one <= start), default=start)
        last = min((one for _, one in self.sentences if one >= end), default=end)
        return self.text[first:start], self.text[end:last]

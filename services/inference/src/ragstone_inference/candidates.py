"""The sentences of the passages that may answer a question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragstone_contracts.provenance import Passage
from ragstone_inference.lexical import overlap
from ragstone_inference.sentences import SentenceKind, split_sentences

_LEANS_ON_THE_LAST = re.compile(
    r"(?:[\w,]+ ){0,2}(?:it|its|he|his|she|her|they|their|them|this|these|that|those|such)\b"
    r"|(?:both|otherwise|elsewhere|the (?:former|latter|same))\b",
    re.IGNORECASE,
)
_SHORTEST = 2
_LONGEST = 1200


@dataclass(frozen=True)
class Candidate:
    """``text`` is the sentence with its white space made single; ``position`` is where it stands in its passage.

    ``context`` is what stands before it that it may need to be understood: its heading, and the sentence before or, for
    a table row, the first row.
    """

    passage: Passage
    position: int
    text: str
    kind: SentenceKind
    context: str = ""

    @property
    def number(self) -> int:
        return self.passage.number

    @property
    def in_context(self) -> str:
        return f"{self.context} {self.text}" if self.context else self.text

    @property
    def leans(self) -> bool:
        """It is a table row, or starts with words that point back, and there is something to point to."""
        points_back = self.kind is SentenceKind.ROW or _LEANS_ON_THE_LAST.match(self.text) is not None
        return bool(self.context) and points_back

    @property
    def understood(self) -> str:
        """The text, with its context when it leans on it."""
        return self.in_context if self.leans else self.text


def read_candidates(passages: Sequence[Passage]) -> list[Candidate]:
    """The sentences of all passages in order; a sentence that stands in several counts for the first."""
    found: dict[str, Candidate] = {}
    for passage in passages:
        for candidate in _candidates_of(passage):
            found.setdefault(candidate.text.casefold(), candidate)
    return list(found.values())


def _candidates_of(passage: Passage) -> list[Candidate]:
    candidates: list[Candidate] = []
    heading = before = ""
    last_kind = SentenceKind.PROSE
    for sentence in split_sentences(passage.text):
        text = " ".join(passage.text[sentence.start : sentence.end].split())
        context = " ".join(part for part in (f"{heading}:" if heading else "", before) if part)
        if sentence.kind is SentenceKind.ROW and last_kind is not SentenceKind.ROW:
            context = ""  # the first row names the columns: what stands before the table does not make it an answer
        if _may_answer(text):
            candidates.append(Candidate(passage, sentence.start, text, sentence.kind, context))
        if sentence.kind is SentenceKind.HEADING:
            heading, before = text, ""
        elif not sentence.kind is last_kind is SentenceKind.ROW:
            before = text
        last_kind = sentence.kind
    return candidates


def _may_answer(text: str) -> bool:
    return len(text.split()) >= _SHORTEST and len(text) <= _LONGEST and not text.endswith("?")


def most_promising(question: str, candidates: Sequence[Candidate], limit: int) -> list[Candidate]:
    """At most ``limit`` candidates: those that share most with the question, earlier passages first among equals.

    Retrieval put the best passage first, so a place in it is worth as much as a little overlap.
    """
    if len(candidates) <= limit:
        return list(candidates)
    shared = overlap(question, [candidate.in_context for candidate in candidates])
    rank = {number: place for place, number in enumerate(dict.fromkeys(c.number for c in candidates))}
    worth = [score + 0.3 / (1 + rank[candidate.number]) for score, candidate in zip(shared, candidates, strict=True)]
    best = sorted(range(len(candidates)), key=lambda index: -worth[index])[:limit]
    return [candidates[index] for index in sorted(best)]

"""The extractive answerer: the sentences of the passages that answer the question, word for word, each cited.

It cannot say what is not written. A cross-encoder judges each sentence against the question; without one, the words
they share do. When no sentence is good enough it says so.
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from ragstone_contracts.models import EXTRACTIVE, NO_ANSWER, Message
from ragstone_inference.candidates import Candidate, most_promising, read_candidates
from ragstone_inference.lexical import overlap, terms
from ragstone_inference.ports import Reranker
from ragstone_inference.prompt import Prompt, read_prompt
from ragstone_inference.sentences import SentenceKind

_ASKS_FOR_SEVERAL = re.compile(
    r"\b(?:list|which|all|both|and|compar\w+|differ\w*|versus|vs|steps|what (?:are|were|kinds?|types?))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Selection:
    """When a sentence answers. Scores are from 0 to 1; see the service's README for how they were set."""

    threshold: float
    """The best sentence answers from here on."""
    beside_best: float
    """Another one answers too from this share of the best score on."""
    at_most: int = 3
    at_most_of_many: int = 4
    """For questions that ask for several things."""


BY_MODEL = Selection(threshold=0.3, beside_best=0.5)
BY_WORDS = Selection(threshold=0.45, beside_best=0.85, at_most=2)
_SCORED_BY_MODEL = 40
_NEARLY_THE_SAME = 0.8
_HEADING_WORTH = 0.5


@dataclass(frozen=True)
class Pick:
    candidate: Candidate
    score: float

    @property
    def cited(self) -> str:
        return f"{self.candidate.text} [{self.candidate.number}]"


class ExtractiveChatModel:
    name = EXTRACTIVE

    def __init__(self, reranker: Reranker | None = None) -> None:
        self._reranker = reranker
        self._selection = BY_WORDS if reranker is None else BY_MODEL

    async def complete(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        picks = await self.pick(read_prompt(messages))
        if not picks:
            yield NO_ANSWER
        for place, pick in enumerate(picks):
            yield pick.cited if place == 0 else " " + pick.cited

    async def pick(self, prompt: Prompt) -> list[Pick]:
        """The sentences that answer, in the order they are to be read; empty when none does."""
        candidates = most_promising(prompt.question, read_candidates(prompt.passages), _SCORED_BY_MODEL)
        if not candidates or not terms(prompt.question):
            return []
        scores = await self._scores(prompt.question, candidates)
        picks = [
            Pick(one, score * (_HEADING_WORTH if one.kind is SentenceKind.HEADING else 1.0))
            for one, score in zip(candidates, scores, strict=True)
        ]
        return select(prompt.question, picks, self._selection)

    async def _scores(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        if self._reranker is None:
            return overlap(question, [one.in_context if one.leans else one.text for one in candidates])
        return await self._reranker.score(question, [one.in_context if one.leans else one.text for one in candidates])


def select(question: str, picks: Sequence[Pick], selection: Selection) -> list[Pick]:
    """The best picks above the threshold, near duplicates dropped, in reading order."""
    ranked = sorted(picks, key=lambda pick: -pick.score)
    if not ranked or ranked[0].score < selection.threshold:
        return []
    least = max(selection.threshold, selection.beside_best * ranked[0].score)
    limit = selection.at_most_of_many if _ASKS_FOR_SEVERAL.search(question) else selection.at_most
    chosen: list[Pick] = []
    for pick in ranked:
        if len(chosen) == limit or pick.score < least:
            break
        if not any(_nearly_the_same(pick.candidate, other.candidate) for other in chosen):
            chosen.append(pick)
    return _in_reading_order(chosen)


def _nearly_the_same(one: Candidate, other: Candidate) -> bool:
    here, there = set(terms(one.text)), set(terms(other.text))
    return len(here & there) >= _NEARLY_THE_SAME * max(len(here | there), 1)


def _in_reading_order(picks: Sequence[Pick]) -> list[Pick]:
    """Passages by their best sentence, and within one passage as it is written."""
    place = {number: rank for rank, number in enumerate(dict.fromkeys(pick.candidate.number for pick in picks))}
    return sorted(picks, key=lambda pick: (place[pick.candidate.number], pick.candidate.position))

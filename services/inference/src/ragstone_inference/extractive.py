"""The extractive answerer: the sentences of the passages that answer the question, word for word, each cited.

It cannot say what is not written. A cross-encoder judges each sentence against the question; without one, the words
they share do. When no sentence is good enough it says so.
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from ragstone_contracts.models import EXTRACTIVE, NO_ANSWER, Message
from ragstone_inference.candidates import Candidate, most_promising, read_candidates
from ragstone_inference.evidence import evidence_by_model, evidence_by_words
from ragstone_inference.lexical import terms
from ragstone_inference.ports import Reranker
from ragstone_inference.prompt import Prompt, read_prompt

_ASKS_FOR_SEVERAL = re.compile(
    r"\b(?:list|which|all|both|and|compar\w+|differ\w*|versus|vs|steps|what (?:are|were|kinds?|types?))\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\b(?:compar\w+|differ\w*|versus|vs|both|between)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Selection:
    """Which sentences answer, by their evidence."""

    threshold: float
    """The best sentence answers from here on."""
    margin: float
    """Others answer too when they are this near to the best and above the threshold."""
    slack: float
    """What both give way for a question that compares: a sentence on one of two things scores low on the pair."""
    at_most: int
    """One more for a question that asks for several things."""


BY_MODEL = Selection(threshold=0.5, margin=2.0, slack=3.5, at_most=3)
BY_WORDS = Selection(threshold=0.35, margin=0.1, slack=0.15, at_most=2)
_SCORED_BY_MODEL = 24
_NEARLY_THE_SAME = 0.8


@dataclass(frozen=True)
class Pick:
    candidate: Candidate
    evidence: float

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
        if not terms(prompt.question):
            return []
        candidates = most_promising(prompt.question, read_candidates(prompt.passages), _SCORED_BY_MODEL)
        evidence = await self._evidence(prompt.question, candidates)
        picks = [Pick(candidate, worth) for candidate, worth in zip(candidates, evidence, strict=True)]
        return select(prompt.question, picks, self._selection)

    async def _evidence(self, question: str, candidates: Sequence[Candidate]) -> list[float]:
        if self._reranker is None or not candidates:
            return evidence_by_words(question, candidates)
        return await evidence_by_model(question, candidates, self._reranker)


def select(question: str, picks: Sequence[Pick], selection: Selection) -> list[Pick]:
    """The best picks above the threshold, near duplicates dropped, in reading order."""
    ranked = sorted(picks, key=lambda pick: -pick.evidence)
    if not ranked or ranked[0].evidence < selection.threshold:
        return []
    slack = selection.slack if _COMPARES.search(question) else 0.0
    least = max(selection.threshold, ranked[0].evidence - selection.margin) - slack
    limit = selection.at_most + (_ASKS_FOR_SEVERAL.search(question) is not None)
    chosen: list[Pick] = []
    for pick in ranked:
        if len(chosen) == limit or pick.evidence < least:
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

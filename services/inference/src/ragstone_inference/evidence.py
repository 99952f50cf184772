"""How well a sentence answers a question."""

import math
from collections.abc import Sequence

from ragstone_inference.candidates import Candidate
from ragstone_inference.lexical import coverage, overlap, speaks_of_the_years
from ragstone_inference.ports import Reranker
from ragstone_inference.prompt import subject
from ragstone_inference.sentences import SentenceKind

_COVERAGE_WEIGHT = 4.0
_USUAL_COVERAGE = 0.6
_ANOTHER_YEAR = 6.0
_HEADING = 3.0
_LEAST = 1e-7


async def evidence_by_model(question: str, candidates: Sequence[Candidate], reranker: Reranker) -> list[float]:
    """The cross-encoder's logit for each sentence, corrected by what it is blind to.

    It likes a sentence about another thing or another year nearly as much as the right one; whether the passage speaks
    of what the question asks about tells them apart. Figures are in the service's README.
    """
    leaning = [candidate for candidate in candidates if candidate.leans]
    texts = [candidate.text for candidate in candidates] + [candidate.in_context for candidate in leaning]
    logits = [_logit(relevance) for relevance in await reranker.score(subject(question), texts)]
    found = _with_context(candidates, logits[: len(candidates)], logits[len(candidates) :])
    return [logit + _correction(question, candidate) for logit, candidate in zip(found, candidates, strict=True)]


def evidence_by_words(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """The share of the question's words, by rarity, that each sentence has; below 0 when the years differ."""
    alone = overlap(question, [candidate.text for candidate in candidates])
    in_context = overlap(question, [candidate.in_context for candidate in candidates])
    leaning = [score for score, candidate in zip(in_context, candidates, strict=True) if candidate.leans]
    return [
        share - (not speaks_of_the_years(question, _source(candidate))) - 0.5 * _is_heading(candidate)
        for share, candidate in zip(_with_context(candidates, alone, leaning), candidates, strict=True)
    ]


def _with_context(candidates: Sequence[Candidate], alone: Sequence[float], leaning: Sequence[float]) -> list[float]:
    """Each candidate's score, given the scores in context of those that lean.

    Context helps a sentence half the way only, because it may be the context that answers; a table row is nothing
    without its first row, so for it the context counts whole.
    """
    in_context = iter(leaning)
    scores = []
    for candidate, score in zip(candidates, alone, strict=True):
        if candidate.leans:
            share = 1.0 if candidate.kind is SentenceKind.ROW else 0.5
            scores.append(max(score, (1 - share) * score + share * next(in_context)))
        else:
            scores.append(score)
    return scores


def _correction(question: str, candidate: Candidate) -> float:
    source = _source(candidate)
    correction = _COVERAGE_WEIGHT * (coverage(question, source) - _USUAL_COVERAGE)
    if not speaks_of_the_years(question, source):
        correction -= _ANOTHER_YEAR
    return correction - _HEADING * _is_heading(candidate)


def _source(candidate: Candidate) -> str:
    return f"{candidate.passage.title} {candidate.passage.text}"


def _is_heading(candidate: Candidate) -> bool:
    return candidate.kind is SentenceKind.HEADING


def _logit(relevance: float) -> float:
    bounded = min(max(relevance, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))

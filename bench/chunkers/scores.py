"""How much of an answer's characters is among those returned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from bench.chunkers.corpora import Question, Span


@dataclass(frozen=True)
class Passage:
    corpus: str
    start: int
    end: int


@dataclass(frozen=True)
class Score:
    """``recall`` of the answer's characters, ``precision`` of the returned ones, ``within`` a budget of characters."""

    recall: float
    precision: float
    within: float


def score(question: Question, passages: Sequence[Passage], first: int, budget: int) -> Score:
    """The score of the ``first`` passages; ``within`` is recall when passages are read until the budget is used up."""
    wanted = _characters(question.answers)
    top = passages[:first]
    found = _of_corpus(question, top)
    returned = sum(passage.end - passage.start for passage in top)
    return Score(
        recall=len(wanted & found) / len(wanted),
        precision=len(wanted & found) / max(1, returned),
        within=len(wanted & _of_corpus(question, _until(passages, budget))) / len(wanted),
    )


def mean(values: Iterable[float]) -> tuple[float, float]:
    """The mean and half of its 95% interval."""
    held = np.fromiter(values, float)
    return float(held.mean()), float(1.96 * held.std(ddof=1) / np.sqrt(len(held)))


def _of_corpus(question: Question, passages: Iterable[Passage]) -> set[int]:
    return _characters((one.start, one.end) for one in passages if one.corpus == question.corpus)


def _until(passages: Sequence[Passage], budget: int) -> list[Passage]:
    """The passages that fit into so many characters, the last one cut off."""
    read = []
    for passage in passages:
        end = min(passage.end, passage.start + budget)
        read.append(Passage(passage.corpus, passage.start, end))
        budget -= end - passage.start
    return read


def _characters(spans: Iterable[Span]) -> set[int]:
    return {position for start, end in spans for position in range(start, end)}

"""Maximal marginal relevance: each next result is relevant and unlike those before it."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ragstone_retrieval.candidates import Candidate, shares
from ragstone_retrieval.numbers import Number
from ragstone_retrieval.query import Query

MMR = "mmr"
_MOST = 200
_WORD = re.compile(r"\w+")


class MarginalRelevance:
    """Orders by ``number`` times the relevance less ``1 - number`` times the likeness to the most alike one before.

    Likeness is the cosine of the texts' weighted words. What a reader sees may be larger than what was embedded, so no
    stored vector is that of the passage, and to embed fifty passages anew takes longer than all the rest of a search.
    """

    numbers = Number(usual=0.7, least=0, most=1, whole=False)

    async def run(self, query: Query, candidates: list[Candidate], number: float) -> list[Candidate]:
        best, rest = candidates[:_MOST], candidates[_MOST:]
        with query.watch.stage(MMR):
            alike = await asyncio.to_thread(_likeness, [candidate.text for candidate in best])
            chosen = _chosen(number * np.array(shares(best)), (1 - number) * alike)
        return [best[place].scored(MMR, score) for place, score in chosen.items()] + rest


def _chosen(worth: NDArray[np.float64], penalty: NDArray[np.float64]) -> Mapping[int, float]:
    """Places in the order of their choice, each with what it was worth then."""
    chosen: dict[int, float] = {}
    nearest = np.zeros(len(worth))
    for _ in range(len(worth)):
        left = worth - nearest
        left[list(chosen)] = -np.inf
        place = int(left.argmax())
        chosen[place] = float(left[place])
        nearest = np.maximum(nearest, penalty[place])
    return chosen


def _likeness(texts: Sequence[str]) -> NDArray[np.float64]:
    """The cosine of each text with each; words that many of the texts have count less."""
    counts = [Counter(_WORD.findall(text.casefold())) for text in texts]
    columns = {word: column for column, word in enumerate(dict.fromkeys(chain.from_iterable(counts)))}
    weights = np.zeros((len(texts), len(columns) or 1))
    for row, words in zip(weights, counts, strict=True):
        row[[columns[word] for word in words]] = np.log1p(list(words.values()))
    weights *= np.log(1 + len(texts) / (1 + (weights > 0).sum(axis=0)))
    lengths = np.linalg.norm(weights, axis=1, keepdims=True)
    weights /= np.where(lengths == 0, 1, lengths)
    return np.asarray(weights @ weights.T)

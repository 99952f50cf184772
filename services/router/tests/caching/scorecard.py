"""``python -m services.router.tests.caching.scorecard``: how well questions in other words are told from near-misses.

By the real embedder and cross-encoder. What is chosen is chosen on the even questions; the odd ones are only counted.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr
from services.router.tests.caching.pairs import Pair, read_pairs

from ragstone_contracts.models import EMBEDDER, RERANKER
from ragstone_inference.catalogue import Models, load_models
from ragstone_inference.settings import InferenceSettings
from ragstone_router.caching.config import SemanticConfig
from ragstone_router.caching.verifying import agree, read_question

_THRESHOLDS = SemanticConfig(seconds=1)


@dataclass(frozen=True)
class Scored:
    pair: Pair
    similarity: float
    agreement: float

    @property
    def is_near(self) -> bool:
        near = self.similarity >= _THRESHOLDS.least_similarity
        return near and self.agreement >= _THRESHOLDS.least_agreement

    @property
    def is_hit(self) -> bool:
        return self.is_near and agree(read_question(self.pair.one), read_question(self.pair.other))


async def _scored(models: Models, pair: Pair) -> Scored:
    embedder, reranker = models.embedder_called(EMBEDDER), models.reranker_called(RERANKER)
    # One at a time, as the router asks: vectors of a batch differ in the third digit.
    one, other = [(await embedder.embed([text])).vectors[0] for text in (pair.one, pair.other)]
    [there] = await reranker.score(pair.one, [pair.other])
    [back] = await reranker.score(pair.other, [pair.one])
    return Scored(pair, float(one @ other), min(there, back))


def _line(name: str, scored: Sequence[Scored], hits: Sequence[Scored]) -> str:
    right = sum(one.pair.is_same for one in hits)
    same = sum(one.pair.is_same for one in scored)
    wrong, different = len(hits) - right, len(scored) - same
    precision = right / len(hits) if hits else float("nan")
    told = f"hits {right:3}  wrong {wrong:2} of {different}  precision {precision:.3f}  recall {right / same:.2f}"
    return f"{name:28} {told}"


async def main() -> None:
    settings = InferenceSettings(internal_secret=SecretStr("-" * 40), fetch_models=False)
    models = load_models(settings)
    await models.start()
    scored = [await _scored(models, pair) for pair in read_pairs()]
    await models.close()
    for name, half in (("chosen on", 0), ("counted on", 1)):
        part = [one for one in scored if one.pair.group % 2 == half]
        sys.stdout.write(_line(name, part, [one for one in part if one.is_hit]) + "\n")
        sys.stdout.write(_line(f"{name}, words unread", part, [one for one in part if one.is_near]) + "\n")


if __name__ == "__main__":
    asyncio.run(main())

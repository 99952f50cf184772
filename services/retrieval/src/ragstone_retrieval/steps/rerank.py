"""Reranking: a cross-encoder reads the query with each of the best candidates and orders them anew."""

from dataclasses import dataclass

from ragstone_clients.router import RouterClient
from ragstone_retrieval.candidates import Candidate, best_first
from ragstone_retrieval.numbers import Number
from ragstone_retrieval.query import Query
from ragstone_retrieval.settings import RetrievalSettings
from ragstone_retrieval.steps.rereading import reread

RERANK = "rerank"


@dataclass(frozen=True)
class Rerank:
    """``number`` candidates are reread, at least as many as are asked for; those beyond are left out.

    When the model is away the order stays and ``degraded`` says so.
    """

    settings: RetrievalSettings
    router: RouterClient

    @property
    def numbers(self) -> Number:
        return Number(usual=self.settings.rerank_candidates, least=1, most=200)

    async def run(self, query: Query, candidates: list[Candidate], number: float) -> list[Candidate]:
        best = candidates[: max(int(number), query.request.limit)]
        if not best:
            return []
        scored = await reread(self.router, query, best, self.settings.reranker, RERANK)
        return candidates if scored is None else best_first(scored)

"""Reranking: a cross-encoder reads the query with each of the best candidates and orders them anew."""

from dataclasses import dataclass

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.logs import get_logger
from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.errors import is_outage
from ragstone_retrieval.query import Query
from ragstone_retrieval.settings import RetrievalSettings

RERANK = "rerank"
_log = get_logger(__name__)


@dataclass(frozen=True)
class Reranker:
    settings: RetrievalSettings
    router: RouterClient

    async def run(self, query: Query, candidates: list[Candidate], number: float | None) -> list[Candidate]:
        """The best candidates in their new order; those beyond the ``number`` that is reread are left out.

        When the model is away the order stays and ``degraded`` says so.
        """
        best = candidates[: max(int(number or self.settings.rerank_candidates), query.request.limit)]
        if not best:
            return []
        texts = [candidate.text for candidate in best]
        try:
            with query.watch.stage(RERANK):
                scores = await self.router.rerank(query.caller, query.text, texts, self.settings.reranker)
        except RagstoneError as error:
            if not is_outage(error):
                raise
            _log.warning("search without its rerank", code=error.code, detail=error.detail)
            query.degrade(RERANK)
            return candidates
        reread = [candidate.scored(RERANK, score) for candidate, score in zip(best, scores, strict=True)]
        return sorted(reread, key=lambda candidate: -candidate.score)

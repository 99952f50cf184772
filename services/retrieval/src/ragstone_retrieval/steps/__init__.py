"""The steps that a strategy may name."""

from collections.abc import Mapping

from ragstone_clients.router import RouterClient
from ragstone_retrieval.settings import RetrievalSettings
from ragstone_retrieval.step import Step
from ragstone_retrieval.steps.diverse import DIVERSE, Diverse, at_most
from ragstone_retrieval.steps.late import LATE, LateInteraction
from ragstone_retrieval.steps.mmr import MMR, MarginalRelevance
from ragstone_retrieval.steps.recent import RECENT, Recent
from ragstone_retrieval.steps.rerank import RERANK, Rerank

__all__ = ["DIVERSE", "RERANK", "at_most", "make_steps"]


def make_steps(settings: RetrievalSettings, router: RouterClient) -> Mapping[str, Step]:
    return {
        RERANK: Rerank(settings, router),
        LATE: LateInteraction(settings, router),
        MMR: MarginalRelevance(),
        DIVERSE: Diverse(),
        RECENT: Recent(),
    }

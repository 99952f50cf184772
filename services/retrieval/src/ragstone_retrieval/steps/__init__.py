"""The steps that a strategy may name."""

from collections.abc import Mapping

from ragstone_clients.ingestion import IngestionClient
from ragstone_retrieval.legs import Legs
from ragstone_retrieval.step import Step
from ragstone_retrieval.steps.diverse import DIVERSE, Diverse, at_most
from ragstone_retrieval.steps.late import LATE, LateInteraction
from ragstone_retrieval.steps.mmr import MMR, MarginalRelevance
from ragstone_retrieval.steps.multi import MULTI, MultiQuery
from ragstone_retrieval.steps.neighbours import NEIGHBOURS, Neighbours
from ragstone_retrieval.steps.recent import RECENT, Recent
from ragstone_retrieval.steps.rerank import RERANK, Rerank

__all__ = ["DIVERSE", "MULTI", "RERANK", "at_most", "make_steps"]


def make_steps(legs: Legs, ingestion: IngestionClient) -> Mapping[str, Step]:
    return {
        MULTI: MultiQuery(legs),
        RERANK: Rerank(legs.settings, legs.router),
        LATE: LateInteraction(legs.settings, legs.router),
        MMR: MarginalRelevance(),
        DIVERSE: Diverse(),
        RECENT: Recent(),
        NEIGHBOURS: Neighbours(legs.index, ingestion),
    }

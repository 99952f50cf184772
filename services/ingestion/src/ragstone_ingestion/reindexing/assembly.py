"""The parts of reindexing put together."""

from dataclasses import dataclass

from ragstone_ingestion.collection_store import CollectionStore
from ragstone_ingestion.jobs import Clock
from ragstone_ingestion.reindexing.building import Building
from ragstone_ingestion.reindexing.making import Making
from ragstone_ingestion.reindexing.requests import Reindexes
from ragstone_ingestion.reindexing.verifying import Verifying
from ragstone_ingestion.reindexing.work import ReindexWork, Retirement
from ragstone_ingestion.stores import Stores


@dataclass(frozen=True)
class Reindexing:
    requests: Reindexes
    work: ReindexWork


def assemble_reindexing(
    stores: Stores, collections: CollectionStore, making: Making, clock: Clock, wait_seconds: float
) -> Reindexing:
    """``wait_seconds`` must be longer than any query takes."""
    embedding, activation = making.embedding, making.activation
    requests = Reindexes(stores.database, collections, making, clock, wait_seconds)
    building = Building(stores, making.drafting, embedding, activation)
    verifying = Verifying(stores, embedding, activation)
    work = ReindexWork(stores, building, verifying, activation, Retirement(wait_seconds, embedding.default_model))
    return Reindexing(requests, work)

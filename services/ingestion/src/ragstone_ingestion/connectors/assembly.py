"""The parts of the connectors put together."""

from dataclasses import dataclass

from ragstone_ingestion.collection_store import CollectionStore
from ragstone_ingestion.connectors.access import Access
from ragstone_ingestion.connectors.sources import Sources
from ragstone_ingestion.connectors.store import ConnectorStore
from ragstone_ingestion.connectors.sync import Sync
from ragstone_ingestion.connectors.sync_job import SyncJobs
from ragstone_ingestion.jobs import Clock
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.stores import Stores


@dataclass(frozen=True)
class Connectors:
    """``store`` is what the API asks, ``jobs`` what workers run."""

    store: ConnectorStore
    jobs: SyncJobs


def assemble_connectors(
    settings: IngestionSettings, stores: Stores, collections: CollectionStore, sync: Sync, clock: Clock
) -> Connectors:
    roots = tuple(settings.connector_roots)
    access = Access(roots, settings.connector_roots_file, settings.connector_secrets)
    sources = Sources(settings.egress, access, settings.max_upload_mb * 1024**2)
    store = ConnectorStore(stores.database, sources, clock)
    return Connectors(store, SyncJobs(stores, collections, sources, sync, clock))

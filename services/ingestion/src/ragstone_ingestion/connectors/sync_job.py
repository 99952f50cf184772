"""The job of a sync: one at a time for each connector, the next one planned before it begins."""

import asyncio
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.connectors import SyncFilters, SyncResult
from ragstone_contracts.documents import DocumentError
from ragstone_contracts.errors import InvalidRequest, NotFound, RagstoneError
from ragstone_contracts.identity import Identity
from ragstone_ingestion.collection_store import CollectionStore
from ragstone_ingestion.connectors.item_rows import drop_item, known_items
from ragstone_ingestion.connectors.sources import Sources, SourceSpec
from ragstone_ingestion.connectors.sync import LISTING_REFUSED, Run, Sync
from ragstone_ingestion.deletion import Deletion
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, Lease, NewJob, Priority, add_job
from ragstone_ingestion.pipeline import Stores
from ragstone_ingestion.tables import connector_items, connectors, jobs

_LOOK_SECONDS = 0.05


class SyncJobs:
    def __init__(
        self, stores: Stores, collections: CollectionStore, sources: Sources, sync: Sync, deletion: Deletion, clock: Clock
    ) -> None:
        self._stores = stores
        self._collections = collections
        self._sources = sources
        self._sync = sync
        self._deletion = deletion
        self._clock = clock

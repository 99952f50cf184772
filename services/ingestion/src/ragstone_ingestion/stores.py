"""What the use cases read and write."""

from dataclasses import dataclass

from ragstone_index import VectorIndex
from ragstone_ingestion.jobs import JobStore
from ragstone_ingestion.objects import ObjectStore
from ragstone_ingestion.reindexing.placement import Placement
from ragstone_ingestion.stage_slots import StageSlots
from ragstone_kit.database import Database


@dataclass(frozen=True)
class Stores:
    """The tables, the object store, the index; the jobs among the tables, and the places there are in each stage."""

    database: Database
    objects: ObjectStore
    placement: Placement
    jobs: JobStore
    slots: StageSlots

    @property
    def index(self) -> VectorIndex:
        """By the ids of collections, wherever their chunks are; see :class:`Placement` before adding any."""
        return self.placement.index

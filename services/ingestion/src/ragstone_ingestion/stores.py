"""What the use cases read and write."""

from dataclasses import dataclass

from ragstone_index import VectorIndex
from ragstone_ingestion.jobs import JobStore
from ragstone_ingestion.objects import ObjectStore
from ragstone_ingestion.stage_slots import StageSlots
from ragstone_kit.database import Database


@dataclass(frozen=True)
class Stores:
    """The tables, the object store, the index; the jobs among the tables, and the places there are in each stage."""

    database: Database
    objects: ObjectStore
    index: VectorIndex
    jobs: JobStore
    slots: StageSlots

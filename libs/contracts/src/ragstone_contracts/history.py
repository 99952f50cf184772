"""A collection through time: snapshots, what changed between two states of it, and going back to one.

A state is named by a snapshot, by a sequence number, or by an ISO 8601 time. Who may see what is always decided by
today's permissions.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from ragstone_contracts.model import Wire

SNAPSHOT_NAME = r"^[A-Za-z_][\w .:@-]*$"
"""Begins with a letter, so that no name looks like a sequence or a time."""


class NewSnapshot(Wire):
    """Without a name it is called after its sequence."""

    name: str | None = Field(default=None, min_length=1, max_length=100, pattern=SNAPSHOT_NAME)


class Snapshot(Wire):
    """A name for what queries saw at ``sequence``, which stays whole as long as there is the snapshot.

    ``automatic`` ones were taken before a rollback, to undo it.
    """

    name: str
    sequence: int
    automatic: bool = False
    created_at: float
    created_by: str


class SnapshotList(Wire):
    snapshots: list[Snapshot]


class Change(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class ChunkChange(Wire):
    """A chunk that is in one state only, or two of which one came in the other's stead.

    Ranges are of the canonical texts of the document's two versions.
    """

    change: Change
    before: tuple[int, int] | None = None
    after: tuple[int, int] | None = None
    text_before: str | None = None
    text_after: str | None = None


class ChangeCounts(Wire):
    added: int = 0
    changed: int = 0
    removed: int = 0


class DocumentChange(Wire):
    """A document that differs. ``chunks`` counts all of its chunks that do; ``changes`` lists some of them."""

    change: Change
    document_id: str
    filename: str
    version_before: int | None = None
    version_after: int | None = None
    chunks: ChangeCounts
    changes: list[ChunkChange] = []


class CollectionDiff(Wire):
    """What changed from one sequence to the other, as far as the caller may see the documents.

    ``documents`` and ``chunks`` count; ``listed`` holds documents up to the limit that was asked for, and ``truncated``
    says that there are more. Chunks are counted in the listed documents only.
    """

    collection_id: str
    from_sequence: int
    to_sequence: int
    documents: ChangeCounts
    chunks: ChangeCounts
    listed: list[DocumentChange]
    truncated: bool = False


class RankingRequest(Wire):
    """Search for each of the queries in both states. ``strategy``, ``filters`` and ``limit`` are as in a search."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: str | int = Field(alias="from")
    to: str | int | None = None
    """None is the present."""
    queries: list[Annotated[str, Field(min_length=1, max_length=8000)]] = Field(min_length=1, max_length=100)
    limit: int = Field(default=10, ge=1, le=100)
    strategy: str | None = Field(default=None, max_length=200)
    filters: dict[str, Any] | None = None


class RankedResult(Wire):
    """A result and its rank, from 1, in each state; None where it is not among the first ``limit``."""

    document_id: str
    title: str
    page: int | None = None
    start: int
    end: int
    text: str
    before: int | None = None
    after: int | None = None


class RankingChange(Wire):
    """What became of one query's results; those that kept their rank are only counted."""

    query: str
    entered: list[RankedResult]
    left: list[RankedResult]
    moved: list[RankedResult]
    kept: int


class RankingDiff(Wire):
    collection_id: str
    from_sequence: int
    to_sequence: int
    changed_queries: int
    queries: list[RankingChange]


class RollbackRequest(Wire):
    """Where to go back to: a snapshot, a sequence or an ISO 8601 time."""

    to: str | int


RollbackState = Literal["running", "done", "superseded"]


class Rollback(Wire):
    """A rollback. Queries see ``sequence`` from its answer on; while it is ``running`` the documents are made so too.

    ``before`` is the snapshot that undoes it. ``unsettled`` documents have yet to be what they were; ``failed`` lists
    those that could not be made so and stayed as they are. One whose place another took is ``superseded``.
    """

    collection_id: str
    number: int
    to: str
    sequence: int
    before: str
    state: RollbackState
    unsettled: int | None = None
    failed: list[str] = []
    created_at: float
    created_by: str
    ended_at: float | None = None

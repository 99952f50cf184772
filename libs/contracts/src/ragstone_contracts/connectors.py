"""Connectors: sources that a collection is kept in step with."""

from enum import StrEnum
from typing import Any

from pydantic import Field, field_validator

from ragstone_contracts.documents import DocumentError, checked_acl
from ragstone_contracts.model import Wire

_MOST_GLOBS = 50


class SyncFilters(Wire):
    """Which items of a source are taken.

    Globs are matched against an item's whole path, and ``*`` also stands for ``/``. Without ``include`` everything is
    wanted; ``exclude`` wins. ``delete_share`` is the part of the connector's documents that one sync may delete
    without being told to.
    """

    include: list[str] = Field(default=[], max_length=_MOST_GLOBS)
    exclude: list[str] = Field(default=[], max_length=_MOST_GLOBS)
    max_bytes: int | None = Field(default=None, gt=0)
    """Of one item; None takes what an upload may have."""
    max_items: int = Field(default=10_000, ge=1, le=1_000_000)
    delete_share: float = Field(default=0.5, ge=0, le=1)


class NewConnector(Wire):
    """``kind`` is folder, web, s3, git or an installed one's, which ``config`` is for.

    ``acl`` is what the documents get, None the collection's; ``every_seconds`` None syncs on demand alone.
    """

    name: str = Field(min_length=1, max_length=60, pattern=r"^[\w][\w .@-]*$")
    kind: str = Field(min_length=1, max_length=40)
    collection: str
    config: dict[str, Any]
    filters: SyncFilters = SyncFilters()
    acl: list[str] | None = None
    every_seconds: float | None = Field(default=None, ge=60, le=366 * 86_400)

    @field_validator("acl")
    @classmethod
    def _principals(cls, acl: list[str] | None) -> list[str] | None:
        return None if acl is None else checked_acl(acl)


class ConnectorState(StrEnum):
    NEW = "new"
    """Never synced yet."""
    QUEUED = "queued"
    SYNCING = "syncing"
    IN_STEP = "in_step"
    """The last sync took all there was to take."""
    INCOMPLETE = "incomplete"
    """The last sync left something undone: failed items, or deletions that wait to be confirmed."""
    FAILED = "failed"
    """The last sync could not read the source; what it held stays."""


class SyncResult(Wire):
    """What a sync did so far, counted in items; times are Unix seconds.

    ``unchanged`` ones were not read; ``held_back`` are deletions that would have been too many at once. ``reasons``
    counts the codes of what was skipped or failed.
    """

    started_at: float
    ended_at: float | None = None
    listed: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    skipped: int = 0
    failed: int = 0
    held_back: int = 0
    truncated: bool = False
    """The source holds more items than the connector takes; so nothing was deleted."""
    reasons: dict[str, int] = {}
    error: DocumentError | None = None
    """Why the source could not be read."""


class Connector(Wire):
    """A source and where it stands. Secrets appear by name alone."""

    id: str
    name: str
    kind: str
    collection: str
    collection_id: str
    config: dict[str, Any]
    filters: SyncFilters
    acl: list[str]
    every_seconds: float | None = None
    state: ConnectorState
    step: str | None = None
    progress: float = Field(ge=0, le=1)
    sync: SyncResult | None = None
    """The sync under way, or the last one."""
    synced_at: float | None = None
    """When the collection was last wholly in step with the source."""
    next_sync_at: float | None = None
    created_at: float


class ConnectorList(Wire):
    connectors: list[Connector]


class ItemState(StrEnum):
    TAKEN = "taken"
    """It is a document; how far that is, its own state says."""
    SKIPPED = "skipped"
    """It is not taken as it is now; it will be looked at again when it changes."""
    FAILED = "failed"
    """It could not be read; the next sync tries again."""


class ConnectorItem(Wire):
    """An item of a source: ``source`` is its URL or path there, ``filename`` its name in the collection."""

    key: str
    source: str
    filename: str
    state: ItemState
    document_id: str | None = None
    error: DocumentError | None = None
    updated_at: float


class ConnectorItemList(Wire):
    """Items by key; ``next_cursor`` asks for the ones after them."""

    items: list[ConnectorItem]
    next_cursor: str | None = None


class SyncRequest(Wire):
    """``confirm_deletions`` lets this sync delete any share; ``full`` reads every item again."""

    confirm_deletions: bool = False
    full: bool = False


class SyncAccepted(Wire):
    job_id: str

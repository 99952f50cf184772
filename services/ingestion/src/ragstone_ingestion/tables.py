"""The tables of the ingestion service, the same on SQLite and Postgres. Times are Unix seconds."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

metadata = MetaData()

PLATFORM = "platform"
"""The id of a hidden collection that belongs to no tenant and holds nothing: jobs about all of them have it."""

collections = Table(
    "collections",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("name", String, nullable=False),
    Column("acl", JSON, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("sequence", BigInteger, nullable=False, default=0),
    Column("deleted", Boolean, nullable=False, default=False),
    Column("created_at", Double, nullable=False),
    Column("pinned", BigInteger),
    Column("era", BigInteger, nullable=False, server_default="0"),
    Column("index_id", String),
)
"""``pinned`` is what queries see instead of ``sequence`` while a rollback runs; ``era`` counts the rollbacks begun.
``index_id`` is the index that answers, where it is not the one of the collection's own id.
"""
# Only among the living: a name is free again as soon as its collection is deleted.
Index(
    "collections_by_name",
    collections.c.tenant,
    collections.c.name,
    unique=True,
    sqlite_where=~collections.c.deleted,
    postgresql_where=~collections.c.deleted,
)

documents = Table(
    "documents",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("filename", String, nullable=False),
    Column("title", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("acl", JSON, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("active_version", Integer),
    Column("deleted", Boolean, nullable=False, default=False),
    Column("created_at", Double, nullable=False),
    Column("inherits_acl", Boolean, nullable=False, server_default=false()),
    Column("era", BigInteger, nullable=False, server_default="0"),
    Column("erased", Boolean, nullable=False, server_default=false()),
)
"""A ``deleted`` document stays while a snapshot sees it, unless it is ``erased``; ``era`` is that of its deletion."""
Index("documents_by_collection", documents.c.collection_id, documents.c.id)
Index(
    "documents_by_filename",
    documents.c.collection_id,
    documents.c.filename,
    unique=True,
    sqlite_where=~documents.c.deleted,
    postgresql_where=~documents.c.deleted,
)

versions = Table(
    "versions",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("original_key", String, nullable=False, index=True),
    Column("parsed_key", String, nullable=False, index=True),
    Column("job_id", String, nullable=False),
    Column("pages", Integer),
    Column("chunks", Integer),
    Column("provenance", JSON),
    Column("fields", JSON),
    Column("born", BigInteger),
    Column("died", BigInteger),
    Column("era", BigInteger, nullable=False, server_default="0"),
    Column("copy_of", Integer),
    Column("media_type", String),
    Column("metadata", JSON),
    Column("shadow", String),
    Column("shadow_chunks", Integer),
)
"""``fields`` are the values that the version's chunks can be filtered by, see ``fields.py``.

Queries at sequence ``s`` of the collection see a version when ``born <= s < died``, see ``history/lives.py``; ``era``
is the collection's when the version was made, ``copy_of`` the version that a rollback made it from.
``shadow`` is the index being built that has all it is to have of the version: ``shadow_chunks``, none if that is None.
"""

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("collection_id", ForeignKey("collections.id"), nullable=False, index=True),
    Column("document_id", String, index=True),
    Column("version", Integer),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("step", String),
    Column("progress", Double, nullable=False, default=0.0),
    Column("timings", JSON, nullable=False, default=dict),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error_code", String),
    Column("error_detail", String),
    Column("lease_owner", String),
    Column("lease_until", Double, nullable=False, default=0.0),
    Column("epoch", Integer, nullable=False, default=0),
    Column("called_off", Boolean, nullable=False, default=False),
    Column("not_before", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("priority", Integer, nullable=False, server_default="1"),
    Column("turn", BigInteger),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("trace", String),
    Column("notes", JSON, nullable=False, server_default="[]"),
    Column("history", JSON, nullable=False, server_default="[]"),
)
"""``turn`` orders the queued jobs of a priority, see ``jobs/turns.py``; a job that is not due yet has none."""
Index("jobs_in_turn", jobs.c.state, jobs.c.priority, jobs.c.turn, jobs.c.not_before)
Index("jobs_of_tenant_in_turn", jobs.c.tenant, jobs.c.state, jobs.c.priority, jobs.c.turn)
Index("jobs_by_age", jobs.c.tenant, jobs.c.created_at, jobs.c.id)
Index("jobs_by_end", jobs.c.ended_at)

changes = Table(
    "changes",
    metadata,
    Column("collection_id", ForeignKey("collections.id"), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("document_id", String, nullable=False),
    Column("appearing", Integer),
    Column("disappearing", Integer),
    Column("job_id", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("with_documents", JSON, nullable=False, server_default="[]"),
)
"""The one change of a collection's visible content that is under way, so that it can be undone; ``with_documents`` are
further documents whose first version appears in it."""

moments = Table(
    "moments",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("served", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("gone_at", Double),
)
"""When a collection came to a sequence, and which one queries saw from then on; bounded for each collection.

From ``gone_at`` on, sequences before this one may have lost what disappeared at it.
"""
Index("moments_by_collection", moments.c.collection_id, moments.c.sequence)

snapshots = Table(
    "snapshots",
    metadata,
    Column("collection_id", ForeignKey("collections.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("automatic", Boolean, nullable=False, server_default=false()),
    Column("created_at", Double, nullable=False),
    Column("created_by", String, nullable=False),
)

rollbacks = Table(
    "rollbacks",
    metadata,
    Column("collection_id", ForeignKey("collections.id"), primary_key=True),
    Column("era", BigInteger, primary_key=True),
    Column("target", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("before", String, nullable=False),
    Column("state", String, nullable=False),
    Column("unsettled", Integer),
    Column("failed", JSON, nullable=False, server_default="[]"),
    Column("created_at", Double, nullable=False),
    Column("created_by", String, nullable=False),
    Column("ended_at", Double),
)
"""``era`` is the collection's since the rollback began, ``before`` the snapshot that undoes it."""

reindexings = Table(
    "reindexings",
    metadata,
    Column("collection_id", ForeignKey("collections.id"), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("job_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("old_settings", JSON, nullable=False),
    Column("index_id", String, nullable=False),
    Column("shadow", String),
    Column("leaving", String),
    Column("leaves_at", Double),
    Column("repaired", Integer, nullable=False, default=0),
    Column("sample", JSON),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
)
"""The last reindexing of each collection. ``generation`` counts them, so that no index is ever named like another;
``shadow`` is the index that is being built, ``leaving`` the one that is dropped at ``leaves_at``."""

access_changes = Table(
    "access_changes",
    metadata,
    Column("collection_id", ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""How often the access to documents of a collection changed. In a table of its own, because who changes a document's
access holds its row, and who lets it answer holds the collection's first."""

stale_access = Table(
    "stale_access",
    metadata,
    Column("collection_id", ForeignKey("collections.id"), primary_key=True),
    Column("document_id", ForeignKey("documents.id"), primary_key=True, index=True),
)
"""Documents of which the collection's index has yet to be told who may see them, or that they are there no more."""

vectors = Table(
    "vectors",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("model", String, primary_key=True),
    Column("text_sha256", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)
"""Embeddings of a document's texts (little-endian float32); ``version`` is the newest that uses one."""

connectors = Table(
    "connectors",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("config", JSON, nullable=False),
    Column("filters", JSON, nullable=False),
    Column("acl", JSON, nullable=False),
    Column("owner", JSON, nullable=False),
    Column("every_seconds", Double),
    Column("deleted", Boolean, nullable=False, default=False),
    Column("remove_documents", Boolean, nullable=False, default=False),
    Column("job_id", String, index=True),
    Column("next_job_id", String, index=True),
    Column("asked", JSON, nullable=False, default=dict),
    Column("marker", String),
    Column("result", JSON),
    Column("synced_at", Double),
    Column("created_at", Double, nullable=False),
)
"""``job_id`` is the sync under way or the last one, ``next_job_id`` the one that time will start."""
Index(
    "connectors_by_name",
    connectors.c.collection_id,
    connectors.c.name,
    unique=True,
    sqlite_where=~connectors.c.deleted,
    postgresql_where=~connectors.c.deleted,
)

connector_items = Table(
    "connector_items",
    metadata,
    Column("connector_id", ForeignKey("connectors.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("filename", String, nullable=False),
    Column("fingerprint", String),
    Column("state", String, nullable=False),
    Column("document_id", String),
    Column("version", Integer),
    Column("error_code", String),
    Column("error_detail", String),
    Column("updated_at", Double, nullable=False),
)
"""What a connector knows of its source: the fingerprint of what it took, and the document that became of it."""


async def lock(connection: AsyncConnection, name: str) -> None:
    """Be alone with ``name`` until the transaction ends. SQLite's writers are alone anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

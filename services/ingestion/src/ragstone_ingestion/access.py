"""Who may see what an index holds, as the tables know it; the index is told of every change.

A row of ``stale_access`` says that the index of a collection may show a document to more than may see it. For as long
as it is there, queries of those whom the tables do not admit leave the document out, whatever the index says.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import JSON, ScalarSelect, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.identity import Identity
from ragstone_ingestion.errors import LockedOut
from ragstone_ingestion.jobs import JobKind, NewJob, add_job
from ragstone_ingestion.tables import access_changes, collections, documents, stale_access
from ragstone_ingestion.visibility import admitted


def withheld_from(identity: Identity, *, is_sqlite: bool) -> ScalarSelect[list[str] | None]:
    """For each row of ``collections``, the documents that the identity may not find in it whatever its index says."""
    here = documents.c.collection_id == stale_access.c.collection_id
    seen = here & admitted(documents, identity, is_sqlite=is_sqlite)
    as_list = func.json_group_array if is_sqlite else func.json_agg
    joined = stale_access.join(documents, documents.c.id == stale_access.c.document_id)
    wanted = select(as_list(stale_access.c.document_id, type_=JSON)).select_from(joined)
    of_it = stale_access.c.collection_id == collections.c.id
    return wanted.where(of_it, ~seen).correlate(collections).scalar_subquery()


def require_access(identity: Identity, acl: Sequence[str], *, force: bool) -> None:
    """Raises LockedOut when the list leaves out whoever sets it, and nobody said that this is meant."""
    if not force and not identity.may_see(list(acl)):
        raise LockedOut("the access list does not name you; say 'force' if that is meant")


async def mark_stale(connection: AsyncConnection, collection_id: str, document_ids: Collection[str]) -> None:
    """In the transaction that changes who may see the documents, after their rows were written."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [{"collection_id": collection_id, "document_id": document_id} for document_id in document_ids]
    if rows:
        await connection.execute(dialect.insert(stale_access).on_conflict_do_nothing(), rows)
        one_more = {"count": access_changes.c.count + 1}
        changed = dialect.insert(access_changes).values(collection_id=collection_id, count=1)
        await connection.execute(changed.on_conflict_do_update(index_elements=["collection_id"], set_=one_more))


def changes_of_access() -> ScalarSelect[int | None]:
    """For each row of ``collections``, how often the access to its documents changed; None if it never did."""
    of_it = access_changes.c.collection_id == collections.c.id
    return select(access_changes.c.count).where(of_it).correlate(collections).scalar_subquery()


async def clear_stale(connection: AsyncConnection, collection_id: str, document_ids: Collection[str]) -> None:
    """The index agrees with the tables again."""
    these = stale_access.c.document_id.in_(document_ids)
    await connection.execute(delete(stale_access).where(stale_access.c.collection_id == collection_id, these))


async def queue_share(connection: AsyncConnection, tenant: str, place: tuple[str, str], now: float) -> str:
    """Have the index told of a document, ``place`` being (collection id, document id); returns the job's id."""
    collection_id, document_id = place
    await mark_stale(connection, collection_id, [document_id])
    return await add_job(connection, NewJob(JobKind.SHARE, tenant, collection_id, document_id), now)


async def access_in(
    connection: AsyncConnection, collection_id: str, document_ids: Collection[str]
) -> dict[str, list[str]]:
    """Who may see each of the documents once it is in the collection; those that are gone are left out."""
    joined = documents.join(collections, collections.c.id == collection_id)
    own = (documents.c.id, documents.c.acl, documents.c.inherits_acl, documents.c.collection_id)
    wanted = select(*own, collections.c.acl.label("collections_acl")).select_from(joined)
    found: dict[str, list[str]] = {}
    for row in await connection.execute(wanted.where(documents.c.id.in_(document_ids))):
        arrives = row.collection_id != collection_id and row.inherits_acl
        found[row.id] = row.collections_acl if arrives else row.acl
    return found

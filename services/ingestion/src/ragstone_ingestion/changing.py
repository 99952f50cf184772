"""A change of a document: first who may see it, then where it is."""

from dataclasses import dataclass

from sqlalchemy import select

from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_contracts.sharing import DocumentChanged, DocumentUpdate
from ragstone_ingestion.access import require_access
from ragstone_ingestion.collection_store import CollectionStore
from ragstone_ingestion.moving import Moves
from ragstone_ingestion.sharing import Sharing
from ragstone_ingestion.tables import documents
from ragstone_kit.database import Database


@dataclass(frozen=True)
class Changes:
    database: Database
    collections: CollectionStore
    sharing: Sharing
    moves: Moves

    async def of_document(self, identity: Identity, document_id: str, change: DocumentUpdate) -> list[str]:
        """Write the change down; returns the jobs that complete it, in their order.

        Raises NotFound for the document or the collection, LockedOut, FilenameTaken, NotReady or Moving; of a refused
        move nothing is done, the change of access included.
        """
        requested: list[str | None] = []
        if isinstance(change.acl, list):
            require_access(identity, change.acl, force=change.force)
        if change.collection is not None:
            target = await self.collections.find(identity, change.collection)
            requested.append(await self.moves.request(identity, document_id, target))
        if change.acl is not None:
            shared = await self.sharing.share_document(identity, document_id, change.acl, force=change.force)
            requested.insert(0, shared)
        return [job_id for job_id in requested if job_id is not None]

    async def document(self, document_id: str, *, complete: bool) -> DocumentChanged:
        """Where the document is now, even if whoever changed it may not see it any more."""
        async with self.database.read() as connection:
            row = (await connection.execute(select(documents).where(documents.c.id == document_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no document {document_id!r}")
        return DocumentChanged(
            document_id=row.id,
            collection_id=row.collection_id,
            acl=row.acl,
            inherits_acl=row.inherits_acl,
            complete=complete,
        )

"""Changes of documents and collections: who may see them, where they are, how they are searched."""

from fastapi import APIRouter

from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.sharing import CollectionChanged, CollectionUpdate, DocumentChanged, DocumentUpdate
from ragstone_ingestion.dependencies import CollectionInPath, DocumentId, IngestionDependency, WakerDependency
from ragstone_kit.caller import CallerDependency

_MOST_SECONDS = 5.0
"""How long an answer waits for what it is about to be done: whoever asked for it looks for it next."""

router = APIRouter(prefix="/v1", tags=["changes"])


@router.patch("/documents/{document_id}")
async def change_document(
    document_id: DocumentId,
    change: DocumentUpdate,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
) -> DocumentChanged:
    """Other readers, another collection, or both."""
    requested = await ingestion.changes.of_document(caller.identity, document_id, change)
    complete = [await ingestion.worker.finished_within(job_id, _MOST_SECONDS) for job_id in requested]
    await waker.wake()
    return await ingestion.changes.document(document_id, complete=all(complete))


@router.patch("/collections/{collection}")
async def change_collection(
    collection: CollectionInPath,
    change: CollectionUpdate,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
) -> CollectionChanged:
    """Another name, other readers, another way of searching."""
    found = await ingestion.collections.find(caller.identity, collection)
    row, job_id = await ingestion.sharing.change_collection(caller.identity, found.id, change)
    complete = job_id is None or await ingestion.worker.finished_within(job_id, _MOST_SECONDS)
    await waker.wake()
    settings = CollectionSettings(**row.settings)
    return CollectionChanged(id=row.id, name=row.name, acl=row.acl, settings=settings, complete=complete)

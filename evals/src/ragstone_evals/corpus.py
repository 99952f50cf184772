"""A corpus on its way into a collection, through the public API."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from ragstone_clients.gateway import GatewayClient
from ragstone_clients.multipart import File
from ragstone_contracts.documents import Collection, Document, DocumentState, NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_evals.bounded import OnDone, map_bounded

_BUSY = (429, 503)
_TRIES = 20
_LATE = 3600.0
"""Seconds after which a document that waits behind the rest of a corpus is given up."""


@dataclass(frozen=True)
class CorpusDocument:
    id: str
    title: str
    text: str

    def file(self) -> File:
        """Plain text, so that no mark-up in it is taken for structure."""
        return File(f"{quote(self.id, safe='')}.txt", f"{self.title}\n\n{self.text}\n".encode())


async def ensure_collection(client: GatewayClient, name: str) -> Collection:
    """The collection of this name, made if there is none."""
    for collection in await client.list_collections():
        if collection.name == name:
            return collection
    return await client.create_collection(NewCollection(name=name))


async def ingest(
    client: GatewayClient,
    collection: Collection,
    corpus: Sequence[CorpusDocument],
    *,
    concurrency: int,
    on_done: OnDone | None = None,
) -> dict[str, str]:
    """Wait until every document of the corpus answers, uploading those that are not there; document id -> corpus id.

    Each carries its corpus id as metadata ``doc``. Raises the first error of a document: a measurement over part of a
    corpus would look like one over all of it.
    """
    present = {
        str(document.metadata.get("doc")): document
        for document in await client.list_documents(collection.id)
        if document.state not in (DocumentState.FAILED, DocumentState.REJECTED)
    }
    ensure = partial(_ensure_document, client, collection.id, present)
    ids = await map_bounded(corpus, ensure, concurrency=concurrency, on_done=on_done)
    return {document_id: document.id for document_id, document in zip(ids, corpus, strict=True)}


async def _ensure_document(
    client: GatewayClient, collection: str, present: Mapping[str, Document], wanted: CorpusDocument
) -> str:
    known = present.get(wanted.id)
    if known is not None and known.state is DocumentState.READY:
        return known.document_id
    document_id = known.document_id if known else await _upload(client, collection, wanted)
    await client.wait_until_ready(document_id, seconds=_LATE)
    return document_id


async def _upload(client: GatewayClient, collection: str, wanted: CorpusDocument) -> str:
    """Upload, and again when the platform asks to come back later."""
    for tries_left in reversed(range(_TRIES)):
        try:
            return (await client.upload(wanted.file(), collection, metadata={"doc": wanted.id})).document_id
        except RagstoneError as error:
            if error.status not in _BUSY or error.retry_after is None or not tries_left:
                raise
            await asyncio.sleep(error.retry_after)
    raise AssertionError("the last try returns or raises")

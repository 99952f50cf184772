"""A corpus on its way into a collection, through the public API."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from urllib.parse import quote

from ragstone_clients.gateway import GatewayClient
from ragstone_clients.multipart import File
from ragstone_contracts.documents import Collection, CollectionSettings, Document, DocumentState, NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_evals.bounded import OnDone, map_bounded

_BUSY = (429, 503)
_TRIES = 20
_LATE = 4 * 3600.0
"""Seconds after which a document that waits behind the rest of a corpus is given up."""


@dataclass(frozen=True)
class CorpusDocument:
    """``markdown`` says that the text is to be read as such; else no mark-up in it is taken for structure."""

    id: str
    title: str
    text: str
    markdown: bool = False

    def file(self) -> File:
        title = f"{'# ' if self.markdown else ''}{self.title}\n\n" if self.title else ""
        name = f"{quote(self.id, safe='')}.{'md' if self.markdown else 'txt'}"
        return File(name, f"{title}{self.text}\n".encode())


async def ensure_collection(client: GatewayClient, name: str, settings: CollectionSettings | None = None) -> Collection:
    """The collection of this name, made if there is none."""
    for collection in await client.list_collections():
        if collection.name == name:
            return collection
    return await client.create_collection(NewCollection(name=name, settings=settings or CollectionSettings()))


@dataclass(frozen=True)
class Ingested:
    """A corpus that answers. ``corpus_ids`` maps a document's id to the corpus's own.

    ``uploaded`` documents of it were new; ``seconds`` passed from the first upload until all answered, and say nothing
    when ``uploaded`` is less than the whole.
    """

    corpus_ids: dict[str, str]
    uploaded: int
    seconds: float
    chunks: int

    def figures(self) -> dict[str, float]:
        return {"documents": len(self.corpus_ids), "uploaded": self.uploaded, "chunks": self.chunks} | (
            {"seconds": round(self.seconds, 1)} if self.uploaded else {}
        )


async def ingest(
    client: GatewayClient,
    collection: Collection,
    corpus: Sequence[CorpusDocument],
    *,
    concurrency: int,
    on_done: OnDone,
) -> Ingested:
    """Wait until every document of the corpus answers, uploading those that are not there.

    All are uploaded before any is waited for, so that ingestion sees a batch and treats it as one. Each carries its
    corpus id as metadata ``doc``. Raises the first error of a document: a measurement over part of a corpus would look
    like one over all of it.
    """
    started = perf_counter()
    present = {
        str(document.metadata.get("doc")): document
        for document in await client.list_documents(collection.id)
        if document.state not in (DocumentState.FAILED, DocumentState.REJECTED)
    }
    missing = [document for document in corpus if document.id not in present]
    upload = partial(_upload, client, collection.id)
    fresh = await map_bounded(missing, upload, concurrency=concurrency)
    ids = {name: document.document_id for name, document in present.items()}
    ids |= {document.id: document_id for document, document_id in zip(missing, fresh, strict=True)}

    async def ready(wanted: CorpusDocument) -> Document:
        known = present.get(wanted.id)
        if known is not None and known.state is DocumentState.READY:
            return known
        return await client.wait_until_ready(ids[wanted.id], seconds=_LATE)

    documents = await map_bounded(corpus, ready, concurrency=concurrency, on_done=on_done)
    return Ingested(
        corpus_ids={ids[document.id]: document.id for document in corpus},
        uploaded=len(missing),
        seconds=perf_counter() - started,
        chunks=sum(document.chunks or 0 for document in documents),
    )


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

"""The ingestion of one document version: parse, chunk, embed, index, activate."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Row, select, update

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_index import IndexedChunk, StoredChunk, VectorIndex, encode_document
from ragstone_index.port import SparseVector, Vector
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.chunk_records import stored_chunk
from ragstone_ingestion.chunkers.port import Chunk, Chunker
from ragstone_ingestion.decisions import note_chunked, note_metadata, note_parsed
from ragstone_ingestion.embedding import Embedding, embedded_text
from ragstone_ingestion.errors import LeaseLost, NoText
from ragstone_ingestion.jobs import JobStore, Lease
from ragstone_ingestion.metadata import Inferred, infer, with_metadata
from ragstone_ingestion.objects import ObjectStore
from ragstone_ingestion.parsers.registry import reading_of
from ragstone_ingestion.stage_slots import StageSlots
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.tables import collections, documents, versions
from ragstone_kit.database import Database

_UPSERT = 256


class DocumentParser(Protocol):
    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        """The parsed document. Behind the media type may stand a parser: ``application/pdf;pdfplumber``.

        Raises DocumentRejected.
        """
        ...

    async def close(self) -> None: ...


ChunkerFor = Callable[[CollectionSettings], Chunker]


@dataclass(frozen=True)
class Stores:
    """What the pipeline reads and writes."""

    database: Database
    objects: ObjectStore
    index: VectorIndex
    jobs: JobStore
    slots: StageSlots


class Pipeline:
    def __init__(
        self,
        stores: Stores,
        parser: DocumentParser,
        chunker_for: ChunkerFor,
        embedding: Embedding,
        activation: Activation,
        *,
        infer_metadata: bool = True,
    ) -> None:
        self._stores = stores
        self._parser = parser
        self._chunker_for = chunker_for
        self._embedding = embedding
        self._activation = activation
        self._infers_metadata = infer_metadata

    async def run(self, lease: Lease) -> None:
        """Bring the leased version to where it answers questions. May be broken off and run again at any point.

        Raises DocumentRejected when it cannot be taken, LeaseLost when the job is somebody else's by now.
        """
        steps = Steps(self._stores.jobs, lease, self._stores.slots)
        work = await self._work(lease)
        async with steps.step("parse"):
            parsed = await self._parse(steps, work)
        async with steps.step("chunk"):
            parsed, inferred = self._with_metadata(work, parsed)
            note_metadata(steps, inferred)
            chunks = await asyncio.to_thread(self._chunk, work, parsed)
            note_chunked(steps, chunks, _settings(work))
            self._describe(steps, parsed, len(chunks), inferred)
        title = parsed.title or work.title
        texts = [embedded_text(parsed, title, chunk) for chunk in chunks]
        async with steps.step("embed"):
            vectors = await self._embedding.embed(steps, texts, _settings(work).embedder)
        async with steps.step("index"):
            stored = [stored_chunk(work, parsed, title, chunk) for chunk in chunks]
            await self._index(steps, stored, texts, vectors)
            steps.note("wrote the chunks into the index, where nobody sees them yet", chunks=len(stored))
        async with steps.step("activate"):
            await self._activation.appear(steps)

    async def _work(self, lease: Lease) -> Row[Any]:
        """The document, the version and the collection's settings."""
        joined = documents.join(versions, versions.c.document_id == documents.c.id).join(
            collections, collections.c.id == documents.c.collection_id
        )
        columns = [versions.c.sha256, versions.c.original_key, versions.c.parsed_key, collections.c.settings]
        of_version = versions.c.version.label("of_version")
        wanted = select(documents, of_version, *columns).select_from(joined)
        this = (documents.c.id == lease.document_id) & (versions.c.version == lease.version)
        async with self._stores.database.read() as connection:
            row = (await connection.execute(wanted.where(this))).one_or_none()
        if row is None:
            raise LeaseLost("the document is gone")
        return row

    async def _parse(self, steps: Steps, work: Row[Any]) -> ParsedDocument:
        """What the parser read, now or the last time these bytes came."""
        objects, reading = self._stores.objects, reading_of(work.media_type, _settings(work).parser)
        if await objects.exists(work.parsed_key):
            parsed = ParsedDocument.model_validate_json(await objects.read(work.parsed_key))
            note_parsed(steps, parsed, reading, reused=True)
            return parsed
        async with steps.slot("parse"), objects.local_copy(work.original_key) as source:
            parsed = await self._parser.parse(source, work.filename, reading)
        await objects.write(work.parsed_key, parsed.model_dump_json().encode())
        note_parsed(steps, parsed, reading, reused=False)
        return parsed

    def _with_metadata(self, work: Row[Any], parsed: ParsedDocument) -> tuple[ParsedDocument, Inferred]:
        wanted = _settings(work).infer_metadata
        wanted = self._infers_metadata if wanted is None else wanted
        if not wanted:
            return parsed, Inferred()
        inferred = infer(parsed, work.filename, work.metadata)
        return with_metadata(parsed, inferred), inferred

    def _chunk(self, work: Row[Any], parsed: ParsedDocument) -> list[Chunk]:
        chunks = self._chunker_for(_settings(work)).chunk(parsed)
        if not chunks:
            raise NoText
        return chunks

    def _describe(self, steps: Steps, parsed: ParsedDocument, chunks: int, inferred: Inferred) -> None:
        lease = steps.lease
        described = {"pages": parsed.pages, "chunks": chunks, "provenance": inferred.stored()}
        this = (versions.c.document_id == lease.document_id) & (versions.c.version == lease.version)
        newest = (documents.c.id == lease.document_id) & (documents.c.version == lease.version)
        if parsed.title:
            steps.later(update(documents).where(newest).values(title=parsed.title))
        steps.later(update(versions).where(this).values(described))

    async def _index(
        self, steps: Steps, stored: Sequence[StoredChunk], texts: Sequence[str], vectors: Sequence[Vector]
    ) -> None:
        """Put the chunks into the index, where nobody sees them yet."""
        lease, index = steps.lease, self._stores.index
        held = await index.held(lease.collection_id, [lease.document_id])
        if any(one.version == lease.version for one in held):
            # An earlier attempt, of this job or one before it, may have cut the text otherwise, under other settings.
            await steps.require_held()
            await index.delete(lease.collection_id, lease.document_id, lease.version)
        for start in range(0, len(stored), _UPSERT):
            part = slice(start, start + _UPSERT)
            sparse = await asyncio.to_thread(_encode_all, texts[part])
            await steps.require_held()
            entries = zip(stored[part], vectors[part], sparse, strict=True)
            await index.upsert(lease.collection_id, [IndexedChunk(*entry) for entry in entries])
            steps.progress(min(1.0, (start + _UPSERT) / len(stored)))


def _encode_all(texts: Sequence[str]) -> list[SparseVector]:
    return [encode_document(text) for text in texts]


def _settings(work: Row[Any]) -> CollectionSettings:
    return CollectionSettings(**work.settings)

"""A document version on its way from its stored bytes to what the index is given of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Row, Select, select

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_index import IndexedChunk, StoredChunk, encode_document
from ragstone_index.port import Vector
from ragstone_ingestion.chunk_records import stored_chunk
from ragstone_ingestion.chunkers.port import Chunk, Chunker
from ragstone_ingestion.decisions import note_chunked, note_metadata, note_parsed
from ragstone_ingestion.embedding import embedded_text
from ragstone_ingestion.errors import DocumentRejected, NoText
from ragstone_ingestion.fields import filterable
from ragstone_ingestion.metadata import Inferred, infer, with_metadata
from ragstone_ingestion.objects import ObjectStore
from ragstone_ingestion.parsers.registry import reading_of
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.tables import collections, documents, versions

Work = Row[Any]
"""A document with its version ``of_version`` and the settings of its collection."""


class DocumentParser(Protocol):
    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        """The parsed document. Behind the media type may stand a parser: ``application/pdf;pdfplumber``.

        Raises DocumentRejected.
        """
        ...

    async def close(self) -> None: ...


ChunkerFor = Callable[[CollectionSettings], Chunker]


def select_work() -> Select[Any]:
    """Every version of every document, each a :data:`Work`."""
    joined = documents.join(versions, versions.c.document_id == documents.c.id).join(
        collections, collections.c.id == documents.c.collection_id
    )
    columns = [versions.c.sha256, versions.c.original_key, versions.c.parsed_key, collections.c.settings]
    return select(documents, versions.c.version.label("of_version"), *columns).select_from(joined)


def settings_of(work: Work) -> CollectionSettings:
    return CollectionSettings(**work.settings)


@dataclass(frozen=True)
class Draft:
    """A document that was read and cut."""

    work: Work
    parsed: ParsedDocument
    inferred: Inferred
    chunks: list[Chunk]

    @property
    def title(self) -> str:
        return self.parsed.title or str(self.work.title)

    @cached_property
    def texts(self) -> list[str]:
        """What is embedded, and searched for words, of each chunk."""
        return [embedded_text(self.parsed, self.title, chunk) for chunk in self.chunks]

    @cached_property
    def stored(self) -> list[StoredChunk]:
        numbered = enumerate(self.chunks)
        return [stored_chunk(self.work, self.parsed, self.title, chunk, position) for position, chunk in numbered]

    def indexed(self, vectors: Sequence[Vector], part: slice = slice(None)) -> list[IndexedChunk]:
        """The chunks of a part with their vectors, both legs. Costs CPU: not for the event loop when there are many."""
        chunks = zip(self.stored[part], vectors[part], self.texts[part], strict=True)
        return [
            IndexedChunk(stored, vector, encode_document(text, _language_of(stored))) for stored, vector, text in chunks
        ]

    def described(self) -> dict[str, Any]:
        """What the version's row says of it."""
        return {
            "pages": self.parsed.pages,
            "chunks": len(self.chunks),
            "provenance": self.inferred.stored(),
            "fields": filterable(self.stored),
        }


def _language_of(stored: StoredChunk) -> str | None:
    language = stored.metadata.get("language")
    return language if isinstance(language, str) else None


class Drafting:
    """Reads and cuts documents."""

    def __init__(
        self, objects: ObjectStore, parser: DocumentParser, chunker_for: ChunkerFor, *, infer_metadata: bool = True
    ) -> None:
        self._objects = objects
        self._parser = parser
        self._chunker_for = chunker_for
        self._infers_metadata = infer_metadata

    async def parse(self, steps: Steps, work: Work) -> ParsedDocument:
        """What the parser read, now or the last time these bytes came. Raises DocumentRejected."""
        if await self._objects.exists(work.parsed_key):
            return await self._reuse(steps, work)
        parsed = await self._read(steps, work)
        await self._objects.write(work.parsed_key, parsed.model_dump_json().encode())
        return parsed

    async def parse_all(self, works: Sequence[tuple[Steps, Work]]) -> list[ParsedDocument | DocumentRejected]:
        """As :meth:`parse` for each, in order; nothing is kept before all are read."""
        held = await self._objects.held([work.parsed_key for _, work in works])
        found: list[ParsedDocument | DocumentRejected] = []
        new: dict[str, bytes] = {}
        for steps, work in works:
            try:
                parsed = await (self._reuse if work.parsed_key in held else self._read)(steps, work)
            except DocumentRejected as rejection:
                found.append(rejection)
                continue
            found.append(parsed)
            if work.parsed_key not in held:
                new[work.parsed_key] = parsed.model_dump_json().encode()
        await self._objects.write_all(new)
        return found

    async def _reuse(self, steps: Steps, work: Work) -> ParsedDocument:
        parsed = ParsedDocument.model_validate_json(await self._objects.read(work.parsed_key))
        note_parsed(steps, parsed, _reading(work), reused=True)
        return parsed

    async def _read(self, steps: Steps, work: Work) -> ParsedDocument:
        async with steps.slot("parse"), self._objects.local_copy(work.original_key) as source:
            parsed = await self._parser.parse(source, work.filename, _reading(work))
        note_parsed(steps, parsed, _reading(work), reused=False)
        return parsed

    def cut(self, steps: Steps, work: Work, parsed: ParsedDocument, settings: CollectionSettings) -> Draft:
        """The draft of a parsed document under the settings. Raises NoText. Costs CPU: not for the event loop."""
        parsed, inferred = self._with_metadata(work, parsed)
        note_metadata(steps, inferred)
        chunks = self._chunker_for(settings).chunk(parsed)
        if not chunks:
            raise NoText
        note_chunked(steps, chunks, settings)
        return Draft(work, parsed, inferred, chunks)

    def _with_metadata(self, work: Work, parsed: ParsedDocument) -> tuple[ParsedDocument, Inferred]:
        wanted = settings_of(work).infer_metadata
        wanted = self._infers_metadata if wanted is None else wanted
        if not wanted:
            return parsed, Inferred()
        inferred = infer(parsed, work.filename, work.metadata)
        return with_metadata(parsed, inferred), inferred


def _reading(work: Work) -> str:
    return reading_of(work.media_type, settings_of(work).parser)

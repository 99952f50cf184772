"""What the index is given for a chunk."""

import uuid
from typing import Any

from sqlalchemy import Row

from ragstone_contracts.documents import ParsedDocument
from ragstone_index import Parent, StoredChunk
from ragstone_ingestion.chunkers.port import Chunk

_CHUNK_IDS = uuid.UUID("6e0d3c5f-3d0c-5b8c-9a43-2f1f7c9b7a11")


def chunk_id(document_id: str, version: int, sha256: str, chunk: Chunk) -> str:
    """The same for the same content, so that a retry stores nothing twice.

    The version is part of it: the chunks of a version in the making must not overwrite those that answer now.
    """
    return str(uuid.uuid5(_CHUNK_IDS, f"{document_id}/{version}/{sha256}/{chunk.start}-{chunk.end}"))


def stored_chunk(work: Row[Any], parsed: ParsedDocument, title: str, chunk: Chunk, position: int) -> StoredChunk:
    """``position`` counts the chunks of the version from 0."""
    found = {"filename": work.filename, "section": list(chunk.headings)}
    if chunk.page is not None:
        found["page"] = chunk.page
    return StoredChunk(
        chunk_id=chunk_id(work.id, work.of_version, work.sha256, chunk),
        tenant=work.tenant,
        acl=work.acl,
        document_id=work.id,
        version=work.of_version,
        title=title,
        start=chunk.start,
        end=chunk.end,
        text=parsed.text[chunk.start : chunk.end],
        page=chunk.page,
        # What the uploader said about the document wins over what the parser found in it.
        metadata=parsed.metadata | found | work.metadata,
        context=_context_to_show(parsed, chunk),
        parent=_parent(parsed, chunk),
        position=position,
    )


def _parent(parsed: ParsedDocument, chunk: Chunk) -> Parent | None:
    if chunk.parent is None:
        return None
    start, end = chunk.parent
    return Parent(start, end, parsed.text[start:end], chunk.parent_page)


def _context_to_show(parsed: ParsedDocument, chunk: Chunk) -> str | None:
    """The chunk's context, unless the parent says it anyway."""
    start, end = chunk.parent or (chunk.start, chunk.start)
    said = chunk.context is None or all(line in parsed.text[start:end] for line in chunk.context.split("\n"))
    return None if said else chunk.context

"""What changed is embedded anew, and little else; what did not change is no work at all."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ragstone_contracts.documents import Collection, DocumentAccepted, DocumentState
from ragstone_ingestion.assembly import Ingestion, assemble
from ragstone_ingestion.uploads import Arrival

from .conftest import ADA, World, document, new_collection, new_world, pieces
from .long_documents import (
    Edit,
    as_markdown,
    as_pdf,
    delete_at_the_beginning,
    edited,
    insert_at_the_beginning,
    insert_in_the_middle,
    long_document,
    rename_a_section,
    rewrite,
)


@dataclass
class Desk:
    """Where a document is uploaded again and again."""

    world: World
    ingestion: Ingestion
    collection: Collection
    filename: str

    async def put(self, content: bytes, **arrival: object) -> tuple[DocumentAccepted, int]:
        """Upload and ingest; returns also how many texts were embedded for it."""
        before, body = len(self.world.embedded), pieces(content, 2**16)
        arriving = Arrival(self.filename, body, **arrival)  # type: ignore[arg-type]
        accepted = await self.ingestion.uploads.take(ADA, self.collection, arriving)
        await self.ingestion.worker.drain()
        shown = await document(self.ingestion, accepted)
        assert (shown.state, shown.active_version) == (DocumentState.READY, accepted.version)
        return accepted, len(self.world.embedded) - before


@asynccontextmanager
async def desk(folder: Path, filename: str) -> AsyncIterator[Desk]:
    """A service with its real parsers in their sandbox."""
    world = new_world(f"sqlite+aiosqlite:///{folder}/db", folder, embed_batch=64, max_upload_mb=10)
    ingestion = assemble(world.settings, world.index, world.router, clock=world.clock)
    await ingestion.open()
    try:
        yield Desk(world, ingestion, await new_collection(ingestion), filename)
    finally:
        await ingestion.close()


MOST: dict[Edit, int] = {
    rewrite: 6,
    insert_at_the_beginning: 6,
    insert_in_the_middle: 6,
    delete_at_the_beginning: 6,
    rename_a_section: 10,  # a chunk is embedded with the headings it is under
}
"""Chunks that may be embedded anew: cuts shift up to the end of the section, at most, and mostly meet again before."""


@pytest.mark.requirement("ING-6")
async def test_editing_a_paragraph_of_a_long_document_embeds_only_its_chunks(tmp_path: Path) -> None:
    original = long_document(sections=100, paragraphs=6)
    async with desk(tmp_path, "long.md") as one:
        _, chunks = await one.put(as_markdown(original))
        assert chunks > 300
        for edit, most in MOST.items():
            _, embedded = await one.put(as_markdown(edited(original, edit)))
            sys.stdout.write(f"Markdown, {edit.__name__}: {embedded} of {chunks} chunks embedded anew\n")
            assert 0 < embedded <= most, edit.__name__


@pytest.mark.requirement("ING-6")
async def test_editing_a_paragraph_of_a_pdf_of_a_hundred_pages_embeds_only_its_chunks(tmp_path: Path) -> None:
    original = long_document(sections=100, paragraphs=12)
    async with desk(tmp_path, "long.pdf") as one:
        accepted, chunks = await one.put(as_pdf(original))
        pages = (await document(one.ingestion, accepted)).pages
        _, embedded = await one.put(as_pdf(edited(original, rewrite)))
    sys.stdout.write(f"PDF of {pages} pages, rewrite: {embedded} of {chunks} chunks embedded anew\n")
    assert pages is not None
    assert pages >= 100
    assert 0 < embedded <= 8


@pytest.mark.requirement("ING-6")
async def test_the_same_bytes_are_no_work_and_new_permissions_or_metadata_embed_nothing(tmp_path: Path) -> None:
    content = as_markdown(long_document(sections=5, paragraphs=4))
    async with desk(tmp_path, "a.md") as one:
        first, chunks = await one.put(content)
        again = await one.ingestion.uploads.take(ADA, one.collection, Arrival("a.md", pieces(content)))
        assert (again, await one.ingestion.worker.drain()) == (first, 0)
        parsed = one.ingestion.stores.objects.modified
        before = await parsed((await one.ingestion.documents.version(ADA, first.document_id, 1)).parsed_key)
        changed = [await one.put(content, acl=["user:ada"]), await one.put(content, metadata={"year": 2020})]
        after = await parsed((await one.ingestion.documents.version(ADA, first.document_id, 3)).parsed_key)
        stored = await one.world.index.chunks(one.collection.id, first.document_id, 3)
    assert [(accepted.version, embedded) for accepted, embedded in changed] == [(2, 0), (3, 0)]
    assert before == after, "it was parsed once"
    assert len(stored) == chunks
    assert all((chunk.acl, chunk.metadata["year"]) == (["user:ada"], 2020) for chunk in stored)


async def test_going_back_to_an_older_text_embeds_nothing_while_its_vectors_are_kept(tmp_path: Path) -> None:
    original = long_document(sections=5, paragraphs=4)
    async with desk(tmp_path, "a.md") as one:
        await one.put(as_markdown(original))
        await one.put(as_markdown(edited(original, rewrite)))
        _, embedded = await one.put(as_markdown(original))
    assert embedded == 0

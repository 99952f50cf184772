"""Queries as retrieval makes them, each checked against what the tables said before and after it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.ingestion.tests.conftest import ADA

from ragstone_contracts.documents import Collection
from ragstone_index import Hit, Visibility
from ragstone_ingestion.assembly import Ingestion
from ragstone_testing.scripted_models import hashed_vectors

OLD_SIZE, NEW, NEW_SIZE = 256, "hashed-384", 384
SIZES = {None: OLD_SIZE, NEW: NEW_SIZE}


@dataclass
class Asked:
    """What queries in a collection saw: how many, and which indexes answered."""

    queries: int = 0
    indexes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def ask(ingestion: Ingestion, name: str, text: str, limit: int = 10) -> tuple[Collection, list[Hit]]:
    """One read of the collection's row says which index, which model and which sequence."""
    collection = await ingestion.collections.find(ADA, name)
    [vector] = hashed_vectors([text], SIZES[collection.settings.embedder])
    seen = Visibility(ADA.tenant, ADA.principals, collection.sequence)
    return collection, await ingestion.stores.placement.engine.dense(collection.index_id, vector, seen, limit)


@asynccontextmanager
async def asking(ingestion: Ingestion, name: str, texts: Sequence[str]) -> AsyncIterator[Asked]:
    """Queries one after the other, until the end of the block. Each text must be found by a document that has it."""
    asked, stop = Asked(), asyncio.Event()

    async def ask_on() -> None:
        while not stop.is_set():
            text = texts[asked.queries % len(texts)]
            collection, hits = await ask(ingestion, name, text)
            asked.queries += 1
            asked.indexes.append(collection.index_id)
            if not any(text in hit.chunk.text for hit in hits):
                asked.wrong.append(f"{text!r} in {collection.index_id}")
            if any(not hit.chunk.born <= collection.sequence < hit.chunk.died for hit in hits):
                asked.wrong.append("a chunk that is not to be seen")
            await asyncio.sleep(0)

    running = asyncio.create_task(ask_on())
    try:
        yield asked
    finally:
        stop.set()
        await running

import asyncio
import time
from collections import Counter

import pytest

from ragstone_index import open_index

from .corpus import note
from .running import Ragstone, upload, wait_until_ended

FILES = 50


@pytest.mark.requirement("ING-1")
def test_killed_while_fifty_files_come_in_all_end_ready_and_no_chunk_is_there_twice(fresh: Ragstone) -> None:
    fresh.start()
    with fresh.client() as client:
        collection = client.post("/v1/collections", json={"name": "notes"}).raise_for_status().json()["id"]
        accepted = [
            upload(client, "notes", f"note-{number}.md", note(number).encode()).raise_for_status().json()["document_id"]
            for number in range(FILES)
        ]
    for pause in (0.3, 1.0):
        time.sleep(pause)
        fresh.kill()
        fresh.start()
    with fresh.client() as client:
        documents = [wait_until_ended(client, document_id) for document_id in accepted]
    assert Counter(document["state"] for document in documents) == {"ready": FILES}
    assert fresh.stop() == 0
    stored = asyncio.run(_stored_chunks(fresh, collection))
    assert {chunk: count for chunk, count in stored.items() if count > 1} == {}
    assert Counter(document_id for document_id, _, _ in stored) == {
        document["document_id"]: document["chunks"] for document in documents
    }


async def _stored_chunks(ragstone: Ragstone, collection: str) -> Counter[tuple[str, int, int]]:
    index = open_index(f"edge:{ragstone.data_dir / 'vectors'}")
    try:
        return Counter((chunk.document_id, chunk.start, chunk.end) for chunk in await index.chunks(collection))
    finally:
        await index.close()

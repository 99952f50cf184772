"""The embedded engine: the contract, and what it promises about its folder and its process."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ragstone_contracts.errors import Conflict, Unavailable
from ragstone_index import IndexedChunk, IndexInUse, InMemoryVectorIndex, StoredChunk, VectorIndex, encode_query
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_index.edge_collection import Upkeep
from ragstone_testing.passages import PASSAGES, QUESTIONS
from ragstone_testing.vector_index_contract import VectorIndexContract
from ragstone_testing.vector_index_samples import (
    COLLECTION,
    EVERYONE,
    OTHER,
    corpus,
    fill,
    found,
    indexed,
    stored,
    vector_of,
)


@pytest.fixture(scope="module")
def engine(scratch: Path) -> Iterator[QdrantEdgeIndex]:
    index = QdrantEdgeIndex(scratch)
    yield index
    asyncio.run(index.close())


@pytest.mark.requirement("RET-6")
class TestQdrantEdgeIndex(VectorIndexContract):
    """One engine for all: what a test wrote is dropped after it."""

    @pytest.fixture
    async def index(self, engine: QdrantEdgeIndex) -> AsyncIterator[VectorIndex]:
        yield engine
        for collection in (COLLECTION, OTHER):
            await engine.drop(collection)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
async def index(folder: Path) -> AsyncIterator[QdrantEdgeIndex]:
    index = QdrantEdgeIndex(folder)
    yield index
    await index.close()


async def reopened(folder: Path) -> set[str]:
    index = QdrantEdgeIndex(folder)
    try:
        return await found(index)
    finally:
        await index.close()


def engine_of(index: QdrantEdgeIndex) -> "subprocess.Popen[bytes]":
    process = index._engine._process
    assert process is not None
    return process


async def test_what_was_written_is_there_after_closing_and_opening(folder: Path, index: QdrantEdgeIndex) -> None:
    await fill(index, stored("a"), stored("b"))
    await index.delete(COLLECTION, "unknown")
    await index.close()
    assert await reopened(folder) == {"a", "b"}


WRITER = """
import asyncio, os, signal, sys
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_testing.vector_index_samples import COLLECTION, fill, stored

async def main():
    index = QdrantEdgeIndex(sys.argv[1])
    await fill(index, stored("a"), stored("b"), stored("c", version=2, born=9))
    await index.delete(COLLECTION, "document", 1)
    await index.set_life(COLLECTION, "document", 2, born=1)
    if sys.argv[2] == "engine":
        os.kill(index._engine._process.pid, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.parametrize("victims", ["engine", "caller alone"])
async def test_killing_the_processes_right_after_a_write_returned_loses_nothing(folder: Path, victims: str) -> None:
    command = [sys.executable, "-c", WRITER, str(folder), victims]
    assert await asyncio.to_thread(subprocess.call, command) == -signal.SIGKILL
    assert await reopened(folder) == {"c"}


async def test_an_engine_that_dies_is_started_again(index: QdrantEdgeIndex) -> None:
    await fill(index, stored("a"))
    engine_of(index).kill()
    assert await found(index) == {"a"}
    engine_of(index).kill()
    await fill(index, stored("b"))
    assert await found(index) == {"a", "b"}


async def test_a_folder_open_elsewhere_is_refused_by_name(folder: Path, index: QdrantEdgeIndex) -> None:
    await fill(index, stored("a"))
    second = QdrantEdgeIndex(folder)
    with pytest.raises(IndexInUse, match=str(folder)) as caught:
        await second.ping()
    assert isinstance(caught.value, Conflict)
    assert (caught.value.status, caught.value.code) == (409, "index_in_use")
    await index.close()
    assert await found(second) == {"a"}
    await second.close()


async def test_what_the_engine_refuses_is_an_error_and_not_its_end(index: QdrantEdgeIndex) -> None:
    await fill(index, stored("a"))
    pid = engine_of(index).pid
    with pytest.raises(Unavailable, match="the vector engine failed"):
        await index.dense(COLLECTION, vector_of("fox"), EVERYONE, -1)
    assert await found(index) == {"a"}
    assert engine_of(index).pid == pid


async def test_the_event_loop_goes_on_while_the_engine_works(index: QdrantEdgeIndex) -> None:
    chunks = [indexed(stored(f"c{n}", PASSAGES[n % len(PASSAGES)])) for n in range(2000)]
    await index.ping()
    longest, started = 0.0, time.perf_counter()
    work = asyncio.create_task(_write_and_list(index, chunks))
    while not work.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
    await work
    assert longest < (time.perf_counter() - started) / 3


async def _write_and_list(index: VectorIndex, chunks: list[IndexedChunk]) -> None:
    for first in range(0, len(chunks), 100):
        await index.upsert(COLLECTION, chunks[first : first + 100])


async def test_a_collection_whose_making_was_cut_short_does_not_exist(folder: Path) -> None:
    index = QdrantEdgeIndex(folder)
    await fill(index, stored("a"))
    await index.close()
    _undo_the_last_step_of_making(folder)
    assert await reopened(folder) == set()


def _undo_the_last_step_of_making(folder: Path) -> None:
    [collection] = folder.glob("c-*")
    (collection / "1").rename(collection / "1.unfinished-x")


async def test_a_rebuilt_collection_has_everything_written_before_and_meanwhile(folder: Path) -> None:
    index, oracle = QdrantEdgeIndex(folder, Upkeep(exact_below=100, flush_after=40)), InMemoryVectorIndex()
    for one in (index, oracle):
        await one.upsert(COLLECTION, corpus())
        await fill(one, *(stored(f"f{n}", f"filler number {n}", document_id="filler") for n in range(200)))
    written = 0
    while not await asyncio.to_thread(_rebuilt, folder):
        for one in (index, oracle):
            await fill(one, stored(f"late{written}", document_id="late"))
            await one.delete(COLLECTION, f"d{written % 3}")
            await one.set_life(COLLECTION, "filler", 1, died=100 + written)
        written += 1
        await asyncio.sleep(0.1)
    assert written > 1
    await _assert_same(index, oracle)
    await index.close()
    index = QdrantEdgeIndex(folder)
    await _assert_same(index, oracle)
    await index.close()


def _rebuilt(folder: Path) -> bool:
    return any(entry.name == "2" for entry in folder.glob("c-*/*"))


async def _assert_same(index: VectorIndex, oracle: VectorIndex) -> None:
    def by_id(chunks: list[StoredChunk]) -> list[StoredChunk]:
        return sorted(chunks, key=lambda chunk: chunk.chunk_id)

    assert by_id(await index.chunks(COLLECTION)) == by_id(await oracle.chunks(COLLECTION))
    for question in QUESTIONS:
        for search in (_dense_scores, _sparse_scores):
            assert await search(index, question) == pytest.approx(await search(oracle, question), abs=2e-3)


async def _dense_scores(index: VectorIndex, question: str) -> list[float]:
    return [hit.score for hit in await index.dense(COLLECTION, vector_of(question), EVERYONE, 20)]


async def _sparse_scores(index: VectorIndex, question: str) -> list[float]:
    return [hit.score for hit in await index.sparse(COLLECTION, encode_query(question), EVERYONE, 20)]


def break_off_its_removal(index: Path) -> None:
    """As when the process is killed while it removes a collection's folder, once under its name and once after."""
    [folder] = index.glob("c-*")
    for file in folder.rglob("*.json"):
        file.unlink()
    (index / "dropped-before" / "1").mkdir(parents=True)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_collection_is_dropped_without_being_opened_however_broken_it_is(tmp_path: Path) -> None:
    index = QdrantEdgeIndex(tmp_path)
    await index.upsert(COLLECTION, [indexed(stored("a"))])
    await index.close()
    break_off_its_removal(tmp_path)
    index = QdrantEdgeIndex(tmp_path)
    try:
        assert await index.collections() == [COLLECTION]
        await index.drop(COLLECTION)
        assert await index.collections() == []
        assert await index.chunks(COLLECTION) == []
    finally:
        await index.close()
    assert names_in(tmp_path) == ["lock"]

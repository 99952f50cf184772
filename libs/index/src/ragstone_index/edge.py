"""The embedded Qdrant engine as a VectorIndex: durable in a local folder, no server."""

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ragstone_contracts.errors import Unavailable
from ragstone_index.edge_collection import Upkeep
from ragstone_index.filters import Where
from ragstone_index.port import (
    HeldVersion,
    Hit,
    HybridHits,
    IndexedChunk,
    Page,
    SparseVector,
    StoredChunk,
    Vector,
    Visibility,
)


class QdrantEdgeIndex:
    """One engine shard per collection under ``folder``, which one process at a time may have open.

    The engine holds Python's global lock during every call, so in a thread it would stall the event loop all the
    same: it runs in a process of its own, started on first use and ended by :meth:`close`. Writes are in its log when
    they return, so killing either process loses nothing; should the engine's die, the next call starts it again.

    Raises IndexInUse when another process has the folder open.
    """

    def __init__(self, folder: Path | str, upkeep: Upkeep = Upkeep()) -> None:
        self._engine = _EngineProcess(Path(folder), upkeep)
        self._caller = ThreadPoolExecutor(1, thread_name_prefix="vector-engine")

    async def _call(self, method: str, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._caller, self._engine.call, method, arguments)

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        await self._call("upsert", collection, chunks)

    async def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        hits: list[Hit] = await self._call("dense", collection, vector, visibility, limit, where)
        return hits

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        hits: list[Hit] = await self._call("sparse", collection, vector, visibility, limit, where)
        return hits

    async def hybrid(
        self,
        collection: str,
        vectors: tuple[Vector, SparseVector],
        visibility: Visibility,
        limit: int,
        where: Where | None = None,
    ) -> HybridHits:
        hits: HybridHits = await self._call("hybrid", collection, vectors, visibility, limit, where)
        return hits

    async def find(
        self, collection: str, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[StoredChunk]:
        found: list[StoredChunk] = await self._call("find", collection, visibility, limit, where)
        return found

    async def count(self, collection: str, visibility: Visibility, where: Where | None = None) -> int:
        number: int = await self._call("count", collection, visibility, where)
        return number

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        await self._call("set_acl", collection, document_id, list(acl))

    async def set_life(
        self, collection: str, document_id: str, version: int, *, born: int | None = None, died: int | None = None
    ) -> None:
        await self._call("set_life", collection, document_id, version, born, died)

    async def delete(self, collection: str, document_id: str, version: int | None = None) -> None:
        await self._call("delete", collection, document_id, version)

    async def chunks(
        self, collection: str, document_id: str | None = None, version: int | None = None
    ) -> list[StoredChunk]:
        found: list[StoredChunk] = await self._call("chunks", collection, document_id, version)
        return found

    async def drop(self, collection: str) -> None:
        await self._call("drop", collection)

    async def collections(self) -> list[str]:
        found: list[str] = await self._call("collections")
        return found

    async def page(self, collection: str, after: str | None = None, limit: int = 1000) -> Page:
        found: Page = await self._call("page", collection, after, limit)
        return found

    async def held(self, collection: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        found: list[HeldVersion] = await self._call("held", collection, document_ids)
        return found

    async def ping(self) -> None:
        await self._call("ping")

    async def close(self) -> None:
        """End the engine's process; returns when the folder is free."""
        await asyncio.get_running_loop().run_in_executor(self._caller, self._engine.close)


class _EngineProcess:
    """The engine's process and its two pipes, used from one thread."""

    def __init__(self, folder: Path, upkeep: Upkeep) -> None:
        self._arguments = [str(folder), str(upkeep.exact_below), str(upkeep.flush_after)]
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, method: str, arguments: tuple[Any, ...]) -> Any:
        """The result of a method of the folder. Repeated once when the engine dies: every method may be."""
        for _ in range(2):
            try:
                return self._exchange((method, arguments))
            except (EOFError, BrokenPipeError, pickle.UnpicklingError):
                self.close()
        raise Unavailable(f"the vector engine died during '{method}'")

    def _exchange(self, request: tuple[str, tuple[Any, ...]]) -> Any:
        process = self._process or self._start()
        assert process.stdin is not None
        pickle.dump(request, process.stdin, pickle.HIGHEST_PROTOCOL)
        process.stdin.flush()
        return _result(process)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "ragstone_index.edge_worker", *self._arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  own module
        try:
            _result(self._process)
        except BaseException:
            self.close()
            raise
        return self._process

    def close(self) -> None:
        """Let the engine flush and end."""
        if self._process is None:
            return
        process, self._process = self._process, None
        assert process.stdin is not None
        assert process.stdout is not None
        for pipe in (process.stdin, process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # it died with a request unread
        process.wait()


def _result(process: subprocess.Popen[bytes]) -> Any:
    assert process.stdout is not None
    worked, result = pickle.load(process.stdout)  # noqa: S301  the pipe of a process this one started
    if not worked:
        raise result
    return result


def open_edge(url: str, _: str | None) -> QdrantEdgeIndex:
    """For ``edge:FOLDER``."""
    return QdrantEdgeIndex(url.removeprefix("edge:"))

"""The object store: originals and parsed documents, in a folder or any bucket fsspec can reach."""

import asyncio
import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import fsspec
from fsspec.implementations.local import LocalFileSystem

from ragstone_contracts.errors import TooLarge

_PIECE = 256 * 1024
INCOMING, ORIGINALS, PARSED = "incoming", "originals", "parsed"
"""The folders of the store: bytes on their way in, documents as they came, and what parsers made of them."""


@dataclass(frozen=True)
class ReceivedObject:
    """Bytes that lie safely under a temporary ``key`` until :meth:`ObjectStore.publish` names them."""

    key: str
    sha256: str
    size: int


def original_key(tenant: str, sha256: str) -> str:
    return f"{tenant_folder(ORIGINALS, tenant)}/{sha256[:2]}/{sha256}"


def parsed_key(tenant: str, sha256: str, reading: str, filename: str) -> str:
    """Names what a parse depends on: the bytes, how they are read, and the name a title may come from."""
    reading = hashlib.sha256(f"{reading}\n{filename}".encode()).hexdigest()[:16]
    return f"{tenant_folder(PARSED, tenant)}/{sha256[:2]}/{sha256}-{reading}.json"


def original_of(key: str) -> str:
    """The key of the original that an original's or a parsed document's key belongs to."""
    shard, _, name = key.removeprefix(f"{PARSED}/").rpartition("/")
    return f"{ORIGINALS}/{shard}/{name.partition('-')[0]}" if key.startswith(f"{PARSED}/") else key


def tenant_folder(folder: str, tenant: str) -> str:
    """Where the tenant's objects of a folder are."""
    return f"{folder}/{quote(tenant, safe='').replace('.', '%2E')}"


class ObjectStore:
    """Objects by key. Writing is atomic: an object is there whole or not at all, and survives a power cut."""

    def __init__(self, url: str) -> None:
        # Other processes write too: what a bucket held a moment ago says nothing.
        self._files, self._root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        self._is_local = isinstance(self._files, LocalFileSystem)

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    async def receive(self, content: AsyncIterator[bytes], max_bytes: int) -> ReceivedObject:
        """Store a body as it comes. Raises TooLarge over ``max_bytes``; whatever goes wrong leaves nothing behind."""
        key, digest, size = _incoming_key(), hashlib.sha256(), 0
        writer = await asyncio.to_thread(self._open_new, key)
        try:
            async for piece in content:
                size += len(piece)
                if size > max_bytes:
                    raise TooLarge(f"an upload may have {max_bytes // 1024**2} MB")
                digest.update(piece)
                await asyncio.to_thread(writer.write, piece)
            await asyncio.to_thread(self._seal, writer)
        except BaseException:
            await asyncio.to_thread(self._abandon, writer, key)
            raise
        return ReceivedObject(key, digest.hexdigest(), size)

    async def publish(self, received: ReceivedObject, key: str) -> None:
        """Move a received object to its key, or drop it where the key is held already."""
        await asyncio.to_thread(self._publish, received.key, key)

    async def discard(self, received: ReceivedObject) -> None:
        await self.delete(received.key)

    async def write(self, key: str, content: bytes) -> None:
        await asyncio.to_thread(self._write, key, content)

    async def write_all(self, contents: Mapping[str, bytes]) -> None:
        """Write many at the price of one change of threads."""
        await asyncio.to_thread(self._write_all, contents)

    async def read(self, key: str) -> bytes:
        """The object's bytes. Raises FileNotFoundError."""
        return bytes(await asyncio.to_thread(self._files.cat_file, self._path(key)))

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        reader = await asyncio.to_thread(self._files.open, self._path(key), "rb")
        try:
            while piece := await asyncio.to_thread(reader.read, _PIECE):
                yield piece
        finally:
            await asyncio.to_thread(reader.close)

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """A path at which a parser can read the object; the very file where the store is a folder."""
        if self._is_local:
            yield Path(self._path(key))
            return
        with tempfile.TemporaryDirectory(prefix="ragstone-") as folder:
            target = Path(folder) / "original"
            await asyncio.to_thread(self._files.get_file, self._path(key), str(target))
            yield target

    async def free_bytes(self) -> int | None:
        """Room on the disk of a folder; None for a bucket."""
        return await asyncio.to_thread(self._free_bytes) if self._is_local else None

    async def exists(self, key: str) -> bool:
        return bool(await asyncio.to_thread(self._files.exists, self._path(key)))

    async def held(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that are there."""
        return await asyncio.to_thread(lambda: {key for key in keys if self._files.exists(self._path(key))})

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is fine."""
        await asyncio.to_thread(self._delete, key)

    async def listing(self, folder: str) -> AsyncIterator[list[str]]:
        """Every key under a folder, at most those of one directory at a time."""
        walk = self._files.walk(self._path(folder), detail=True)
        while (step := await asyncio.to_thread(next, walk, None)) is not None:
            if found := step[2].values():
                yield sorted(one["name"].removeprefix(f"{self._root}/") for one in found if one["type"] == "file")

    async def modified(self, key: str) -> float:
        """When the object was last written, in Unix seconds. Raises FileNotFoundError."""
        at = await asyncio.to_thread(self._files.modified, self._path(key))
        return float(at.timestamp())

    def _free_bytes(self) -> int:
        folder = Path(self._root)
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free

    def _open_new(self, key: str) -> Any:
        self._make_folder_of(key)
        return self._files.open(self._path(key), "wb")

    def _make_folder_of(self, key: str) -> None:
        if self._is_local:
            self._files.makedirs(str(PurePosixPath(self._path(key)).parent), exist_ok=True)

    def _seal(self, writer: Any) -> None:
        if self._is_local:
            writer.flush()
            os.fsync(writer.fileno())
        writer.close()

    def _abandon(self, writer: Any, key: str) -> None:
        if self._is_local:
            writer.close()
        elif not writer.closed:
            # Closing an unfinished multipart upload would complete it, also when the writer is collected.
            writer.discard()
            writer.closed = True
        self._delete(key)

    def _write_all(self, contents: Mapping[str, bytes]) -> None:
        for key, content in contents.items():
            self._write(key, content)

    def _write(self, key: str, content: bytes) -> None:
        temporary = _incoming_key()
        writer = self._open_new(temporary)
        writer.write(content)
        self._seal(writer)
        self._publish(temporary, key)

    def _publish(self, temporary: str, key: str) -> None:
        if self._files.exists(self._path(key)):
            self._delete(temporary)
            return
        self._make_folder_of(key)
        if self._is_local:
            self._files.mv(self._path(temporary), self._path(key))
            _sync_folder(PurePosixPath(self._path(key)).parent)
        else:
            # A bucket copies on its own side, and the copy appears when it is complete.
            self._files.cp_file(self._path(temporary), self._path(key))
            self._delete(temporary)

    def _delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._files.rm_file(self._path(key))


def _incoming_key() -> str:
    return f"{INCOMING}/{uuid.uuid4().hex}"


def _sync_folder(folder: PurePosixPath) -> None:
    """Make a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

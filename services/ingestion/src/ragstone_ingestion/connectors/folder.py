"""A folder of this machine, or one that is mounted on it."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel, ConfigDict

from ragstone_ingestion.connectors.errors import ItemGone, ItemSkipped, SourceUnavailable
from ragstone_ingestion.connectors.port import Content, Item, SourceContext
from ragstone_ingestion.connectors.registry import checked_config

_PIECE = 256 * 1024
_LISTED_AT_ONCE = 500
_DOUBT_SECONDS = 2.0
"""A file changed so shortly ago may change again without its time telling: its content is compared instead."""


class FolderConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: str


class FolderSource:
    """Files below a folder, without hidden ones. Links out of the folder are listed and not followed."""

    def __init__(self, config: dict[str, Any], context: SourceContext) -> None:
        path = checked_config(FolderConfig, config).path
        self._root = context.access.folder(context.tenant, path)

    async def marker(self) -> None:
        """A folder has none: a file may change without its folder knowing."""

    async def items(self) -> AsyncIterator[Item]:
        listing = self._listing()
        while batch := await asyncio.to_thread(_next_of, listing):
            for item in batch:
                yield item

    @asynccontextmanager
    async def fetch(self, item: Item, known: str | None) -> AsyncIterator[Content | None]:
        file, status = await asyncio.to_thread(self._open, item.key)
        try:
            fingerprint = _fingerprint(status)
            if known is not None and fingerprint == known:
                yield None
            else:
                yield Content(_pieces(file), fingerprint, metadata={"path": item.key})
        finally:
            await asyncio.to_thread(file.close)

    async def close(self) -> None:
        """Holds nothing."""

    def _listing(self) -> Iterator[Item]:
        if not self._root.is_dir():
            raise SourceUnavailable("the folder is not there")

        def unreadable(error: OSError) -> None:
            # An unreadable folder must not look like an empty one.
            name = os.path.relpath(error.filename, self._root)
            raise SourceUnavailable(f"the folder {name!r} cannot be read: {error.strerror}") from error

        for folder, folders, names in os.walk(self._root, onerror=unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith("."):
                    yield self._item(Path(folder, name))

    def _item(self, path: Path) -> Item:
        key = path.relative_to(self._root).as_posix()
        try:
            key.encode()
            status = path.stat()
        except UnicodeEncodeError:
            shown = key.encode(errors="backslashreplace").decode()
            return Item(shown, shown, shown, skipped="unreadable_name", detail="the file's name is not valid Unicode")
        except OSError as error:
            return Item(key, key, key, skipped="unreadable", detail=f"the file cannot be read: {error.strerror}")
        if not path.resolve().is_relative_to(self._root):
            return Item(key, key, key, skipped="outside_root", detail="the link leads out of the folder")
        if not stat.S_ISREG(status.st_mode):
            return Item(key, key, key, skipped="not_a_file", detail="this is no regular file")
        return Item(key, key, key, _fingerprint(status), status.st_size)

    def _open(self, key: str) -> tuple[BinaryIO, os.stat_result]:
        """The file itself, proven to lie below the root after it was opened: links may be changed at any moment."""
        path = self._root / key
        try:
            # Without waiting, or a pipe put in the file's place would hold the thread for ever.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise ItemGone(f"{key} is gone") from error
        except OSError as error:
            raise ItemSkipped("unreadable", f"the file cannot be read: {error.strerror}") from error
        file, status = os.fdopen(descriptor, "rb"), os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not self._holds(path, status):
            file.close()
            raise ItemSkipped("outside_root", "the file is not a regular file of the folder")
        return file, status

    def _holds(self, path: Path, status: os.stat_result) -> bool:
        try:
            real = path.resolve(strict=True)
            return real.is_relative_to(self._root) and os.path.samestat(real.stat(), status)
        except OSError:
            return False


def _next_of(listing: Iterator[Item]) -> list[Item]:
    return [item for _, item in zip(range(_LISTED_AT_ONCE), listing, strict=False)]


def _fingerprint(status: os.stat_result) -> str | None:
    if abs(time.time() - status.st_mtime) < _DOUBT_SECONDS:
        return None
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece

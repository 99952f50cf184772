"""What a terminal shows while documents are on their way in."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ragstone_clients.gateway import DocumentNotReady, GatewayClient
from ragstone_clients.multipart import File
from ragstone_contracts.documents import Document, DocumentAccepted
from ragstone_contracts.errors import RagstoneError

_AT_ONCE = 8
_FULL = {"queue_full", "queues_full"}
_TIMES_FULL = 100


@dataclass
class IngestReport:
    """What became of the files: how many are ready, and the reason for each that is not."""

    ready: list[Document] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def files_below(paths: list[Path]) -> Iterator[File]:
    """The files named, and all below the folders named, without hidden ones, in a steady order.

    A file of a folder is named by its path below it, so that two of the same name stay two documents.
    """
    for path in paths:
        if not path.is_dir():
            yield File.at(path)
            continue
        for below in sorted(path.rglob("*")):
            name = below.relative_to(path)
            if below.is_file() and not any(part.startswith(".") for part in name.parts):
                yield File(name.as_posix(), below)


@contextmanager
def _bar(console: Console, total: int) -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress, progress.add_task("Ingesting", total=total)


async def ingest(client: GatewayClient, collection: str, paths: list[Path], console: Console) -> IngestReport:
    """Upload files and wait until each is ready or refused; one bad file stops no other."""
    files = list(files_below(paths))
    report, gate = IngestReport(), asyncio.Semaphore(_AT_ONCE)
    with _bar(console, len(files)) as (progress, task):

        async def one(file: File) -> None:
            async with gate:
                await _ingest_file(client, collection, file, report)
            progress.advance(task)

        await asyncio.gather(*(one(file) for file in files))
    return report


async def _upload(client: GatewayClient, collection: str, file: File) -> DocumentAccepted:
    """Upload, and while the queue is full come again when it says."""
    for _ in range(_TIMES_FULL):
        try:
            return await client.upload(file, collection)
        except RagstoneError as error:
            if error.code not in _FULL:
                raise
            await asyncio.sleep(error.retry_after or 1.0)
    return await client.upload(file, collection)


async def _ingest_file(client: GatewayClient, collection: str, file: File, report: IngestReport) -> None:
    try:
        accepted = await _upload(client, collection, file)
        report.ready.append(await client.wait_until_ready(accepted.document_id))
    except DocumentNotReady as error:
        report.failed[file.name] = error.detail
    except RagstoneError as error:
        report.failed[file.name] = f"{error.code}: {error.detail}"
    except OSError as error:
        report.failed[file.name] = str(error)

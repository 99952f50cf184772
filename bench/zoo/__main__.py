"""``make bomb-zoo``: every beast through the whole of ingestion with its default limits, and what it cost.

Prints and writes a table: how each was refused, in which time, the most memory its parser's process and this worker
held, and how long the next, harmless document then took.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import SecretStr

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import DocumentState, NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.identity import Identity
from ragstone_index import InMemoryVectorIndex
from ragstone_ingestion.app import create_app
from ragstone_ingestion.settings import IngestionSettings
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.beasts import BEASTS, READABLE
from ragstone_testing.scripted_models import ScriptedModelServer

_SECRET = SecretStr("z" * 32)
_RESULTS = Path(__file__).resolve().parents[1] / "results" / "zoo.md"
_COLLECTION = "zoo"
_LOOK_SECONDS = 0.02
_MEGABYTE = 1024**2


@dataclass
class Memory:
    """The most that was held, in MB."""

    worker: float = 0.0
    parser: float = 0.0

    async def watch(self) -> None:
        """Look again and again until cancelled."""
        me = psutil.Process()
        while True:
            self.worker = max(self.worker, me.memory_info().rss / _MEGABYTE)
            self.parser = max([self.parser, *map(_resident, me.children(recursive=True))])
            await asyncio.sleep(_LOOK_SECONDS)


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss / _MEGABYTE)
    except psutil.NoSuchProcess:
        return 0.0


@dataclass
class Zoo:
    client: IngestionClient
    caller: Caller

    async def code(self, filename: str, content: bytes) -> str:
        """How a document ended: ``ready``, or the code it was refused with."""
        try:
            accepted = await self.client.upload(self.caller, Upload(_COLLECTION, filename, content))
        except RagstoneError as error:
            return error.code
        while True:
            document = await self.client.get_document(self.caller, accepted.document_id)
            if document.state not in (DocumentState.QUEUED, DocumentState.RUNNING):
                return document.error.code if document.error else document.state.value
            await asyncio.sleep(_LOOK_SECONDS)

    async def row(self, name: str) -> tuple[bool, str]:
        """Whether the beast was dealt with as promised, and its line of the table."""
        beast, memory = BEASTS[name], Memory()
        content = await asyncio.to_thread(beast.make)
        watching, started = asyncio.create_task(memory.watch()), time.perf_counter()
        code = await self.code(beast.filename, content)
        seconds = time.perf_counter() - started
        watching.cancel()
        started = time.perf_counter()
        after = await self.code(f"after {name}.txt", f"Nothing happened after {name}.".encode())
        next_seconds = time.perf_counter() - started
        kept = code in beast.codes and after == READABLE
        size = f"{len(content) / 1024:,.0f} kB"
        cells = [name, size, f"`{code}`", f"{seconds:.1f}", f"{memory.parser:.0f}", f"{memory.worker:.0f}"]
        return kept, "| " + " | ".join([*cells, f"{after} in {next_seconds:.1f} s"]) + " |"


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[Zoo]:
    settings = IngestionSettings(
        internal_secret=_SECRET,
        database_url=f"sqlite+aiosqlite:///{folder}/ingestion.db",
        objects_url=str(folder / "objects"),
    )
    router = RouterClient(AsgiTransport(ScriptedModelServer(dimensions=32)))
    app = create_app(settings, index=InMemoryVectorIndex(), router=router)
    caller = IdentityTokens(_SECRET, lifetime=7200).mint(Identity(tenant="zoo", user="keeper"))
    async with app.router.lifespan_context(app):
        zoo = Zoo(IngestionClient(AsgiTransport(app)), caller)
        await zoo.client.create_collection(caller, NewCollection(name=_COLLECTION))
        yield zoo


async def main() -> bool:
    lines = [
        "# The bomb zoo",
        "",
        "Each through the whole of ingestion with its default limits; memory is the most that was resident, in MB.",
        "",
        "| beast | on disk | ended | seconds | parser MB | worker MB | next document |",
        "|---|---|---|---|---|---|---|",
    ]
    kept = True
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        async with _opened(Path(folder)) as zoo:
            for name in BEASTS:
                as_promised, line = await zoo.row(name)
                print(line if as_promised else f"{line} NOT AS PROMISED", flush=True)
                kept, lines = kept and as_promised, [*lines, line]
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text("\n".join([*lines, ""]))
    return kept


if __name__ == "__main__":
    sys.exit(not asyncio.run(main()))

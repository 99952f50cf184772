"""``ragstone up``: hold the data folder, start the platform, serve it on a free port, ingest the demo."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_standalone.data_folder import DataFolder
from ragstone_standalone.ingest_command import IngestReport, ingest
from ragstone_standalone.platform import compose
from ragstone_standalone.settings import StandaloneSettings

DEMO_COLLECTION = "demo"
DEMO_QUESTIONS = (
    "What happens to a job when its worker dies?",
    "Why is the extractive answerer the default?",
    "What does hybrid search combine?",
)
_PORTS_TRIED = 50
_GRACE_SECONDS = 5
_BACKLOG = 1024


class NoFreePort(RagstoneError):
    status, code, title = 503, "no_free_port", "No free port was found"


@dataclass(frozen=True)
class Up:
    """What one start is asked to do; ``demo`` is a folder whose documents go into the demo collection."""

    settings: StandaloneSettings
    demo: Path | None
    console: Console


@contextmanager
def free_socket(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket on ``port``, or on the next free one above it. Raises NoFreePort after 50 taken ones."""
    for candidate in range(port, port + _PORTS_TRIED):
        listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, candidate))
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            continue
        with listening:
            yield listening
        return
    raise NoFreePort(f"ports {port} to {port + _PORTS_TRIED - 1} are taken on {host}")


async def serve(up: Up) -> None:
    """Run until interrupted. Raises DataFolderInUse or NoFreePort before anything is written."""
    data = DataFolder(up.settings.data_dir)
    with data.held(), free_socket(up.settings.host, up.settings.port) as listening:
        platform = compose(data, local_writer=up.settings.model == "local")
        async with platform.running(data.api_key().get_secret_value()):
            await _serve_and_greet(platform.gateway, listening, data, up)


class _AnnouncingServer(uvicorn.Server):
    """Sets ``answering`` once requests are taken."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()


def _url_of(listening: socket.socket) -> str:
    """The address a browser on this machine reaches the socket at."""
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"


async def _serve_and_greet(gateway: FastAPI, listening: socket.socket, data: DataFolder, up: Up) -> None:
    config = uvicorn.Config(
        gateway, log_level="warning", lifespan="off", timeout_graceful_shutdown=_GRACE_SECONDS, server_header=False
    )
    server = _AnnouncingServer(config)
    data.address_file.write_text(_url_of(listening))
    greeting = asyncio.create_task(_greet(server, data, up))
    try:
        await server.serve([listening])
    finally:
        data.address_file.unlink(missing_ok=True)
        greeting.cancel()
        await asyncio.gather(greeting, return_exceptions=True)


async def _greet(server: _AnnouncingServer, data: DataFolder, up: Up) -> None:
    await server.answering.wait()
    url = data.address_file.read_text()
    if up.demo is not None:
        async with GatewayClient.at(url, data.api_key().get_secret_value()) as client:
            _report(await ingest_demo(client, up.demo, up.console), up.console)
    up.console.print(_welcome(url, data.api_key_file, with_demo=up.demo is not None), highlight=False, soft_wrap=True)


async def ingest_demo(client: GatewayClient, folder: Path, console: Console) -> IngestReport:
    """The demo collection with every document of the folder; what is there already costs no work."""
    if all(collection.name != DEMO_COLLECTION for collection in await client.list_collections()):
        await client.create_collection(NewCollection(name=DEMO_COLLECTION))
    return await ingest(client, DEMO_COLLECTION, [folder], console)


def _report(report: IngestReport, console: Console) -> None:
    for name, reason in report.failed.items():
        console.print(f"  not ingested: {name}: {reason}", style="yellow")


def _welcome(url: str, key_file: Path, *, with_demo: bool) -> str:
    lines = [
        "",
        f"  [bold]Ragstone[/bold] answers at [bold cyan]{url}[/bold cyan]",
        f"  API key in {key_file}: [bold]{key_file.read_text()}[/bold]",
    ]
    if with_demo:
        lines += ["", "  Three questions to try:", *(f"    ragstone ask {question!r}" for question in DEMO_QUESTIONS)]
    return "\n".join([*lines, "", "  Ctrl-C stops it.", ""])

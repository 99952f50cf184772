"""What ``ragstone up`` becomes: hold the data folder, start the platform, serve it on a free port, ingest the demo."""

import asyncio
import ipaddress
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.logs import configure_logs
from ragstone_standalone.data_folder import DataFolder
from ragstone_standalone.ingest_command import IngestReport, ingest
from ragstone_standalone.platform import compose
from ragstone_standalone.printing import print_error
from ragstone_standalone.settings import StandaloneSettings

DEMO_COLLECTION = "demo"
DEMO_QUESTIONS = (
    "What happens to a job when its worker dies?",
    "Why is the extractive answerer the default?",
    "What does hybrid search combine?",
)
_console = Console()
_PORTS_TRIED = 50
_GRACE_SECONDS = 5
_BACKLOG = 1024


class NoFreePort(RagstoneError):
    status, code, title = 503, "no_free_port", "No free port was found"


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


async def serve(settings: StandaloneSettings) -> None:
    """Run until interrupted. Raises DataFolderInUse or NoFreePort before anything is written."""
    data = DataFolder(settings.data_dir)
    with data.held(), free_socket(settings.host, settings.port) as listening:
        platform = compose(data, local_writer=settings.model == "local")
        async with platform.running(data.api_key().get_secret_value()):
            await _serve_and_greet(platform.gateway, listening, data, settings)


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


async def _serve_and_greet(
    gateway: FastAPI, listening: socket.socket, data: DataFolder, settings: StandaloneSettings
) -> None:
    config = uvicorn.Config(
        gateway, log_level="warning", lifespan="off", timeout_graceful_shutdown=_GRACE_SECONDS, server_header=False
    )
    server = _AnnouncingServer(config)
    data.address_file.write_text(_url_of(listening))
    greeting = asyncio.create_task(_greet(server, data, settings))
    try:
        await server.serve([listening])
    finally:
        data.address_file.unlink(missing_ok=True)
        greeting.cancel()
        await asyncio.gather(greeting, return_exceptions=True)


async def _greet(server: _AnnouncingServer, data: DataFolder, settings: StandaloneSettings) -> None:
    await server.answering.wait()
    url = data.address_file.read_text()
    if settings.demo is not None:
        async with GatewayClient.at(url, data.api_key().get_secret_value()) as client:
            await _try_demo(client, settings.demo)
    _console.print(
        _welcome(url, data.api_key_file, with_demo=settings.demo is not None), highlight=False, soft_wrap=True
    )


async def _try_demo(client: GatewayClient, folder: Path) -> None:
    """Ingest the demo; what fails is said, and keeps nobody from using the rest."""
    try:
        report = await ingest_demo(client, folder, _console)
    except RagstoneError as error:
        print_error(error)
        return
    for name, reason in report.failed.items():
        _console.print(f"  not ingested: {name}: {reason}", style="yellow", markup=False)


async def ingest_demo(client: GatewayClient, folder: Path, console: Console) -> IngestReport:
    """The demo collection with every document of the folder; what is there already costs no work."""
    if all(collection.name != DEMO_COLLECTION for collection in await client.list_collections()):
        await client.create_collection(NewCollection(name=DEMO_COLLECTION))
    return await ingest(client, DEMO_COLLECTION, [folder], console)


def _command() -> str:
    """What a person types to run ``ragstone`` from here."""
    if shutil.which("ragstone"):
        return "ragstone"
    return os.path.relpath(Path(sys.executable).parent / "ragstone")


def _welcome(url: str, key_file: Path, *, with_demo: bool) -> str:
    lines = [
        "",
        f"  [bold]Ragstone[/bold] answers at [bold cyan]{url}[/bold cyan]",
        f"  API key in {key_file}: [bold]{key_file.read_text()}[/bold]",
    ]
    if with_demo:
        ask = f"{_command()} ask --collection {DEMO_COLLECTION}"
        lines += ["", "  Three questions to try:", *(f'    {ask} "{question}"' for question in DEMO_QUESTIONS)]
    return "\n".join([*lines, "", "  Ctrl-C stops it.", ""])


def main() -> None:
    """Serve with the settings that stand as JSON in the first argument, until Ctrl-C."""
    settings = StandaloneSettings.model_validate_json(sys.argv[1])
    configure_logs(settings.log_level)
    try:
        asyncio.run(serve(settings))
    except KeyboardInterrupt:  # raised again by the server once it has stopped: that is how it is meant to end
        return
    except RagstoneError as error:
        print_error(error)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()

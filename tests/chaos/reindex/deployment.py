"""A standalone Ragstone with two embedders, which is killed and comes back."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.chaos.ingest.processes import Supervised

from ragstone_clients.gateway import GatewayClient
from ragstone_kit.database import Database
from ragstone_testing.scripted_models import ScriptedModelServer

_QUICK = {"BACKOFF_SECONDS": "0.2", "POLL_SECONDS": "0.5", "PRUNE_SECONDS": "5", "MAX_ATTEMPTS": "20"}


@dataclass
class Deployment:
    folder: Path
    port: int
    server: Supervised

    def client(self) -> GatewayClient:
        """Once it has been started: the key is written then."""
        return GatewayClient.at(f"http://127.0.0.1:{self.port}", (self.folder / "api-key").read_text())

    def database(self) -> Database:
        return Database(f"sqlite+aiosqlite:///{self.folder}/ingestion.db")


def embedder(size: int) -> str:
    return f"hashed-{size}"


@contextmanager
def standalone(folder: Path, sizes: tuple[int, int]) -> Iterator[Deployment]:
    """The embedders are scripted, behind the router as any of a vendor would be."""
    models = ScriptedModelServer()
    models.dimensions_of = {embedder(size): size for size in sizes}
    with models.listening() as url, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        free.close()
        routes = folder.parent / "routes.yaml"
        routes.write_text(yaml.safe_dump(_routes(url, sizes)))
        command = [sys.executable, "-m", "ragstone_standalone", "up", "--data-dir", str(folder), "--port", str(port)]
        environment = {f"RAGSTONE_INGESTION__{name}": value for name, value in _QUICK.items()}
        environment["RAGSTONE_ROUTER__ROUTES"] = str(routes)
        server = Supervised("server", command, folder.parent / "server.log", environment)
        try:
            yield Deployment(folder, port, server)
        finally:
            server.end()


def _routes(url: str, sizes: tuple[int, int]) -> dict[str, object]:
    names = [embedder(size) for size in sizes]
    return {
        "providers": {"scripted": {"kind": "openai-compatible", "url": url}},
        "models": {name: {"deployments": [{"provider": "scripted", "model": name}]} for name in names},
    }

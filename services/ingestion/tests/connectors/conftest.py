"""A collection that is kept in step with sources of this machine."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.connectors import Connector, ConnectorItem, NewConnector, SyncFilters, SyncRequest
from ragstone_contracts.documents import DocumentState, NewCollection
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.uploads import Arrival
from ragstone_kit.identity import Caller

from ..conftest import SECRET, World, new_world, text_of  # noqa: TID252  tests are no packages

__all__ = ["SECRET", "World", "new_world", "text_of"]


@dataclass
class Platform:
    """The service with one collection, ``demo``, and a connector or more; ``taken`` are the uploads they made."""

    app: FastAPI
    client: IngestionClient
    caller: Caller
    taken: list[str] = field(default_factory=list)

    @property
    def ingestion(self) -> Ingestion:
        ingestion: Ingestion = self.app.state.ingestion
        return ingestion

    @property
    def sources(self) -> Any:
        """The very sources that syncs open."""
        return self.ingestion.connectors.jobs._sources

    async def connect(self, kind: str, config: dict[str, Any], name: str = "src", **more: Any) -> Connector:
        filters = SyncFilters(**more.pop("filters", {}))
        new = NewConnector(name=name, kind=kind, collection="demo", config=config, filters=filters, **more)
        return await self.client.create_connector(self.caller, new)

    async def synced(self, connector: Connector, **asked: bool) -> Connector:
        """The connector after one more sync and the work that comes of it."""
        await self.client.sync_connector(self.caller, connector.id, SyncRequest(**asked))
        await self.ingestion.worker.drain()
        return await self.client.get_connector(self.caller, connector.id)

    async def documents(self) -> dict[str, str]:
        """The text of each living document that answers questions, by its name."""
        listed = (await self.client.list_documents(self.caller, "demo")).documents
        names = {one.document_id: one for one in listed if one.state is DocumentState.READY}
        return {
            await self._filename(document_id): (await self.client.get_text(self.caller, document_id)).text
            for document_id in names
        }

    async def _filename(self, document_id: str) -> str:
        return (await self.ingestion.documents.version(self.caller.identity, document_id, None)).filename

    async def items(self, connector: Connector) -> dict[str, ConnectorItem]:
        listed = await self.client.list_connector_items(self.caller, connector.id, limit=1000)
        return {item.key: item for item in listed.items}

    async def reasons(self, connector: Connector) -> dict[str, str]:
        """The code of why each item was not taken."""
        return {key: item.error.code for key, item in (await self.items(connector)).items() if item.error}

    def watch_uploads(self) -> None:
        real = self.ingestion.uploads.take

        async def take(identity: Any, collection: Any, arrival: Arrival) -> Any:
            self.taken.append(arrival.filename)
            return await real(identity, collection, arrival)

        self.ingestion.uploads.take = take  # type: ignore[method-assign]


@asynccontextmanager
async def platform_of(world: World, **settings: Any) -> AsyncIterator[Platform]:
    async with world.api(**settings) as (app, client):
        platform = Platform(app, client, world.caller())
        if not (await client.list_collections(platform.caller)).collections:
            await client.create_collection(platform.caller, NewCollection(name="demo"))
        platform.watch_uploads()
        yield platform


@pytest.fixture
def disk(tmp_path: Path) -> World:
    """A world on SQLite, where what is tested is the source and not the database."""
    return new_world(f"sqlite+aiosqlite:///{tmp_path}/ingestion.db", tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "allowed" / "handbook"
    path.mkdir(parents=True)
    return path


def put_file(folder: Path, name: str, text: str, age: float = 100.0) -> Path:
    """A file that was last changed ``age`` seconds ago."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    return path


def counts(connector: Connector) -> dict[str, int]:
    """What the last sync counted, without the zeros."""
    assert connector.sync is not None
    names = ("listed", "added", "changed", "unchanged", "deleted", "skipped", "failed", "held_back")
    return {name: getattr(connector.sync, name) for name in names if getattr(connector.sync, name)}


def move(source: Path, target: Path) -> None:
    source.rename(target)

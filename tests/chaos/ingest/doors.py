"""Whom documents are handed to: the public API of standalone, or ingestion's own in a cluster."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from ragstone_clients.gateway import GatewayClient
from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_clients.multipart import File
from ragstone_contracts.documents import Document, DocumentAccepted, NewCollection
from ragstone_contracts.errors import Conflict, RagstoneError
from ragstone_kit.identity import Caller

COLLECTION = "chaos"
_RETRY_SECONDS = 0.2
_GIVE_UP_SECONDS = 120.0

Result = TypeVar("Result")


class Door(Protocol):
    async def open_collection(self) -> str:
        """Makes the collection; returns its id."""
        ...

    async def upload(self, filename: str, content: bytes) -> DocumentAccepted: ...

    async def documents(self) -> list[Document]: ...

    async def close(self) -> None: ...


class PublicDoor:
    def __init__(self, client: GatewayClient) -> None:
        self._client = client

    async def open_collection(self) -> str:
        return (await self._client.create_collection(NewCollection(name=COLLECTION))).id

    async def upload(self, filename: str, content: bytes) -> DocumentAccepted:
        return await self._client.upload(File(filename, content), COLLECTION)

    async def documents(self) -> list[Document]:
        return await self._client.list_documents(COLLECTION)

    async def close(self) -> None:
        await self._client.close()


class InternalDoor:
    def __init__(self, client: IngestionClient, caller: Caller) -> None:
        self._client, self._caller = client, caller

    async def open_collection(self) -> str:
        return (await self._client.create_collection(self._caller, NewCollection(name=COLLECTION))).id

    async def upload(self, filename: str, content: bytes) -> DocumentAccepted:
        return await self._client.upload(self._caller, Upload(COLLECTION, filename, content))

    async def documents(self) -> list[Document]:
        return (await self._client.list_documents(self._caller, COLLECTION)).documents

    async def close(self) -> None:
        await self._client.close()


async def insist(call: Callable[[], Awaitable[Result]]) -> Result:
    """As a client does that must get through: ask until there is an answer. A Conflict is one."""
    async with asyncio.timeout(_GIVE_UP_SECONDS):
        while True:
            try:
                return await call()
            except Conflict:
                raise
            except (RagstoneError, OSError, TimeoutError):
                await asyncio.sleep(_RETRY_SECONDS)

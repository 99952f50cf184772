"""How a command reaches Ragstone: the address and key given, or those of the local data folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.errors import Unavailable
from ragstone_kit.transport import AiohttpTransport
from ragstone_standalone.data_folder import DataFolder
from ragstone_standalone.settings import ClientSettings


@dataclass(frozen=True)
class Connection:
    url: str
    api_key: str


def find_connection(url: str | None, key_file: Path | None) -> Connection:
    """What the options say, else the environment, else the local data folder. Raises Unavailable if none does."""
    settings = ClientSettings()
    folder = DataFolder(settings.data_dir)
    address = url or settings.url or _read(folder.address_file)
    key = _read(key_file) if key_file else None
    key = key or (settings.api_key.get_secret_value() if settings.api_key else _read(folder.api_key_file))
    if not address or not key:
        raise Unavailable("no running Ragstone found here: start one with 'make run', or give --url and --key-file")
    return Connection(address, key)


def local_data_folder(url: str | None) -> DataFolder | None:
    """The data folder a command works with by itself; None when it is told of a Ragstone elsewhere."""
    settings = ClientSettings()
    return None if url or settings.url else DataFolder(settings.data_dir)


def _read(path: Path) -> str | None:
    return path.read_text().strip() if path.is_file() else None


@asynccontextmanager
async def connected(connection: Connection) -> AsyncIterator[GatewayClient]:
    client = GatewayClient(AiohttpTransport(connection.url), connection.api_key)
    try:
        yield client
    finally:
        await client.close()

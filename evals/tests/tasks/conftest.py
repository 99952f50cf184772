"""The public API's shapes in memory, and a client of it."""

from collections.abc import AsyncIterator

import pytest

from ragstone_clients.gateway import GatewayClient
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.public_api import API_KEY, PublicApiState, create_public_api


@pytest.fixture
def api() -> PublicApiState:
    return PublicApiState()


@pytest.fixture
async def client(api: PublicApiState) -> AsyncIterator[GatewayClient]:
    async with GatewayClient(AsgiTransport(create_public_api(api)), API_KEY) as client:
        yield client

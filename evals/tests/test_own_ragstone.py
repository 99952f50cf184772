"""With the real command: it starts, holds its folder, and is gone afterwards."""

from pathlib import Path

import pytest

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import Unavailable
from ragstone_evals.own_ragstone import NotStarted, own_ragstone


async def test_an_own_ragstone_answers_holds_its_folder_and_ends_with_the_block(tmp_path: Path) -> None:
    with own_ragstone(tmp_path) as address:
        async with GatewayClient.at(address.url, address.api_key) as client:
            await client.create_collection(NewCollection(name="kept"))
        with pytest.raises(NotStarted, match=r"log\.txt"), own_ragstone(tmp_path):
            pass
    async with GatewayClient.at(address.url, address.api_key) as client:
        with pytest.raises(Unavailable):
            await client.readyz()

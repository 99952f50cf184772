import asyncio
from pathlib import Path

import pytest

from ragstone_contracts.identity import Identity
from ragstone_gateway.api_keys import ApiKeys
from ragstone_gateway.create_key import main
from ragstone_kit.database import Database

from .conftest import SECRET


@pytest.fixture
def database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path}/keys.db"
    monkeypatch.setenv("RAGSTONE_GATEWAY__INTERNAL_SECRET", SECRET.get_secret_value())
    monkeypatch.setenv("RAGSTONE_GATEWAY__DATABASE_URL", url)
    return url


def test_the_first_key_of_a_deployment_speaks_for_whom_it_was_made(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["acme", "ada", "--group", "eng", "--scope", "read"])
    key = capsys.readouterr().out.strip()

    async def identify() -> Identity:
        database = Database(database_url)
        try:
            return await ApiKeys(database).identify(key)
        finally:
            await database.close()

    found = asyncio.run(identify())
    assert found == Identity(tenant="acme", user="ada", groups=["eng"], scopes=["read"], key=found.key)
    assert found.key

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from ragstone_contracts.identity import Identity
from ragstone_gateway.api_keys import SCOPES, ApiKeys
from ragstone_kit.database import Database

from .running import Ragstone, wait_until_ended

SECRET_SENTENCE = "The vault code of the Orrery house is 7731."


def _key(ragstone: Ragstone, identity: Identity) -> str:
    async def create() -> str:
        database = Database(f"sqlite+aiosqlite:///{ragstone.data_dir / 'gateway.db'}")
        new = await ApiKeys(database).create(identity)
        await database.close()
        return new.key

    return asyncio.run(create())


@pytest.fixture(scope="module")
def document(ragstone: Ragstone) -> Iterator[dict[str, str]]:
    """A document of the local tenant that only its owner may see."""
    with ragstone.client() as client:
        collection = client.post("/v1/collections", json={"name": "vault"}).raise_for_status().json()
        response = client.post(
            "/v1/documents",
            data={"collection": "vault", "acl": '["user:owner"]'},
            files={"file": ("code.txt", SECRET_SENTENCE.encode())},
        )
        accepted = response.raise_for_status().json()
        assert wait_until_ended(client, accepted["document_id"])["state"] == "ready"
        yield {"collection": collection["id"], "document": accepted["document_id"]}


def _anonymous(response: httpx.Response, identifier: str) -> tuple[int, str]:
    """An answer without what differs from one request to the next."""
    body = response.json() | {"trace_id": ""}
    return response.status_code, str(body).replace(identifier, "ID")


@pytest.mark.requirement("SEC-1")
@pytest.mark.requirement("RET-1")
def test_another_tenant_cannot_tell_what_is_there_from_what_is_not(
    ragstone: Ragstone, document: dict[str, str]
) -> None:
    key = _key(ragstone, Identity(tenant="other", user="owner", scopes=SCOPES))
    with ragstone.client(key) as client:
        for path in ("", "/text", "/file"):
            real = client.get(f"/v1/documents/{document['document']}{path}")
            unknown = client.get(f"/v1/documents/{'0' * 32}{path}")
            assert _anonymous(real, document["document"]) == _anonymous(unknown, "0" * 32)
            assert real.status_code == 404
        real = client.delete(f"/v1/documents/{document['document']}")
        assert real.status_code == 404
        for name in (document["collection"], "vault"):
            for path, body in (("/v1/search", {"query": "vault code"}), ("/v1/chat", {"question": "vault code?"})):
                assert client.post(path, json=body | {"collection": name}).status_code == 404
        assert client.get("/v1/collections").json()["collections"] == []


@pytest.mark.requirement("RET-1")
def test_a_user_without_the_grant_neither_finds_nor_reads_the_document(
    ragstone: Ragstone, document: dict[str, str]
) -> None:
    key = _key(ragstone, Identity(tenant="local", user="guest", scopes=SCOPES))
    with ragstone.client(key) as client:
        found = client.post("/v1/search", json={"query": "vault code Orrery", "collection": "vault"})
        assert found.raise_for_status().json()["results"] == []
        answer = client.post("/v1/chat", json={"question": "What is the vault code?", "collection": "*"}).json()
        assert "7731" not in str(answer)
        assert client.get(f"/v1/documents/{document['document']}").status_code == 404
    with ragstone.client() as client:
        answer = client.post("/v1/chat", json={"question": "What is the vault code?", "collection": "vault"}).json()
        assert "7731" in answer["answer"]

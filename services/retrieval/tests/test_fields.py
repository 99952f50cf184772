"""What is remembered of the fields of collections, for whom, and how much of it."""

from typing import Any

import pytest

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.documents import Collection, CollectionSettings
from ragstone_kit.transport import AsgiTransport
from ragstone_retrieval import fields
from ragstone_retrieval.fields import FieldCache, KnownFields

from .conftest import Ingestion, caller


@pytest.fixture
def cache(ingestion: Ingestion) -> FieldCache:
    ingestion.metadata["c1"] = [{"team": "sales", "title": "A"}]
    return FieldCache(IngestionClient(AsgiTransport(ingestion.app())))


def collection(id: str = "c1", **changes: Any) -> Collection:
    return Collection(id=id, name=id, acl=["*"], settings=CollectionSettings(), created_at=0, **changes)


async def known(cache: FieldCache, *collections: Collection, user: str = "ann") -> KnownFields:
    return await cache.of(caller(user=user), collections, closed=True)


def teams(found: KnownFields) -> list[Any]:
    return [
        one.value for of in found.of.values() for field in of.fields if field.name == "team" for one in field.values
    ]


@pytest.mark.requirement("RET-1")
async def test_nothing_is_remembered_for_another_caller_or_after_a_change(
    cache: FieldCache, ingestion: Ingestion
) -> None:
    assert teams(await known(cache, collection())) == ["sales"]
    ingestion.metadata["c1"] = [{"team": "legal"}]
    assert teams(await known(cache, collection())) == ["sales"]
    assert teams(await known(cache, collection(), user="bob")) == ["legal"]
    assert teams(await known(cache, collection(access_changes=1))) == ["legal"]
    ingestion.metadata["c1"] = [{"team": "press"}]
    assert teams(await known(cache, collection(sequence=1, access_changes=1))) == ["press"]


async def test_only_so_much_is_kept_and_what_was_used_last(
    cache: FieldCache, ingestion: Ingestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "_MOST_WEIGHT", 60)
    for name in ("c1", "c2", "c3"):
        ingestion.metadata[name] = [{"team": name, "number": number} for number in range(15)]
        await known(cache, collection(name))
        await known(cache, collection("c1"))
    ingestion.metadata = {name: [{"team": "anew"}] for name in ("c1", "c2", "c3")}
    assert teams(await known(cache, collection("c1"))) == ["c1"]
    assert teams(await known(cache, collection("c2"))) == ["anew"]


async def test_names_and_kinds_are_kept_of_fields_whose_values_nobody_names(cache: FieldCache) -> None:
    found = await known(cache, collection())
    assert found.kinds("title") == {"text"}
    assert [field.values for field in found.of["c1"].fields if field.name == "title"] == [[]]


async def test_the_known_fields_are_all_only_where_all_could_be_had(cache: FieldCache, ingestion: Ingestion) -> None:
    assert (await known(cache, collection())).closed
    assert not (await known(cache, collection(), collection("c2"))).closed
    ingestion.metadata["c2"] = []
    assert (await known(cache, collection(), collection("c2"))).closed
    assert not (await known(cache, collection("c2"))).closed

"""The fields of a collection: what its documents are found by, and nothing of what the caller may not see."""

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.fields import USUAL_VALUES, CollectionFields, Field
from ragstone_contracts.identity import Identity
from ragstone_contracts.sharing import DocumentUpdate
from ragstone_index import StoredChunk
from ragstone_index.matching import fields_of
from ragstone_ingestion.fields import FieldStore, filterable
from ragstone_ingestion.tables import collections, documents, metadata, versions
from ragstone_kit.database import Database
from ragstone_kit.identity import Caller

from .conftest import World

REPORT = "# Acme Tools Inc.\n\nAnnual Report 2021\n\n## Results\n\nSales rose to 4.2 million in all regions.\n"


def chunk(**metadata: Any) -> StoredChunk:
    return StoredChunk("c", "t", ["*"], "d", 1, "Title", 0, 1, "x", metadata=metadata)


async def upload(client: IngestionClient, caller: Caller, name: str, text: str = "A stone.", **fields: Any) -> str:
    return (await client.upload(caller, Upload("demo", name, text.encode(), **fields))).document_id


def by_name(fields: CollectionFields) -> dict[str, Field]:
    return {one.name: one for one in fields.fields}


def counts(field: Field) -> dict[Any, int]:
    return {one.value: one.documents for one in field.values}


@pytest.mark.requirement("RET-3")
async def test_fields_count_what_uploaders_said_and_what_was_inferred(world: World) -> None:
    ada = world.caller()
    async with world.api() as (app, client):
        await client.create_collection(ada, NewCollection(name="demo"))
        await upload(client, ada, "a.md", REPORT, metadata={"team": ["sales", "legal"], "draft": True})
        await upload(client, ada, "b.md", REPORT.replace("2021", "2022"), metadata={"team": "sales", "seen": "2024-05"})
        await app.state.ingestion.worker.drain()
        found = await client.list_fields(ada, "demo")
    fields = by_name(found)
    assert found.documents == 2
    assert found.sequence > 0
    assert counts(fields["team"]) == {"sales": 2, "legal": 1}
    assert counts(fields["organisation_key"]) == {"acmetools": 2}
    assert counts(fields["fiscal_year"]) == {2021: 1, 2022: 1}
    assert counts(fields["filename"]) == {"a.md": 1, "b.md": 1}
    assert {name: fields[name].kinds for name in ("team", "draft", "fiscal_year", "seen", "position")} == {
        "team": ["text"], "draft": ["truth"], "fiscal_year": ["number"], "seen": ["date"], "position": ["number"]
    }  # fmt: skip
    assert fields["draft"].documents == 1


@pytest.mark.requirement("RET-1")
async def test_no_value_count_or_field_of_a_hidden_document_shows(world: World) -> None:
    ada, bob, eve = world.caller(), world.caller("bob"), world.caller("eve", tenant="other")
    async with world.api() as (app, client):
        demo = await client.create_collection(ada, NewCollection(name="demo"))
        await upload(client, ada, "open.txt", metadata={"year": 2020})
        await upload(client, ada, "hidden.txt", acl=["user:ada"], metadata={"year": 2021, "codename": "falcon"})
        await app.state.ingestion.worker.drain()
        await upload(client, ada, "waiting.txt", metadata={"year": 1999})
        seen, hidden = await client.list_fields(bob, demo.id), await client.list_fields(ada, demo.id)
        with pytest.raises(Exception, match="there is no collection"):
            await client.list_fields(eve, demo.id)
    assert counts(by_name(hidden)["year"]) == {2020: 1, 2021: 1}
    assert counts(by_name(seen)["year"]) == {2020: 1}
    assert seen.documents == 1
    assert "codename" not in by_name(seen)
    assert "hidden" not in seen.model_dump_json()


async def test_a_replaced_or_deleted_version_counts_no_longer(world: World) -> None:
    ada = world.caller()
    async with world.api() as (app, client):
        await client.create_collection(ada, NewCollection(name="demo"))
        await upload(client, ada, "a.txt", metadata={"year": 2020})
        gone = await upload(client, ada, "b.txt", metadata={"month": "May"})
        await app.state.ingestion.worker.drain()
        await upload(client, ada, "a.txt", "Another stone.", metadata={"year": 2021})
        await client.delete_document(ada, gone)
        await app.state.ingestion.worker.drain()
        fields = by_name(await client.list_fields(ada, "demo"))
    assert counts(fields["year"]) == {2021: 1}
    assert "month" not in fields


async def test_an_empty_collection_has_no_fields(world: World) -> None:
    async with world.api() as (_, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        assert (await client.list_fields(world.caller(), "demo")).fields == []


async def test_a_version_of_an_older_release_shows_what_is_known_of_it(world: World) -> None:
    ada = world.caller()
    async with world.api() as (app, client):
        await client.create_collection(ada, NewCollection(name="demo"))
        await upload(client, ada, "a.md", REPORT, metadata={"team": "sales"})
        await app.state.ingestion.worker.drain()
        now = by_name(await client.list_fields(ada, "demo"))
        async with app.state.ingestion.stores.database.write() as connection:
            await connection.execute(update(versions).values(fields=None))
        then = by_name(await client.list_fields(ada, "demo"))
    assert now.items() >= then.items() >= {"team": now["team"], "fiscal_year": now["fiscal_year"]}.items()


async def test_values_are_bounded_and_the_rest_is_owned_up_to(world: World) -> None:
    ada = world.caller()
    async with world.api() as (app, client):
        await client.create_collection(ada, NewCollection(name="demo"))
        await upload(client, ada, "a.txt", metadata={"tag": [f"t{number}" for number in range(150)], "kind": "x" * 300})
        await upload(client, ada, "b.txt", metadata={"tag": [f"t{number}" for number in range(100, 250)]})
        await app.state.ingestion.worker.drain()
        fields = by_name(await client.list_fields(ada, "demo"))
    assert len(fields["tag"].values) == USUAL_VALUES
    assert {one.documents for one in fields["tag"].values[:50]} == {2}
    assert fields["tag"].more
    assert (fields["kind"].values, fields["kind"].documents, fields["kind"].more) == ([], 1, True)


def test_sections_and_pages_are_those_of_all_chunks() -> None:
    chunks = [chunk(section=["A", "B"], page=1, year=3), chunk(section=["A", "C"], page=2), chunk(section=[])]
    assert filterable(chunks) == {"title": ["Title"], "year": [3], "section": ["A", "B", "C"], "page": [1, 2]}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=5), _JSON, max_size=5))
def test_whatever_is_kept_is_what_a_filter_would_find(said: dict[str, Any]) -> None:
    one = chunk(**said)
    kept, held = filterable([one]), fields_of(one)
    for name, values in kept.items():
        assert values
        assert all(value in held[name] for value in values)


@pytest.mark.requirement("RET-1")
async def test_a_change_of_access_is_counted_so_that_remembered_fields_are_forgotten(world: World) -> None:
    ada, bob = world.caller(), world.caller("bob")
    async with world.api() as (app, client):
        await client.create_collection(ada, NewCollection(name="demo"))
        document_id = await upload(client, ada, "a.txt", metadata={"codename": "falcon"})
        await app.state.ingestion.worker.drain()
        before = await client.get_collection(bob, "demo")
        assert "codename" in by_name(await client.list_fields(bob, "demo"))
        await client.change_document(ada, document_id, DocumentUpdate(acl=["user:ada"]))
        after = await client.get_collection(bob, "demo")
        assert (await client.list_fields(bob, "demo")).fields == []
        await client.delete_collection(ada, after.id)
        await app.state.ingestion.worker.drain()
    assert after.access_changes > before.access_changes


_ACLS = st.sets(st.sampled_from(["user:ada", "user:bob", "group:x", "*"]), min_size=1)
_TAGS = st.lists(st.sampled_from([1, 1.0, True, "1", "a", "2024"]), max_size=3)
_LABELS = st.fixed_dictionaries({"acl": _ACLS, "tags": _TAGS})


@pytest.mark.requirement("RET-1")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labelled=st.lists(_LABELS, max_size=6))
async def test_every_caller_is_told_exactly_of_what_they_may_see(
    tmp_path: Path, labelled: list[dict[str, Any]]
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/{uuid4()}.db")
    await database.create_tables(metadata)
    demo = {"id": "c", "tenant": "t", "name": "n", "acl": ["*"], "settings": {}, "created_at": 0}
    async with database.write() as connection:
        await connection.execute(insert(collections).values(demo))
        for number, labels in enumerate(labelled):
            await _put(connection, number, sorted(labels["acl"]), labels["tags"])
    for identity in (Identity(tenant="t", user="ada"), Identity(tenant="t", user="bob", groups=["x"])):
        found = by_name(await FieldStore(database).of_collection(identity, "c", 200))
        seen = [one["tags"] for one in labelled if identity.may_see(sorted(one["acl"])) and one["tags"]]
        wanted: dict[tuple[bool, Any], int] = Counter(
            key for tags in seen for key in {(isinstance(tag, bool), tag) for tag in tags}
        )
        told = found["tags"].values if "tags" in found else []
        assert {(isinstance(one.value, bool), one.value): one.documents for one in told} == wanted
        assert (found["tags"].documents if "tags" in found else 0) == len(seen)
    await database.close()


async def _put(connection: AsyncConnection, number: int, acl: list[str], tags: list[Any]) -> None:
    one = {"id": str(number), "tenant": "t", "collection_id": "c", "filename": f"{number}", "title": "T", "version": 1}
    one |= {"media_type": "x", "acl": acl, "metadata": {}, "active_version": 1, "created_at": 0}
    await connection.execute(insert(documents).values(one))
    of_it = {"document_id": one["id"], "version": 1, "sha256": "", "size": 1, "original_key": "", "parsed_key": ""}
    fields = filterable([chunk(tags=tags)])
    await connection.execute(insert(versions).values(of_it | {"job_id": "", "fields": fields}))

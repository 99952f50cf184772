"""From an upload to a filter that finds it: what was inferred lies in the index where queries ask for it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from services.ingestion.tests.conftest import ADA, InProcessParser, World, new_world, pieces

from ragstone_contracts.documents import CollectionSettings, NewCollection, ParsedDocument
from ragstone_index import All, InMemoryVectorIndex, OneOf, VectorIndex, Where, encode_query, open_index
from ragstone_index.port import Visibility
from ragstone_ingestion.assembly import Ingestion, assemble
from ragstone_ingestion.uploads import Arrival

_REPORT = (
    "{name} Annual Report {year}\n\n{name} had a good year, and the board thanks all who work for it. Revenue rose in "
    "every market that is served, and the harbour was deepened."
)
_FILES = {
    "north_2022.txt": _REPORT.format(name="Northfield Inc.", year=2022),
    "north_2023.txt": _REPORT.format(name="Northfield Inc.", year=2023),
    "south_2023.txt": _REPORT.format(name="Southwind GmbH", year=2023),
    "note.txt": "A note on revenue\n\nRevenue is what is left to say when the harbour has been paid for.",
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return new_world(f"sqlite+aiosqlite:///{tmp_path}/ingestion.db", tmp_path)


@pytest.fixture(params=["memory", "edge"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorIndex]:
    index = InMemoryVectorIndex() if request.param == "memory" else open_index(f"edge:{tmp_path / 'index'}")
    yield index
    await index.close()


def ingestion_of(world: World, index: VectorIndex) -> Ingestion:
    return assemble(world.settings, index, world.router, parser=world.parser, clock=world.clock)


async def taken(ingestion: Ingestion, filename: str, text: str, settings: CollectionSettings, **said: Any) -> str:
    collection = await ingestion.collections.create(ADA, NewCollection(name=filename, settings=settings))
    arrival = Arrival(filename, pieces(text.encode()), metadata=said)
    accepted = await ingestion.uploads.take(ADA, collection, arrival)
    await ingestion.worker.drain()
    return accepted.document_id


async def found(index: VectorIndex, collection: str, where: Where | None) -> set[str]:
    visibility = Visibility("t", ["*"], 100)
    hits = await index.sparse(collection, encode_query("revenue harbour"), visibility, 50, where)
    return {str(hit.chunk.metadata["filename"]) for hit in hits}


@pytest.mark.requirement("RET-3")
async def test_a_filter_on_an_inferred_field_finds_the_documents_it_is_true_of(
    world: World, index: VectorIndex
) -> None:
    ingestion = ingestion_of(world, index)
    await ingestion.open()
    demo = await ingestion.collections.create(ADA, NewCollection(name="demo"))
    for filename, text in _FILES.items():
        await ingestion.uploads.take(ADA, demo, Arrival(filename, pieces(text.encode())))
    await ingestion.worker.drain()

    assert await found(index, demo.id, None) == set(_FILES)
    assert await found(index, demo.id, OneOf("fiscal_year", [2023])) == {"north_2023.txt", "south_2023.txt"}
    assert await found(
        index, demo.id, All([OneOf("fiscal_year", [2022, 2023]), OneOf("organisation_key", ["northfield"])])
    ) == {
        "north_2022.txt",
        "north_2023.txt",
    }
    assert await found(index, demo.id, All([OneOf("organisation", ["Southwind GmbH"]), OneOf("language", ["en"])])) == {
        "south_2023.txt"
    }
    assert await found(index, demo.id, OneOf("fiscal_year", ["2023"])) == set()
    await ingestion.close()


async def test_the_document_shows_where_each_value_was_read(world: World) -> None:
    async with world.process() as ingestion:
        document_id = await taken(
            ingestion, "north_2023.txt", _FILES["north_2023.txt"], CollectionSettings(), team="blue"
        )
        document = await ingestion.documents.get(ADA, document_id)
        collection = await ingestion.collections.find(ADA, "north_2023.txt")
        [listed] = await ingestion.documents.list(ADA, collection.id)
        text = (await ingestion.reading.text(ADA, document_id, 1, None, None)).text
    year = document.provenance["fiscal_year"]
    assert (year.value, text[year.start : year.end]) == (2023, year.quote)
    assert document.provenance["team"].source == "uploader"
    assert document.metadata["team"] == "blue"
    assert document.metadata["organisation_key"] == "northfield"
    assert document.title == "Northfield Inc. Annual Report 2023"
    assert (listed.metadata, listed.provenance) == (document.metadata, {})


@pytest.mark.parametrize(
    ("deployment", "collection", "inferred"), [(False, None, False), (False, True, True), (True, False, False)]
)
async def test_inference_can_be_turned_off_for_all_and_for_one_collection(
    world: World, deployment: bool, collection: bool | None, inferred: bool
) -> None:
    world.settings = world.settings.model_copy(update={"infer_metadata": deployment})
    settings = CollectionSettings(infer_metadata=collection)
    async with world.process() as ingestion:
        document_id = await taken(ingestion, "north_2023.txt", _FILES["north_2023.txt"], settings, team="blue")
        document = await ingestion.documents.get(ADA, document_id)
    assert ("fiscal_year" in document.metadata) is inferred
    assert (document.provenance != {}) is inferred
    assert document.metadata["team"] == "blue"


class StatingParser(InProcessParser):
    """Finds properties in every file, as parsers of office formats do."""

    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        parsed = await super().parse(source, filename, media_type)
        return parsed.model_copy(update={"metadata": {"authors": ["admin"], "sheets": 3}, "title": "Document1"})


@pytest.mark.parametrize(("infer", "title", "authors"), [(True, "wall", None), (False, "Document1", ["admin"])])
async def test_what_a_program_wrote_into_the_file_stays_only_when_nothing_is_weighed(
    world: World, infer: bool, title: str, authors: list[str] | None
) -> None:
    world.parser = StatingParser()
    async with world.process() as ingestion:
        await taken(ingestion, "wall.txt", "brick " * 9, CollectionSettings(infer_metadata=infer))
        collection = await ingestion.collections.find(ADA, "wall.txt")
        [chunk] = await world.index.chunks(collection.id)
    assert chunk.title == title
    assert (chunk.metadata.get("authors"), chunk.metadata["sheets"]) == (authors, 3)

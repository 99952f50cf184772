"""The service as it is deployed: sandboxed parsers, an engine for an index, a worker of its own."""

from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import DocumentState, NewCollection, ReadBoxes
from ragstone_contracts.identity import Identity
from ragstone_index.opening import open_index
from ragstone_ingestion.app import create_app
from ragstone_ingestion.settings import IngestionSettings
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.scripted_models import ScriptedModelServer

from .conftest import SECRET, settled


def pdf(path: Path, pages: int) -> bytes:
    canvas = Canvas(str(path))
    for page in range(1, pages + 1):
        canvas.drawString(72, 720, f"Stone number {page} lies in the wall.")
        canvas.showPage()
    canvas.save()
    return path.read_bytes()


async def test_a_pdf_becomes_searchable_chunks_with_pages_and_boxes(tmp_path: Path) -> None:
    settings = IngestionSettings(
        internal_secret=SECRET,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/ingestion.db",
        objects_url=str(tmp_path / "objects"),
    )
    index = open_index(f"edge:{tmp_path}/index")
    router = RouterClient(AsgiTransport(ScriptedModelServer()))
    caller = IdentityTokens(SECRET).mint(Identity(tenant="t", user="ada"))
    app = create_app(settings, index=index, router=router)
    try:
        async with app.router.lifespan_context(app):
            client = IngestionClient(AsgiTransport(app))
            demo = await client.create_collection(caller, NewCollection(name="demo"))
            accepted = await client.upload(caller, Upload("demo", "wall.pdf", pdf(tmp_path / "wall.pdf", 3)))
            shown = await settled(client, caller, accepted.document_id)
            text = (await client.get_text(caller, accepted.document_id)).text
            start = text.index("Stone number 3")
            places = await client.locate(
                caller, accepted.document_id, ReadBoxes(version=1, ranges=[(start, start + 14)])
            )
            chunks = await index.chunks(demo.id)
            erased = await client.delete_document(caller, accepted.document_id, erase=True)
    finally:
        await index.close()
    assert (shown.state, shown.error) == (DocumentState.READY, None)
    assert (shown.pages, shown.media_type) == (3, "application/pdf")
    assert (places.locations[0].text, places.locations[0].page) == ("Stone number 3", 3)
    assert len(places.locations[0].boxes) == 1
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert set(erased.remaining.values()) == {0}

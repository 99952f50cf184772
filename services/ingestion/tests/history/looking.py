"""What queries see of a collection, now and then, and the steps that tests of its history take."""

from ragstone_contracts.documents import Collection
from ragstone_contracts.history import NewSnapshot
from ragstone_contracts.identity import Identity
from ragstone_ingestion.assembly import Ingestion

from ..conftest import ADA, World, put, text_of  # noqa: TID252  tests are no packages


async def texts(
    ingestion: Ingestion, collection: Collection, as_of: str | None = None, identity: Identity = ADA
) -> dict[str, str]:
    """File name -> the first words of its text, as queries of the identity see it."""
    found = await ingestion.collections.find(identity, collection.id, as_of)
    shown: dict[str, str] = {}
    for chunk in sorted(await ingestion.stores.index.chunks(found.id), key=lambda one: -one.start):
        if chunk.born <= found.sequence < chunk.died and identity.may_see(list(chunk.acl)):
            name = str(chunk.metadata["filename"])
            assert shown.get(name, chunk.document_id) in (chunk.document_id, shown.get(name)), "two of one name"
            shown[name] = chunk.text.split(" stone")[0].removeprefix("The ")
    return shown


async def ready(ingestion: Ingestion, collection: Collection, filename: str, name: str) -> str:
    """Upload a text with that name in it, work it off, and return the document's id."""
    accepted = await put(ingestion, collection, filename, text_of(name, 2))
    await ingestion.worker.drain()
    return accepted.document_id


async def snapshot(ingestion: Ingestion, collection: Collection, name: str | None = None) -> str:
    return (await ingestion.history.take(ADA, collection.id, NewSnapshot(name=name))).name


async def later(world: World, ingestion: Ingestion, seconds: float = 86_400) -> None:
    """Time in which everything that is due is done."""
    for _ in range(6):
        world.clock.now += seconds
        await ingestion.worker.drain()


async def nothing_is_left_over(ingestion: Ingestion) -> None:
    report = await ingestion.reconciler.run()
    assert not any(one.found for one in report.stores.values()), report

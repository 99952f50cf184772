"""What is known of the past is bounded, and begins where an older release's tables end."""

import pytest
from sqlalchemy import delete, func, select, update

from ragstone_contracts.errors import NotFound
from ragstone_ingestion.errors import GoneVersion
from ragstone_ingestion.history import moments as module
from ragstone_ingestion.tables import moments, versions

from ..conftest import ADA, World, new_collection  # noqa: TID252  tests are no packages
from .looking import later, ready, snapshot, texts


@pytest.mark.requirement("RET-4")
async def test_only_so_many_moments_are_remembered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    monkeypatch.setattr(module, "_TRIMMED_EVERY", 1)
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        for number in range(6):
            world.clock.now += 10
            await ready(ingestion, demo, f"{number}.txt", "grey")
        async with ingestion.stores.database.read() as connection:
            assert await connection.scalar(select(func.count()).select_from(moments)) == 3
        assert len(await texts(ingestion, demo, "4")) == 4
        for state in ("3", "1970-01-12T13:47:05Z"):
            with pytest.raises(GoneVersion):
                await ingestion.collections.find(ADA, demo.id, state)


@pytest.mark.requirement("RET-4")
async def test_what_an_older_release_stored_is_kept_by_snapshots_from_the_first_on(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ready(ingestion, demo, "a.txt", "grey")
        await ready(ingestion, demo, "a.txt", "old")
        async with ingestion.stores.database.write() as connection:
            await connection.execute(delete(moments))
            await connection.execute(update(versions).values(born=None, died=None))
        await snapshot(ingestion, demo, "first")
        await ready(ingestion, demo, "a.txt", "new")
        await later(world, ingestion)
        assert await texts(ingestion, demo, "first") == {"a.txt": "old"}
        with pytest.raises(GoneVersion):
            await ingestion.collections.find(ADA, demo.id, "1")
        with pytest.raises(NotFound):
            await ingestion.collections.find(ADA, demo.id, "4")
        await ingestion.history.roll_back(ADA, demo.id, "first")
        await later(world, ingestion)
        assert await texts(ingestion, demo) == {"a.txt": "old"}

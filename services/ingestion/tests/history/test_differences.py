"""What changed between two states: documents and chunks, as far as the caller may see them."""

import pytest

from ragstone_contracts.errors import NotFound
from ragstone_contracts.history import Change, CollectionDiff
from ragstone_ingestion.uploads import Arrival

from ..conftest import ADA, World, new_collection, pieces, put, text_of  # noqa: TID252  tests are no packages
from .looking import later, ready, snapshot


def told(diff: CollectionDiff) -> dict[str, tuple[str, int, int, int]]:
    """File name -> what became of it, and how many chunks came, changed and went."""
    return {
        one.filename: (one.change.value, one.chunks.added, one.chunks.changed, one.chunks.removed)
        for one in diff.listed
    }


@pytest.mark.requirement("RET-4")
async def test_documents_and_chunks_that_came_changed_and_went_are_told(world: World) -> None:
    grey = text_of("grey", 4).split("\n\n")
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await put(ingestion, demo, "edited.txt", "\n\n".join(grey))
        gone = await ready(ingestion, demo, "gone.txt", "gone")
        await ready(ingestion, demo, "same.txt", "same")
        await snapshot(ingestion, demo, "first")
        red = text_of("gold", 1)
        await put(ingestion, demo, "edited.txt", "\n\n".join([grey[0], red, *grey[2:], text_of("pure", 1)]))
        await ready(ingestion, demo, "new.txt", "new")
        await ingestion.deletion.request(ADA, gone)
        await later(world, ingestion)
        forth = await ingestion.history.diff(ADA, demo.id, ("first", None), 100)
        chunks = len(await ingestion.stores.index.chunks(demo.id, gone))
        edited, *others = forth.listed
        assert (edited.filename, edited.change, edited.chunks.added) == ("edited.txt", Change.CHANGED, 1)
        assert 1 <= edited.chunks.changed <= 3, "the edited chunk, and those that overlap with it"
        first = edited.changes[0]
        assert "gold" in str(first.text_after)
        assert "gold" not in str(first.text_before)
        assert {name: what for name, what in told(forth).items() if name != "edited.txt"} == {
            "gone.txt": ("removed", 0, 0, chunks),
            "new.txt": ("added", chunks, 0, 0),
        }
        assert len(others) == 2
        assert forth.documents.model_dump() == {"added": 1, "changed": 1, "removed": 1}
        back = await ingestion.history.diff(ADA, demo.id, (str(forth.to_sequence), "first"), 1)
        assert told(back) == {"edited.txt": ("changed", 0, edited.chunks.changed, 1)}
        assert back.truncated
        await ingestion.history.roll_back(ADA, demo.id, "first")
        await later(world, ingestion)
        assert told(await ingestion.history.diff(ADA, demo.id, ("first", None), 100)) == {}


@pytest.mark.requirement("RET-4")
@pytest.mark.requirement("RET-3")
async def test_a_difference_shows_nothing_that_the_caller_may_not_see(world: World) -> None:
    bob = ADA.model_copy(update={"user": "bob"})
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await snapshot(ingestion, demo, "empty")
        secret = Arrival("a.txt", pieces(text_of("secret", 2).encode()), acl=["user:ada"])
        await ingestion.uploads.take(ADA, demo, secret)
        await ingestion.worker.drain()
        assert told(await ingestion.history.diff(ADA, demo.id, ("empty", None), 100)) != {}
        assert told(await ingestion.history.diff(bob, demo.id, ("empty", None), 100)) == {}
        with pytest.raises(NotFound):
            await ingestion.history.diff(ADA.model_copy(update={"tenant": "other"}), demo.id, ("empty", None), 100)

"""What an ingestion does for an index that is being built: all it can, and nothing that could hold it up."""

from collections.abc import Awaitable
from typing import TypeVar

from ragstone_contracts.errors import RagstoneError
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.reindexing.placement import Place
from ragstone_ingestion.steps import Steps

Made = TypeVar("Made")


async def unless_away(steps: Steps, place: Place, embedded: Awaitable[Made]) -> Made | None:
    """What is embedded for the shadow; None when its embedder fails: the reindexing then makes up for it."""
    try:
        return await embedded
    except LeaseLost:
        raise
    except RagstoneError as error:
        steps.note("left the index being built to the reindexing", index=place.index_id, code=error.code)
        return None

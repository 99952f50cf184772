"""Nobody is told of what they may not see, whatever happened before. ``make stateful-acl`` takes 10,000 steps each."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.acl.machine import ROOT, AccessMachine
from tests.acl.walk import walk

from ragstone_contracts.identity import Identity
from ragstone_index import Hit, InMemoryVectorIndex, SparseVector, Visibility, Where
from ragstone_index.port import Vector
from ragstone_ingestion.endpoints import changes


@pytest.mark.requirement("RET-1")
def test_nobody_is_told_of_what_they_may_not_see() -> None:
    executed = walk(InMemoryVectorIndex, histories=4, steps=30, same=True)
    assert executed.total() > 60


class ForgetsWhatIsWithheld(InMemoryVectorIndex):
    async def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        return await super().dense(collection, vector, replace(visibility, withheld=()), limit, where)

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        return await super().sparse(collection, vector, replace(visibility, withheld=()), limit, where)


class KeepsOldAccess(InMemoryVectorIndex):
    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        """Says that it is done."""


@pytest.mark.requirement("RET-1")
@pytest.mark.parametrize("leaky", [ForgetsWhatIsWithheld, KeepsOldAccess])
def test_a_planted_leak_is_caught_through_the_services(
    leaky: type[InMemoryVectorIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_MOST_SECONDS", 0.05)
    with asyncio.Runner() as one_loop:

        class OnThisIndex(AccessMachine):
            runner, index = one_loop, leaky()

        machine, bob = OnThisIndex(), Identity(tenant="acme", user="bob")
        machine.found_collections()
        machine.upload(("acme", "open"), "a.txt", 2020, None)
        machine.work()
        machine.search(bob, "hybrid", None, False, 0)
        if leaky is ForgetsWhatIsWithheld:
            machine.index_takes_no_changes()
        machine.share_or_revoke(0, [ROOT])
        with pytest.raises(AssertionError, match="was told of"):
            machine.search(bob, "hybrid", None, False, 1)
        machine.teardown()

"""Random histories of the real service against a dictionary. ``make stateful`` takes 10,000 steps."""

import pytest

from ragstone_index import InMemoryVectorIndex

from .walk import walk


@pytest.mark.requirement("ING-1")
@pytest.mark.requirement("ING-6")
@pytest.mark.requirement("ING-7")
def test_whatever_happens_every_store_holds_exactly_what_it_should() -> None:
    executed = walk(InMemoryVectorIndex, histories=5, steps=40, same=True)
    assert executed.total() > 100

import asyncio

import pytest
from services.router.tests.conftest import SECRET

from ragstone_contracts.errors import Unauthenticated, Unavailable
from ragstone_contracts.keys import Key
from ragstone_kit.identity import IdentityTokens
from ragstone_router.keys.callers import Callers, KeyHolder
from ragstone_router.keys.store import KeyStore

HEADERS = {"authorization": "Bearer rk-one"}
KEY = Key(id="k1", name="one", tenant="acme", user="ann", created_at=1.0)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class CountingStore(KeyStore):
    """Says what it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Key | Exception | None = KEY

    async def find(self, digest: str) -> Key | None:
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def callers(store: KeyStore | None, clock: Clock) -> Callers:
    return Callers(IdentityTokens(SECRET), store, clock)


async def test_the_store_is_asked_once_for_all_requests_of_two_seconds() -> None:
    store, clock = CountingStore(), Clock()
    verifying = callers(store, clock)
    found = await asyncio.gather(*(verifying.of(HEADERS) for _ in range(50)))
    assert store.asked == 1
    assert all(isinstance(one, KeyHolder) and one.identity.key == "k1" for one in found)
    clock.now += 2
    await verifying.of(HEADERS)
    assert store.asked == 2


async def test_a_key_that_is_withdrawn_is_no_good_after_two_seconds() -> None:
    store, clock = CountingStore(), Clock()
    verifying = callers(store, clock)
    await verifying.of(HEADERS)
    store.answer = None
    await verifying.of(HEADERS)
    clock.now += 2
    with pytest.raises(Unauthenticated):
        await verifying.of(HEADERS)


async def test_a_store_that_does_not_answer_is_asked_again() -> None:
    store, clock = CountingStore(), Clock()
    verifying = callers(store, clock)
    store.answer = Unavailable("gone")
    with pytest.raises(Unavailable):
        await verifying.of(HEADERS)
    store.answer = KEY
    assert (await verifying.of(HEADERS)).identity.user == "ann"


async def test_our_own_inference_is_shown_an_internal_token_and_never_the_key() -> None:
    caller = await callers(CountingStore(), Clock()).of(HEADERS)
    assert IdentityTokens(SECRET).verify(caller.token).identity == caller.identity


async def test_without_a_database_no_key_is_known() -> None:
    with pytest.raises(Unauthenticated):
        await callers(None, Clock()).of(HEADERS)

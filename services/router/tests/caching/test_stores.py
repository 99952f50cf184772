"""The contract of the AnswerStore port, over every adapter."""

import pytest
from services.router.tests.caching.conftest import MOST, Clock

from ragstone_router.caching.port import LARGEST_SHARE, AnswerStore, Kept, size_of
from ragstone_router.caching.redis import RedisAnswerStore


def kept(text: str = "an answer", at: float = 1.0) -> Kept:
    return Kept(text.encode(), "a-model", at)


async def test_what_is_kept_is_found_as_it_was(store: AnswerStore) -> None:
    assert await store.find("one") is None
    await store.keep("one", kept("with\nlines\n"), 10)
    assert await store.find("one") == kept("with\nlines\n")
    assert await store.find("another") is None


async def test_the_last_that_was_kept_counts(store: AnswerStore) -> None:
    await store.keep("one", kept("old"), 10)
    await store.keep("one", kept("new"), 10)
    assert await store.find("one") == kept("new")


async def test_an_answer_is_gone_when_its_time_is_over(store: AnswerStore, clock: Clock) -> None:
    await store.keep("one", kept(), 10)
    clock.now += 9.9
    assert await store.find("one") is not None
    clock.now += 0.2
    assert await store.find("one") is None


@pytest.mark.requirement("RTR-7")
async def test_a_full_store_lets_go_first_of_what_was_not_asked_for_the_longest(
    store: AnswerStore, clock: Clock
) -> None:
    answer = kept("x" * 6_000)
    fit = MOST // size_of(answer)
    for number in range(fit):
        clock.now += 1
        await store.keep(str(number), answer, 1000)
    clock.now += 1
    assert await store.find("0") is not None
    clock.now += 1
    await store.keep("one more", answer, 1000)

    found = [key for key in [*map(str, range(fit)), "one more"] if await store.find(key) is not None]
    assert found == ["0", *map(str, range(2, fit)), "one more"]


@pytest.mark.requirement("RTR-7")
async def test_many_answers_take_no_more_than_the_store_may_hold(store: AnswerStore, clock: Clock) -> None:
    answer = kept("x" * 3_000)
    for number in range(200):
        clock.now += 1
        await store.keep(str(number % 150), answer, 0.5 if number % 3 else 1000)

    found = [key for key in map(str, range(150)) if await store.find(key) is not None]
    assert 0 < len(found) * size_of(answer) <= MOST


async def test_an_answer_too_large_for_the_store_is_not_kept(store: AnswerStore) -> None:
    await store.keep("small", kept(), 10)
    await store.keep("large", kept("x" * (MOST // LARGEST_SHARE)), 10)
    assert await store.find("large") is None
    assert await store.find("small") is not None


async def test_a_redis_that_does_not_answer_is_an_empty_store() -> None:
    store = RedisAnswerStore("redis://127.0.0.1:9/0", MOST)
    await store.keep("one", kept(), 10)
    assert await store.find("one") is None
    await store.close()

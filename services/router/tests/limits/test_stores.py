"""The contract of the LimitStore port, over every adapter."""

import asyncio
import uuid

import pytest
from services.router.tests.limits.conftest import Clock

from ragstone_contracts.errors import Unavailable
from ragstone_router.limits.port import BudgetSpent, LimitReached, LimitStore
from ragstone_router.limits.redis import RedisLimitStore
from ragstone_router.limits.rules import Amounts, Measure, Window


def window(clock: Clock, measure: Measure = "usd", most: float = 50.0, seconds: float = 100.0) -> Window:
    return Window(f"tenant:{uuid.uuid4().hex}:{measure}", measure, most, clock.now + seconds, "day", "tenant")


async def test_what_is_set_aside_counts_until_it_is_settled(store: LimitStore, clock: Clock) -> None:
    budget = [window(clock)]
    assert await store.used(budget) == [0]
    assert await store.reserve("a", budget, Amounts(usd=30), 10) == [30]
    assert await store.used(budget) == [30]
    with pytest.raises(BudgetSpent, match="50") as refused:
        await store.reserve("b", budget, Amounts(usd=21), 10)
    assert refused.value.status == 402
    assert refused.value.retry_after == pytest.approx(100)

    await store.settle("a", budget, Amounts(usd=4.5))
    await store.settle("a", budget, Amounts(usd=4.5))

    assert await store.used(budget) == [4.5]
    await store.reserve("b", budget, Amounts(usd=45.5), 10)


async def test_it_is_set_aside_in_every_window_or_in_none(store: LimitStore, clock: Clock) -> None:
    wide, narrow = window(clock, "tokens", 1000), window(clock, "requests", 1)
    await store.reserve("a", [wide, narrow], Amounts(tokens=100), 10)
    with pytest.raises(LimitReached) as refused:
        await store.reserve("b", [wide, narrow], Amounts(tokens=100), 10)

    assert refused.value.status == 429
    assert await store.used([wide, narrow]) == [100, 1]


@pytest.mark.requirement("RTR-5")
async def test_two_hundred_at_once_spend_no_more_than_there_is(store: LimitStore, clock: Clock) -> None:
    budget = [window(clock), window(clock, "requests", 1000)]

    async def spend(number: int) -> bool:
        try:
            await store.reserve(f"{budget[0].key}/{number}", budget, Amounts(usd=1), 10)
        except BudgetSpent:
            return False
        await asyncio.sleep(0)
        await store.settle(f"{budget[0].key}/{number}", budget, Amounts(usd=1))
        return True

    went_through = await asyncio.gather(*(spend(number) for number in range(200)))

    assert sum(went_through) == 50
    assert await store.used(budget) == [50, 50]


@pytest.mark.requirement("RTR-5")
async def test_what_a_dead_router_had_set_aside_lapses(store: LimitStore, clock: Clock) -> None:
    budget = [window(clock)]
    await store.reserve("dead", budget, Amounts(usd=50), 10)
    clock.now += 9
    with pytest.raises(BudgetSpent):
        await store.reserve("b", budget, Amounts(usd=1), 10)
    clock.now += 2
    await store.reserve("b", budget, Amounts(usd=50), 10)
    assert await store.used(budget) == [50]


async def test_a_late_answer_is_still_counted_once(store: LimitStore, clock: Clock) -> None:
    budget = [window(clock)]
    await store.reserve("late", budget, Amounts(usd=10), 5)
    clock.now += 6
    await store.settle("late", budget, Amounts(usd=7))
    await store.settle("late", budget, Amounts(usd=7))
    assert await store.used(budget) == [7]


async def test_a_reservation_can_grow_as_far_as_there_is_room(store: LimitStore, clock: Clock) -> None:
    budget = [window(clock)]
    await store.reserve("a", budget, Amounts(usd=10), 10)
    await store.reserve("a", budget, Amounts(usd=50), 10)
    assert await store.used(budget) == [50]
    with pytest.raises(BudgetSpent):
        await store.reserve("a", budget, Amounts(usd=50.5), 10)
    assert await store.used(budget) == [50]


async def test_nothing_is_bounded_without_a_window(store: LimitStore) -> None:
    await store.reserve("free", [], Amounts(usd=1e9), 10)
    await store.settle("free", [], Amounts(usd=1e9))
    assert await store.used([]) == []


async def test_what_cannot_be_counted_is_not_spent(clock: Clock) -> None:
    store = RedisLimitStore("redis://127.0.0.1:9/0", clock)
    with pytest.raises(Unavailable):
        await store.reserve("a", [window(clock)], Amounts(usd=1), 10)
    await store.close()

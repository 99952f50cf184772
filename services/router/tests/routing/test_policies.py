from collections import Counter

from services.router.tests.conftest import MakeAsk
from services.router.tests.routing.conftest import deployment

from ragstone_router.price import Price
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.policies import cheapest, least_loaded, priority, weighted


def names(deployments: list[Deployment]) -> list[str]:
    return [one.name for one in deployments]


def test_by_priority_equal_ones_stay_as_they_are_listed(make_ask: MakeAsk) -> None:
    listed = [deployment("last", priority=2), deployment("first"), deployment("second")]

    assert names(priority(listed, make_ask())) == ["first", "second", "last"]


def test_by_weight_each_is_first_as_often_as_its_weight_says(make_ask: MakeAsk) -> None:
    listed = [deployment("never", weight=0), deployment("rare", weight=1), deployment("often", weight=3)]
    listed.append(deployment("spare", priority=1, weight=100))

    orders = [names(weighted(listed, make_ask())) for _ in range(4000)]

    first = Counter(order[0] for order in orders)
    assert first.keys() == {"rare", "often"}
    assert 2800 < first["often"] < 3200
    assert all(order[2:] == ["never", "spare"] for order in orders)


def test_the_least_loaded_comes_first_for_its_weight(make_ask: MakeAsk) -> None:
    listed = [deployment("big", weight=4, under_way=4), deployment("small", under_way=2), deployment("idle")]

    assert names(least_loaded(listed, make_ask())) == ["idle", "big", "small"]


def test_the_cheapest_comes_first_and_what_costs_nobody_knows_last(make_ask: MakeAsk) -> None:
    listed = [
        deployment("unknown", price=None),
        deployment("dear", price=Price(5, 15)),
        deployment("wordy", price=Price(0, 20)),
        deployment("free"),
    ]

    assert names(cheapest(listed, make_ask())) == ["free", "dear", "wordy", "unknown"]
    assert names(cheapest(listed, make_ask("long " * 4000, max_tokens=10))) == ["free", "wordy", "dear", "unknown"]

import pytest
from services.router.tests.conftest import MakeAsk
from services.router.tests.routing.conftest import deployment

from ragstone_router.routing.route import Route, Share

TOOLS = [{"type": "function", "function": {"name": "look"}}]
IMAGE = [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": "data:," + "x" * 90_000}},
]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}


@pytest.mark.requirement("RTR-6")
@pytest.mark.parametrize(
    ("body", "needs"),
    [
        ({}, set()),
        ({"tools": TOOLS}, {"tools"}),
        ({"content": IMAGE}, {"vision"}),
        ({"response_format": SCHEMA, "logprobs": True}, {"json_schema", "logprobs"}),
        ({"response_format": {"type": "json_object"}, "tools": []}, set()),
    ],
)
def test_a_deployment_that_lacks_a_capability_is_left_out(
    body: dict[str, object], needs: set[str], make_ask: MakeAsk
) -> None:
    plain = deployment("plain", capabilities=frozenset())
    ask = make_ask(**body)

    plan = Route("fast", [plain, deployment("able")]).plan(ask)

    assert ask.needs == needs
    assert [one.name for one in plan.deployments] == (["able"] if needs else ["plain", "able"])
    assert list(plan.left_out) == ([("plain", "incapable")] if needs else [])


def test_a_prompt_that_does_not_fit_is_sent_where_it_does(make_ask: MakeAsk) -> None:
    route = Route("fast", [deployment("small", context=2000), deployment("large", context=200_000)])

    assert [one.name for one in route.plan(make_ask("word " * 300)).deployments] == ["small", "large"]
    assert list(route.plan(make_ask("word " * 3000)).left_out) == [("small", "context_overflow")]
    assert list(route.plan(make_ask("word", max_tokens=2000)).left_out) == [("small", "context_overflow")]


def test_an_image_counts_for_what_it_is_and_not_for_its_bytes(make_ask: MakeAsk) -> None:
    assert 1000 < make_ask(IMAGE).prompt_tokens < 1500


def test_a_deployment_below_the_least_quality_is_left_out(make_ask: MakeAsk) -> None:
    plan = Route("fast", [deployment("poor", quality=0.4), deployment("good", quality=0.8)], least_quality=0.7).plan(
        make_ask()
    )

    assert ([one.name for one in plan.deployments], list(plan.left_out)) == (["good"], [("poor", "quality")])


@pytest.mark.requirement("RTR-6")
def test_a_canary_gets_its_share_and_whoever_asks_for_it(make_ask: MakeAsk) -> None:
    canary = Share(deployment("canary"), 20, "x-canary")
    route = Route("fast", [deployment("steady")], canary=canary)

    def first(said: str | None = None) -> str:
        return route.plan(make_ask(headers={"x-canary": said} if said else {})).deployments[0].name

    share = sum(first() == "canary" for _ in range(4000)) / 4000
    assert 0.17 < share < 0.23
    assert {first("always") for _ in range(50)} == {"canary"}
    assert {first("never") for _ in range(50)} == {"steady"}
    assert [one.name for one in route.plan(make_ask(headers={"x-canary": "true"})).deployments] == ["canary", "steady"]

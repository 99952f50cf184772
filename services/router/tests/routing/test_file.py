from typing import Any

import pytest
from services.router.tests.conftest import MakeAsk
from services.router.tests.routing.conftest import OpenFile

from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.models import EXTRACTIVE
from ragstone_router.explaining import explain
from ragstone_router.price import FREE, Price

ROUTES = """
providers:
  openai: {kind: openai, key: "${A_KEY}"}
  near: {kind: vllm, url: http://127.0.0.1:9/v1}
models:
  fast:
    policy: cheapest
    deployments:
      - {provider: openai, model: gpt-4o-mini, price: {input: 0.15, output: 0.6}, context: 128000}
      - {provider: near, model: qwen, price: free, capabilities: [json_schema], context: 8000}
      - {provider: ragstone, model: ragstone-extractive, priority: 9}
    canary: {deployment: {provider: near, model: qwen-next}, percent: 5, header: x-canary}
"""


async def test_the_file_names_providers_and_who_answers_for_a_model(open_file: OpenFile, make_ask: MakeAsk) -> None:
    book = open_file(ROUTES, A_KEY="sk-1")
    route = await book.route(make_ask())

    assert [(one.name, one.price) for one in route.deployments] == [
        ("openai/gpt-4o-mini", Price(0.15, 0.6)),
        ("near/qwen", FREE),
        (f"ragstone/{EXTRACTIVE}", FREE),
    ]
    assert EXTRACTIVE in book.routes
    assert route.canary is not None
    assert route.canary.deployment.price is None
    await book.close()


async def test_what_would_happen_is_told_without_asking_anybody(open_file: OpenFile, make_ask: MakeAsk) -> None:
    book = open_file(ROUTES, A_KEY="sk-1")
    tools = [{"type": "function", "function": {"name": "look"}}]
    told = await explain(book, make_ask(tools=tools, headers={"x-canary": "never"}))

    assert told.needs == ["tools"]
    assert [one.name for one in told.candidates] == [f"ragstone/{EXTRACTIVE}", "openai/gpt-4o-mini"]
    assert told.candidates[0].cost_usd == 0
    assert told.left_out == [("near/qwen", "incapable")]
    await book.close()


def broken(**change: Any) -> dict[str, Any]:
    fine = {"provider": "near", "model": "qwen"}
    providers = {"near": {"kind": "vllm", "url": "http://127.0.0.1:9/v1"} | change.pop("near", {})}
    return {"providers": providers, "models": {"fast": {"deployments": [fine | change]}}}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (broken(provider="nowhere"), "no provider is called"),
        (broken(capabilities=["flying"]), "no capability"),
        (broken(price={"input": -1, "output": 1}), "price"),
        (broken(wieght=2), "wieght"),
        (broken(near={"kind": "telepathy"}), "no provider is of the kind"),
        (broken(near={"url": None}), "needs a url"),
        (broken(near={"key": "${NOT_THERE}"}), "NOT_THERE"),
        ("providers: [", "cannot be read"),
        ("just words", "not valid"),
    ],
)
def test_a_wrong_file_is_refused_by_what_is_wrong_with_it(said: Any, told: str, open_file: OpenFile) -> None:
    with pytest.raises(InvalidRequest, match=told):
        open_file(said)


def test_the_routes_know_whose_price_they_have(open_file: OpenFile) -> None:
    book = open_file(
        {
            "providers": {"openai": {"kind": "openai", "key": "k"}},
            "models": {"fast": {"deployments": [{"provider": "openai", "model": "gpt-4o-mini"}]}},
        }
    )
    [deployment] = book.routes["fast"].deployments
    assert deployment.price is not None
    assert deployment.price.of({"prompt_tokens": 1_000_000, "completion_tokens": 0}) == 0.15
    assert deployment.price_source.startswith("OpenAI")

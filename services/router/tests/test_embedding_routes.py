"""Embedders and rerankers of other servers, as routes of the file."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openai
import orjson
import pytest
import yaml
from fastapi import FastAPI
from services.router.tests.caching.conftest import Told
from services.router.tests.conftest import MakeApp

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.models import COST_HEADER, FALLBACK_HEADER
from ragstone_contracts.usage import UsageQuery
from ragstone_kit.identity import Caller
from ragstone_kit.transport import AsgiTransport, Request
from ragstone_testing.model_servers.cohere import CohereServer
from ragstone_testing.model_servers.openai import OpenAIServer
from ragstone_testing.model_servers.vllm import VllmServer
from ragstone_testing.scripted_models import listening

TEXTS = ["a red fish", "a blue bird"]
RERANK = {"query": "red fish", "documents": ["a blue bird", "the red fish swims"]}


@pytest.fixture
def vendor() -> Iterator[tuple[OpenAIServer, str]]:
    server = OpenAIServer()
    with server.listening() as url:
        yield server, url


@pytest.fixture
def routes(tmp_path: Path, vendor: tuple[OpenAIServer, str]) -> Path:
    server, url = vendor
    there = {"provider": "vendor", "model": server.model, "price": {"input": 1_000_000, "output": 0}}
    gone = {"provider": "gone", "model": server.model}
    models: dict[str, Any] = {
        "small": {"type": "embeddings", "deployments": [there]},
        "spare": {"type": "embeddings", "deployments": [gone, there]},
        "long": {"type": "embeddings", "dimensions": 16, "deployments": [there]},
        "checked": {"type": "embeddings", "dimensions": 8, "deployments": [there]},
        "talk": {"deployments": [there]},
    }
    providers = {
        "vendor": {"kind": "openai", "url": url, "key": server.key},
        "gone": {"kind": "openai-compatible", "url": "http://127.0.0.1:9/v1"},
    }
    limits = [{"holder": "user", "tokens_per_day": 1000}]
    path = tmp_path / "routes.yaml"
    path.write_text(yaml.safe_dump({"providers": providers, "models": models, "limits": limits}))
    return path


@pytest.fixture
async def app(routes: Path, tmp_path: Path, make_app: MakeApp) -> AsyncIterator[FastAPI]:
    app = make_app(routes=routes, database_url=f"sqlite+aiosqlite:///{tmp_path}/router.db")
    await app.state.proxy.accounts.ledger.open()
    yield app
    await app.state.proxy.accounts.close()


async def post(app: FastAPI, caller: Caller, path: str, body: Any) -> Told:
    sent = {"authorization": f"Bearer {caller.token}"}
    async with AsgiTransport(app).send(Request("POST", path, sent, orjson.dumps(body))) as response:
        return Told(response.status, dict(response.headers), await response.read())


async def embedded(app: FastAPI, caller: Caller, model: str, **options: Any) -> Told:
    return await post(app, caller, "/v1/embeddings", {"model": model, "input": TEXTS, **options})


@pytest.mark.requirement("RTR-1")
async def test_the_official_client_is_given_vectors_as_numbers_and_in_base64(
    routes: Path, make_app: MakeApp, caller: Caller
) -> None:
    def ask() -> tuple[Any, Any, Any, set[str]]:
        with (
            listening(make_app(routes=routes)) as url,
            openai.OpenAI(base_url=f"{url}/v1", api_key=caller.token, max_retries=0) as client,
        ):
            usual = client.embeddings.create(model="small", input=TEXTS)
            numbers = client.embeddings.create(model="small", input=TEXTS, encoding_format="float", dimensions=32)
            packed = client.embeddings.create(model="small", input=TEXTS, encoding_format="base64", dimensions=32)
            return usual, numbers, packed, {card.id for card in client.models.list()}

    usual, numbers, packed, listed = await asyncio.to_thread(ask)

    assert [len(one.embedding) for one in usual.data] == [8, 8]
    assert usual.usage.prompt_tokens == 6
    for number, coded in zip(numbers.data, packed.data, strict=True):
        unpacked = np.frombuffer(base64.b64decode(coded.embedding), dtype="<f4")
        assert np.allclose(number.embedding, unpacked)
        assert len(number.embedding) == 32
    assert {"small", "spare", "talk"} <= listed


@pytest.mark.requirement("RTR-1")
async def test_vectors_are_paid_and_counted_by_the_token(app: FastAPI, caller: Caller) -> None:
    told = await embedded(app, caller, "small")

    assert told.headers[COST_HEADER] == "6"
    [row] = (await RouterClient(AsgiTransport(app)).usage(caller, UsageQuery.model_validate({"by": ["wanted"]}))).rows
    assert (row.wanted, row.prompt_tokens, row.completion_tokens, row.cost_usd) == ("small", 6, 0, 6.0)


async def test_texts_given_as_tokens_are_counted_before_they_are_sent(app: FastAPI, caller: Caller) -> None:
    told = await post(app, caller, "/v1/embeddings", {"model": "small", "input": [[7] * 600, [8] * 600]})
    assert (told.status, orjson.loads(told.body)["code"]) == (429, "limit_reached")


@pytest.mark.requirement("RTR-3")
async def test_an_embedder_that_is_gone_is_replaced_by_the_same_model_elsewhere(app: FastAPI, caller: Caller) -> None:
    told = await embedded(app, caller, "spare")

    assert told.status == 200
    assert told.headers[FALLBACK_HEADER].endswith("; unreachable")


async def test_vectors_of_other_dimensions_are_no_answer(app: FastAPI, caller: Caller) -> None:
    statuses = [(await embedded(app, caller, name)).status for name in ("checked", "long")]
    packed = await embedded(app, caller, "long", dimensions=4, encoding_format="base64")
    assert statuses == [200, 502]
    assert packed.status == 200


@pytest.mark.parametrize(
    ("path", "model"),
    [("/v1/embeddings", "talk"), ("/v1/rerank", "small"), ("/v1/chat/completions", "small")],
)
async def test_a_route_answers_what_it_is_for_and_nothing_else(
    path: str, model: str, app: FastAPI, caller: Caller
) -> None:
    told = await post(
        app, caller, path, {"model": model, "messages": [{"role": "user", "content": "Hm?"}], "input": "a"}
    )
    assert (told.status, orjson.loads(told.body)["code"]) == (404, "unknown_model")


def two_embedders(**of_second: Any) -> dict[str, Any]:
    near = {"kind": "vllm", "url": "http://127.0.0.1:9/v1"}
    deployments = [{"provider": "near", "model": "bge-small", "space": "bge"}, {"provider": "near", **of_second}]
    return {"providers": {"near": near}, "models": {"embed": {"type": "embeddings", "deployments": deployments}}}


@pytest.mark.parametrize(
    ("second", "is_fine"),
    [
        ({"model": "bge-small"}, False),
        ({"model": "other"}, False),
        ({"space": "other"}, False),
        ({"model": "our-name-of-it", "space": "bge"}, True),
    ],
)
def test_embedders_whose_vectors_cannot_be_compared_are_never_of_one_route(
    second: dict[str, Any], is_fine: bool, tmp_path: Path, make_app: MakeApp
) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(yaml.safe_dump(two_embedders(**second)))
    if is_fine:
        make_app(routes=path)
    else:
        with pytest.raises(InvalidRequest, match="vectors can be compared"):
            make_app(routes=path)


@pytest.mark.requirement("RTR-1")
@pytest.mark.parametrize(
    ("server", "kind", "price", "cost"),
    [
        (VllmServer(), "vllm", {"input": 1_000_000, "output": 0}, "9"),
        (CohereServer(), "cohere-native", {"search_unit": 0.002}, "0.002"),
    ],
)
async def test_documents_are_ranked_elsewhere_and_paid_for(
    server: VllmServer | CohereServer, kind: str, price: dict[str, float], cost: str, tmp_path: Path, caller: Caller,
    make_app: MakeApp,
) -> None:  # fmt: skip
    with server.listening() as url:
        providers = {"near": {"kind": kind, "url": url, "key": server.key}}
        deployment = {"provider": "near", "model": "ranker", "price": price}
        models = {"rank": {"type": "rerank", "deployments": [deployment]}}
        path = tmp_path / "routes.yaml"
        path.write_text(yaml.safe_dump({"providers": providers, "models": models}))
        told = await post(make_app(routes=path), caller, "/v1/rerank", {"model": "rank", "top_n": 1, **RERANK})

    assert told.status == 200
    assert [one["index"] for one in orjson.loads(told.body)["results"]] == [1]
    assert told.headers[COST_HEADER] == cost

"""Kept answers, through the router's own door."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from services.router.tests.caching.conftest import OpenRouter, Router

from ragstone_contracts.identity import Identity
from ragstone_contracts.models import COST_HEADER, EMBEDDER, MODEL_HEADER
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_testing.scripted_models import Script, ScriptedModelServer

pytestmark = pytest.mark.requirement("RTR-7")

HOUR = {"exact": {"seconds": 3600}}


@pytest.fixture
async def router(open_router: OpenRouter) -> Router:
    return await open_router(HOUR)


async def test_nothing_is_kept_unless_the_route_says_so(
    open_router: OpenRouter, caller: Caller, writer: ScriptedModelServer
) -> None:
    router = await open_router(None)
    told = [await router.chat(caller) for _ in range(2)]
    assert [one.kept for one in told] == [None, None]
    assert len(writer.received) == 2


async def test_the_same_request_is_answered_once_by_the_model_and_then_for_nothing(
    router: Router, caller: Caller, writer: ScriptedModelServer
) -> None:
    first, second = [await router.chat(caller) for _ in range(2)]

    assert (first.kept, second.kept) == ("miss", "hit")
    assert second.headers["x-ragstone-cache"] == "hit; age=0"
    assert first.body == second.body
    assert (second.headers[COST_HEADER], second.headers[MODEL_HEADER]) == ("0", "big-writer")
    assert len(writer.received) == 1


async def test_a_kept_answer_is_in_the_ledger_at_no_cost(router: Router, caller: Caller) -> None:
    for _ in range(3):
        await router.chat(caller)

    [row] = (await router.usage(caller, "model")).rows
    assert (row.model, row.requests, row.cost_usd, row.completion_tokens) == ("big-writer", 3, 4.0, 4)
    assert row.of_unknown_cost == 0


async def test_a_kept_answer_counts_as_a_request_and_takes_no_tokens(open_router: OpenRouter, caller: Caller) -> None:
    limits = [{"holder": "user", "requests_per_day": 3, "tokens_per_day": 1100}]
    router = await open_router(HOUR, limits)
    told = [await router.chat(caller) for _ in range(4)]
    assert [one.status for one in told] == [200, 200, 200, 429]


async def test_who_has_spent_the_budget_is_still_given_what_is_kept(open_router: OpenRouter, caller: Caller) -> None:
    router = await open_router(HOUR, [{"holder": "tenant", "usd_per_day": 4}])
    options: dict[str, Any] = {"max_tokens": 4}
    assert [(await router.chat(caller, **options)).status for _ in range(2)] == [200, 200]
    assert (await router.chat(caller, "Say something else.", **options)).status == 402


@pytest.mark.parametrize("first_streams", [True, False])
async def test_a_stream_answers_for_a_whole_answer_and_the_other_way_around(
    first_streams: bool, router: Router, caller: Caller, writer: ScriptedModelServer
) -> None:
    streamed: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
    first, second = (streamed, {}) if first_streams else ({}, streamed)
    told = [await router.chat(caller, **first), await router.chat(caller, **second)]

    assert [one.kept for one in told] == ["miss", "hit"]
    whole, events = sorted((one.body for one in told), key=lambda body: body.startswith(b"data:"))
    body = orjson.loads(whole)
    chunks = [orjson.loads(line[6:]) for line in events.splitlines() if line.startswith(b"data: {")]
    words = [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]]
    assert "".join(words) == body["choices"][0]["message"]["content"] == "Well written. [1]"
    assert chunks[-1]["usage"] == body["usage"]
    assert events.endswith(b"data: [DONE]\n\n")
    assert len(writer.received) == 1


async def test_what_does_not_change_the_answer_does_not_matter(router: Router, caller: Caller) -> None:
    await router.chat(caller)
    told = await router.chat(caller, user="ann@acme", metadata={"a": "b"}, stream=False)
    assert told.kept == "hit"


@pytest.mark.parametrize(
    "other",
    [
        {"max_tokens": 5},
        {"seed": 1},
        {"tools": [{"type": "function", "function": {"name": "look"}}]},
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say it."}]},
        {"unknown_to_us": True},
    ],
)
async def test_what_may_change_the_answer_does(other: dict[str, Any], router: Router, caller: Caller) -> None:
    await router.chat(caller)
    assert (await router.chat(caller, **other)).kept == "miss"


@pytest.mark.parametrize("temperature", [0.7, None])
async def test_an_answer_that_might_have_been_another_is_not_kept_unless_the_route_allows(
    temperature: float | None, open_router: OpenRouter, caller: Caller
) -> None:
    options: dict[str, Any] = {"temperature": temperature}
    strict = await open_router(HOUR)
    assert [(await strict.chat(caller, **options)).kept for _ in range(2)] == [None, None]
    relaxed = await open_router({"exact": {"seconds": 60, "any_temperature": True}})
    assert [(await relaxed.chat(caller, **options)).kept for _ in range(2)] == ["miss", "hit"]


@pytest.mark.parametrize(
    "bad",
    [
        Script(status=500),
        Script(error_after=2),
        Script(end_after=2),
        Script(break_after=2, token_delay=0.005),
        Script(tokens=[]),
    ],
)
async def test_what_is_not_a_whole_good_answer_is_not_kept(
    bad: Script, router: Router, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(bad)
    await router.chat(caller, stream=True)

    told = await router.chat(caller, stream=True)

    assert told.kept == "miss"
    assert b"written" in told.body


async def test_what_another_model_answered_is_not_kept(
    open_router: OpenRouter, caller: Caller, writer: ScriptedModelServer
) -> None:
    dear = {"provider": "near", "model": "big-writer"}
    own = {"provider": "ragstone", "model": "ragstone-extractive"}
    router = await open_router(HOUR, deployments=[dear, own])
    writer.scripts.append(Script(status=500))

    told = [await router.chat(caller) for _ in range(3)]

    assert [one.headers[MODEL_HEADER] for one in told] == ["ragstone-extractive", "big-writer", "big-writer"]
    assert [one.kept for one in told] == ["miss", "miss", "hit"]


async def test_what_a_canary_answered_is_not_kept(open_router: OpenRouter, caller: Caller) -> None:
    canary = {"deployment": {"provider": "ragstone", "model": "ragstone-extractive"}, "percent": 100}
    router = await open_router(HOUR, canary=canary)
    assert [(await router.chat(caller)).kept for _ in range(2)] == ["miss", "miss"]


async def test_a_request_that_names_its_canary_has_nothing_to_do_with_what_is_kept(
    open_router: OpenRouter, caller: Caller
) -> None:
    own = {"provider": "ragstone", "model": "ragstone-extractive"}
    router = await open_router(HOUR, canary={"deployment": own, "percent": 0, "header": "x-canary"})
    await router.chat(caller)
    told = await router.chat(caller, headers={"x-canary": "always"})
    assert (told.kept, told.headers[MODEL_HEADER]) == (None, "ragstone-extractive")


async def test_cache_control_is_honoured(router: Router, caller: Caller, writer: ScriptedModelServer) -> None:
    async def told(control: str) -> str | None:
        return (await router.chat(caller, headers={"cache-control": control})).kept

    assert await told("no-store") is None
    assert await told("no-cache") == "miss"
    assert await told("max-age=60") == "hit"
    assert await told("No-Cache") == "miss"
    assert await told("no-store") is None
    assert len(writer.received) == 4


async def test_an_answer_gets_too_old(open_router: OpenRouter, caller: Caller) -> None:
    router = await open_router({"exact": {"seconds": 0.05}})
    await router.chat(caller)
    await asyncio.sleep(0.1)
    assert (await router.chat(caller)).kept == "miss"


async def test_equal_requests_at_once_ask_the_model_once(
    router: Router, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(delay=0.1))
    told = await asyncio.gather(*(router.chat(caller) for _ in range(10)))

    assert sorted(str(one.kept) for one in told) == ["hit"] * 9 + ["miss"]
    assert len({one.body for one in told}) == 1
    assert len(writer.received) == 1


async def test_those_that_waited_for_a_failure_ask_by_themselves(
    router: Router, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(status=500, delay=0.05))
    told = await asyncio.gather(*(router.chat(caller) for _ in range(3)))
    assert sorted(one.status for one in told) == [200, 200, 502]


async def test_a_changed_document_makes_what_was_kept_unfit(router: Router, caller: Caller) -> None:
    versions = ["1", "1", "2", "2", None]
    told = [await router.chat(caller, headers={"x-ragstone-index-version": one} if one else {}) for one in versions]
    assert [one.kept for one in told] == ["miss", "hit", "miss", "hit", "miss"]


async def test_a_route_whose_model_was_changed_does_not_give_the_old_ones_answers(
    open_router: OpenRouter, caller: Caller
) -> None:
    router = await open_router(HOUR)
    await router.chat(caller)
    file = router.app.state.proxy._books._file
    file.write_text(file.read_text().replace("model: big-writer", "model: bigger-writer"))
    await router.app.state.proxy._books.refresh()
    assert (await router.chat(caller)).kept == "miss"


@pytest.mark.parametrize(("between", "for_bob"), [("groups", "hit"), ("user", "miss")])
async def test_a_route_says_whether_users_of_the_same_groups_share(
    between: str, for_bob: str, open_router: OpenRouter, tokens: IdentityTokens
) -> None:
    router = await open_router(HOUR | {"between": between})
    ann, bob = (tokens.mint(Identity(tenant="acme", user=name, groups=["staff"])) for name in ("ann", "bob"))
    assert [(await router.chat(one)).kept for one in (ann, bob, ann)] == ["miss", for_bob, "hit"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"input": ["one", "two"]}),
        ("/v1/rerank", {"query": "red fish", "documents": ["a blue bird", "the red fish"]}),
    ],
)
async def test_vectors_and_scores_are_kept_too(
    path: str, body: dict[str, Any], open_router: OpenRouter, caller: Caller, make_app: Callable[..., FastAPI]
) -> None:
    kind = path.rpartition("/")[2]
    route = {"type": kind} if kind != "chat" else {}
    router = await open_router(HOUR, deployments=[{"provider": "near", "model": EMBEDDER}], **route)
    told = [await router.post(caller, path, {"model": "fast", **body}) for _ in range(2)]
    assert [one.kept for one in told] == ["miss", "hit"]
    assert told[0].body == told[1].body

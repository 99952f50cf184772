"""Answers to questions that were asked in other words. The scripted inference embeds and reranks by common words."""

import asyncio
from typing import Any

import pytest
from services.router.tests.caching.conftest import OpenRouter, Router

from ragstone_kit.identity import Caller
from ragstone_testing.scripted_models import Script, ScriptedModelServer

pytestmark = pytest.mark.requirement("RTR-7")

LENIENT = {"semantic": {"seconds": 3600, "least_similarity": 0.6, "least_agreement": 0.6}}
ASKED = "What was the revenue of the bank in 2023?"
OTHERWISE = "In 2023, what was the revenue of the bank?"


@pytest.fixture
async def router(open_router: OpenRouter) -> Router:
    return await open_router(LENIENT)


async def kept(router: Router, caller: Caller, *questions: str, **options: Any) -> list[str | None]:
    return [(await router.chat(caller, question, **options)).kept for question in questions]


async def test_a_question_in_other_words_is_given_the_answer(
    router: Router, caller: Caller, writer: ScriptedModelServer
) -> None:
    first, second = await router.chat(caller, ASKED), await router.chat(caller, OTHERWISE)

    assert (first.kept, second.kept) == ("miss", "semantic")
    assert second.headers["x-ragstone-cache"].startswith("semantic; age=")
    assert first.body == second.body
    assert len(writer.received) == 1


@pytest.mark.parametrize(
    "other",
    [
        "What was the revenue of the bank in 2024?",
        "What was the profit of the bank in 2023?",
        "What was not the revenue of the bank in 2023?",
        "When was the revenue of the bank in 2023?",
        "What was the revenue of the Bank of Utah in 2023?",
    ],
)
async def test_a_question_that_asks_something_else_in_nearly_the_same_words_is_not(
    other: str, router: Router, caller: Caller
) -> None:
    assert await kept(router, caller, ASKED, other) == ["miss", "miss"]


@pytest.mark.parametrize(
    "options",
    [
        {"max_tokens": 7},
        {"headers": {"x-ragstone-index-version": "2"}},
        {"tools": [{"type": "function", "function": {"name": "look"}}]},
    ],
)
async def test_only_questions_that_differ_in_nothing_else_are_compared(
    options: dict[str, Any], router: Router, caller: Caller
) -> None:
    await router.chat(caller, ASKED)
    assert await kept(router, caller, OTHERWISE, **options) == ["miss"]


async def test_the_passages_before_a_question_must_be_the_very_same(router: Router, caller: Caller) -> None:
    def passages(text: str, question: str) -> str:
        return f"[1] {text}\n\nQuestion: {question}"

    questions = [passages("Seven.", ASKED), passages("Seven.", OTHERWISE), passages("Eight.", OTHERWISE)]
    assert await kept(router, caller, *questions) == ["miss", "semantic", "miss"]


async def test_the_turns_before_must_be_the_very_same(router: Router, caller: Caller) -> None:
    def turns(before: str, question: str) -> list[dict[str, str]]:
        said = [("user", before), ("assistant", "Yes."), ("user", question)]
        return [{"role": role, "content": content} for role, content in said]

    asked = [turns("A bank?", ASKED), turns("A bank?", OTHERWISE), turns("A shop?", OTHERWISE)]
    told = [(await router.chat(caller, messages=messages)).kept for messages in asked]
    assert told == ["miss", "semantic", "miss"]


async def test_the_cross_encoder_must_find_that_each_answers_the_other(open_router: OpenRouter, caller: Caller) -> None:
    strict = {"semantic": {"seconds": 60, "least_similarity": 0.6, "least_agreement": 0.99}}
    router = await open_router(strict)
    longer = "In 2023, what was the revenue that the bank had?"
    assert await kept(router, caller, ASKED, longer) == ["miss", "miss"]


async def test_what_was_found_so_gets_too_old_as_well(open_router: OpenRouter, caller: Caller) -> None:
    router = await open_router({"exact": {"seconds": 60}, "semantic": LENIENT["semantic"] | {"seconds": 0.05}})
    await router.chat(caller, ASKED)
    await asyncio.sleep(0.1)
    assert await kept(router, caller, OTHERWISE, ASKED) == ["miss", "hit"]


async def test_an_embedder_that_is_away_makes_it_a_miss(
    router: Router, caller: Caller, inference: ScriptedModelServer
) -> None:
    inference.away.add("bge-small-en-v1.5")
    assert await kept(router, caller, ASKED, OTHERWISE, OTHERWISE) == ["miss", "miss", "hit"]


async def test_an_answer_that_failed_answers_no_other_question(
    router: Router, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(end_after=2))
    await router.chat(caller, ASKED, stream=True)
    assert await kept(router, caller, OTHERWISE) == ["miss"]

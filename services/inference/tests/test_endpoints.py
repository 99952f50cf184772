import asyncio
from collections.abc import Callable

import numpy as np
import orjson
import pytest

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RemoteProblem
from ragstone_contracts.models import EMBEDDER, EXTRACTIVE, LATE_INTERACTION, NO_ANSWER, RERANKER
from ragstone_contracts.provenance import Passage, wrap
from ragstone_inference.catalogue import Models
from ragstone_kit.identity import Caller

PASSAGES = [Passage(1, "Norway", "Oslo is the capital of Norway. It has 700,000 inhabitants.")]


def _messages(question: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"{wrap(PASSAGES)}\n\nQuestion: {question}"}]


async def test_vectors_are_of_unit_length_and_near_for_near_texts(client: RouterClient, caller: Caller) -> None:
    vectors = await client.embed(caller, ["A cat sleeps.", "A kitten naps.", "Interest rates rose."])

    assert vectors.shape == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


async def test_a_vector_does_not_depend_on_its_neighbours(client: RouterClient, caller: Caller) -> None:
    alone = await client.embed(caller, ["A cat sleeps."])
    among = await client.embed(caller, ["x " * 300, "A cat sleeps.", "short"])

    assert np.array_equal(alone[0], among[1])


async def test_float_and_base64_carry_the_same_numbers(client: RouterClient, caller: Caller) -> None:
    body = orjson.dumps({"model": EMBEDDER, "input": "A cat sleeps."})
    async with client.open(caller, "POST", "/v1/embeddings", body) as response:
        floats = orjson.loads(await response.read())["data"][0]["embedding"]

    assert np.array_equal(np.array(floats, dtype=np.float32), (await client.embed(caller, ["A cat sleeps."]))[0])


async def test_a_query_does_not_wait_behind_an_upload(client: RouterClient, caller: Caller) -> None:
    upload = asyncio.create_task(client.embed(caller, ["many words of a document " * 8] * 50))
    await asyncio.sleep(0.05)

    await client.embed(caller, ["a question"])

    assert not upload.done()
    await upload


async def test_the_relevant_document_is_ranked_first(client: RouterClient, caller: Caller) -> None:
    scores = await client.rerank(caller, "capital of Norway", ["Paris is in France.", "Oslo is the capital of Norway."])

    assert scores[1] > 0.9 > 0.1 > scores[0]


async def test_late_interaction_prefers_the_text_that_has_the_querys_words_in_their_sense(
    client: RouterClient, caller: Caller
) -> None:
    texts = ["Oslo is the capital of Norway.", "Venture capital is raised in rounds.", "Paris is in France."]
    scores = await client.rerank(caller, "capital of Norway", texts, LATE_INTERACTION)

    assert scores[0] == max(scores)
    assert all(0 <= score <= 1 for score in scores)
    [itself] = await client.rerank(caller, "capital of Norway", ["capital of Norway"], LATE_INTERACTION)
    assert itself == pytest.approx(1.0, abs=1e-5)


async def test_a_text_has_the_same_score_by_late_interaction_whatever_comes_with_it(
    client: RouterClient, caller: Caller
) -> None:
    texts = ["Oslo is the capital of Norway.", "The capital of a company, in the words of its books. " * 20, ""]
    together = await client.rerank(caller, "capital of Norway", texts, LATE_INTERACTION)
    alone = [(await client.rerank(caller, "capital of Norway", [text], LATE_INTERACTION))[0] for text in texts]

    assert together == alone


async def test_without_the_embedders_files_there_is_no_late_interaction(
    client_of: Callable[[Models], RouterClient], without_models: Models, caller: Caller
) -> None:
    client = client_of(without_models)
    for model in (LATE_INTERACTION, RERANKER):
        with pytest.raises(RemoteProblem) as caught:
            await client.rerank(caller, "query", ["text"], model)
        assert (caught.value.status, caught.value.code) == (503, "model_unavailable")
    with pytest.raises(RemoteProblem) as caught:
        await client.rerank(caller, "query", ["text"], "no-such")
    assert (caught.value.status, caught.value.code) == (404, "unknown_model")


async def test_a_chat_streams_and_ends_with_its_usage(client: RouterClient, caller: Caller) -> None:
    async with client.chat(caller, EXTRACTIVE, _messages("What is the capital of Norway?")) as stream:
        text = "".join([piece async for piece in stream.text()])

    assert text == "Oslo is the capital of Norway. [1]"
    assert stream.usage.completion_tokens > 0
    assert stream.usage.total_tokens == stream.usage.prompt_tokens + stream.usage.completion_tokens


async def test_a_chat_is_answered_whole_when_it_is_not_streamed(client: RouterClient, caller: Caller) -> None:
    body = orjson.dumps({"model": EXTRACTIVE, "messages": _messages("What is the capital of Norway?")})
    async with client.open(caller, "POST", "/v1/chat/completions", body) as response:
        answer = orjson.loads(await response.read())

    assert answer["choices"][0]["message"]["content"] == "Oslo is the capital of Norway. [1]"
    assert answer["choices"][0]["finish_reason"] == "stop"


async def test_the_models_are_listed(client: RouterClient, caller: Caller) -> None:
    assert [card.id for card in (await client.list_models(caller)).data] == [
        EMBEDDER,
        RERANKER,
        LATE_INTERACTION,
        EXTRACTIVE,
    ]


async def test_an_unknown_model_is_not_found(client: RouterClient, caller: Caller) -> None:
    with pytest.raises(RemoteProblem) as caught:
        await client.embed(caller, ["text"], model="no-such")

    assert (caught.value.status, caught.value.code) == (404, "unknown_model")


@pytest.mark.parametrize("texts", [[], ["text"] * 51])
async def test_too_few_or_too_many_texts_are_refused(texts: list[str], client: RouterClient, caller: Caller) -> None:
    with pytest.raises(RemoteProblem) as caught:
        await client.embed(caller, texts)

    assert caught.value.status == 422


async def test_without_model_files_the_extractive_answerer_still_answers(
    client_of: Callable[[Models], RouterClient], without_models: Models, caller: Caller
) -> None:
    client = client_of(without_models)

    with pytest.raises(RemoteProblem) as caught:
        await client.embed(caller, ["text"])
    assert (caught.value.status, caught.value.code) == (503, "model_unavailable")

    answers = {}
    for question in ("What is the capital of Norway?", "Who painted the ceiling?"):
        async with client.chat(caller, EXTRACTIVE, _messages(question)) as stream:
            answers[question] = "".join([piece async for piece in stream.text()])
    assert list(answers.values()) == ["Oslo is the capital of Norway. [1]", NO_ANSWER]
    await client.ready()

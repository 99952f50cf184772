"""The extractive answerer over real passages, with the real cross-encoder and without any model."""

import re
from collections.abc import Sequence

import pytest

from ragstone_contracts.models import NO_ANSWER, Message
from ragstone_contracts.provenance import Passage, wrap
from ragstone_inference.catalogue import Models
from ragstone_inference.extractive import ExtractiveChatModel
from ragstone_inference.ports import ChatModel

HANDBOOK = [
    Passage(
        1,
        "Returns and refunds",
        "Returns\n\nYou may return any unused product within 30 days of delivery. It must be in its original\n"
        "packaging. Refunds are paid to the original payment method within 5 working days after we\n"
        "receive the product.\n\nReturn shipping is free in the European Union. Elsewhere the customer pays for it.",
    ),
    Passage(
        2,
        "Plans and prices",
        "## Plans\n\nThe Basic plan is free and includes 3 projects. The Pro plan costs 20 EUR a month and includes\n"
        "unlimited projects.\n\nPlan | Price | Support\nBasic | 0 EUR | Community forum\nPro | 20 EUR | E-mail within"
        " one day\nEnterprise | on request | Telephone at any hour\n",
    ),
    Passage(
        3,
        "The company",
        "Northwind was founded by Ada Berg in Oslo in 1987. She led the company until 2009. Today it employs 420 people"
        " in six countries.\n\n- Head office: Oslo, Norway\n- Research: Aachen, Germany\n- Warehouse: Gdansk, Poland\n",
    ),
    Passage(4, "Returns and refunds", "You may return any unused product within 30 days of delivery."),
]
ANSWERED = [
    ("How long do I have to return a product?", "within 30 days of delivery", 1),
    ("When will I get my refund?", "within 5 working days", 1),
    ("Where is return shipping free?", "free in the European Union", 1),
    ("How much does the Pro plan cost?", "20 EUR", 2),
    ("Who founded Northwind?", "Ada Berg", 3),
    ("How many people does Northwind employ?", "employs 420 people", 3),
    ("Where is the head office of the company?", "Head office: Oslo, Norway", 3),
    ("What support does the Enterprise plan have?", "Telephone at any hour", 2),
]
NOT_ANSWERED = [
    "What is the boiling point of mercury?",
    "Who won the football world cup in 1998?",
    "How do I configure a reverse proxy?",
    "What was the revenue of Northwind in 2023?",
    "Which vaccines are recommended for travellers?",
]


@pytest.fixture
def with_model(real_models: Models) -> ChatModel:
    return real_models.chat[0]


async def _answer(model: ChatModel, question: str, passages: Sequence[Passage] = HANDBOOK) -> str:
    content = f"{wrap(passages)}\n\nQuestion: {question}"
    messages = [Message(role="system", content="Answer."), Message(role="user", content=content)]
    return "".join([piece async for piece in model.complete(messages)])


def _sentences(answer: str) -> list[tuple[str, int]]:
    cited = re.findall(r"(.+?) \[(\d+)\](?: |$)", answer)
    assert " ".join(f"{text} [{number}]" for text, number in cited) == answer
    return [(text, int(number)) for text, number in cited]


@pytest.mark.parametrize(("question", "expected", "number"), ANSWERED)
async def test_a_question_is_answered_with_the_sentence_that_answers_it(
    question: str, expected: str, number: int, with_model: ChatModel
) -> None:
    sentences = _sentences(await _answer(with_model, question))

    assert any(expected in text and cited == number for text, cited in sentences), sentences


@pytest.mark.parametrize("question", NOT_ANSWERED)
async def test_a_question_the_passages_do_not_answer_gets_the_one_sentence_that_says_so(
    question: str, with_model: ChatModel
) -> None:
    assert await _answer(with_model, question) == NO_ANSWER
    assert await _answer(ExtractiveChatModel(), question) == NO_ANSWER


@pytest.mark.parametrize("question", [question for question, _, _ in ANSWERED])
async def test_every_sentence_stands_in_the_passage_it_cites(question: str, with_model: ChatModel) -> None:
    source = {passage.number: " ".join(passage.text.split()) for passage in HANDBOOK}

    for text, number in _sentences(await _answer(with_model, question)):
        assert text in source[number]


async def test_a_pronoun_sentence_is_read_with_the_one_before(with_model: ChatModel) -> None:
    assert "She led the company until 2009. [3]" in await _answer(with_model, "Until when did Ada Berg lead Northwind?")


async def test_a_comparison_quotes_both_sides(with_model: ChatModel) -> None:
    answer = await _answer(with_model, "Compare the Basic plan and the Pro plan.")

    assert "Basic" in answer
    assert "Pro" in answer


async def test_the_same_sentence_in_two_passages_is_said_once(with_model: ChatModel) -> None:
    answer = await _answer(with_model, "How long do I have to return a product?")

    assert answer.count("within 30 days of delivery") == 1


async def test_the_same_request_gets_the_same_answer(with_model: ChatModel) -> None:
    answers = {await _answer(with_model, "Who founded Northwind?") for _ in range(3)}

    assert len(answers) == 1


async def test_without_a_model_shared_words_find_the_answer() -> None:
    answer = await _answer(ExtractiveChatModel(), "How much does the Pro plan cost?")

    assert "The Pro plan costs 20 EUR a month and includes unlimited projects. [2]" in answer


@pytest.mark.parametrize("question", ["", "   ", "?", "what is it?"])
async def test_a_question_without_a_telling_word_gets_no_answer(question: str, with_model: ChatModel) -> None:
    assert await _answer(with_model, question) == NO_ANSWER


async def test_without_passages_there_is_no_answer(with_model: ChatModel) -> None:
    assert await _answer(with_model, "Who founded Northwind?", []) == NO_ANSWER

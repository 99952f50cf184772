"""A question that was answered before in other words, found by its vector and verified by its words."""

from dataclasses import dataclass

from ragstone_router.ask import Ask
from ragstone_router.caching.comparing import agreement, vector_of
from ragstone_router.caching.config import SemanticConfig
from ragstone_router.caching.keys import Question
from ragstone_router.caching.questions import Questions, Vector
from ragstone_router.caching.verifying import agree, read_question
from ragstone_router.providers.port import Provider

_LOOKED_AT = 5


@dataclass(frozen=True)
class Sought:
    """A question with its vector; ``key`` is that of the answer to one that asks the same, if there is one."""

    question: Question
    vector: Vector
    key: str | None


async def seek(
    questions: Questions, inference: Provider, config: SemanticConfig, ask: Ask, question: Question
) -> Sought | None:
    """None when questions cannot be compared now."""
    vector = await vector_of(inference, ask, question.text)
    if vector is None:
        return None
    asked = read_question(question.text)
    for answered in questions.near(question, vector, config.least_similarity, _LOOKED_AT):
        if not agree(asked, read_question(answered.text)):
            continue
        if await agreement(inference, ask, question.text, answered.text) >= config.least_agreement:
            return Sought(question, vector, answered.key)
    return Sought(question, vector, None)

"""What a chat request asks and over which passages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragstone_contracts.models import Message
from ragstone_contracts.provenance import Passage, unwrap

_COMMAND = re.compile(
    r"(?:please\s+)?(?:compare|contrast|list|describe|explain|show|name|give|tell|summari[sz]e)\s+(?:me\s+)?(?:about\s+)?",
    re.IGNORECASE,
)
QUESTION_MARK = "\nQuestion: "
"""Stands before the question, after the provenance blocks, in the last message of the user."""


@dataclass(frozen=True)
class Prompt:
    question: str
    passages: list[Passage]


def read_prompt(messages: Sequence[Message]) -> Prompt:
    """The question is what follows the last mark in the last message of the user, or all of it without a mark."""
    asked = next((message.text for message in reversed(messages) if message.role == "user"), "")
    passages = [passage for message in messages for passage in unwrap(message.text)]
    _, _, question = asked.rpartition(QUESTION_MARK)
    return Prompt(question.strip(), passages)


def subject(question: str) -> str:
    """The question without a leading command: a model that judges relevance takes "list" for something to look for."""
    text = question.strip()
    command = _COMMAND.match(text)
    return text[command.end() :] if command else text

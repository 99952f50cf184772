"""Questions and answers with proof."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ragstone_contracts.documents import Box
from ragstone_contracts.model import Wire
from ragstone_contracts.search import ALL_COLLECTIONS, ScoredChunk


class ChatMessage(Wire):
    role: Literal["system", "user", "assistant"]
    content: str = Field(max_length=100_000)


class ChatRequest(Wire):
    """One question, alone (``question``) or as the last user turn of ``messages``."""

    question: str | None = Field(default=None, min_length=1, max_length=8000)
    messages: list[ChatMessage] | None = Field(default=None, min_length=1, max_length=200)
    collection: str = ALL_COLLECTIONS
    thread_id: str | None = Field(default=None, max_length=100)
    model: str | None = None
    stream: bool = False

    @model_validator(mode="after")
    def _one_question(self) -> "ChatRequest":
        if (self.question is None) == (self.messages is None):
            raise ValueError("send either 'question' or 'messages'")
        if self.messages is not None and (self.messages[-1].role != "user" or not self.messages[-1].content.strip()):
            raise ValueError("the last of 'messages' must be a question of the user")
        if self.question is not None and not self.question.strip():
            raise ValueError("'question' is blank")
        return self

    @property
    def history(self) -> list[ChatMessage]:
        """All turns, the question last."""
        return self.messages or [ChatMessage(role="user", content=self.question or "")]


Match = Literal["exact", "normalised", "supported"]
"""How a sentence was tied to its source: it is the source's text, it is so after normalising white space, case, dashes
and ligatures, or its words, numbers and names are borne out by the quoted range."""


class Citation(Wire):
    """A range of a document version that bears out a sentence of the answer.

    ``answer[sentence[0]:sentence[1]]`` is the sentence and ``canonical[start:end] == quote``; the server checked both.
    """

    sentence: tuple[int, int]
    document_id: str
    version: int
    title: str
    page: int | None = None
    start: int
    end: int
    quote: str
    boxes: list[Box] = []
    match: Match


class Unsupported(Wire):
    """A sentence the writer produced that no retrieved passage bears out; it was removed from the answer."""

    sentence: str
    reason: str


class Usage(Wire):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Fallback(Wire):
    """The model that should have answered, and why another did."""

    wanted: str
    reason: str


class Answer(Wire):
    """``cost_usd`` is None when a price is unknown, never 0 by guess; ``timings`` are seconds by stage."""

    answer_id: str
    answer: str
    citations: list[Citation] = []
    unsupported: list[Unsupported] = []
    abstained: bool = False
    conflict: bool = False
    model: str
    fallback: Fallback | None = None
    usage: Usage = Usage()
    cost_usd: float | None = None
    timings: dict[str, float] = {}
    trace_id: str = ""
    thread_id: str | None = None


class StatusEvent(Wire):
    type: Literal["status"] = "status"
    stage: str
    detail: str = ""


class PassageEvent(Wire):
    type: Literal["passage"] = "passage"
    passage: ScoredChunk


class TokenEvent(Wire):
    """The next piece of the answer; the pieces joined are exactly ``answer`` of the final event."""

    type: Literal["token"] = "token"
    text: str


class CitationEvent(Wire):
    type: Literal["citation"] = "citation"
    citation: Citation


class UsageEvent(Wire):
    type: Literal["usage"] = "usage"
    usage: Usage
    cost_usd: float | None = None
    model: str


class DoneEvent(Wire):
    type: Literal["done"] = "done"
    answer: Answer


class ErrorEvent(Wire):
    """The problem document of what went wrong, as ``Problem`` has it."""

    type: Literal["error"] = "error"
    problem: dict[str, Any]


ChatEvent = Annotated[
    StatusEvent | PassageEvent | TokenEvent | CitationEvent | UsageEvent | DoneEvent | ErrorEvent,
    Field(discriminator="type"),
]

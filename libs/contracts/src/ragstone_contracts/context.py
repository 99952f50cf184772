"""Context: what a search found, as a model is to read it."""

from typing import Literal

from pydantic import Field

from ragstone_contracts.model import Wire
from ragstone_contracts.search import SearchRequest, SearchResponse

Order = Literal["best_first", "document", "ends"]


class ContextRequest(SearchRequest):
    """A search with the room that its results may take; ``limit`` is how many passages are considered.

    ``max_tokens`` bounds all of ``prompt``, marks included, in the tokens of ``ContextResponse.tokenizer``.

    ``order``: ``best_first``; ``document``, best document first and within one as it is written; ``ends``, with the
    best at the beginning and the end and the weakest in the middle, where models read least carefully.
    """

    limit: int = Field(default=20, ge=1, le=200)
    max_tokens: int = Field(default=2000, ge=100, le=200_000)
    order: Order = "best_first"


class ContextBlock(Wire):
    """One or more passages of a document version that touch. ``text == canonical[start:end]``.

    ``number`` counts from 1 in the order of the prompt and is what ``[number]`` in an answer cites. ``context`` is text
    from before it without which it says little; it stands in the prompt before the text. ``date`` is the one the
    document bears. ``cut`` says that ``text`` is a part of a passage too long for the budget. ``tokens`` is what the
    block may take with its marks.
    """

    number: int
    label: str
    """For readers: ``[1] Field guide, Birds > Owls, page 3, version 2, 2024-05-01``."""
    title: str
    section: list[str] = []
    page: int | None = None
    date: str | None = None
    document_id: str
    version: int
    start: int
    end: int
    text: str
    context: str | None = None
    chunk_ids: list[str]
    score: float
    cut: bool = False
    tokens: int


class LeftOut(Wire):
    """A passage that was found and is in no block.

    ``duplicate``: the passage ``of`` says the same, but for a few words that are no number, name or negation.
    ``budget``: there was no room for it.
    """

    chunk_id: str
    reason: Literal["duplicate", "budget"]
    of: str | None = None


class ContextResponse(Wire):
    """``prompt`` is all blocks within provenance marks, ready to stand before a question; ``tokens`` are its tokens."""

    blocks: list[ContextBlock]
    prompt: str
    tokens: int
    max_tokens: int
    tokenizer: str
    """By which tokens were counted: a model's name, or ``approximate`` where no tokenizer is at hand."""
    left_out: list[LeftOut] = []
    search: SearchResponse
    """What was found, best first; its passages are those that blocks and ``left_out`` name."""

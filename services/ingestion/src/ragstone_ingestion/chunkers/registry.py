"""Chunkers by name, from the entry points of every installed package."""

from importlib.metadata import entry_points
from typing import cast

from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.chunkers.port import Chunker
from ragstone_ingestion.tokens import TokenCounter

GROUP = "ragstone.chunkers"
DEFAULT_CHUNKER = "header-aware"
DEFAULT_CHUNK_TOKENS = 160
"""Well below the window of small embedders, and about 800 characters of English."""


def chunker_for(name: str | None, tokens: TokenCounter, chunk_tokens: int | None) -> Chunker:
    """The chunker of that name, or the default one. Raises InvalidRequest for a name that no package provides.

    An entry point of the group ``ragstone.chunkers`` names a callable that takes a TokenCounter and a budget in tokens.
    """
    found = {point.name: point for point in entry_points(group=GROUP)}
    point = found.get(name or DEFAULT_CHUNKER)
    if point is None:
        raise InvalidRequest(f"there is no chunker {name!r}; there are: {', '.join(sorted(found))}")
    return cast(Chunker, point.load()(tokens, chunk_tokens or DEFAULT_CHUNK_TOKENS))

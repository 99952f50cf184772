"""Chunkers by name, from the entry points of every installed package."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points

from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.chunkers.port import Chunker
from ragstone_ingestion.tokens import TokenCounter

GROUP = "ragstone.chunkers"
DEFAULT_CHUNKER = "header-aware"

MakeChunker = Callable[[TokenCounter, CollectionSettings], Chunker]
"""What an entry point of the group names. Raises InvalidRequest for settings that make no sense to it."""


def chunker_for(settings: CollectionSettings, tokens: TokenCounter) -> Chunker:
    """The chunker the settings ask for. Raises InvalidRequest for a name that no package provides."""
    name, makers = settings.chunker or DEFAULT_CHUNKER, _makers()
    if name not in makers:
        raise InvalidRequest(f"there is no chunker {name!r}; there are: {', '.join(sorted(makers))}")
    return makers[name](tokens, settings)


@cache  # looking through the installed packages takes milliseconds, as long as cutting a book's chapter
def _makers() -> dict[str, MakeChunker]:
    return {point.name: point.load() for point in entry_points(group=GROUP)}

"""What a collection may ask of a chunker."""

from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.errors import InvalidRequest

DEFAULT_CHUNK_TOKENS = 160
"""Well below the window of small embedders, and about 800 characters of English."""

_SPECIAL = ("chunk_overlap", "parent_tokens", "window_sentences")


def takes_only(settings: CollectionSettings, *taken: str) -> None:
    """Raises InvalidRequest for an option that is set though the chunker has no use for it."""
    for option in _SPECIAL:
        if option not in taken and getattr(settings, option) is not None:
            raise InvalidRequest(f"the chunker {settings.chunker or 'by default'} takes no {option}")


def budget_and_overlap(settings: CollectionSettings) -> tuple[int, int]:
    """Tokens of a chunk, and how many of them may repeat the chunk before. Raises InvalidRequest over a half."""
    budget, overlap = settings.chunk_tokens or DEFAULT_CHUNK_TOKENS, settings.chunk_overlap or 0
    if 2 * overlap > budget:
        raise InvalidRequest(f"chunk_overlap {overlap} is more than half of the {budget} tokens of a chunk")
    return budget, overlap

"""From a URL to the index it names."""

from collections.abc import Callable
from importlib.metadata import entry_points

from ragstone_contracts.errors import InvalidRequest
from ragstone_index.port import VectorIndex

GROUP = "ragstone.vector_indexes"

Opener = Callable[[str, str | None], VectorIndex]
"""Takes the whole URL and the API key, if any. Connects on first use, never here."""


def open_index(url: str, *, api_key: str | None = None) -> VectorIndex:
    """The index at ``memory:``, ``edge:FOLDER``, ``http(s)://...`` (Qdrant) or ``postgresql://...`` (pgvector).

    The part before the colon names an entry point of the group ``ragstone.vector_indexes``; a package adds an adapter
    by declaring one. Raises InvalidRequest when there is none of that name.
    """
    scheme = url.partition(":")[0]
    found = entry_points(group=GROUP, name=scheme)
    if ":" not in url or not found:
        known = ", ".join(sorted(entry_points(group=GROUP).names))
        raise InvalidRequest(f"no vector index for '{url}'; there are {known}")
    opener: Opener = next(iter(found)).load()
    return opener(url, api_key)

"""From a URL to the index it names."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from ragstone_contracts.errors import InvalidRequest
from ragstone_index.port import VectorIndex

GROUP = "ragstone.vector_indexes"

Opener = Callable[[str, str | None], VectorIndex]
"""Takes the whole URL and the API key, if any. Connects on first use, never here."""


def open_index(url: str, *, api_key: str | None = None) -> VectorIndex:
    """The index at ``memory:``, ``edge:FOLDER``, ``http(s)://...`` (Qdrant) or ``postgresql://...`` (pgvector).

    With their extras there are also ``faiss:FOLDER``, ``chroma:FOLDER``, ``milvus:FOLDER``, ``milvus+http(s)://``,
    ``pinecone://``, ``opensearch+http(s)://``, ``azure-search://`` and ``supabase://``.

    The part before the colon names an entry point of the group ``ragstone.vector_indexes``; a package adds an adapter
    by declaring one. Raises InvalidRequest when there is none of that name, or when its extra is not
    installed.
    """
    scheme = url.partition(":")[0]
    found = entry_points(group=GROUP, name=scheme)
    if ":" not in url or not found:
        known = ", ".join(sorted(entry_points(group=GROUP).names))
        raise InvalidRequest(f"no vector index for '{url}'; there are {known}")
    return _opener(next(iter(found)))(url, api_key)


def _opener(entry: EntryPoint) -> Opener:
    try:
        opener: Opener = entry.load()
    except ModuleNotFoundError as error:
        missing = f"'{entry.name}:' needs the package '{error.name}': install ragstone-index with the extra for it"
        raise InvalidRequest(missing) from error
    return opener

"""From a URL to an index."""

import sys
from pathlib import Path

import pytest

from ragstone_contracts.errors import InvalidRequest
from ragstone_index import InMemoryVectorIndex, open_index
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_index.qdrant_server import QdrantServerIndex
from ragstone_testing.vector_index_samples import fill, found, stored


async def test_memory_opens_an_empty_index() -> None:
    assert isinstance(open_index("memory:"), InMemoryVectorIndex)


async def test_edge_opens_a_folder_with_any_name(tmp_path: Path) -> None:
    index = open_index(f"edge:{tmp_path}/an index: ü")
    assert isinstance(index, QdrantEdgeIndex)
    await fill(index, stored("a"))
    await index.close()
    again = open_index(f"edge:{tmp_path}/an index: ü")
    assert await found(again) == {"a"}
    await again.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://localhost:1/prefix"])
async def test_a_server_is_not_connected_to_before_it_is_used(url: str) -> None:
    index = open_index(url)
    assert isinstance(index, QdrantServerIndex)
    await index.close()


@pytest.mark.parametrize("url", ["", "memory", "unknown:x", "/a/folder"])
def test_an_unknown_kind_is_refused_with_those_there_are(url: str) -> None:
    with pytest.raises(InvalidRequest, match=r"chroma, edge, faiss, http, https, memory, .*postgresql"):
        open_index(url)


def test_a_store_whose_extra_is_not_installed_says_which_package_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_index", None)
    for loaded in [name for name in sys.modules if name.startswith(("llama_index.", "ragstone_index.stores"))]:
        monkeypatch.delitem(sys.modules, loaded)
    with pytest.raises(InvalidRequest, match=r"'opensearch\+http:' needs the package 'llama_index"):
        open_index("opensearch+http://127.0.0.1:1?catalog=x")

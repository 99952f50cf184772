"""Ragstone over any of its indexes: the port alone, and the whole retrieval service around it.

    python -m bench.retrieval.contestants.ragstone CORPUS edge EMBEDDER_URL FOLDER

``hybrid`` and ``dense`` ask the index with the query's vectors, as the peers are asked. ``service`` sends the question
as text to the retrieval service: the token is verified, the collection looked up in ingestion's tables, the question
embedded by another process and encoded, both legs searched, fused, and the passages' texts written as JSON.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.retrieval.contestants.dataset import (
    CANDIDATES,
    NOW,
    READER,
    RESULTS,
    TENANT,
    Asked,
    Dataset,
    Point,
    batches,
    fused,
)
from bench.retrieval.contestants.serving import Search, serve
from pydantic import SecretStr

from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import Collection, NewCollection
from ragstone_contracts.identity import Identity
from ragstone_contracts.search import SearchRequest
from ragstone_index import IndexedChunk, SparseVector, StoredChunk, VectorIndex, Visibility, open_index
from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import ModelSettings
from ragstone_ingestion.app import create_app as create_ingestion
from ragstone_ingestion.settings import IngestionSettings
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.transport import AiohttpTransport, AsgiTransport
from ragstone_retrieval.app import create_app as create_retrieval
from ragstone_retrieval.settings import RetrievalSettings

SECRET = SecretStr("-" * 32)
BATCH = 500


@dataclass(frozen=True)
class Services:
    index: VectorIndex
    retrieval: RetrievalClient
    collection: Collection
    tokens: IdentityTokens


@asynccontextmanager
async def _running(index_url: str, embedder_url: str, folder: Path) -> AsyncIterator[Services]:
    index, router = open_index(index_url), RouterClient(AiohttpTransport(embedder_url))
    ingestion = create_ingestion(_ingestion_settings(folder), index=index, router=router)
    client = IngestionClient(AsgiTransport(ingestion))
    settings = RetrievalSettings(internal_secret=SECRET, candidates=CANDIDATES)
    retrieval = create_retrieval(settings, index=index, ingestion=client, router=router)
    tokens = IdentityTokens(SECRET, lifetime=24 * 3600)
    async with ingestion.router.lifespan_context(ingestion), retrieval.router.lifespan_context(retrieval):
        owner = tokens.mint(Identity(tenant=TENANT, user="owner"))
        collection = await client.create_collection(owner, NewCollection(name="bench"))
        yield Services(index, RetrievalClient(AsgiTransport(retrieval)), collection, tokens)
        await index.close()


class Ragstone:
    def __init__(self, index_url: str, embedder_url: str, folder: Path) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._services = self._runner.run(self._stack.enter_async_context(_running(index_url, embedder_url, folder)))

    def build(self, dataset: Dataset) -> None:
        self._runner.run(self._build(dataset))

    async def _build(self, dataset: Dataset) -> None:
        index, collection = self._services.index, self._services.collection.index_id
        for batch in batches(dataset.points(), BATCH):
            await index.upsert(collection, [_indexed(point) for point in batch])

    def searches(self) -> Mapping[str, Search]:
        return {"hybrid": self._hybrid, "dense": self._dense, "service": self._service}

    def _hybrid(self, question: Asked) -> list[int]:
        vectors = (np.asarray(question.dense), SparseVector(question.indices, question.values))
        index, collection = self._services.index, self._services.collection.index_id
        found = self._runner.run(index.hybrid(collection, vectors, _visibility(question), CANDIDATES))
        return fused([[int(hit.chunk.chunk_id) for hit in leg] for leg in (found.dense, found.sparse)])

    def _dense(self, question: Asked) -> list[int]:
        index, collection = self._services.index, self._services.collection.index_id
        hits = self._runner.run(index.dense(collection, question.dense, _visibility(question), RESULTS))
        return [int(hit.chunk.chunk_id) for hit in hits]

    def _service(self, question: Asked) -> list[int]:
        groups = [entry.removeprefix("group:") for entry in question.principals if entry.startswith("group:")]
        caller = self._services.tokens.mint(Identity(tenant=TENANT, user=READER.removeprefix("user:"), groups=groups))
        request = SearchRequest(query=question.text, collection="bench", limit=RESULTS, strategy="hybrid")
        found = self._runner.run(self._services.retrieval.search(caller, request))
        if found.degraded:
            raise RuntimeError(f"searched without {found.degraded}")
        return [int(chunk.chunk_id) for chunk in found.results]

    def others(self) -> list[int]:
        return []

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()


def _visibility(question: Asked) -> Visibility:
    return Visibility(TENANT, question.principals, NOW)


def _indexed(point: Point) -> IndexedChunk:
    chunk = StoredChunk(
        chunk_id=str(point.number),
        tenant=point.tenant,
        acl=point.acl,
        document_id=f"document {point.document}",
        version=1,
        title=f"document {point.document}",
        start=0,
        end=len(point.text),
        text=point.text,
        born=point.born,
        died=point.died,
    )
    return IndexedChunk(chunk, np.asarray(point.dense), SparseVector(point.indices, point.values))


def _ingestion_settings(folder: Path) -> IngestionSettings:
    return IngestionSettings(
        internal_secret=SECRET,
        database_url=f"sqlite+aiosqlite:///{folder / 'ingestion.db'}",
        objects_url=str(folder / "objects"),
        tokenizer_file=ensure_models(ModelSettings().models_dir).embedder.tokenizer,
        embedded_worker=False,
        sole_worker=True,
    )


if __name__ == "__main__":
    corpus, engine, embedder_url, folder = sys.argv[1:]
    serve(Ragstone(f"{engine}:{folder}/index", embedder_url, Path(folder)), Path(corpus))

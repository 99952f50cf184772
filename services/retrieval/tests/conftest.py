"""Retrieval over an index in memory, with an ingestion that knows one collection and models that can go away."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import (
    Collection,
    CollectionList,
    CollectionSettings,
    Document,
    RangeLocation,
    RangeLocations,
    ReadBoxes,
)
from ragstone_contracts.errors import NotFound, Unavailable
from ragstone_contracts.fields import CollectionFields
from ragstone_contracts.identity import Identity
from ragstone_contracts.models import RerankRequest, RerankResponse, RerankResult
from ragstone_index import IndexedChunk, InMemoryVectorIndex, StoredChunk, encode_document
from ragstone_kit.app import create_service
from ragstone_kit.caller import CallerDependency
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.problems import problem_response
from ragstone_kit.settings import ServiceSettings
from ragstone_kit.transport import AsgiTransport
from ragstone_retrieval.app import create_app
from ragstone_retrieval.settings import RetrievalSettings
from ragstone_testing.counted_fields import counted
from ragstone_testing.scripted_models import ScriptedModelServer, hashed_vectors

SECRET = SecretStr("s" * 32)
DIMENSIONS = 256
PASSAGES = {
    "tides": "High water in the harbour is at six in the morning, and ships wait for it.",
    "fees": "Mooring fees are charged by the metre and the night.",
    "apples": "Apple trees are pruned in late winter, before the buds open.",
    "cider": "Cider of bitter apples keeps for years in the cellar.",
}


@dataclass
class Ingestion:
    """Knows the collections of the tenant ``acme``."""

    collections: list[Collection]
    settings: ServiceSettings = field(default_factory=lambda: ServiceSettings(internal_secret=SECRET))
    texts: dict[str, str] = field(default_factory=dict)
    """The canonical text of documents, by id."""
    documents: list[Document] = field(default_factory=list)
    metadata: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By collection id, what is known of its documents; a collection that is missing has fields that cannot be had."""
    states: dict[str, int] = field(default_factory=dict)
    """The sequences that names and times of the past stand for."""

    def _then(self, collection: Collection, as_of: str | None) -> Collection:
        if as_of is None:
            return collection
        if as_of not in self.states:
            raise NotFound(f"there is no state {as_of!r}")
        return collection.model_copy(update={"sequence": self.states[as_of]})

    def app(self) -> FastAPI:
        router = APIRouter()

        @router.get("/v1/collections/{name_or_id}")
        async def get_collection(name_or_id: str, caller: CallerDependency, as_of: str | None = None) -> Collection:
            known = {key: one for one in self.collections for key in (one.id, one.name)}
            if caller.identity.tenant != "acme" or name_or_id not in known:
                raise NotFound("no such collection")
            return self._then(known[name_or_id], as_of)

        @router.get("/v1/collections")
        async def list_collections(caller: CallerDependency, as_of: str | None = None) -> CollectionList:
            seen = self.collections if caller.identity.tenant == "acme" else []
            return CollectionList(collections=[self._then(one, as_of) for one in seen])

        @router.get("/v1/collections/{collection_id}/fields")
        async def list_fields(collection_id: str, values: int) -> CollectionFields:
            if collection_id not in self.metadata:
                raise Unavailable("the fields cannot be had")
            return counted(collection_id, self.metadata[collection_id], values)

        @router.get("/v1/documents/{document_id}")
        async def get_document(document_id: str, caller: CallerDependency) -> Document:
            identity, known = caller.identity, {one.document_id: one for one in self.documents}
            document = known.get(document_id)
            if identity.tenant != "acme" or document is None or set(document.acl).isdisjoint(identity.principals):
                raise NotFound(f"there is no document {document_id!r}")
            return document

        @router.post("/v1/documents/{document_id}/locate")
        async def locate(document_id: str, wanted: ReadBoxes, caller: CallerDependency) -> RangeLocations:
            if caller.identity.tenant != "acme" or document_id not in self.texts:
                raise NotFound("no such document")
            text = self.texts[document_id]
            return RangeLocations(locations=[RangeLocation(text=text[start:end]) for start, end in wanted.ranges])

        return create_service("ingestion", self.settings, [router])


class Models:
    """The scripted embedder, and a reranker that counts common words. Paths in ``away`` answer 503."""

    def __init__(self) -> None:
        self.away: set[str] = set()
        self.reranked: list[str] = []
        self.reranked_by = ""
        self.embedder = ScriptedModelServer(dimensions=DIMENSIONS)
        router = APIRouter()
        router.post("/v1/rerank")(self._rerank)
        self._reranker = create_service("router", ServiceSettings(internal_secret=SECRET), [router])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in self.away:
            await problem_response(Unavailable("the model is away"))(scope, receive, send)
        elif scope["path"] == "/v1/embeddings":
            await self.embedder(scope, receive, send)
        else:
            await self._reranker(scope, receive, send)

    async def _rerank(self, request: RerankRequest) -> RerankResponse:
        self.reranked, self.reranked_by = request.documents, request.model
        wanted = set(request.query.lower().split())
        shares = [len(wanted & set(text.lower().split())) / len(wanted) for text in request.documents]
        results = [RerankResult(index=index, relevance_score=share) for index, share in enumerate(shares)]
        return RerankResponse(model=request.model, results=results)


def indexed(chunk_id: str, text: str, **changes: Any) -> IndexedChunk:
    """A chunk of its own document that all of ``acme`` see from sequence 1 on, unless ``changes`` say otherwise."""
    plain = StoredChunk(chunk_id, "acme", ["*"], f"doc-{chunk_id}", 1, chunk_id.title(), 0, len(text), text, born=1)
    return IndexedChunk(replace(plain, **changes), hashed_vectors([text], DIMENSIONS)[0], encode_document(text))


def caller(tenant: str = "acme", user: str = "ann", groups: Sequence[str] = ()) -> Caller:
    return IdentityTokens(SECRET).mint(Identity(tenant=tenant, user=user, groups=list(groups)))


@pytest.fixture
def ingestion() -> Ingestion:
    settings = CollectionSettings()
    harbour = Collection(id="c1", name="Harbour", acl=["*"], settings=settings, documents=4, sequence=3, created_at=0)
    return Ingestion([harbour])


@pytest.fixture
def models() -> Models:
    return Models()


@pytest.fixture
async def index() -> InMemoryVectorIndex:
    index = InMemoryVectorIndex()
    await index.upsert("c1", [indexed(chunk_id, text) for chunk_id, text in PASSAGES.items()])
    return index


@pytest.fixture
def settings() -> RetrievalSettings:
    return RetrievalSettings(internal_secret=SECRET)


@pytest.fixture
def app(settings: RetrievalSettings, index: InMemoryVectorIndex, ingestion: Ingestion, models: Models) -> FastAPI:
    return create_app(
        settings,
        index=index,
        ingestion=IngestionClient(AsgiTransport(ingestion.app())),
        router=RouterClient(AsgiTransport(models)),
    )


@pytest.fixture
def retrieval(app: FastAPI) -> RetrievalClient:
    return RetrievalClient(AsgiTransport(app))

"""The public API's collections, documents, search and chat in memory, for tests of what calls it from outside.

It speaks the contracts and shares no code with the gateway. Documents are cut at blank lines;
``dense`` compares sets of letter trigrams, ``sparse`` sets of words, ``hybrid`` takes the mean of both.
"""

import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, FastAPI, Form, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from ragstone_contracts.chat import Answer, ChatEvent, ChatRequest, DoneEvent, StatusEvent, TokenEvent
from ragstone_contracts.documents import (
    Collection,
    CollectionList,
    DeleteReceipt,
    Document,
    DocumentAccepted,
    DocumentError,
    DocumentList,
    DocumentState,
    DocumentText,
    NewCollection,
)
from ragstone_contracts.errors import Conflict, NotFound, Unauthenticated, Unavailable
from ragstone_contracts.health import Readiness
from ragstone_contracts.search import ScoredChunk, SearchRequest, SearchResponse
from ragstone_kit import sse
from ragstone_kit.problems import install_problem_handlers

API_KEY = "rs_test-key"
REJECTED = b"%rejected%"
"""An upload that contains this ends rejected."""


@dataclass
class PublicApiState:
    """What the API holds, and the faults a test planted in it.

    ``polls_until_ready`` looks at a new document find it still running; ``busy_uploads`` uploads are refused with
    Retry-After first; ``without_dense`` makes search say that it ran degraded; ``cut_streams`` ends chat streams early.
    """

    collections: dict[str, Collection] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    uploads: int = 0
    polls_until_ready: int = 0
    busy_uploads: int = 0
    without_dense: bool = False
    cut_streams: bool = False
    ready: bool = True

    def collection(self, name_or_id: str) -> Collection:
        for collection in self.collections.values():
            if name_or_id in (collection.id, collection.name):
                return collection
        raise NotFound

    def document(self, document_id: str) -> Document:
        if document_id not in self.documents:
            raise NotFound
        return self.documents[document_id]

    def look_at(self, document_id: str) -> Document:
        """The document, which moves on by one step with each look until it is ready."""
        document = self.document(document_id)
        if document.state in (DocumentState.QUEUED, DocumentState.RUNNING):
            document.attempts += 1
            done = document.attempts > self.polls_until_ready
            document.state = DocumentState.READY if done else DocumentState.RUNNING
            document.progress = min(1.0, document.attempts / (self.polls_until_ready + 1))
        return document


async def _state(request: Request) -> PublicApiState:
    if request.headers.get("authorization") != f"Bearer {API_KEY}":
        raise Unauthenticated
    state: PublicApiState = request.app.state.public_api
    return state


State = Annotated[PublicApiState, Depends(_state)]


def create_public_api(state: PublicApiState | None = None) -> FastAPI:
    """The application; ``app.state.public_api`` is its :class:`PublicApiState`."""
    app = FastAPI()
    app.state.public_api = state or PublicApiState()
    install_problem_handlers(app)
    for add_routes in (_add_collections, _add_documents, _add_questions):
        add_routes(app)
    return app


def _add_collections(app: FastAPI) -> None:
    @app.post("/v1/collections", status_code=201)
    async def create(new: NewCollection, state: State) -> Collection:
        if any(new.name == old.name for old in state.collections.values()):
            raise Conflict
        collection = Collection(id=f"c{len(state.collections)}", created_at=time.time(), **dict(new))
        state.collections[collection.id] = collection
        return collection

    @app.get("/v1/collections")
    async def listing(state: State) -> CollectionList:
        return CollectionList(collections=list(state.collections.values()))

    @app.delete("/v1/collections/{collection_id}", status_code=204)
    async def delete(collection_id: str, state: State) -> None:
        del state.collections[state.collection(collection_id).id]


def _add_documents(app: FastAPI) -> None:
    @app.post("/v1/documents", status_code=202)
    async def upload(
        file: UploadFile,
        collection: Annotated[str, Form()],
        state: State,
        acl: Annotated[str | None, Form()] = None,
        metadata: Annotated[str, Form()] = "{}",
    ) -> DocumentAccepted:
        if state.busy_uploads:
            state.busy_uploads -= 1
            raise Unavailable("the queue is full", retry_after=0)
        into, content = state.collection(collection), await file.read()
        document_id = f"d{state.uploads}"
        state.uploads += 1
        rejected = REJECTED in content
        state.texts[document_id] = content.decode(errors="replace")
        state.documents[document_id] = Document(
            document_id=document_id,
            collection=into.name,
            collection_id=into.id,
            title=file.filename or "",
            media_type=file.content_type or "",
            size=len(content),
            version=1,
            state=DocumentState.REJECTED if rejected else DocumentState.QUEUED,
            error=DocumentError(code="unsupported", detail="not taken") if rejected else None,
            progress=0,
            acl=json.loads(acl) if acl else into.acl,
            metadata=json.loads(metadata),
            created_at=time.time(),
            updated_at=time.time(),
        )
        return DocumentAccepted(document_id=document_id, version=1, job_id=f"j{document_id}")

    @app.get("/v1/documents")
    async def listing(collection: str, state: State) -> DocumentList:
        wanted = state.collection(collection).id
        return DocumentList(documents=[one for one in state.documents.values() if one.collection_id == wanted])

    @app.get("/v1/documents/{document_id}")
    async def get(document_id: str, state: State) -> Document:
        return state.look_at(document_id)

    @app.get("/v1/documents/{document_id}/text")
    async def text(document_id: str, state: State, start: int = 0, end: int | None = None) -> DocumentText:
        state.document(document_id)
        whole = state.texts[document_id]
        part = whole[start:end]
        return DocumentText(text=part, start=start, end=start + len(part), version=1, length=len(whole))

    @app.delete("/v1/documents/{document_id}")
    async def delete(document_id: str, state: State, erase: bool = False) -> DeleteReceipt:
        del state.documents[state.document(document_id).document_id]
        return DeleteReceipt({"tables": 0} if erase else {})


def _add_questions(app: FastAPI) -> None:
    @app.get("/readyz")
    async def readyz(request: Request, response: Response) -> Readiness:
        ready = request.app.state.public_api.ready
        response.status_code = 200 if ready else 503
        return Readiness(ready=ready, checks={"index": "ok" if ready else "not open yet"})

    @app.post("/v1/search")
    async def search(request: SearchRequest, state: State) -> SearchResponse:
        strategy = request.strategy or "hybrid"
        degraded = ["dense"] if state.without_dense and strategy != "sparse" else []
        return SearchResponse(results=_search(state, request), strategy=strategy, degraded=degraded)

    @app.post("/v1/chat", response_model=Answer)
    async def chat(request: ChatRequest, state: State) -> Answer | StreamingResponse:
        answer = Answer(answer_id="a1", answer=f"You asked: {request.history[-1].content}", model="echo")
        return StreamingResponse(_events(answer, state), media_type=sse.MEDIA_TYPE) if request.stream else answer


async def _events(answer: Answer, state: PublicApiState) -> AsyncIterator[bytes]:
    events: list[ChatEvent] = [StatusEvent(stage="write"), TokenEvent(text=answer.answer), DoneEvent(answer=answer)]
    for number, event in enumerate(events[:2] if state.cut_streams else events):
        yield sse.encode(sse.ServerSentEvent(event.model_dump_json(), event.type, str(number)))


def _search(state: PublicApiState, request: SearchRequest) -> list[ScoredChunk]:
    wanted = state.collection(request.collection).id
    chunks = [
        _scored(document, part, request)
        for document in state.documents.values()
        if document.collection_id == wanted
        for part in re.finditer(r"\S(?:.|\n(?!\n))*", state.texts[document.document_id])
    ]
    chunks.sort(key=lambda chunk: -chunk.score)
    return [chunk for chunk in chunks if chunk.score > 0][: request.limit]


def _scored(document: Document, part: re.Match[str], request: SearchRequest) -> ScoredChunk:
    dense = _overlap(_trigrams(request.query), _trigrams(part.group()))
    sparse = _overlap(_words(request.query), _words(part.group()))
    score = {"dense": dense, "sparse": sparse}.get(request.strategy or "hybrid", (dense + sparse) / 2)
    return ScoredChunk(
        chunk_id=f"{document.document_id}:{part.start()}",
        document_id=document.document_id,
        version=document.version,
        title=document.title,
        start=part.start(),
        end=part.end(),
        text=part.group(),
        score=score,
        metadata=document.metadata,
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _trigrams(text: str) -> set[str]:
    return {text[at : at + 3].lower() for at in range(len(text) - 2)}


def _overlap(query: set[str], text: set[str]) -> float:
    return len(query & text) / len(query | text) if query else 0.0

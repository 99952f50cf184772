"""A gateway that says what a test scripts, on the real public wire: what the browser app is tested against."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragstone_contracts.chat import ChatEvent, ChatRequest
from ragstone_contracts.documents import (
    Collection,
    CollectionList,
    CollectionSettings,
    DeleteReceipt,
    Document,
    DocumentAccepted,
    DocumentError,
    DocumentList,
    DocumentState,
    DocumentText,
    NewCollection,
)
from ragstone_contracts.errors import PROBLEM_MEDIA_TYPE, InvalidRequest, NotFound, RagstoneError
from ragstone_kit import sse

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'"
)


@dataclass
class ScriptedGateway:
    """What the server answers with; a test changes it, and reads what was asked in ``chats`` and ``uploads``.

    ``web_root`` is the folder of the built page.
    """

    web_root: Path
    collections: list[Collection] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    texts: dict[tuple[str, int], str] = field(default_factory=dict)
    """Canonical text by document and version."""
    events: list[ChatEvent] = field(default_factory=list)
    problem: RagstoneError | None = None
    """Raised by ``POST /v1/chat`` in place of a stream."""
    cut: int = 7
    """Bytes in each piece of a stream, so that events and characters come torn apart."""
    signed_in: bool = True
    rejects: DocumentError | None = None
    """How the ingestion of every later upload ends; None for ready."""
    chats: list[ChatRequest] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    """Streams wait for it before their last event, and uploads before they leave their first step."""
    url: str = ""

    def __post_init__(self) -> None:
        self.hold.set()

    def add_collection(self, name: str) -> Collection:
        collection = Collection(
            id=f"c{len(self.collections)}", name=name, acl=["*"], settings=CollectionSettings(), created_at=0
        )
        self.collections.append(collection)
        return collection

    def add_document(self, title: str, text: str, **changes: Any) -> Document:
        """A document of the first collection, ready and of three pages unless ``changes`` say otherwise."""
        usual: dict[str, Any] = {
            "document_id": f"d{len(self.documents)}",
            "collection": self.collections[0].name,
            "collection_id": self.collections[0].id,
            "media_type": "application/pdf",
            "size": 123_456,
            "version": 1,
            "active_version": 1,
            "state": DocumentState.READY,
            "progress": 1,
            "pages": 3,
            "acl": ["*"],
            "created_at": 0,
            "updated_at": 0,
        }
        document = Document(title=title, **{**usual, **changes})
        self.documents.append(document)
        self.texts[document.document_id, document.version] = text
        self.collections[0].documents = len(self.documents)
        return document

    def replace(self, document: Document) -> None:
        self.documents[:] = [document if one.document_id == document.document_id else one for one in self.documents]

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Serve on a free loopback port; yields the address of the page."""
        config = uvicorn.Config(_app(self), port=0, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        yield self.url
        self.hold.set()
        server.should_exit = True
        thread.join()


def _answer(model: BaseModel, status: int = 200) -> Response:
    return Response(model.model_dump_json(), status, media_type="application/json")


def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, RagstoneError)
    return JSONResponse(error.problem("trace-0042").model_dump(), error.status, media_type=PROBLEM_MEDIA_TYPE)


class _Endpoints:
    def __init__(self, gateway: ScriptedGateway) -> None:
        self._gateway = gateway
        self._tasks: set[asyncio.Task[None]] = set()

    async def list_collections(self, _: Request) -> Response:
        if not self._gateway.signed_in:
            return JSONResponse({"code": "unauthenticated", "title": "No valid credentials", "status": 401}, 401)
        return _answer(CollectionList(collections=self._gateway.collections))

    async def create_collection(self, request: Request) -> Response:
        return _answer(self._gateway.add_collection(NewCollection.model_validate_json(await request.body()).name), 201)

    async def sign_in(self, request: Request) -> Response:
        self._gateway.signed_in = (await request.json())["api_key"] == "right"
        return Response(status_code=204 if self._gateway.signed_in else 401)

    async def list_documents(self, request: Request) -> Response:
        wanted = request.query_params["collection"]
        documents = [document for document in self._gateway.documents if document.collection == wanted]
        return _answer(DocumentList(documents=documents))

    async def upload(self, request: Request) -> Response:
        async with request.form() as form:
            file = form["file"]
            assert not isinstance(file, str)
            name, content = file.filename or "", await file.read()
        self._gateway.uploads.append(name)
        document = self._gateway.add_document(name, content.decode(), state=DocumentState.QUEUED, progress=0)
        task = asyncio.create_task(self._ingest(document))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return _answer(DocumentAccepted(document_id=document.document_id, version=1, job_id="j1"), 202)

    async def _ingest(self, document: Document) -> None:
        running = {"state": DocumentState.RUNNING, "step": "embed", "progress": 0.4}
        self._gateway.replace(document.model_copy(update=running))
        await asyncio.to_thread(self._gateway.hold.wait)
        error = self._gateway.rejects
        state = DocumentState.READY if error is None else DocumentState.REJECTED
        self._gateway.replace(document.model_copy(update={"state": state, "progress": 1, "error": error}))

    async def delete(self, request: Request) -> Response:
        wanted = request.path_params["id"]
        self._gateway.documents[:] = [one for one in self._gateway.documents if one.document_id != wanted]
        return _answer(DeleteReceipt({}))

    async def text(self, request: Request) -> Response:
        query = request.query_params
        key = (request.path_params["id"], int(query["version"]))
        if key not in self._gateway.texts:
            raise NotFound("no such document")
        whole = self._gateway.texts[key]
        start, end = int(query["start"]), int(query["end"])
        if not 0 <= start <= end <= len(whole):
            raise InvalidRequest("the range is not inside the text")
        return _answer(DocumentText(text=whole[start:end], start=start, end=end, version=key[1], length=len(whole)))

    async def chat(self, request: Request) -> Response:
        self._gateway.chats.append(ChatRequest.model_validate_json(await request.body()))
        if self._gateway.problem:
            raise self._gateway.problem
        return StreamingResponse(self._stream(), headers=sse.HEADERS, media_type=sse.MEDIA_TYPE)

    async def _stream(self) -> AsyncIterator[bytes]:
        for number, event in enumerate(self._gateway.events, 1):
            if number == len(self._gateway.events):
                await asyncio.to_thread(self._gateway.hold.wait)
            encoded = sse.encode(sse.ServerSentEvent(event.model_dump_json(), event.type, str(number)))
            for start in range(0, len(encoded), self._gateway.cut):
                yield encoded[start : start + self._gateway.cut]


def _with_policy(app: ASGIApp) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"content-security-policy", CONTENT_SECURITY_POLICY.encode()))
            await send(message)

        await app(scope, receive, add)

    return guarded


def _app(gateway: ScriptedGateway) -> ASGIApp:
    api = _Endpoints(gateway)
    routes = [
        Route("/v1/collections", api.list_collections, methods=["GET"]),
        Route("/v1/collections", api.create_collection, methods=["POST"]),
        Route("/v1/documents", api.list_documents, methods=["GET"]),
        Route("/v1/documents", api.upload, methods=["POST"]),
        Route("/v1/documents/{id}", api.delete, methods=["DELETE"]),
        Route("/v1/documents/{id}/text", api.text),
        Route("/v1/chat", api.chat, methods=["POST"]),
        Route("/session", api.sign_in, methods=["POST"]),
        Mount("/", StaticFiles(directory=gateway.web_root, html=True)),
    ]
    return _with_policy(Starlette(routes=routes, exception_handlers={RagstoneError: _problem}))

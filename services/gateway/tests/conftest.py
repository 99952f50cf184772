"""The gateway alone, in front of services that are scripted to answer, fail or break off."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import SecretStr

from ragstone_clients.agents import AgentsClient
from ragstone_clients.guardrails import GuardrailsClient
from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.chat import Answer, ChatEvent, ChatRequest, DoneEvent, StatusEvent, TokenEvent
from ragstone_contracts.documents import DocumentAccepted
from ragstone_contracts.errors import NotFound, RagstoneError
from ragstone_contracts.identity import Identity
from ragstone_contracts.models import ModelCard, ModelList
from ragstone_gateway.api_keys import SCOPES
from ragstone_gateway.app import create_app
from ragstone_gateway.dependencies import Services
from ragstone_gateway.settings import GatewaySettings
from ragstone_kit import sse
from ragstone_kit.app import create_service
from ragstone_kit.caller import CallerDependency
from ragstone_kit.settings import ServiceSettings
from ragstone_kit.transport import AsgiTransport

SECRET = SecretStr("s" * 32)
ANSWER = Answer(answer_id="a1", answer="Stone is hard.", model="ragstone-extractive", cost_usd=0.0)
EVENTS: list[ChatEvent] = [
    StatusEvent(stage="retrieve"),
    TokenEvent(text="Stone is "),
    TokenEvent(text="hard."),
    DoneEvent(answer=ANSWER),
]


@dataclass
class Behind:
    """The services behind the door: what they will answer, and what reached them."""

    events: list[ChatEvent] = field(default_factory=lambda: list(EVENTS))
    questions: list[ChatRequest] = field(default_factory=list)
    callers: list[Identity] = field(default_factory=list)
    uploads: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refusal: RagstoneError | None = None

    def app(self) -> FastAPI:
        router = APIRouter(prefix="/v1")

        @router.post("/answers")
        async def answers(request: ChatRequest, caller: CallerDependency) -> StreamingResponse:
            self.questions.append(request)
            self.callers.append(caller.identity)
            if request.collection == "missing":
                raise NotFound("no such collection")
            return StreamingResponse(self._stream(), media_type=sse.MEDIA_TYPE)

        @router.post("/documents", status_code=202)
        async def upload(request: Request, caller: CallerDependency) -> DocumentAccepted:
            self.callers.append(caller.identity)
            if self.refusal is not None:
                raise self.refusal
            self.uploads.append((dict(request.query_params) | dict(request.headers), await request.body()))
            return DocumentAccepted(document_id="d", version=1, job_id="j")

        @router.get("/documents/{document_id}/file")
        async def file(document_id: str) -> StreamingResponse:
            return StreamingResponse(iter([b"<script>", b"alert(1)</script>"]), media_type="text/html")

        @router.get("/models")
        async def models() -> ModelList:
            return ModelList(data=[ModelCard(id="ragstone-writer")])

        return create_service("behind", ServiceSettings(internal_secret=SECRET), [router])

    async def _stream(self) -> AsyncIterator[bytes]:
        for event in self.events:
            yield sse.encode(sse.ServerSentEvent(event.model_dump_json(), event.type))

    def services(self) -> Services:
        transport = AsgiTransport(self.app())
        return Services(
            ingestion=IngestionClient(transport),
            retrieval=RetrievalClient(transport),
            router=RouterClient(transport),
            guardrails=GuardrailsClient(transport),
            agents=AgentsClient(transport),
        )


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def web_root(tmp_path: Path) -> Path:
    root = tmp_path / "web"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<title>Ragstone</title>")
    (root / "assets" / "app.js").write_text("1")
    (tmp_path / "secret.txt").write_text("outside")
    return root


@pytest.fixture
async def gateway(behind: Behind, tmp_path: Path, web_root: Path) -> AsyncIterator[FastAPI]:
    settings = GatewaySettings(
        internal_secret=SECRET,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/gateway.db",
        max_upload_mb=1,
        web_root=web_root,
        loopback_sign_in=True,
    )
    app = create_app(settings, services=behind.services())
    async with app.router.lifespan_context(app):
        yield app


def http(gateway: FastAPI, **headers: str) -> httpx.AsyncClient:
    """A client of the gateway as a browser on this machine would be."""
    transport = httpx.ASGITransport(gateway, client=("127.0.0.1", 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8080", headers=headers)


@pytest.fixture
async def client(gateway: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an API key of user ada, tenant t."""
    new = await gateway.state.api_keys.create(Identity(tenant="t", user="ada", groups=["g"], scopes=SCOPES))
    async with http(gateway, authorization=f"Bearer {new.key}") as client:
        yield client

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from ragstone_agents.app import create_app
from ragstone_agents.settings import AgentsSettings
from ragstone_clients.agents import AgentsClient
from ragstone_clients.guardrails import GuardrailsClient
from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.chat import Answer, ChatEvent, ChatRequest, DoneEvent
from ragstone_contracts.identity import Identity
from ragstone_guardrails.app import create_app as create_guardrails
from ragstone_guardrails.settings import GuardrailsSettings
from ragstone_kit.database import Database
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.library import Library
from ragstone_testing.scripted_models import Script, ScriptedModelServer

SECRET = SecretStr("a secret of the tests, long enough to sign")

DOCUMENTS = {
    "fees": (
        "Fees of the harbour\n\n"
        "Mooring fees are $12 per metre and night. They are waived for vessels seeking shelter from a storm.\n\n"
        "Fuel is sold at the north quay from seven in the morning; the pump takes cards but no cash."
    ),
    "rules": (
        "Ships that draw more than six metres may enter only in the two hours before high water.\n\n"
        "A pilot boards every vessel over 80 metres at the outer buoy. The harbour master is Ada Lindqvist."
    ),
}


@dataclass
class World:
    """The agents service with real guardrails, a library in memory and a scripted writer."""

    client: AgentsClient
    library: Library
    writer: ScriptedModelServer
    tokens: IdentityTokens

    def caller(self, user: str = "ada", tenant: str = "acme") -> Caller:
        return self.tokens.mint(Identity(tenant=tenant, user=user))

    def writes(self, text: str, size: int = 7) -> None:
        """The writer's next answer, in pieces of ``size`` characters."""
        self.writer.scripts.append(Script([text[i : i + size] for i in range(0, len(text), size)]))

    async def events(self, request: ChatRequest, caller: Caller | None = None) -> list[ChatEvent]:
        return [event async for event in self.client.answer(caller or self.caller(), request)]

    async def ask(self, question: str = "What are the mooring fees?", *, thread_id: str | None = None) -> Answer:
        events = await self.events(ChatRequest(question=question, collection="handbook", thread_id=thread_id))
        assert isinstance(events[-1], DoneEvent), events[-1]
        return events[-1].answer


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    library, writer = Library(DOCUMENTS), ScriptedModelServer()
    app = create_app(
        AgentsSettings(internal_secret=SECRET),
        guardrails=GuardrailsClient(AsgiTransport(create_guardrails(GuardrailsSettings(internal_secret=SECRET)))),
        retrieval=RetrievalClient(AsgiTransport(library.app)),
        ingestion=IngestionClient(AsgiTransport(library.app)),
        router=RouterClient(AsgiTransport(writer)),
        database=Database(f"sqlite+aiosqlite:///{tmp_path}/agents.db"),
    )
    async with app.router.lifespan_context(app):
        yield World(AgentsClient(AsgiTransport(app)), library, writer, IdentityTokens(SECRET))

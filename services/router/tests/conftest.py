from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from ragstone_clients.router import RouterClient
from ragstone_contracts.identity import Identity
from ragstone_contracts.models import EXTRACTIVE
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_router.app import create_app
from ragstone_router.ask import CHAT, Ask
from ragstone_router.settings import RouterSettings
from ragstone_testing.scripted_models import Script, ScriptedModelServer

SECRET = SecretStr("a secret for tests that is long enough")
MakeApp = Callable[..., FastAPI]
MakeAsk = Callable[..., Ask]


@pytest.fixture
def tokens() -> IdentityTokens:
    return IdentityTokens(SECRET)


@pytest.fixture
def caller(tokens: IdentityTokens) -> Caller:
    return tokens.mint(Identity(tenant="acme", user="ann"))


@pytest.fixture
def inference() -> ScriptedModelServer:
    """Stands for the inference service: the same wire."""
    return ScriptedModelServer(model=EXTRACTIVE, usual=Script(tokens=["A", " quote", ".", " [1]"]))


@pytest.fixture
def writer() -> ScriptedModelServer:
    return ScriptedModelServer(model="big-writer", usual=Script(tokens=["Well", " written", ".", " [1]"]))


@pytest.fixture
def writer_url(writer: ScriptedModelServer) -> Iterator[str]:
    with writer.listening() as url:
        yield url


@pytest.fixture
async def make_app(inference: ScriptedModelServer) -> AsyncIterator[MakeApp]:
    """Routers over the scripted inference, settings as given."""
    apps: list[FastAPI] = []

    def make(**settings: object) -> FastAPI:
        values = {"internal_secret": SECRET, **settings}
        apps.append(create_app(RouterSettings.model_validate(values), inference=AsgiTransport(inference)))
        return apps[-1]

    yield make
    for app in apps:
        await app.state.proxy.book.close()


@pytest.fixture
def client(make_app: MakeApp, writer_url: str) -> RouterClient:
    """A router whose answers are written by the scripted writer."""
    return RouterClient(AsgiTransport(make_app(writer=writer_url, first_token_timeout=0.5)))


@pytest.fixture
def make_ask(caller: Caller) -> MakeAsk:
    def make(content: Any = "Say it.", headers: dict[str, str] | None = None, **body: Any) -> Ask:
        messages = [{"role": "user", "content": content}]
        return Ask(caller, CHAT, {"model": "fast", "messages": messages, **body}, headers or {})

    return make

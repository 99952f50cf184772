"""What the endpoints are handed: the caller, and the clients of the services behind the door."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ragstone_clients.agents import AgentsClient
from ragstone_clients.guardrails import GuardrailsClient
from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_gateway.api_keys import READ, WRITE, ApiKeys
from ragstone_gateway.browser_session import BrowserSessions
from ragstone_gateway.errors import MissingScope
from ragstone_gateway.settings import GatewaySettings
from ragstone_kit.bounds import bounded
from ragstone_kit.identity import Caller


@dataclass(frozen=True)
class Services:
    """Clients of everything the gateway forwards to."""

    ingestion: IngestionClient
    retrieval: RetrievalClient
    router: RouterClient
    guardrails: GuardrailsClient
    agents: AgentsClient

    async def close(self) -> None:
        for client in (self.ingestion, self.retrieval, self.router, self.guardrails, self.agents):
            await client.close()


_bearer = HTTPBearer(auto_error=False, description="An API key")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


async def _caller(request: Request, bearer: Bearer) -> Caller:
    keys: ApiKeys = request.app.state.api_keys
    sessions: BrowserSessions = request.app.state.sessions
    identity = sessions.identify(request) if bearer is None else await keys.identify(bearer.credentials)
    caller: Caller = request.app.state.tokens.mint(bounded(identity, request.headers))
    return caller


def _with_scope(scope: str, caller: Caller) -> Caller:
    if scope not in caller.identity.scopes:
        raise MissingScope(f"this needs the scope '{scope}'")
    return caller


async def _reader(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    return _with_scope(READ, caller)


async def _writer(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    return _with_scope(WRITE, caller)


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _settings(request: Request) -> GatewaySettings:
    settings: GatewaySettings = request.app.state.settings
    return settings


Reader = Annotated[Caller, Depends(_reader)]
Writer = Annotated[Caller, Depends(_writer)]
ServicesDependency = Annotated[Services, Depends(_services)]
SettingsDependency = Annotated[GatewaySettings, Depends(_settings)]

"""The composition root: every service in one process, joined by in-process transports."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from ragstone_agents.app import create_app as create_agents
from ragstone_agents.settings import AgentsSettings
from ragstone_clients.agents import AgentsClient
from ragstone_clients.guardrails import GuardrailsClient
from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.identity import Identity
from ragstone_gateway.api_keys import SCOPES, ApiKeys
from ragstone_gateway.app import ANSWER_SECONDS
from ragstone_gateway.app import create_app as create_gateway
from ragstone_gateway.dependencies import Services
from ragstone_gateway.settings import GatewaySettings
from ragstone_guardrails.app import create_app as create_guardrails
from ragstone_guardrails.settings import GuardrailsSettings
from ragstone_index import VectorIndex, open_index
from ragstone_inference.app import create_app as create_inference
from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import InferenceSettings
from ragstone_ingestion.app import create_app as create_ingestion
from ragstone_ingestion.settings import IngestionSettings
from ragstone_kit.logs import get_logger
from ragstone_kit.transport import AsgiTransport
from ragstone_retrieval.app import create_app as create_retrieval
from ragstone_retrieval.settings import RetrievalSettings
from ragstone_router.app import create_app as create_router
from ragstone_router.settings import RouterSettings
from ragstone_standalone.data_folder import DataFolder
from ragstone_web import static_root

_log = get_logger(__name__)

OWNER = Identity(tenant="local", user="owner", scopes=SCOPES)


@dataclass(frozen=True)
class Platform:
    """The gateway, which a server serves, and the services behind it in the order they start."""

    gateway: FastAPI
    behind: list[FastAPI]
    index: VectorIndex

    @asynccontextmanager
    async def running(self, owner_key: str) -> AsyncIterator[None]:
        """All services started; ``owner_key`` opens the gateway for the owner. They stop in reverse order."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.index.close)
            for app in [*self.behind, self.gateway]:
                await stack.enter_async_context(app.router.lifespan_context(app))
            keys: ApiKeys = self.gateway.state.api_keys
            await keys.ensure(OWNER, owner_key)
            yield


def compose(data: DataFolder, *, local_writer: bool = False) -> Platform:
    """Wire the services over one data folder; nothing is opened or started yet."""
    secret = data.internal_secret()
    index = open_index(f"edge:{data.path('vectors')}")
    inference_settings = InferenceSettings(internal_secret=secret, local_writer=local_writer)
    inference = create_inference(inference_settings)
    guardrails = create_guardrails(GuardrailsSettings(internal_secret=secret))
    router_settings = RouterSettings(
        internal_secret=secret, local_writer=local_writer, database_url=data.sqlite_url("router")
    )
    router = create_router(router_settings, inference=AsgiTransport(inference))
    router_client = RouterClient(AsgiTransport(router), timeout=ANSWER_SECONDS)
    tokenizer_file = _tokenizer_file(inference_settings)
    ingestion_settings = IngestionSettings(
        internal_secret=secret,
        tokenizer_file=tokenizer_file,
        database_url=data.sqlite_url("ingestion"),
        objects_url=str(data.path("objects")),
        connector_roots_file=data.connector_roots_file,
        sole_worker=True,  # the data folder is held
        embed_slots=1,  # the embedder runs one text at a time
        embed_batch=8,
    )
    ingestion = create_ingestion(ingestion_settings, index=index, router=router_client)
    ingestion_client = IngestionClient(AsgiTransport(ingestion))
    retrieval_settings = RetrievalSettings(internal_secret=secret, tokenizer_file=tokenizer_file)
    retrieval = create_retrieval(retrieval_settings, index=index, ingestion=ingestion_client, router=router_client)
    guardrails_client = GuardrailsClient(AsgiTransport(guardrails))
    retrieval_client = RetrievalClient(AsgiTransport(retrieval))
    agents = create_agents(
        AgentsSettings(internal_secret=secret, database_url=data.sqlite_url("agents")),
        guardrails=guardrails_client,
        retrieval=retrieval_client,
        router=router_client,
        ingestion=ingestion_client,
    )
    services = Services(
        ingestion_client, retrieval_client, router_client, guardrails_client, AgentsClient(AsgiTransport(agents))
    )
    gateway = create_gateway(_gateway_settings(data), services=services)
    return Platform(gateway, [inference, guardrails, router, ingestion, retrieval, agents], index)


def _tokenizer_file(settings: InferenceSettings) -> Path | None:
    """The embedder's own tokenizer, fetched with its model at the first start; None where it cannot be had."""
    try:
        return ensure_models(settings.models_dir, fetch=settings.fetch_models).embedder.tokenizer
    except RagstoneError as error:
        _log.warning("starting without the small models", code=error.code, detail=error.detail)
        return None


def _gateway_settings(data: DataFolder) -> GatewaySettings:
    return GatewaySettings(
        internal_secret=data.internal_secret(),
        database_url=data.sqlite_url("gateway"),
        web_root=static_root(),
        loopback_sign_in=True,
        loopback_tenant=OWNER.tenant,
        loopback_user=OWNER.user,
    )

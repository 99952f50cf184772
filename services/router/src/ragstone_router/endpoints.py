"""The OpenAI wire. Bodies pass through as they are but for the model's name, so they are not modelled here."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from ragstone_contracts.models import ModelCard, ModelList
from ragstone_contracts.usage import UsageQuery, UsageReport
from ragstone_kit.caller import CallerDependency
from ragstone_kit.identity import Caller
from ragstone_router.ask import CHAT, EMBED, RERANK, Ask
from ragstone_router.dependencies import ProxyDependency
from ragstone_router.proxied_response import ProxiedResponse
from ragstone_router.proxy import read_body, read_chat

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models")
async def list_models(caller: CallerDependency, proxy: ProxyDependency) -> ModelList:
    """What inference serves and what is routed, each once."""
    ask, book = Ask(caller, "/models", {}), proxy.book
    names = [*await book.inference.models(ask, book.timeout), *await book.names(ask)]
    return ModelList(data=[ModelCard(id=name) for name in dict.fromkeys(names)])


@router.post("/usage")
async def usage(query: UsageQuery, caller: CallerDependency, proxy: ProxyDependency) -> UsageReport:
    """What the caller's tenant used."""
    return await proxy.accounts.ledger.usage(caller.identity.tenant, query)


@router.post("/chat/completions")
async def chat(request: Request, caller: CallerDependency, proxy: ProxyDependency) -> Response:
    return ProxiedResponse(partial(proxy.chat, await _ask(request, caller, CHAT, read_chat)))


@router.post("/embeddings")
async def embed(request: Request, caller: CallerDependency, proxy: ProxyDependency) -> Response:
    return ProxiedResponse(partial(proxy.embed, await _ask(request, caller, EMBED, read_body)))


@router.post("/rerank")
async def rerank(request: Request, caller: CallerDependency, proxy: ProxyDependency) -> Response:
    return ProxiedResponse(partial(proxy.rerank, await _ask(request, caller, RERANK, read_body)))


async def _ask(request: Request, caller: Caller, path: str, read: Callable[[bytes], Mapping[str, Any]]) -> Ask:
    return Ask(caller, path, read(await request.body()), request.headers)

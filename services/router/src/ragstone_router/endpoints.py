"""The OpenAI wire. Bodies pass through as they are but for the model's name, so they are not modelled here."""

from functools import partial

from fastapi import APIRouter, Request, Response

from ragstone_clients.router import RouterClient
from ragstone_contracts.models import ModelList
from ragstone_kit.caller import CallerDependency
from ragstone_router.dependencies import ProxyDependency
from ragstone_router.proxied_response import ProxiedResponse
from ragstone_router.proxy import read_body, read_chat
from ragstone_router.routes import model_list

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models")
async def list_models(caller: CallerDependency, proxy: ProxyDependency) -> ModelList:
    served = await RouterClient(proxy.routes.inference).list_models(caller)
    return model_list(served, await proxy.routes.names(caller))


@router.post("/chat/completions")
async def chat(request: Request, caller: CallerDependency, proxy: ProxyDependency) -> Response:
    return ProxiedResponse(partial(proxy.chat, caller, read_chat(await request.body())))


@router.post("/embeddings")
async def embed(request: Request, caller: CallerDependency, proxy: ProxyDependency) -> Response:
    return ProxiedResponse(partial(proxy.embed, caller, read_body(await request.body())))


@router.post("/rerank")
async def rerank(request: Request, caller: CallerDependency, proxy: ProxyDependency) -> Response:
    return ProxiedResponse(partial(proxy.rerank, caller, read_body(await request.body())))

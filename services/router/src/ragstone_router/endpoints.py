"""What is answered here; see forwarding.py for what models answer."""

from fastapi import APIRouter

from ragstone_contracts.models import ModelCard, ModelList
from ragstone_router.ask import Ask
from ragstone_router.dependencies import CallerDependency, ProxyDependency
from ragstone_router.errors import DeploymentFailed
from ragstone_router.keys.callers import may_ask_for
from ragstone_router.routing.book import RouteBook

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models")
async def list_models(caller: CallerDependency, proxy: ProxyDependency) -> ModelList:
    """What inference serves, where there is one, and what is routed, each once, as far as the caller may ask for it."""
    ask, book = Ask(caller, "/models", {}), proxy.book
    names = [*await _of_inference(book, ask), *await book.names(ask)]
    return ModelList(data=[ModelCard(id=name) for name in dict.fromkeys(names) if may_ask_for(caller, name)])


async def _of_inference(book: RouteBook, ask: Ask) -> list[str]:
    try:
        return await book.inference.models(ask, book.timeout)
    except DeploymentFailed:
        return []

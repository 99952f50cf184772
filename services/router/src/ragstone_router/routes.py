"""Which deployments may answer for a model, in order."""

from dataclasses import dataclass

from ragstone_contracts.models import EXTRACTIVE, LOCAL_WRITER, WRITER, ModelCard, ModelList
from ragstone_kit.identity import Caller
from ragstone_kit.transport import AiohttpTransport, Transport
from ragstone_router.deployment import Deployment, Price
from ragstone_router.errors import DeploymentFailed, UnknownModel
from ragstone_router.settings import RouterSettings


@dataclass
class Routes:
    """``chat`` maps a model's name to its deployments; the first is the wanted one, the others stand in for it."""

    inference: Transport
    chat: dict[str, list[Deployment]]
    external: Deployment | None = None
    timeout: float = 60.0

    def inference_for(self, model: str) -> Deployment:
        return Deployment(self.inference, model, timeout=self.timeout)

    async def for_chat(self, model: str, caller: Caller) -> list[Deployment]:
        """The deployments of a chat model. Raises UnknownModel."""
        if (route := self.chat.get(model)) is not None:
            return route
        if self.external is not None and model == await self._external_name(caller):
            return [self.external]
        raise UnknownModel(f"no chat model is called {model!r}")

    async def names(self, caller: Caller) -> list[str]:
        """The names of all chat models that can be asked for."""
        external = await self._external_name(caller)
        return [*self.chat, *([external] if external else [])]

    async def _external_name(self, caller: Caller) -> str | None:
        try:
            return None if self.external is None else await self.external.model_name(caller)
        except DeploymentFailed:
            return None

    async def close(self) -> None:
        await self.inference.close()
        if self.external is not None:
            await self.external.transport.close()


def build_routes(settings: RouterSettings, inference: Transport | None = None) -> Routes:
    """The routes the settings describe; ``inference`` is how that service is reached, over its URL by default."""
    ours = inference or AiohttpTransport(settings.inference_url)
    local = [LOCAL_WRITER] if settings.local_writer else []
    chat = {name: [Deployment(ours, name, timeout=settings.timeout)] for name in [EXTRACTIVE, *local]}
    external = _external(settings)
    chat[WRITER] = [
        *([external] if external else []),
        *(deployment for name in [*local, EXTRACTIVE] for deployment in chat[name]),
    ]
    return Routes(ours, chat, external, settings.timeout)


def _external(settings: RouterSettings) -> Deployment | None:
    if settings.writer is None:
        return None
    prices = (settings.writer_price_input, settings.writer_price_output)
    return Deployment(
        AiohttpTransport(settings.writer),
        settings.writer_model,
        path="",
        is_ours=False,
        key=settings.writer_key,
        price=None if prices[0] is None or prices[1] is None else Price(prices[0], prices[1]),
        timeout=settings.timeout,
    )


def model_list(ours: ModelList, names: list[str]) -> ModelList:
    """What inference serves and what is routed, each once."""
    listed = {card.id: card for card in ours.data}
    for name in names:
        listed.setdefault(name, ModelCard(id=name))
    return ModelList(data=list(listed.values()))

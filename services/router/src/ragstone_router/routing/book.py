"""All routes: which name stands for which deployments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ragstone_router.ask import CHAT, Ask
from ragstone_router.errors import DeploymentFailed, UnknownModel
from ragstone_router.limits.rules import Rules
from ragstone_router.providers.port import Provider
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.route import Route


@dataclass
class RouteBook:
    """``by_listing`` are deployments that go by the name their server gives them, which has to be asked for.

    ``providers`` are closed with the book.
    """

    inference: Provider
    routes: Mapping[str, Route]
    providers: Sequence[Provider]
    by_listing: tuple[Deployment, ...] = ()
    rules: Rules = field(default_factory=lambda: Rules([]))
    timeout: float = 60.0

    async def route(self, ask: Ask) -> Route:
        """Who answers such a request by the wanted name. Raises UnknownModel."""
        if (route := self.routes.get(ask.wanted)) is not None:
            if route.path == ask.path:
                return route
            raise UnknownModel(f"{ask.wanted!r} does not answer {ask.path}")
        if ask.path != CHAT:
            return self.own(ask.wanted)
        for deployment in self.by_listing:
            if ask.wanted == await _listed_name(deployment, ask):
                return Route(ask.wanted, [deployment])
        raise UnknownModel(f"no chat model is called {ask.wanted!r}")

    def own(self, model: str) -> Route:
        """The route of a model that inference serves: embedders and rerankers."""
        return Route(model, [Deployment(model, self.inference, model, timeout=self.timeout)])

    async def names(self, ask: Ask) -> list[str]:
        """The names of all routes, and of what goes by its server's own."""
        listed = [await _listed_name(deployment, ask) for deployment in self.by_listing]
        return [*self.routes, *(name for name in listed if name)]

    async def close(self) -> None:
        for provider in {id(one): one for one in self.providers}.values():
            await provider.close()


async def _listed_name(deployment: Deployment, ask: Ask) -> str | None:
    try:
        return await deployment.model_name(ask)
    except DeploymentFailed:
        return None

"""A model on a server: what it can do, what it costs, how it fares."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ragstone_contracts.errors import UpstreamError
from ragstone_router.ask import CHAT, Ask
from ragstone_router.errors import DeploymentFailed
from ragstone_router.price import FREE, Price
from ragstone_router.providers.port import Provider
from ragstone_router.routing.breaker import Breaker

CAPABILITIES = frozenset({"tools", "json_schema", "vision", "logprobs"})


@dataclass
class Deployment:
    """``model`` None is the first model the server lists, asked for once.

    ``price`` None is unknown. ``context`` is the most tokens of prompt and answer together, None when that is not
    known. ``quality`` compares models, by whatever its operator measures. ``priority`` 0 comes first.
    """

    name: str
    provider: Provider
    model: str | None
    price: Price | None = FREE
    context: int | None = None
    capabilities: frozenset[str] = CAPABILITIES
    quality: float = 0.0
    priority: int = 0
    weight: float = 1.0
    concurrent: int | None = None
    timeout: float = 60.0
    breaker: Breaker = field(default_factory=Breaker)
    under_way: int = 0
    """Requests it is answering now."""
    price_source: str = "a model of our own"
    """Who says the price, with the date where there is one."""

    def suits(self, ask: Ask) -> str | None:
        """Why it cannot answer, in a word; None when it can."""
        if not ask.needs <= self.capabilities:
            return "incapable"
        # Texts to embed or to rank are as many prompts; a server that finds one too long says so.
        if (
            self.context is not None
            and ask.path == CHAT
            and ask.prompt_tokens + (ask.output_tokens or 1) > self.context
        ):
            return "context_overflow"
        return None

    @property
    def is_full(self) -> bool:
        return self.concurrent is not None and self.under_way >= self.concurrent

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """While it answers a request."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    async def model_name(self, ask: Ask) -> str:
        """The model's name on its server. Raises DeploymentFailed when it has to be asked for and is not to be had."""
        if self.model is None:
            listed = await self.provider.models(ask, self.timeout)
            if not listed:
                raise DeploymentFailed("lists_no_model", UpstreamError("the server lists no model"))
            self.model = listed[0]
        return self.model

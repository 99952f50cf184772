"""What a request may cost before it is sent, and what it did cost after."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ragstone_contracts.usage import LimitState
from ragstone_kit.tracing import annotate
from ragstone_router.ask import Ask
from ragstone_router.errors import DeploymentFailed
from ragstone_router.keys.callers import check_model, own_rules
from ragstone_router.limits.counting import counted
from ragstone_router.limits.headers import limit_headers
from ragstone_router.limits.ledger import Entry, Ledger
from ragstone_router.limits.port import BudgetSpent, LimitReached, LimitStore
from ragstone_router.limits.rules import Amounts, Rules, Window
from ragstone_router.price import in_usd
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.policies import cost_of, output_tokens_of

_names = random.Random()
"""Seeded by the system once: asking it for each request is a call of the kernel's."""


@dataclass
class Charge:
    """One request's account: something is set aside before each attempt, and what was used is settled at the end."""

    ask: Ask
    windows: Sequence[Window]
    store: LimitStore
    lapses: float
    """Seconds until what is set aside is free again, should this router die."""
    lost: bool = False
    """Another deployment was asked besides and spoke first: what this one was sent is charged, and nobody hears it."""
    hides_usage: bool = False
    """The client did not ask for the chunk of a stream that counts its tokens."""
    reservation: str = field(default_factory=lambda: f"{_names.getrandbits(128):032x}")
    deployment: Deployment | None = None
    model: str = ""
    usage: Mapping[str, Any] | None = None
    words: int = 0
    """Pieces of an answer that were forwarded: what is counted when the server does not say how many tokens it was."""
    reserved: bool = False
    used: Sequence[float] = ()
    """What is counted or set aside in each of the windows, this request included."""

    async def admit(self, deployment: Deployment) -> None:
        """Set aside what an answer of the deployment may cost.

        Raises LimitReached, and DeploymentFailed when another deployment may be within the budget.
        """
        cost = cost_of(deployment, self.ask)
        self._check_budget(deployment, cost)
        if not self.windows:
            return
        amounts = Amounts(self.ask.prompt_tokens + output_tokens_of(self.ask), cost or 0.0)
        before, self.reserved = self.reserved, True  # whoever is cancelled meanwhile may hold something
        try:
            self.used = await self.store.reserve(self.reservation, self.windows, amounts, self.lapses)
        except LimitReached:
            self.reserved = before
            raise
        except BudgetSpent as error:
            self.reserved = before
            raise DeploymentFailed("budget", error) from error

    def _check_budget(self, deployment: Deployment, cost: float | None) -> None:
        budget = self.ask.caller.identity.budget_usd
        counts_money = budget is not None or any(window.measure == "usd" for window in self.windows)
        if counts_money and deployment.price is None:
            error = BudgetSpent("what the model costs is not known, so it cannot be kept within a budget")
            raise DeploymentFailed("price_unknown", error)
        if budget is not None and (cost or 0.0) > budget:
            error = BudgetSpent(f"the answer may cost {cost:.6f} USD and the request's budget is {budget:g}")
            raise DeploymentFailed("budget", error)

    def answers(self, deployment: Deployment, model: str) -> None:
        """Which deployment it is that answers; nothing is charged before."""
        self.deployment, self.model = deployment, model

    def heard(self, pieces: int) -> None:
        self.words += pieces

    def counted(self, usage: Mapping[str, Any]) -> float | None:
        """What the server says it took, if it does say that. Gives the cost in USD, None when that is not known."""
        if _is_whole(usage):
            self.usage = usage
        return self.cost

    @property
    def tokens(self) -> tuple[int, int]:
        """Of the prompt and of the answer: as the server counted them, or as estimated."""
        if self.usage is not None:
            return self.usage.get("prompt_tokens", 0), self.usage.get("completion_tokens", 0)
        return (self.ask.prompt_tokens, self.words) if self.deployment else (0, 0)

    @property
    def cost(self) -> float | None:
        """In USD; None when the price is not known."""
        cost = self.cost_pico
        return None if cost is None else in_usd(cost)

    @property
    def cost_pico(self) -> int | None:
        """The same in a millionth of a millionth of a USD, exactly."""
        if self.deployment is None:
            return 0
        asked, answered = self.tokens
        counted = self.usage or {"prompt_tokens": asked, "completion_tokens": answered}
        return None if self.deployment.price is None else self.deployment.price.pico_of(counted)

    @property
    def limit_headers(self) -> dict[str, str]:
        return limit_headers(self.windows, self.used)

    @property
    def is_estimate(self) -> bool:
        return self.deployment is not None and self.usage is None

    async def settle(self) -> None:
        if self.reserved:
            used = Amounts(float(sum(self.tokens)), self.cost or 0.0)
            await self.store.settle(self.reservation, self.windows, used)


def _is_whole(usage: Mapping[str, Any]) -> bool:
    """Whether the server counted: some send a usage of nulls, and rerankers may count search units alone."""
    counts = [usage.get(name, 0) for name in ("prompt_tokens", "completion_tokens", "search_units")]
    return ("prompt_tokens" in usage or "search_units" in usage) and all(isinstance(one, int) for one in counts)


class Accounts:
    """``lapses`` is after how many seconds a router that never settled must have died."""

    def __init__(self, store: LimitStore, ledger: Ledger, lapses: float) -> None:
        self._store = store
        self._lapses = lapses
        self._settling: set[asyncio.Future[None]] = set()
        self.ledger = ledger

    @asynccontextmanager
    async def charge(self, ask: Ask, rules: Rules) -> AsyncIterator[Charge]:
        """A request's account, settled and entered into the ledger at the end, whatever that is.

        Raises ModelNotAllowed for a model that the caller's key does not open.
        """
        check_model(ask.caller, ask.wanted)
        windows = rules.windows(ask.caller.identity, own_rules(ask.caller))
        asked = counted(ask)
        charge = Charge(asked, windows, self._store, self._lapses, hides_usage=asked is not ask)
        try:
            yield charge
        finally:
            # Nothing is awaited before the entry is there: a client that leaves may cancel any wait.
            if charge.deployment is not None:
                entry = _entry(charge, charge.deployment)
                self.ledger.add(entry)
                if not charge.lost:
                    annotate(_on_span(entry))
            if charge.reserved:
                await self._settled(charge)

    async def _settled(self, charge: Charge) -> None:
        """What was used is counted, also when the request is cancelled meanwhile."""
        settling = asyncio.ensure_future(charge.settle())
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)
        await asyncio.shield(settling)

    async def states(self, windows: Sequence[Window]) -> list[LimitState]:
        """What is counted in the windows, and what is left."""
        used = await self._store.used(windows)
        return [_state(window, one) for window, one in zip(windows, used, strict=True)]

    async def close(self) -> None:
        await asyncio.gather(*self._settling, return_exceptions=True)
        await self.ledger.close()
        await self._store.close()


def _state(window: Window, used: float) -> LimitState:
    return LimitState(
        holder=window.holder,
        measure=window.measure,
        period=window.period,
        most=window.most,
        used=used,
        remaining=max(0.0, window.most - used),
        resets_at=window.ends,
    )


def _entry(charge: Charge, deployment: Deployment) -> Entry:
    identity, (asked, answered) = charge.ask.caller.identity, charge.tokens
    return Entry(
        id=charge.reservation,
        tenant=identity.tenant,
        user=identity.user,
        key=identity.key,
        wanted=charge.ask.wanted,
        deployment=deployment.name,
        model=charge.model,
        prompt_tokens=asked,
        completion_tokens=answered,
        cost_pico=charge.cost_pico,
        is_estimate=charge.is_estimate,
    )


def _on_span(entry: Entry) -> dict[str, str | bool | int | float]:
    """What the request's span says of it; a cost that is not known is not there."""
    said: dict[str, str | bool | int | float] = {
        "gen_ai.request.model": entry.wanted,
        "gen_ai.response.model": entry.model,
        "gen_ai.usage.input_tokens": entry.prompt_tokens,
        "gen_ai.usage.output_tokens": entry.completion_tokens,
        "ragstone.deployment": entry.deployment,
        "ragstone.usage_is_estimate": entry.is_estimate,
    }
    return said if entry.cost_pico is None else said | {"ragstone.cost_usd": in_usd(entry.cost_pico)}

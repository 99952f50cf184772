"""What would happen to a request, without sending it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ragstone_router.ask import Ask
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.policies import cost_of
from ragstone_router.routing.route import Plan, Route
from ragstone_router.routing.sticky import Sticky


@dataclass(frozen=True)
class Candidate:
    """``cost_usd`` is an estimate; None when the price is not known. ``price_source`` says whose price it is, and of
    when."""

    name: str
    model: str | None
    cost_usd: float | None
    price_source: str


@dataclass(frozen=True)
class Explanation:
    """``candidates`` are asked in this order; ``left_out`` says of the others why not. ``notes`` say what else a
    running router goes by."""

    model: str
    prompt_tokens: int
    needs: list[str]
    candidates: list[Candidate]
    left_out: list[tuple[str, str]]
    notes: list[str]


async def explain(book: RouteBook, ask: Ask) -> Explanation:
    """Raises UnknownModel."""
    route = await book.route(ask)
    plan = route.plan(ask)
    candidates = [Candidate(one.name, one.model, cost_of(one, ask), one.price_source) for one in plan.deployments]
    return Explanation(
        ask.wanted, ask.prompt_tokens, sorted(ask.needs), candidates, list(plan.left_out), [*_notes(route, plan)]
    )


def _notes(route: Route, plan: Plan) -> Iterator[str]:
    if isinstance(route.policy, Sticky):
        yield "sticky: this order is by the hash of the conversation's start; who answered it before comes first"
    if route.hedge is not None and len(plan.deployments) > 1:
        late, second = (one.name for one in plan.deployments[:2])
        yield f"hedged: {second} is asked besides when {late} has not begun {route.hedge}"

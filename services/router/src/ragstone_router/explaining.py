"""What would happen to a request, without sending it."""

from dataclasses import dataclass

from ragstone_router.ask import Ask
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.policies import cost_of


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
    """``candidates`` are asked in this order; ``left_out`` says of the others why not."""

    model: str
    prompt_tokens: int
    needs: list[str]
    candidates: list[Candidate]
    left_out: list[tuple[str, str]]


async def explain(book: RouteBook, ask: Ask) -> Explanation:
    """Raises UnknownModel."""
    plan = (await book.route(ask)).plan(ask)
    candidates = [Candidate(one.name, one.model, cost_of(one, ask), one.price_source) for one in plan.deployments]
    return Explanation(ask.wanted, ask.prompt_tokens, sorted(ask.needs), candidates, list(plan.left_out))

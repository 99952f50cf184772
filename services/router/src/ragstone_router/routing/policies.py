"""Policies: the order in which a route's deployments are asked. Each takes those that suit the request."""

import random
from collections.abc import Callable, Mapping, Sequence

from ragstone_router.ask import CHAT, Ask
from ragstone_router.routing.deployment import Deployment

Policy = Callable[[Sequence[Deployment], Ask], list[Deployment]]


def priority(deployments: Sequence[Deployment], _: Ask) -> list[Deployment]:
    """By priority; equal ones as they are listed."""
    return sorted(deployments, key=lambda one: one.priority)


def weighted(deployments: Sequence[Deployment], _: Ask) -> list[Deployment]:
    """By chance, each as often first as its weight says among those of its priority."""
    # The smallest of exponentially distributed times is each one's in proportion to its rate.
    drawn = {id(one): random.expovariate(one.weight) if one.weight > 0 else float("inf") for one in deployments}
    return sorted(deployments, key=lambda one: (one.priority, drawn[id(one)]))


def least_loaded(deployments: Sequence[Deployment], _: Ask) -> list[Deployment]:
    """Those with the fewest requests under way for their weight first, by priority."""
    return sorted(deployments, key=lambda one: (one.priority, one.under_way / max(one.weight, 1e-9)))


def cheapest(deployments: Sequence[Deployment], ask: Ask) -> list[Deployment]:
    """By what the request will cost; those whose price is not known come last."""
    return sorted(deployments, key=lambda one: (cost_of(one, ask) is None, cost_of(one, ask) or 0.0))


_USUAL_ANSWER = 1_000
_DOCUMENTS_PER_UNIT = 100


def output_tokens_of(ask: Ask) -> int:
    """How long the answer may be, as far as that can be told before."""
    return (ask.output_tokens or _USUAL_ANSWER) if ask.path == CHAT else 0


def cost_of(deployment: Deployment, ask: Ask) -> float | None:
    """What a deployment's answer may cost in USD, before it is known; None when its price is not."""
    usage = {
        "prompt_tokens": ask.prompt_tokens,
        "completion_tokens": output_tokens_of(ask),
        "search_units": _units(ask),
    }
    return None if deployment.price is None else deployment.price.of(usage)


def _units(ask: Ask) -> int:
    """Search units of a reranker: one for a query over up to a hundred documents."""
    documents = ask.body.get("documents")
    return -(-len(documents) // _DOCUMENTS_PER_UNIT) if isinstance(documents, list) else 1


POLICIES: Mapping[str, Policy] = {
    "priority": priority,
    "weighted": weighted,
    "least-loaded": least_loaded,
    "cheapest": cheapest,
}

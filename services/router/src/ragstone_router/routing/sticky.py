"""Stickiness: a conversation goes to the replica whose KV cache holds its beginning."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b

from ragstone_router.ask import Ask
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.policies import least_loaded
from ragstone_router.routing.prefix import Prefix, prefix_of

_REMEMBERED_BLOCKS = 50_000
"""About ten megabytes."""
_HOT_FACTOR, _HOT_BESIDES = 1.5, 4.0


class Sticky:
    """A policy for replicas of one model, by priority. Whoever answered the longest known beginning comes first; a new
    conversation goes by consistent hashing of its start, in every router alike.

    A replica with more than half as many requests again as the least loaded, and four, is passed over.
    """

    def __init__(self, most: int = _REMEMBERED_BLOCKS) -> None:
        self._most = most
        self._answered: OrderedDict[bytes, str] = OrderedDict()

    def __call__(self, deployments: Sequence[Deployment], ask: Ask) -> list[Deployment]:
        prefix = prefix_of(ask)
        if prefix is None:
            return least_loaded(deployments, ask)
        holder, start = self._holder(prefix, deployments), prefix.own[0]
        least = min((_load(one) for one in deployments), default=0.0)

        def place(one: Deployment) -> tuple[float, ...]:
            hot = _load(one) > least * _HOT_FACTOR + _HOT_BESIDES
            away = hot or one.breaker.is_open or one.is_full
            return (one.priority, away, _load(one) if away else 0.0, one.name != holder, -_draw(start, one))

        return sorted(deployments, key=place)

    def answered(self, ask: Ask, deployment: Deployment) -> None:
        """It has the beginning of this conversation now."""
        if (prefix := prefix_of(ask)) is None:
            return
        for block in prefix.own:
            self._answered[block] = deployment.name
            self._answered.move_to_end(block)
        while len(self._answered) > self._most:
            self._answered.popitem(last=False)

    def holder(self, ask: Ask, deployments: Sequence[Deployment]) -> str | None:
        """The deployment that is known to have answered the beginning of this conversation."""
        prefix = prefix_of(ask)
        return None if prefix is None else self._holder(prefix, deployments)

    def _holder(self, prefix: Prefix, deployments: Sequence[Deployment]) -> str | None:
        names = {one.name for one in deployments}
        known = (self._answered.get(block) for block in reversed(prefix.own))
        return next((name for name in known if name in names), None)


def _load(deployment: Deployment) -> float:
    return deployment.under_way / max(deployment.weight, 1e-9)


def _draw(start: bytes, deployment: Deployment) -> float:
    """The highest draw wins, in proportion to the weights; without a replica only its own conversations move."""
    number = int.from_bytes(blake2b(start + deployment.name.encode(), digest_size=7).digest())
    return -deployment.weight / math.log((number + 0.5) / 2**56)

"""The breakers of the routes kept in step with the board, apart from the requests."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from ragstone_contracts.errors import Unavailable
from ragstone_kit.logs import get_logger
from ragstone_router.routing.board.port import BreakerBoard
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.breaker import Breaker

_EVERY_SECONDS = 0.5
_log = get_logger(__name__)


class SharedBreakers:
    """Deployments of one name are one server's: what a router, or a route, learns of it the others know half a second
    later. Without the board each goes by what it sees itself."""

    def __init__(self, board: BreakerBoard, book: Callable[[], RouteBook]) -> None:
        self._board = board
        self._book = book
        self._closed: set[str] = set()
        self._reached = True

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.share()
            await asyncio.sleep(_EVERY_SECONDS)

    async def share(self) -> None:
        breakers = _by_name(self._book())
        self._closed |= {name for name, held in breakers.items() if [one for one in held if one.take_closed()]}
        opened = {name: seconds for name, held in breakers.items() if (seconds := max(one.seconds for one in held))}
        try:
            posted = await self._board.exchange(opened, self._closed - opened.keys())
        except Unavailable as error:
            self._said(error)
            return
        self._said(None)
        self._closed.clear()
        _apply(posted, breakers)

    def _said(self, error: Unavailable | None) -> None:
        """Once when the board is gone, once when it is back."""
        if error is not None and self._reached:
            _log.warning("breakers are not shared with other routers", detail=error.detail)
        elif error is None and not self._reached:
            _log.info("breakers are shared again")
        self._reached = error is None

    async def close(self) -> None:
        await self._board.close()


def _apply(posted: Mapping[str, float], breakers: Mapping[str, Iterable[Breaker]]) -> None:
    for name, held in breakers.items():
        for breaker in held:
            breaker.leave_alone(posted.get(name, 0.0))


def _by_name(book: RouteBook) -> Mapping[str, list[Breaker]]:
    found: defaultdict[str, dict[int, Breaker]] = defaultdict(dict)
    for route in book.routes.values():
        shares = [share.deployment for share in (route.canary, route.shadow) if share is not None]
        for deployment in [*route.deployments, *shares]:
            found[deployment.name][id(deployment)] = deployment.breaker
    return {name: list(held.values()) for name, held in found.items()}

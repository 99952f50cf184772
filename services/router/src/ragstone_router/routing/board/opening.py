"""The board that the settings describe."""

from ragstone_router.adapters import adapter
from ragstone_router.routing.board.memory import InMemoryBreakerBoard
from ragstone_router.routing.board.port import BreakerBoard

GROUP = "ragstone.breaker_boards"


def open_board(redis_url: str | None) -> BreakerBoard:
    """Connects on first use. Raises InvalidRequest for a board there is not."""
    board: BreakerBoard = InMemoryBreakerBoard() if redis_url is None else adapter(GROUP, redis_url)(redis_url)
    return board

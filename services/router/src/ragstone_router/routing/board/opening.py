"""The board that the settings describe."""

from importlib import import_module

from ragstone_router.routing.board.memory import InMemoryBreakerBoard
from ragstone_router.routing.board.port import BreakerBoard


def open_board(redis_url: str | None) -> BreakerBoard:
    """Connects on first use."""
    if redis_url is None:
        return InMemoryBreakerBoard()
    # Only a cluster has the package.
    board: BreakerBoard = import_module("ragstone_router.routing.board.redis").RedisBreakerBoard(redis_url)
    return board

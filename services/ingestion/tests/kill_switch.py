"""Processes that end without warning, as under ``kill -9``."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.assembly import Ingestion


class Killed(BaseException):
    """The process ends here: nobody catches it, nothing is cleaned up."""


class KillSwitch:
    """Ends a process at the n-th point at which it touches a store, before or after the touch."""

    def __init__(self, at: int | None = None) -> None:
        self.points = 0
        self._at = at

    def point(self) -> None:
        if self.points == self._at:
            raise Killed
        self.points += 1

    def wire(self, ingestion: Ingestion) -> None:
        stores = ingestion.stores
        for method in ("receive", "publish", "write", "delete"):
            self._around(stores.objects, method)
        for method in ("upsert", "set_life", "set_acl", "delete", "drop"):
            self._around(stores.placement.engine, method)
        stores.database.write = self._around_write(stores.database.write)  # type: ignore[method-assign]

    def _around(self, store: Any, method: str) -> None:
        real = getattr(store, method)

        async def touched(*args: Any, **kwargs: Any) -> Any:
            self.point()
            result = await real(*args, **kwargs)
            self.point()
            return result

        setattr(store, method, touched)

    def _around_write(self, real: Callable[[], Any]) -> Callable[[], Any]:
        @asynccontextmanager
        async def write() -> AsyncIterator[AsyncConnection]:
            async with real() as connection:
                yield connection
                self.point()
            self.point()

        return write

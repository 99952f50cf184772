"""The BreakerBoard port: the open breakers of all routers of a deployment, or of one."""

from collections.abc import Collection, Mapping
from typing import Protocol


class BreakerBoard(Protocol):
    async def exchange(self, opened: Mapping[str, float], closed: Collection[str]) -> Mapping[str, float]:
        """Post deployments to leave alone, for so many seconds, and those that answer again.

        Gives all that are posted with the seconds that are left; the longest time counts, and one that answers again
        for anybody is no longer posted. Raises Unavailable.
        """
        ...

    async def close(self) -> None: ...

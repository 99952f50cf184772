"""The LimitStore port: where it is counted what was used, for one process or for all of them."""

from collections.abc import Sequence
from typing import Protocol

from ragstone_contracts.errors import RagstoneError
from ragstone_router.limits.rules import Amounts, Window


class LimitReached(RagstoneError):
    """A request over a rate limit: it may come again when the window is over."""

    status, code, title = 429, "limit_reached", "The limit of requests or tokens is reached"


class BudgetSpent(RagstoneError):
    """A request that may cost more than is left."""

    status, code, title = 402, "budget_spent", "The budget is spent"


class LimitStore(Protocol):
    """What is reserved counts as used until it is settled, or ``seconds`` have gone by: its holder must have died."""

    async def reserve(
        self, reservation: str, windows: Sequence[Window], amounts: Amounts, seconds: float
    ) -> list[float]:
        """Set the amounts aside in every window, or in none. A reservation of that name is replaced by this one.

        Gives what is then counted or set aside in each window.

        Raises LimitReached or BudgetSpent when one of the windows has not as much left.
        """
        ...

    async def settle(self, reservation: str, windows: Sequence[Window], used: Amounts) -> None:
        """Count what was used in the place of what was set aside. Again, or after it lapsed: counted once."""
        ...

    async def used(self, windows: Sequence[Window]) -> list[float]:
        """What is counted or set aside in each window."""
        ...

    async def close(self) -> None: ...


TOLERANCE = 1e-9
"""Sums of fractions are rounded: five hundred times 0.1 USD are no more than 50."""


def is_over(window: Window, used: float) -> bool:
    """Whether so much is more than the window allows."""
    return used > window.most * (1 + TOLERANCE)


def refusal(window: Window, wanted: float, used: float, now: float) -> RagstoneError:
    """The error for a window that has not as much left."""
    holder, measure = window.holder, window.measure
    detail = f"the {holder} has used {used:g} of {window.most:g} {measure} and this would take up to {wanted:g}"
    kind = BudgetSpent if measure == "usd" else LimitReached
    return kind(detail, retry_after=max(1.0, window.ends - now))

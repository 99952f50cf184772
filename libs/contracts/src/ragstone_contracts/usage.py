"""What was used and what it cost."""

from typing import Literal

from pydantic import Field

from ragstone_contracts.model import Wire

Dimension = Literal["user", "key", "wanted", "deployment", "model", "day"]
"""``day`` is one of UTC."""


class UsageQuery(Wire):
    """Sums by what is named, over the entries from ``since`` until before ``until``, Unix seconds.

    With ``user``, ``key``, ``wanted`` or ``model`` only of those.
    """

    by: list[Dimension] = Field(default=["wanted"], max_length=6)
    since: float | None = None
    until: float | None = None
    user: str | None = None
    key: str | None = None
    wanted: str | None = None
    model: str | None = None


class UsageRow(Wire):
    """``cost_usd`` sums the costs that are known, exact to fifteen digits; ``of_unknown_cost`` requests are not in it.

    Of ``estimated`` requests tokens and cost are estimates, because their server did not count them; ``from_cache``
    requests were given a kept answer.
    """

    user: str | None = None
    key: str | None = None
    wanted: str | None = None
    deployment: str | None = None
    model: str | None = None
    day: str | None = None
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    of_unknown_cost: int
    estimated: int = 0
    from_cache: int = 0


class UsageReport(Wire):
    rows: list[UsageRow]

"""What was used and what it cost."""

from typing import Literal

from pydantic import Field

from ragstone_contracts.model import Wire

Dimension = Literal["user", "key", "wanted", "deployment", "model"]


class UsageQuery(Wire):
    """Sums by what is named, over the entries from ``since`` until before ``until``, Unix seconds."""

    by: list[Dimension] = Field(default=["wanted"], max_length=5)
    since: float | None = None
    until: float | None = None


class UsageRow(Wire):
    """``cost_usd`` is the sum of the costs that are known; ``of_unknown_cost`` requests are not in it."""

    user: str | None = None
    key: str | None = None
    wanted: str | None = None
    deployment: str | None = None
    model: str | None = None
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    of_unknown_cost: int


class UsageReport(Wire):
    rows: list[UsageRow]

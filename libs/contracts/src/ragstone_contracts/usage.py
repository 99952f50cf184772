"""What was used and what it cost."""

from typing import Literal

from pydantic import Field

from ragstone_contracts.model import Wire

Dimension = Literal["user", "key", "wanted", "deployment", "model", "day"]
"""``day`` is one of UTC."""


class Allowance(Wire):
    """The most that may be used in each minute, day or month of UTC; what is not said is not bounded."""

    requests_per_minute: float | None = Field(default=None, ge=0)
    requests_per_day: float | None = Field(default=None, ge=0)
    requests_per_month: float | None = Field(default=None, ge=0)
    tokens_per_minute: float | None = Field(default=None, ge=0)
    tokens_per_day: float | None = Field(default=None, ge=0)
    tokens_per_month: float | None = Field(default=None, ge=0)
    usd_per_minute: float | None = Field(default=None, ge=0)
    usd_per_day: float | None = Field(default=None, ge=0)
    usd_per_month: float | None = Field(default=None, ge=0)


class LimitState(Wire):
    """How far the caller is in one of the windows of time the next request falls into.

    ``used`` includes what is set aside for requests under way; ``resets_at`` in Unix seconds.
    """

    holder: Literal["tenant", "user", "key"]
    measure: Literal["requests", "tokens", "usd"]
    period: Literal["minute", "day", "month"]
    most: float
    used: float
    remaining: float
    resets_at: float


class LimitReport(Wire):
    limits: list[LimitState]


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

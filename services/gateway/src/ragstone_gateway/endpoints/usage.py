"""What the tenant's questions used and cost."""

from typing import Annotated

from fastapi import APIRouter, Query

from ragstone_contracts.usage import Dimension, UsageQuery, UsageReport
from ragstone_gateway.dependencies import Reader, ServicesDependency

router = APIRouter(prefix="/v1/usage", tags=["usage"])


@router.get("")
async def usage(
    caller: Reader,
    services: ServicesDependency,
    by: Annotated[list[Dimension] | None, Query()] = None,
    since: float | None = None,
    until: float | None = None,
) -> UsageReport:
    """Sums of tokens and cost, by model or whatever ``by`` names; ``since`` and ``until`` are Unix seconds."""
    query = UsageQuery(since=since, until=until) if by is None else UsageQuery(by=by, since=since, until=until)
    return await services.router.usage(caller, query)

"""What the tenant's questions used and cost."""

from typing import Annotated

from fastapi import APIRouter, Query

from ragstone_contracts.usage import UsageQuery, UsageReport
from ragstone_gateway.dependencies import Reader, ServicesDependency

router = APIRouter(prefix="/v1/usage", tags=["usage"])


@router.get("")
async def usage(caller: Reader, services: ServicesDependency, query: Annotated[UsageQuery, Query()]) -> UsageReport:
    """Sums of requests, tokens and cost by whatever ``by`` names, the model that was asked for by default.

    ``since`` and ``until`` are Unix seconds; ``user``, ``key``, ``wanted`` and ``model`` keep to one.
    """
    return await services.router.usage(caller, query)

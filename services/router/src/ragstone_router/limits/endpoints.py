"""What was used, and what is left."""

from typing import Annotated

from fastapi import APIRouter, Query

from ragstone_contracts.usage import LimitReport, UsageQuery, UsageReport
from ragstone_kit.identity import Caller
from ragstone_router.dependencies import CallerDependency, ProxyDependency
from ragstone_router.keys.callers import ADMIN, KeyHolder, own_rules
from ragstone_router.proxy import Proxy

router = APIRouter(prefix="/v1", tags=["usage"])


@router.get("/usage")
async def usage(query: Annotated[UsageQuery, Query()], caller: CallerDependency, proxy: ProxyDependency) -> UsageReport:
    """What the caller's tenant used; the bearer of a virtual key without the scope ``admin`` sees its own alone."""
    return await _usage(query, caller, proxy)


@router.post("/usage")
async def usage_of(query: UsageQuery, caller: CallerDependency, proxy: ProxyDependency) -> UsageReport:
    """The same, asked for by a body."""
    return await _usage(query, caller, proxy)


@router.get("/limits")
async def limits(caller: CallerDependency, proxy: ProxyDependency) -> LimitReport:
    """What is left to the caller in each window of time the next request falls into."""
    windows = proxy.book.rules.windows(caller.identity, own_rules(caller))
    return LimitReport(limits=await proxy.accounts.states(windows))


async def _usage(query: UsageQuery, caller: Caller, proxy: Proxy) -> UsageReport:
    identity = caller.identity
    if isinstance(caller, KeyHolder) and ADMIN not in identity.scopes:
        query = query.model_copy(update={"key": identity.key})
    return await proxy.accounts.ledger.usage(identity.tenant, query)

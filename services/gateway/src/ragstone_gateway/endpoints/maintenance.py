"""Looking after the stores."""

from fastapi import APIRouter

from ragstone_contracts.maintenance import ReconcileReport
from ragstone_gateway.dependencies import ServicesDependency, Writer

router = APIRouter(prefix="/v1/maintenance", tags=["maintenance"])


@router.post("/reconcile")
async def reconcile(caller: Writer, services: ServicesDependency, dry_run: bool = False) -> ReconcileReport:
    """Find what belongs to nothing in any store and remove it, and mend what is not whole; `dry_run` only counts."""
    return await services.ingestion.reconcile(caller, dry_run=dry_run)

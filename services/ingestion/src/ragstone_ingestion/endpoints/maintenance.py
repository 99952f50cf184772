"""Looking after the stores, for the tenant the identity token names."""

from fastapi import APIRouter

from ragstone_contracts.maintenance import ReconcileReport
from ragstone_ingestion.dependencies import IngestionDependency, WakerDependency
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1/maintenance", tags=["maintenance"])


@router.post("/reconcile")
async def reconcile(
    caller: CallerDependency, ingestion: IngestionDependency, waker: WakerDependency, dry_run: bool = False
) -> ReconcileReport:
    """Hold the tenant's part of each store against the tables; remove what belongs to nothing, mend what is broken."""
    report = await ingestion.reconciler.run(caller.identity.tenant, dry_run=dry_run)
    await waker.wake()
    return report

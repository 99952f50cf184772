"""Finding and removing what no store should hold, and mending what one has lost."""

from ragstone_ingestion.reconciling.reconciler import Reconciler
from ragstone_ingestion.reconciling.schedule import ReconcileSchedule

__all__ = ["ReconcileSchedule", "Reconciler"]

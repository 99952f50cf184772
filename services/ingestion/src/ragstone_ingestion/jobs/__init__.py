"""Jobs and their leases. The table is the truth; queues only wake workers."""

from ragstone_contracts.jobs import JobKind, Priority
from ragstone_ingestion.jobs.backlog import Backlog, QueueLimits
from ragstone_ingestion.jobs.model import (
    DEAD,
    OPEN,
    Clock,
    JobRules,
    JobState,
    Journal,
    Lease,
    NewJob,
    Paused,
    boot_time,
    decision,
)
from ragstone_ingestion.jobs.overview import Depth, JobOverview, Pace
from ragstone_ingestion.jobs.recovery import Recovered
from ragstone_ingestion.jobs.store import JobStore, error_code
from ragstone_ingestion.jobs.turns import add_job, call_off, next_turn

__all__ = [
    "DEAD",
    "OPEN",
    "Backlog",
    "Clock",
    "Depth",
    "JobKind",
    "JobOverview",
    "JobRules",
    "JobState",
    "JobStore",
    "Journal",
    "Lease",
    "NewJob",
    "Pace",
    "Paused",
    "Priority",
    "QueueLimits",
    "Recovered",
    "add_job",
    "boot_time",
    "call_off",
    "decision",
    "error_code",
    "next_turn",
]

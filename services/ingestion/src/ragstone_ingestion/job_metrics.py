"""What ``/metrics`` says of jobs. No label names a tenant or a document."""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from ragstone_ingestion.jobs import Depth, JobState, Lease

JOBS_ENDED = Counter("ragstone_ingestion_attempts_total", "Attempts ended in this process.", ["kind", "state", "code"])
STEP_SECONDS = Histogram(
    "ragstone_ingestion_step_seconds",
    "Seconds a job spent in a step.",
    ["step"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000),
)
LEASES_LOST = Counter("ragstone_ingestion_leases_lost_total", "Leases this process lost to another worker.")
REAPED = Counter("ragstone_ingestion_jobs_reaped_total", "Jobs taken from workers that went silent.")
DEPTH = Gauge("ragstone_ingestion_jobs", "Jobs in the table that have yet to end.", ["state", "priority"])
DEAD = Gauge("ragstone_ingestion_dead_letters", "Jobs that failed, by the code of their last error.", ["code"])
OLDEST = Gauge("ragstone_ingestion_oldest_due_seconds", "How long the job that waits longest has been due.")


def ended(lease: Lease, state: JobState, code: str = "") -> None:
    """Count an attempt and the seconds of its steps."""
    JOBS_ENDED.labels(lease.kind, state, code).inc()
    for step, seconds in lease.journal.timings.items():
        STEP_SECONDS.labels(step).observe(seconds)


def show(depth: Depth, dead_letters: Mapping[str, int], now: float) -> None:
    """Put the state of the table on the gauges."""
    for gauge in (DEPTH, DEAD):
        gauge.clear()
    for (state, priority), count in depth.jobs.items():
        DEPTH.labels(state, priority.name.lower()).set(count)
    for code, count in dead_letters.items():
        DEAD.labels(code).set(count)
    OLDEST.set(0.0 if depth.oldest_due is None else max(0.0, now - depth.oldest_due))

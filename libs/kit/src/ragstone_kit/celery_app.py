"""Celery as Ragstone uses it: it carries wake-ups, and the jobs table of a service says what there is to do."""

from collections.abc import Sequence

from celery import Celery

_VISIBILITY_SECONDS = 3600


def celery_app(name: str, broker_url: str, queues: Sequence[str] = ()) -> Celery:
    """An application with these queues, by default one that bears its name. Connects on first use; keeps no results.

    A message comes back when its worker dies: after it is lost by the pool, or when Redis restores what nobody
    acknowledged. So a task may run twice, and must be one that can.
    """
    queues = queues or [name]
    app = Celery(name, broker=broker_url)
    app.conf.update(
        task_queues={queue: {"routing_key": queue} for queue in queues},
        task_default_queue=queues[-1],
        task_default_routing_key=queues[-1],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        # Threads would silently switch Celery's time limits off, and share what belongs to one event loop.
        worker_pool="prefork",
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": _VISIBILITY_SECONDS,
            # Otherwise up to 100 seconds pass before an expired message is noticed.
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            # Whoever sends does not wait long for a broker that is away: a lost wake-up costs nothing but time.
            "max_retries": 1,
            "interval_start": 0.1,
            "socket_connect_timeout": 2,
            "socket_timeout": 5,
        },
    )
    return app

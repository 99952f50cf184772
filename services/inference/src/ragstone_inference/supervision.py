"""How a model server is kept running, and what is known of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from prometheus_client import Counter, Gauge

processes_ready = Gauge("ragstone_model_process_ready", "1 while the model server answers.", ["model"])
process_starts = Counter("ragstone_model_process_starts_total", "Starts of the model server.", ["model"])
process_crashes = Counter("ragstone_model_process_crashes_total", "Ends that nobody asked for.", ["model"])
seconds_to_ready = Gauge("ragstone_model_process_start_seconds", "Seconds the last start took, warm-up too.", ["model"])


class State(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    """It runs, and loads its model or answers the warm-up."""
    READY = "ready"
    RESTARTING = "restarting"
    """It ended and is started again when the wait is over."""
    GIVEN_UP = "given up"
    """It ended too often; it is started again after a rest."""
    DRAINING = "draining"


@dataclass(frozen=True)
class Served:
    """A model server: ``command(port)`` starts it on the loopback address, ``health`` answers below 400 once its model
    is loaded, ``warm_up(base_url)`` returns when it is fit to be asked."""

    name: str
    command: Callable[[int], Sequence[str]]
    health: str = "/health"
    warm_up: Callable[[str], Awaitable[None]] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    """A free one, chosen at each start, when None."""


@dataclass(frozen=True)
class Supervision:
    """Seconds, and numbers in a row."""

    first_wait: float = 0.5
    longest_wait: float = 30.0
    steady: float = 60.0
    """Ready for so long, a server counts as sound: the next wait is the first again."""
    crashes: int = 6
    """As many without a sound run between them, and the server rests."""
    rest: float = 300.0
    to_start: float = 600.0
    between_checks: float = 5.0
    to_answer: float = 5.0
    """A check. Generous: a busy server is not to be ended for being busy."""
    failed_checks: int = 3
    """A server that runs but answers no more is ended and started again."""
    to_drain: float = 10.0
    to_stop: float = 5.0

"""What a parser may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SandboxLimits:
    """Limits of each parser process; ``workers`` of them run at most, each for one document at a time."""

    memory_mb: int = 2048
    """Address space of a process."""
    seconds: int = 120
    """Wall clock for one document, and CPU time as well."""
    output_mb: int = 64
    """Size of the answer, and of any file the process writes."""
    workers: int = 1
    idle_seconds: float = 60
    """How long an unused process stays warm before its memory is given back."""

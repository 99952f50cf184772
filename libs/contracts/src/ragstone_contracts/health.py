"""What ``/readyz`` says."""

from ragstone_contracts.model import Wire


class Readiness(Wire):
    """``checks`` maps what a service depends on to ``ok`` or the reason it is not."""

    ready: bool
    checks: dict[str, str] = {}

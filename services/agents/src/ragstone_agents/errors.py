"""The errors of the agents service."""

from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.guards import Finding


class BlockedByGuard(RagstoneError):
    """A guard does not let the question pass; ``findings`` in the problem document say what it objects to."""

    status, code, title = 422, "blocked_by_guard", "A guard blocked the question"

    def __init__(self, findings: list[Finding]) -> None:
        reasons = ", ".join(sorted({f"{one.guard}: {one.reason}" for one in findings}))
        super().__init__(reasons, findings=[finding.model_dump() for finding in findings])

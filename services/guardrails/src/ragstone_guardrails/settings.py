"""Settings of the guardrails service, read from ``RAGSTONE_GUARDRAILS__<FIELD>``."""

from pydantic import Field

from ragstone_contracts.guards import Stage, VerdictKind
from ragstone_kit.settings import ServiceSettings


class GuardrailsSettings(ServiceSettings, env_prefix="RAGSTONE_GUARDRAILS__"):
    host: str = "127.0.0.1"
    port: int = 8084
    guards: list[str] | None = None
    """Names of the guards to use; all installed ones by default."""
    actions: dict[str, dict[Stage, VerdictKind]] = {}
    """What a finding leads to where it shall differ from the guard's own choice: ``{"pii": {"output": "modify"}}``."""
    deadline_seconds: float = Field(default=2.0, gt=0)
    """How long one guard may take over one text."""
    fail_open: list[str] = []
    """Guards whose failure lets a text pass; the failure of any other one blocks it."""

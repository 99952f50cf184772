"""What may leave, set by whoever runs the platform."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, field_validator


class EgressRules(BaseModel):
    """The default lets public addresses be reached on the web's own ports, and nothing else.

    ``private_hosts`` and ``private_networks`` are the exceptions for an intranet: names that may lead to private
    addresses, and addresses that any name may lead to. Link-local addresses, where clouds keep their credentials, are
    reached through ``private_networks`` alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schemes: frozenset[Literal["https", "http"]] = frozenset({"https", "http"})
    ports: frozenset[int] = frozenset({80, 443})
    private_hosts: frozenset[str] = frozenset()
    private_networks: tuple[IPvAnyNetwork, ...] = ()
    ca_file: Path | None = None
    """Certificates of an intranet's own authority, trusted besides the system's."""
    max_bytes: int = Field(default=100 * 1024**2, gt=0)
    """Of a body, before and after decompression."""
    seconds: float = Field(default=120.0, gt=0)
    """For everything: looking the name up, redirects, and reading the body to its end."""
    redirects: int = Field(default=5, ge=0)

    @field_validator("private_hosts")
    @classmethod
    def _as_written_in_urls(cls, hosts: frozenset[str]) -> frozenset[str]:
        return frozenset(host.lower().rstrip(".") for host in hosts)

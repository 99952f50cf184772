"""From what the routes file says of a provider to the provider."""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ragstone_contracts.errors import InvalidRequest
from ragstone_router.providers.port import Provider

GROUP = "ragstone.model_providers"


class ProviderConfig(BaseModel):
    """``kind`` names the wire or the vendor; what else there is depends on it, see the vendor's page of the docs."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    url: str | None = None
    """Base URL; a hosted vendor's own by default."""
    key: SecretStr | None = None
    headers: dict[str, str] = {}
    options: dict[str, Any] = {}
    """What only this kind knows, such as ``region`` or ``api_version``."""
    connections: int = Field(default=4096, ge=1)


Opener = Callable[[ProviderConfig], Provider]
"""Connects on first use, never here."""


def open_provider(config: ProviderConfig) -> Provider:
    """Raises InvalidRequest for a kind there is not, or one that lacks something it needs."""
    found = entry_points(group=GROUP, name=config.kind)
    if not found:
        known = ", ".join(sorted(entry_points(group=GROUP).names))
        raise InvalidRequest(f"no provider is of the kind '{config.kind}'; there are {known}")
    opener: Opener = next(iter(found)).load()
    return opener(config)

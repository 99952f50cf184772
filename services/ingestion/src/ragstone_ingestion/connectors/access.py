"""What connectors may read besides the internet: folders and secrets that whoever runs the platform handed out."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from yarl import URL

from ragstone_ingestion.connectors.errors import RootNotAllowed, SecretNotAllowed

ANY_TENANT = "*"


class ConnectorSecret(BaseModel):
    """Credentials for sources, named in the settings and never stored or shown.

    ``tenants`` may use it (``*`` is every one), at ``hosts`` alone, and over http only with ``plain_http``. For S3
    ``username`` is the access key's id; on the web an empty one makes ``password`` a bearer token.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenants: list[str] = Field(min_length=1)
    hosts: list[str] = Field(min_length=1)
    username: str = ""
    password: SecretStr
    plain_http: bool = False


@dataclass(frozen=True)
class Access:
    """``roots`` are folders below which sources may lie; ``{tenant}`` in one stands for the tenant's name.

    ``roots_file`` holds more of them, a line each, and is read anew at every use.
    """

    roots: tuple[str, ...] = ()
    roots_file: Path | None = None
    secrets: dict[str, ConnectorSecret] = field(default_factory=dict)

    def folder(self, tenant: str, path: str) -> Path:
        """The folder without symbolic links. Raises RootNotAllowed outside the roots, whether or not it is there."""
        if "\x00" not in path and Path(path).is_absolute():
            resolved = Path(path).resolve()
            if any(resolved.is_relative_to(root) for root in self._roots_of(tenant)):
                return resolved
        raise RootNotAllowed(
            "connectors may not read there; whoever runs Ragstone lists folders in RAGSTONE_INGESTION__CONNECTOR_ROOTS"
        )

    def secret(self, tenant: str, name: str, url: URL) -> ConnectorSecret:
        """The secret, if the tenant may use it at that address. Raises SecretNotAllowed."""
        secret = self.secrets.get(name)
        if secret is None or not {tenant, ANY_TENANT}.intersection(secret.tenants):
            raise SecretNotAllowed(f"there is no secret {name!r}")
        if url.raw_host not in secret.hosts:
            raise SecretNotAllowed(f"the secret {name!r} is not for {url.raw_host}")
        if url.scheme != "https" and not secret.plain_http:
            raise SecretNotAllowed(f"the secret {name!r} is sent over https alone")
        return secret

    def _roots_of(self, tenant: str) -> list[Path]:
        listed = [*self.roots]
        if self.roots_file is not None and self.roots_file.is_file():
            listed += [line.strip() for line in self.roots_file.read_text().splitlines() if line.strip()]
        # A tenant's name is one part of a path, whatever it is called.
        folder = quote(tenant, safe="").replace(".", "%2E")
        return [Path(root.replace("{tenant}", folder)).resolve() for root in listed]

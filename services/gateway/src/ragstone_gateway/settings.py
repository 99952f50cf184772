"""Settings of the gateway, from ``RAGSTONE_GATEWAY__*``."""

from pathlib import Path

from ragstone_kit.settings import ServiceSettings


class GatewaySettings(ServiceSettings, env_prefix="RAGSTONE_GATEWAY__"):
    host: str = "127.0.0.1"
    port: int = 8080
    database_url: str = "sqlite+aiosqlite:///gateway.db"
    ingestion_url: str = "http://ingestion:8081"
    retrieval_url: str = "http://retrieval:8082"
    router_url: str = "http://router:8083"
    guardrails_url: str = "http://guardrails:8084"
    agents_url: str = "http://agents:8085"
    web_root: Path | None = None
    """Folder of the built browser app; without it the gateway serves the API alone."""
    max_upload_mb: int = 100
    loopback_sign_in: bool = False
    """Sign a browser on this very machine in by itself, as the user of ``loopback_user``; for standalone only."""
    loopback_tenant: str = "local"
    loopback_user: str = "owner"
    session_hours: float = 12.0

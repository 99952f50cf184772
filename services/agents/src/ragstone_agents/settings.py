"""Settings of the agents service, read from ``RAGSTONE_AGENTS__<FIELD>``."""

from pydantic import Field

from ragstone_contracts.models import WRITER
from ragstone_kit.settings import ServiceSettings


class AgentsSettings(ServiceSettings, env_prefix="RAGSTONE_AGENTS__"):
    host: str = "127.0.0.1"
    port: int = 8085
    database_url: str = "sqlite+aiosqlite:///agents.db"
    ingestion_url: str = "http://ingestion:8081"
    retrieval_url: str = "http://retrieval:8082"
    router_url: str = "http://router:8083"
    guardrails_url: str = "http://guardrails:8084"
    writer: str = WRITER
    """The model that writes answers where a question names none."""
    passages: int = Field(default=8, ge=1, le=50)
    """How many passages an answer may rest on."""
    temperature: float | None = 0.0
    """Sent to the writer; None leaves it to the model, which some demand."""
    max_tokens: int = Field(default=1024, ge=16)
    """How long an answer may get."""
    remembered_turns: int = Field(default=6, ge=0)
    """How many earlier questions of a thread a follow-up is read with."""

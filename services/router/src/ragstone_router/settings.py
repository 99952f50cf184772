"""Settings of the router, from ``RAGSTONE_ROUTER__*``."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, SecretStr

from ragstone_kit.settings import ServiceSettings


class RouterSettings(ServiceSettings, env_prefix="RAGSTONE_ROUTER__"):
    """With ``writer`` set, that OpenAI-compatible server writes the answers and the extractive answerer stands in."""

    host: str = "127.0.0.1"
    port: int = 8083
    inference_url: str = "http://inference:8086"
    routes: Path | None = None
    """A YAML file of providers and routes, read again when it changes; its routes win over those of the same name."""
    prices: Path | None = None
    """A price table of your own, in the form of the shipped one, whose models come before it."""
    database_url: str | None = None
    """Where the ledger and the keys are kept; without one there are none."""
    redis_url: str | None = None
    """Where budgets and limits are counted for several routers; without it each counts by itself."""
    cache_bytes: int = Field(default=64 * 2**20, ge=2**16)
    """How much the answers that routes keep may take altogether, in memory or in Redis."""
    reservation_seconds: float = Field(default=600.0, gt=0)
    """After so long what was set aside for a request is free again: its router must have died."""
    writer: str | None = None
    """Base URL as OpenAI clients take it, such as ``http://127.0.0.1:8000/v1``."""
    writer_model: str | None = None
    """Without it, the first model the server lists."""
    writer_key: SecretStr | None = None
    writer_price_input: float | None = Field(default=None, ge=0)
    """USD per million tokens; without both prices the cost of an answer is unknown."""
    writer_price_output: float | None = Field(default=None, ge=0)
    local_writer: bool = False
    """Inference serves the small local writer too."""
    timeout: float = Field(default=60.0, gt=0)
    """Seconds to wait for the head of an answer and for each piece of it."""
    answer_timeout: float = Field(default=600.0, gt=0)
    """Seconds a streamed answer may take from its first token to its last; a caller's deadline may be nearer."""
    first_token_timeout: float = Field(default=30.0, gt=0)
    """Seconds a streamed answer may take to its first token before the next model of the route is asked."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What ``${NAME}`` in the routes file is taken from."""
        return os.environ


def litellm_environment() -> None:
    """What litellm reads when it is loaded: no price list from elsewhere, no ``.env`` file."""
    os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MODE="PRODUCTION", LITELLM_LOG="CRITICAL")
